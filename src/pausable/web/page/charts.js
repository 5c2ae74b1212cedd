// The charts: how many tasks did what over time, and what each task did, with the holds above.

const SHORT = 20; // seconds that are drawn, at least and at most
const LONG = 180;
const ROWS = 24; // tasks that are drawn
const STEP = 18; // pixels of a row, at most
const FOOT = 20; // pixels, for the moments
const HIGHEST = 480;

export class History {
  constructor() {
    this.began = Infinity; // when it was first told
    this.counts = []; // [moment, running, resting, queued]
    this.tasks = new Map(); // id -> {name, spans: [[state, from, to]]}
    this.holds = new Map(); // key -> {text, from, to}
  }

  take(mirror, now) {
    const since = now - LONG * 1000;
    this.began = Math.min(this.began, now);
    if (mirror.process) {
      const { running, resting, queued } = mirror.process;
      this.counts.push([now, running, resting, queued]);
      while (this.counts.length > 1 && this.counts[1][0] < since) this.counts.shift();
    }
    for (const { kind, id } of mirror.rows("")) {
      if (kind === "task") this.note(mirror.tasks.get(id), now);
    }
    for (const [id, { spans }] of this.tasks) {
      while (spans.length && spans[0][2] < since) spans.shift();
      if (!spans.length) this.tasks.delete(id);
    }
    this.noteHolds(mirror, now, since);
  }

  note(task, now) {
    if (task.state === "queued") return;
    if (!this.tasks.has(task.id)) this.tasks.set(task.id, { name: task.path, spans: [] });
    const { spans } = this.tasks.get(task.id);
    const last = spans.at(-1);
    if (last && last[0] === task.state && now - last[2] < 3000) last[2] = now;
    else spans.push([task.state, last && now - last[2] < 3000 ? last[2] : now, now]);
  }

  noteHolds(mirror, now, since) {
    const held = [mirror.process, ...mirror.scopes.values()].filter(Boolean);
    for (const part of held) {
      for (const hold of part.holds) {
        const key = `${hold.id} ${hold.placed_at}`;
        if (!this.holds.has(key)) {
          const text = `${hold.path || "the process"}: ${hold.reason}`;
          this.holds.set(key, { text, from: Math.max(now - hold.age * 1000, since), to: now });
        }
        this.holds.get(key).to = now;
      }
    }
    for (const [key, hold] of this.holds) if (hold.to < since) this.holds.delete(key);
  }
}

function prepare(canvas) {
  const { width, height } = canvas.getBoundingClientRect();
  const scale = window.devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * scale)) canvas.width = Math.round(width * scale);
  if (canvas.height !== Math.round(height * scale)) canvas.height = Math.round(height * scale);
  const pen = canvas.getContext("2d");
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  pen.clearRect(0, 0, width, height);
  pen.font = "12px system-ui, sans-serif";
  return { pen, width, height };
}

export function colours() {
  // A custom property is not resolved until it is used as a colour.
  const probe = document.createElement("span");
  document.body.append(probe);
  const found = {};
  for (const name of ["running", "resting", "pausing", "queued", "faulted"]) {
    probe.className = name;
    found[name] = getComputedStyle(probe).color;
  }
  probe.className = "line";
  found.line = getComputedStyle(probe).color;
  probe.className = "";
  found.ink = getComputedStyle(probe).color;
  probe.remove();
  found.stopping = found.pausing;
  return found;
}

// What both charts share: the moments from the first sample on, for a while, and how long ago they are.
function axis(history, now, left, width) {
  const shown = Math.min(Math.max((now - history.began) / 1000, SHORT), LONG);
  const since = now - shown * 1000;
  return {
    shown,
    x: (moment) => left + (Math.max(moment - since, 0) / (shown * 1000)) * (width - left),
  };
}

function drawAxis(pen, { shown }, left, width, height, ink) {
  pen.fillStyle = ink.queued;
  pen.fillText(`${shown.toFixed(0)} s ago`, left + 4, height - 5);
  pen.textAlign = "right";
  pen.fillText("now", width - 4, height - 5);
  pen.textAlign = "left";
}

export function drawCounts(canvas, history, now, ink) {
  const { pen, width, height } = prepare(canvas);
  const time = axis(history, now, 0, width);
  const most = Math.max(1, ...history.counts.map(([, ...each]) => Math.max(...each)));
  const bottom = height - FOOT;
  const y = (count) => bottom - 2 - (count / most) * (bottom - 10);
  drawAxis(pen, time, 0, width, height, ink);
  pen.lineWidth = 1;
  for (const count of [0, most]) {
    pen.strokeStyle = ink.line;
    pen.beginPath();
    pen.moveTo(0, y(count));
    pen.lineTo(width, y(count));
    pen.stroke();
  }
  [["queued", 3], ["resting", 2], ["running", 1]].forEach(([name, index]) => {
    pen.strokeStyle = ink[name];
    pen.lineWidth = 2;
    pen.beginPath();
    let before = null;
    for (const each of history.counts) {
      const at = time.x(each[0]);
      if (before === null) pen.moveTo(at, y(each[index]));
      else {
        pen.lineTo(at, y(before));
        pen.lineTo(at, y(each[index]));
      }
      before = each[index];
    }
    if (before !== null) pen.lineTo(time.x(now), y(before));
    pen.stroke();
  });
  pen.fillStyle = ink.ink;
  pen.fillText(String(most), 4, y(most) + 13);
  const [, running, resting, queued] = history.counts.at(-1) ?? [0, 0, 0, 0];
  canvas.setAttribute(
    "aria-label",
    `Tasks over the last ${LONG / 60} minutes; now ${running} running, ${resting} resting, ${queued} queued`,
  );
}

export function drawSpans(canvas, history, now, ink) {
  const holds = [...history.holds.values()].slice(-3);
  const tasks = [...history.tasks.values()].slice(-ROWS);
  // It grows with what it shows, and does not shrink under the reader's eyes.
  const wanted = Math.min(holds.length * STEP + tasks.length * STEP + FOOT + 6, HIGHEST);
  if (wanted > canvas.clientHeight) canvas.style.height = `${wanted}px`;
  const { pen, width, height } = prepare(canvas);
  const names = tasks.map(({ name }) => pen.measureText(name).width);
  const left = Math.min(Math.max(0, ...names) + 12, width / 3);
  const time = axis(history, now, left, width);
  drawAxis(pen, time, left, width, height, ink);
  let top = 2;
  for (const hold of holds) {
    const from = time.x(hold.from);
    pen.fillStyle = ink.faulted;
    pen.fillRect(from, top + STEP - 5, Math.max(time.x(hold.to) - from, 2), 3);
    const isAtTheEnd = from + pen.measureText(hold.text).width > width;
    pen.textAlign = isAtTheEnd ? "right" : "left";
    pen.fillText(hold.text, isAtTheEnd ? width - 4 : from, top + STEP - 8, width - left);
    pen.textAlign = "left";
    top += STEP;
  }
  const step = Math.min(STEP, Math.max((height - FOOT - top) / Math.max(tasks.length, 1), 4));
  for (const { name, spans } of tasks) {
    for (const [state, from, to] of spans) {
      pen.fillStyle = ink[state] ?? ink.ink;
      pen.fillRect(time.x(from), top + 2, Math.max(time.x(to) - time.x(from), 1), step - 3);
    }
    if (step >= 12) {
      pen.fillStyle = ink.ink;
      pen.fillText(name, 4, top + step / 2 + 5, left - 8);
    }
    top += step;
  }
  const rests = tasks.filter(({ spans }) => spans.at(-1)?.[0] === "resting").length;
  canvas.setAttribute(
    "aria-label",
    `What the last ${tasks.length} tasks did over ${LONG / 60} minutes; ${rests} of them rest now`,
  );
}
