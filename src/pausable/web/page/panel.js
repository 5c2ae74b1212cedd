// The panel: the tree, what is selected, the verbs and the stream.

import { Mirror, STALE } from "/mirror.js";
import { History, colours, drawCounts, drawSpans } from "/charts.js";

const $ = (id) => document.getElementById(id);
const mirrors = new Map(); // by pid
const histories = new Map();
const rows = new Map(); // by key, the table's rows
let chosen = null; // {pid, kind, id, above}: never a row
let frozen = false;
let heard = 0; // when the stream has told last

// Words, as the terminal panel and the command line have them.

function short(seconds) {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${seconds.toFixed(0)} s`;
  if (seconds < 7200) return `${(seconds / 60).toFixed(0)} min`;
  if (seconds < 172800) return `${(seconds / 3600).toFixed(1)} h`;
  return `${(seconds / 86400).toFixed(1)} d`;
}

const ENDS = {
  resume: "until a resume",
  connection: "until a resume, or till its client has ended",
  guard: "until its guard finds the resource healthy",
  decision: "until its fault is decided",
};

const end = (hold) => ENDS[hold.ends] ?? `for another ${short(hold.left ?? 0)}`;
const count = (number, word) => `${number} ${word}${number === 1 ? "" : "s"}`;

function heldBy(hold) {
  const age = Math.max(Date.now() / 1000 - hold.placed_at, 0);
  const left = hold.left === null ? null : Math.max(hold.left - (age - hold.age), 0);
  return `held for ${short(age)} by ${hold.owner}, ${end({ ...hold, left })}: ${hold.reason}`;
}

function happened(event) {
  const of = event.task_path || event.path || "the process";
  if (event.event === "HoldPlaced") {
    return `${of} is paused by ${event.hold.owner}, ${end(event.hold)}: ${event.hold.reason}`;
  }
  if (event.event === "HoldReleased") {
    return `${of}: a hold ${event.expired ? "has ended by itself" : "is released"}: ${event.hold.reason}`;
  }
  const words = {
    ScopeQuiescent: "is quiescent: each started task rests",
    ScopeShutDown: "is shut down",
    TaskFaulted: "has raised, and waits for a decision",
    StopRequested: "is to stop",
  };
  return `${of} ${words[event.event] ?? event.event}${event.reason ? `: ${event.reason}` : ""}`;
}

function stateOf(part) {
  if ("state" in part) return part.state;
  if (!part.is_paused) return "open";
  return part.is_quiescent ? "paused" : "pausing";
}

const isAnEcho = (event) => event.hold && event.path && !event.hold.path;

// The tree.

const keyOf = (pid, { kind, id }) => `${pid} ${kind} ${id}`;

function cellsOf(mirror, row, now) {
  if (row.kind === "process") {
    const { process } = mirror;
    const name = `${mirror.name} (${mirror.pid})`;
    if (mirror.trouble) return [name, "gone", "", "", "", "", "", "", `disconnected: ${mirror.trouble}`];
    if (!process) return [name, "stale", "", "", "", "", "", "", "no sample yet"];
    const holds = process.holds.map((hold) => `${hold.reason} (${hold.owner})`).join("; ");
    const { running, resting, queued, done } = process;
    return [name, stateOf(process), running, resting, queued, done, "", "", holds];
  }
  const part = mirror.part(row.id);
  const { active, paused } = mirror.clocks(part, now);
  const clocks = [short(active), paused ? short(paused) : ""];
  const holds = part.holds.map((hold) => `${hold.reason} (${hold.owner})`);
  if (row.kind === "task") {
    const more = [...holds];
    if (part.stop_reason) more.push(`to stop: ${part.stop_reason}`);
    if (part.where) more.push(part.where.split("/").at(-1));
    if (part.pid) more.push(`process ${part.pid}`);
    if (part.worker) more.push(`worker ${part.worker}`);
    return [part.name, part.state, "", "", "", "", ...clocks, more.join("; ")];
  }
  const more = [];
  if (part.faults) more.push(`${count(part.faults, "fault")} to decide`);
  if (part.limit !== null) more.push(`at most ${part.limit}`);
  more.push(...(holds.length || !part.is_paused ? holds : ["held above"]));
  if (part.processes?.length) more.push(`${part.processes.length > 1 ? "processes" : "process"} ${part.processes.join(", ")}`);
  if (part.workers?.length) more.push(`${count(part.workers.length, "worker")}: ${part.workers.join(", ")}`);
  if (part.unlisted) more.push(`and ${count(part.unlisted, "more task")}`);
  const counts = [part.running, part.resting, part.queued, part.done];
  return [part.path.split("/").at(-1), stateOf(part), ...counts, ...clocks, more.join("; ")];
}

function makeRow(key, pid, row) {
  const made = document.createElement("tr");
  made.tabIndex = -1;
  made.setAttribute("aria-level", row.depth + 1);
  for (let index = 0; index < 9; index += 1) {
    const cell = made.insertCell();
    if (index >= 2 && index <= 7) cell.classList.add("number");
    if (index >= 6) cell.classList.add("wide");
  }
  made.dataset.key = key;
  made.addEventListener("click", () => choose(pid, row, true));
  made.addEventListener("focus", () => choose(pid, row, false));
  return made;
}

function fill(made, cells) {
  cells.forEach((text, index) => {
    const cell = made.cells[index];
    if (cell.textContent !== String(text)) cell.textContent = text;
  });
  if (made.cells[1].className !== cells[1]) made.cells[1].className = cells[1];
}

function drawTree(now) {
  const body = $("tree").tBodies[0];
  const focused = document.activeElement?.dataset?.key;
  const seen = new Set();
  let place = body.firstElementChild;
  for (const mirror of mirrors.values()) {
    for (const row of mirror.rows($("filter").value)) {
      const key = keyOf(mirror.pid, row);
      seen.add(key);
      if (!rows.has(key)) rows.set(key, makeRow(key, mirror.pid, row));
      const made = rows.get(key);
      fill(made, cellsOf(mirror, row, now));
      if (made === place) place = place.nextElementSibling;
      else body.insertBefore(made, place);
    }
  }
  for (const [key, made] of rows) {
    if (!seen.has(key)) {
      made.remove();
      rows.delete(key);
    }
  }
  keepChosen();
  if (focused && !rows.has(focused) && chosen) rows.get(keyOf(chosen.pid, chosen))?.focus();
}

// What is over gives the selection to its scope.
function keepChosen() {
  if (!chosen && rows.size) {
    const first = mirrors.values().next().value;
    choose(first.pid, { kind: "process", id: 0 }, false);
  }
  if (!chosen) return;
  const mirror = mirrors.get(chosen.pid);
  if (!rows.has(keyOf(chosen.pid, chosen))) {
    const id = chosen.above.find((each) => rows.has(keyOf(chosen.pid, { kind: "scope", id: each })));
    chosen = id ? { ...chosen, kind: "scope", id } : { ...chosen, kind: "process", id: 0 };
  }
  chosen.above = mirror.above(chosen.id);
  mark();
}

function mark() {
  const key = keyOf(chosen.pid, chosen);
  for (const [each, made] of rows) {
    const isIt = each === key;
    if (made.getAttribute("aria-selected") !== String(isIt)) made.setAttribute("aria-selected", isIt);
    made.tabIndex = isIt ? 0 : -1;
  }
}

function choose(pid, { kind, id }, focuses) {
  chosen = { pid, kind, id, above: mirrors.get(pid).above(id) };
  mark();
  if (focuses) rows.get(keyOf(pid, chosen))?.focus();
  drawDetails();
}

function move(by) {
  const all = [...$("tree").tBodies[0].rows];
  const index = all.findIndex((made) => made.getAttribute("aria-selected") === "true");
  all[Math.min(Math.max(index + by, 0), all.length - 1)]?.focus();
}

// What is selected.

function nameOf({ pid, id }) {
  const mirror = mirrors.get(pid);
  return mirror.part(id)?.path ?? `${mirror.name} (${pid})`;
}

function partOf({ pid, kind, id }) {
  const mirror = mirrors.get(pid);
  return kind === "process" ? mirror.process : mirror.part(id);
}

function drawDetails() {
  if (!chosen) return;
  const part = partOf(chosen);
  const lines = [];
  if (part) {
    for (const hold of part.holds) lines.push(heldBy(hold));
    if (!part.holds.length && part.is_paused) lines.push("held above: see the scopes that it is in");
    if (part.where) lines.push(`${part.state} at ${part.where}`);
    lines.push(...stillRunning());
  }
  if ($("selected").textContent !== nameOf(chosen)) $("selected").textContent = nameOf(chosen);
  const list = $("details");
  if ([...list.children].map((each) => each.textContent).join("\n") !== lines.join("\n")) {
    list.replaceChildren(...lines.map((line) => item("li", line)));
  }
  $("limit").hidden = chosen.kind !== "scope" || readOnly;
}

// The fact beside the request: who still runs under a closed gate.
function stillRunning() {
  const mirror = mirrors.get(chosen.pid);
  const going = [...mirror.tasks.values()].filter(
    (task) =>
      task.state === "pausing" &&
      (chosen.kind === "process" || task.id === chosen.id || mirror.above(task.id).includes(chosen.id)),
  );
  if (!going.length) return [];
  const named = going.slice(0, 8).map((task) => `${task.path} at ${task.where ?? "?"}`);
  return [`pausing: ${count(going.length, "task")} still running`, ...named];
}

function item(tag, text) {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}

// The verbs.

let readOnly = false;

const on = ({ kind, id }) => (kind === "process" ? { all: true } : { id });

async function order(of, said, tell) {
  const body = JSON.stringify({ pid: of.pid, on: on(of), ...said });
  let reply;
  try {
    const response = await fetch("/order", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body,
    });
    reply = await response.json();
    if (!response.ok) return say(reply.says, true);
  } catch (error) {
    return say(`the panel does not answer: ${error.message}`, true);
  }
  const text = tell(reply);
  if (text) say(text, false);
}

function say(text, isBad) {
  $("outcome").textContent = text;
  $("outcome").className = isBad ? "faulted" : "";
}

const verbs = {
  async pause(of) {
    const reason = await ask(`Why is ${nameOf(of)} to be paused?`, "Reason", "");
    if (reason === null) return;
    order(of, { do: "pause", reason }, (reply) => {
      const going = reply.stragglers.length + reply.unlisted;
      if (!reply.changed) return "nothing changed: this panel has paused it already";
      return going ? "pausing: what still runs is told below" : "paused";
    });
  },
  resume(of) {
    order(of, { do: "resume" }, (reply) => {
      const left = reply.left.map((hold) => `${hold.path || "the process"} ${heldBy(hold)}`).join("; ");
      if (reply.is_paused) return `${count(reply.changed, "hold")} released; still ${left || "held"}`;
      return reply.changed
        ? `resumed: ${count(reply.changed, "hold")} released`
        : "nothing to resume: no pause holds it";
    });
  },
  async stop(of) {
    if (!(await sure(`Stop ${nameOf(of)}? It does not come back.`, "Stop"))) return;
    order(of, { do: "stop" }, (reply) => `asked ${count(reply.changed, "task")} to stop`);
  },
  async limit(of) {
    if (of.kind !== "scope") return;
    const now = partOf(of)?.limit;
    const text = await ask(`How many tasks of ${nameOf(of)} at once?`, "A number, or none", now ?? "none");
    if (text === null) return;
    if (text !== "none" && !/^[1-9][0-9]*$/.test(text)) return say(`“${text}” is no limit`, true);
    const limit = text === "none" ? null : Number(text);
    order(of, { do: "resize", limit }, (reply) => (reply.changed ? "limit set" : "nothing changed: it was so"));
  },
  faults(of) {
    order(of, { do: "faults" }, (reply) => {
      if (!reply.faults.length) return "no fault waits for a decision";
      decide(of, reply.faults);
      return null;
    });
  },
  where(of) {
    order(of, { do: "where" }, (reply) => {
      if (!reply.stacks.length) return "no task of it has started";
      const text = reply.stacks.map((stack) => {
        const values = Object.entries(stack.locals ?? {}).map(([name, value]) => `        ${name} = ${value}`);
        return [`${stack.path}: ${stack.state}`, ...stack.lines.map((line) => `    ${line}`), ...values].join("\n");
      });
      show(`Where ${nameOf(of)} is`, [item("pre", text.join("\n"))], [["close", "Close"]]);
      return null;
    });
  },
};

// Dialogs.

function show(question, content, answers) {
  const dialog = $("dialog");
  $("question").textContent = question;
  $("body").replaceChildren(...content);
  $("answers").replaceChildren(
    ...answers.map(([value, text]) => {
      const button = item("button", text);
      button.value = value;
      return button;
    }),
  );
  dialog.returnValue = "";
  const before = document.activeElement; // which has the focus again when the dialog is closed
  dialog.showModal();
  return new Promise((resolve) => {
    const closed = () => {
      // Keys act on the row again; but this is told later, and whoever is quick is elsewhere by then.
      const isThere = [before, document.body].includes(document.activeElement);
      if (chosen && isThere) rows.get(keyOf(chosen.pid, chosen))?.focus();
      resolve(dialog.returnValue);
    };
    dialog.addEventListener("close", closed, { once: true });
  });
}

function field(text, value) {
  const label = item("label", `${text} `);
  const input = document.createElement("input");
  input.value = value;
  label.append(input);
  return [label, input];
}

async function ask(question, text, value) {
  const [label, input] = field(text, value);
  const answer = await show(question, [label], [["yes", "OK"], ["", "Cancel"]]);
  return answer === "yes" ? input.value : null;
}

const sure = async (question, yes) => (await show(question, [], [["", "Cancel"], ["yes", yes]])) === "yes";

async function decide(of, faults) {
  const label = item("label", "Task ");
  const select = document.createElement("select");
  for (const fault of faults) select.append(new Option(`${fault.path}: ${fault.reason}`, fault.id));
  label.append(select);
  const trace = item("pre", "");
  trace.tabIndex = 0;
  const tell = () => {
    const fault = faults.find((each) => String(each.id) === select.value);
    const values = Object.entries(fault.locals ?? {}).map(([name, value]) => `${name} = ${value}`);
    trace.textContent = [fault.traceback.trimEnd(), ...values].join("\n");
  };
  select.addEventListener("change", tell);
  tell();
  const [result, input] = field("Result for “resolve”, as JSON", "null");
  const how = await show("Faults", [label, trace, result], [
    ["retry", "Retry"],
    ["skip", "Skip"],
    ["fail", "Let it fail"],
    ["resolve", "Resolve"],
    ["", "Cancel"],
  ]);
  if (!how) return;
  let value = null;
  if (how === "resolve") {
    try {
      value = JSON.parse(input.value);
    } catch {
      value = input.value;
    }
  }
  const task = { pid: of.pid, kind: "task", id: Number(select.value) };
  order(task, { do: "decide", how, value }, (reply) => `${how}: ${count(reply.changed, "fault")} decided`);
}

// Keys and buttons.

for (const [name, verb] of Object.entries(verbs)) {
  $(name).addEventListener("click", () => chosen && verb({ ...chosen }));
}

function freeze() {
  frozen = !frozen;
  $("freeze").setAttribute("aria-pressed", frozen);
  say(frozen ? "the view stands still" : "live again", false);
}

$("freeze").addEventListener("click", freeze);
$("filter").addEventListener("input", () => drawTree(Date.now()));

function toggle(of) {
  const isHeld = partOf(of)?.holds.some((hold) => hold.kind === "pause");
  if (isHeld) return verbs.resume(of);
  return order(of, { do: "pause", reason: "paused in the panel" }, (reply) => {
    const going = reply.stragglers.length + reply.unlisted;
    return going ? "pausing: what still runs is told below" : "paused";
  });
}

const KEYS = { p: "pause", r: "resume", x: "stop", l: "limit", f: "faults", w: "where" };

$("tree").addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !chosen) return;
  const moves = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -1e6, End: 1e6 };
  if (event.key in moves) move(moves[event.key]);
  else if (event.key === " " && !readOnly) toggle({ ...chosen });
  else if (event.key in KEYS && !$(KEYS[event.key]).hidden) verbs[KEYS[event.key]]({ ...chosen });
  else if (event.key === "z") freeze();
  else if (event.key === "/") $("filter").focus();
  else return;
  event.preventDefault();
});

// The stream.

function take(news) {
  const now = Date.now();
  heard = now;
  for (const each of news) {
    if (!mirrors.has(each.pid)) {
      mirrors.set(each.pid, new Mirror(each.pid, each.name));
      histories.set(each.pid, new History());
    }
    const mirror = mirrors.get(each.pid);
    mirror.take(each, now);
    for (const event of each.events.filter((one) => !isAnEcho(one))) tellEvent(mirror, event);
  }
  for (const [pid, mirror] of mirrors) if (!mirror.trouble) histories.get(pid).take(mirror, now);
}

function tellEvent(mirror, event) {
  const at = new Date(event.at * 1000).toLocaleTimeString();
  const list = $("events");
  list.prepend(item("li", `${at}  ${mirror.name} (${mirror.pid}): ${happened(event)}`));
  while (list.children.length > 200) list.lastElementChild.remove();
}

function draw() {
  const now = Date.now();
  const age = (now - heard) / 1000;
  const isLost = age > STALE;
  document.body.classList.toggle("lost", isLost);
  const said = !heard ? "connecting" : isLost ? `disconnected: the last news is ${short(age)} old` : "live";
  if ($("connection").textContent !== said) $("connection").textContent = said;
  if (frozen || isLost) return;
  drawTree(now);
  drawDetails();
  const history = chosen && histories.get(chosen.pid);
  if (history) {
    const ink = colours();
    drawCounts($("counts"), history, now, ink);
    drawSpans($("spans"), history, now, ink);
  }
}

const about = await (await fetch("/about")).json();
readOnly = about.read_only;
if (readOnly) for (const name of ["pause", "resume", "stop", "limit"]) $(name).hidden = true;

const stream = new EventSource("/events");
stream.addEventListener("message", (event) => {
  take(JSON.parse(event.data));
  if (!frozen) requestAnimationFrame(draw);
});
setInterval(draw, 1000);
