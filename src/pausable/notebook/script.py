"""The script of the live panel: one ES module, as text, that needs nothing from elsewhere.

It draws what the traits say, and sends what is asked for; all words come from Python. Rows are kept
and filled anew, so that a selection, the focus and what is scrolled stay. Clocks go on by
themselves between two messages: of a task that runs, the active time; of one that rests, the paused
time; and the age of each hold.
"""

from __future__ import annotations

__all__ = ["SCRIPT"]

SCRIPT = r"""
const COUNTS = ["running", "resting", "queued", "done", "failed"];
const SLOW = 2000; // milliseconds without an answer that are worth a word
const TICK = 500;

function make(tag, kind, parent) {
  const made = document.createElement(tag);
  if (kind) made.className = "pausable-" + kind;
  if (parent) parent.append(made);
  return made;
}

function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function seconds(value) {
  if (value < 9.95) return value.toFixed(1) + " s";
  const whole = Math.round(value);
  if (whole < 60) return whole + " s";
  const two = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(whole / 3600), minutes = Math.floor(whole / 60) % 60;
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

function writeState(node, state) {
  write(node, state);
  if (node.dataset.state !== state) node.dataset.state = state;
}

// A table whose rows are kept. `cells` gives a name, a number or not, and what fills a cell.
function table(parent, caption, cells) {
  const scroll = make("div", "scroll", parent);
  const made = make("table", "", scroll);
  make("caption", "", made).textContent = caption;
  const head = make("tr", "", make("thead", "", made));
  const body = make("tbody", "", made);
  const more = make("div", "more", parent);
  for (const [name, kind] of cells) {
    const th = make("th", kind === "n" ? "n" : "", head);
    th.scope = "col";
    th.textContent = name;
  }
  return (rows, left) => {
    while (body.rows.length > rows.length) body.lastElementChild.remove();
    while (body.rows.length < rows.length) {
      const tr = make("tr", "", body);
      for (const [, kind] of cells) {
        const td = make("td", kind === "n" ? "n" : "", tr);
        make(kind === "code" ? "code" : "span", kind === "state" ? "state" : "", td);
      }
    }
    rows.forEach((row, at) => {
      cells.forEach(([, kind, value], column) => {
        const inner = body.rows[at].cells[column].firstElementChild;
        const found = value(row);
        if (kind === "state") writeState(inner, found);
        else write(inner, found);
        if (kind === "indent") inner.style.paddingLeft = 1.2 * row.depth + "em";
      });
    });
    scroll.hidden = !rows.length;
    write(more, left ? `and ${left.toLocaleString("en")} more` : "");
  };
}

function render({ model, el }) {
  const me = Math.random().toString(36).slice(2);
  const root = make("div", "", el);
  root.className = "pausable pausable-panel";
  const head = make("div", "head", root);
  const kind = make("span", "kind", head), name = make("span", "name", head);
  const state = make("span", "state", head), says = make("span", "says", head);
  const button = make("button", "", head);
  button.type = "button";
  const note = make("span", "note", head);
  note.setAttribute("role", "status");

  const scopes = table(root, "Pools and groups", [
    ["name", "indent", (row) => row.name],
    ["state", "state", (row) => row.state],
    ...COUNTS.map((count) => [count, "n", (row) => row[count].toLocaleString("en")]),
  ]);
  const holds = table(root, "Held", [
    ["scope", "", (row) => row.scope],
    ["reason", "", (row) => row.reason],
    ["owner", "", (row) => row.owner],
    ["age", "n", (row) => seconds(row.age)],
  ]);
  const tasks = table(root, "Tasks", [
    ["task", "", (row) => row.name],
    ["state", "state", (row) => row.state],
    ["active", "n", (row) => seconds(row.active)],
    ["paused", "n", (row) => seconds(row.paused)],
    ["at", "code", (row) => row.where],
  ]);

  let since = performance.now(), waiting = null;

  function draw() {
    const facts = model.get("facts"), times = model.get("times");
    const passed = (performance.now() - since) / 1000;
    write(kind, facts.kind);
    write(name, facts.name);
    writeState(state, facts.state);
    write(says, facts.says);
    button.hidden = !facts.verb;
    if (facts.verb) {
      write(button, facts.verb === "pause" ? "Pause" : "Resume");
      button.setAttribute("aria-label", `${button.textContent} ${facts.name}`);
    }
    scopes(facts.scopes, facts.more.scopes);
    holds(facts.holds.map((row, at) => ({ ...row, age: (times.holds[at] ?? 0) + passed })),
      facts.more.holds);
    tasks(facts.tasks.map((row, at) => {
      const [active, paused] = times.tasks[at] ?? [0, 0];
      const rests = row.state === "resting";
      const runs = ["running", "pausing", "stopping"].includes(row.state);
      const ran = active + (runs ? passed : 0), rested = paused + (rests ? passed : 0);
      return { ...row, active: ran, paused: rested };
    }), facts.more.tasks);
  }

  function answered() {
    if (waiting !== null) clearTimeout(waiting);
    waiting = null;
    button.disabled = false;
    write(note, model.get("answer").text ?? "");
  }

  function changed() {
    since = performance.now();
    draw();
  }

  button.addEventListener("click", () => {
    button.disabled = true;
    write(note, "");
    model.send({ ask: model.get("facts").verb });
    if (waiting !== null) clearTimeout(waiting);
    waiting = setTimeout(() => {
      button.disabled = false;
      write(note, "No answer yet: the kernel may be busy with a cell, or gone.");
    }, SLOW);
  });

  model.on("change:times", changed);
  model.on("change:answer", answered);
  const ticking = setInterval(() => {
    if (!document.hidden && model.get("facts").state !== "gone") draw();
  }, TICK);
  draw();
  model.send({ view: me, is_open: true });
  return () => {
    clearInterval(ticking);
    if (waiting !== null) clearTimeout(waiting);
    model.off("change:times", changed);
    model.off("change:answer", answered);
    model.send({ view: me, is_open: false });
  };
}

export default { render };
"""
