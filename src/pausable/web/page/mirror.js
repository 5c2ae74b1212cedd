// The mirror: what the stream has told of one program, put together. Clocks run on between the news.

const ACTIVE = new Set(["running", "pausing", "stopping"]);
export const STALE = 2.5; // seconds without a sample, of which one comes each second

// As they were submitted, as far as their names tell.
const numberOf = (task) => Number(/-(\d+)(#\d+)?$/.exec(task.path)?.[1] ?? Infinity);

function inOrder(one, other) {
  const [a, b] = [numberOf(one), numberOf(other)];
  return a === b ? one.id - other.id : a < b ? -1 : 1;
}

export class Mirror {
  constructor(pid, name) {
    this.pid = pid;
    this.name = name;
    this.clear();
  }

  clear() {
    this.process = null;
    this.scopes = new Map();
    this.tasks = new Map();
    this.trouble = null;
    this.told = new Map(); // when each was told last
  }

  take(news, now) {
    if (news.is_new) this.clear();
    this.trouble = news.trouble;
    if (news.process) this.process = news.process;
    for (const id of news.gone) {
      this.scopes.delete(id);
      this.tasks.delete(id);
      this.told.delete(id);
    }
    for (const scope of news.scopes) {
      this.scopes.set(scope.id, scope);
      this.told.set(scope.id, now);
    }
    for (const task of news.tasks) {
      this.tasks.set(task.id, task);
      this.told.set(task.id, now);
    }
  }

  // Each below its own scope, in the order of their ids; with *wanted* only paths that have it, and
  // what is above them.
  rows(wanted) {
    const shown = wanted ? this.shown(wanted.toLowerCase()) : null;
    const below = new Map();
    const put = (key, kind, id) => {
      if (!below.has(key)) below.set(key, []);
      below.get(key).push({ kind, id });
    };
    for (const task of [...this.tasks.values()].sort(inOrder)) {
      put(this.scopes.has(task.scope) ? task.scope : 0, "task", task.id);
    }
    for (const scope of [...this.scopes.values()].sort((a, b) => a.id - b.id)) {
      put(this.scopes.has(scope.parent) ? scope.parent : 0, "scope", scope.id);
    }
    const found = [{ kind: "process", id: 0, depth: 0 }];
    const walk = (key, depth) => {
      for (const { kind, id } of below.get(key) ?? []) {
        if (!shown || shown.has(id)) found.push({ kind, id, depth });
        if (kind === "scope") walk(id, depth + 1);
      }
    };
    walk(0, 1);
    return found;
  }

  shown(wanted) {
    const shown = new Set();
    const above = (id) => {
      for (; this.scopes.has(id) && !shown.has(id); id = this.scopes.get(id).parent) shown.add(id);
    };
    for (const task of this.tasks.values()) {
      if (task.path.toLowerCase().includes(wanted)) {
        shown.add(task.id);
        above(task.scope);
      }
    }
    for (const scope of this.scopes.values()) {
      if (scope.path.toLowerCase().includes(wanted)) above(scope.id);
    }
    return shown;
  }

  part(id) {
    return this.scopes.get(id) ?? this.tasks.get(id) ?? null;
  }

  clocks(part, now) {
    const since = Math.max(now - (this.told.get(part.id) ?? now), 0) / 1000;
    const rests = "state" in part
      ? part.state === "resting" || (part.state === "queued" && part.is_paused)
      : part.is_paused;
    const runs = "state" in part ? ACTIVE.has(part.state) : !part.is_paused;
    return {
      active: part.active_time + (runs ? since : 0),
      paused: part.paused_time + (rests ? since : 0),
    };
  }

  // The ids of the scopes that a part is in, from the nearest.
  above(id) {
    const found = [];
    const part = this.part(id);
    let next = part ? ("scope" in part ? part.scope : part.parent) : 0;
    for (; this.scopes.has(next); next = this.scopes.get(next).parent) found.push(next);
    return found;
  }
}
