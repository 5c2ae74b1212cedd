"""The mirror: what a watch has told of a program, put together, as a panel shows it.

    with Client(address) as client:
        mirror = Mirror()
        for frame in client.watch():
            mirror.take(frame)

Samples tell what has changed; between them clocks run on, and so they do here. A program that has
told nothing for longer than it ever should is stale, and whoever shows it says so. Not locked: for
one thread at a time.
"""

from __future__ import annotations

import math
import time
from collections import deque
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pausable.control.reply_shapes import Event, Sample
    from pausable.control.shapes import Hold, Process, Scope, Task

__all__ = ["STALE", "Clocks", "Mirror", "Row"]

STALE = 2.5
"""After so many seconds without a sample, of which one comes each second, a program is stale."""

_EVENTS = 1000
_PROCESS = 0  # in place of an id; no scope and no task has it
_ACTIVE = frozenset({"running", "pausing", "stopping"})


class Clocks(NamedTuple):
    """Seconds in which a task or scope has run, and in which it was kept from it."""

    active: float
    paused: float


class Row(NamedTuple):
    """One line of the tree: the process, a scope or a task, by its id, which never moves."""

    kind: Literal["process", "scope", "task"]
    id: int
    depth: int


class Mirror:
    """What is known of one program."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.process: Process | None = None
        self.scopes: dict[int, Scope] = {}  #: by their ids, as they were made
        self.tasks: dict[int, Task] = {}
        self.events: deque[Event] = deque(maxlen=_EVENTS)  #: the rare ones, the oldest first
        self.told: int = 0  #: how many of them have come in all
        self.unlisted: int = 0  #: scopes that are not told
        self.lost: int = 0  #: samples and events that did not come, since we did not read
        self._taken: dict[int, float] = {}  # when each was told last
        self._last: float | None = None

    def take(self, frame: Sample | Event, now: float | None = None) -> None:
        """Take what a watch has told, *now* on the monotonic clock."""
        now = time.monotonic() if now is None else now
        self.lost += frame["lost"]
        if frame["reply"] == "event":
            self.events.append(frame)
            self.told += 1
            return
        self._last = now
        self.unlisted = frame["unlisted"]
        if frame["process"] is not None:
            self.process = frame["process"]
            self._taken[_PROCESS] = now
        for each in frame["gone"]:
            self.scopes.pop(each, None)
            self.tasks.pop(each, None)
            self._taken.pop(each, None)
        for scope in frame["scopes"]:
            self.scopes[scope["id"]] = scope
            self._taken[scope["id"]] = now
        for task in frame["tasks"]:
            self.tasks[task["id"]] = task
            self._taken[task["id"]] = now

    def age(self, now: float | None = None) -> float:
        """Return for how many seconds nothing was told."""
        if self._last is None:
            return 0.0
        return (time.monotonic() if now is None else now) - self._last

    def clocks_of_scope(self, scope: Scope, now: float | None = None) -> Clocks:
        """Return the clocks of a pool or group as they are now."""
        since = self._since(scope["id"], now)
        active, paused = scope["active_time"], scope["paused_time"]
        if scope["is_paused"]:
            return Clocks(active, paused + since)
        return Clocks(active + since, paused)

    def clocks_of_task(self, task: Task, now: float | None = None) -> Clocks:
        """Return the clocks of a task as they are now."""
        since = self._since(task["id"], now)
        active, paused, state = task["active_time"], task["paused_time"], task["state"]
        if state in _ACTIVE:
            return Clocks(active + since, paused)
        if state == "resting" or (state == "queued" and task["is_paused"]):
            return Clocks(active, paused + since)
        return Clocks(active, paused)

    def hold_of(self, number: int, hold: Hold, now: float | None = None) -> Hold:
        """Return a hold of the scope or task with this id, or of the process (0), as it is now."""
        since = self._since(number, now)
        left = None if hold["left"] is None else max(hold["left"] - since, 0.0)
        return {**hold, "age": hold["age"] + since, "left": left}

    def _since(self, number: int, now: float | None) -> float:
        """Return how long ago something was told; what is stale stands still."""
        now = time.monotonic() if now is None else now
        if self._last is not None:
            now = min(now, self._last + STALE)
        return max(now - self._taken.get(number, now), 0.0)

    def rows(self, wanted: str = "") -> Iterator[Row]:
        """List the tree from the top, each below its own scope, as they were made.

        With *wanted*, only what has it in its path, whatever its case, and what is above that.
        """
        shown = self._shown(wanted.casefold()) if wanted else None
        below: dict[int, list[int]] = {}
        for scope in self.scopes.values():
            parent = scope["parent"] if scope["parent"] in self.scopes else 0
            below.setdefault(parent, []).append(scope["id"])
        tasks: dict[int, list[int]] = {}
        for task in sorted(self.tasks.values(), key=_order):
            tasks.setdefault(task["scope"], []).append(task["id"])
        yield Row("process", _PROCESS, 0)
        for owner in sorted(tasks.keys() - self.scopes.keys()):  # only tasks are watched
            yield from (Row("task", number, 1) for number in tasks[owner])
        left = [(each, 1) for each in sorted(below.get(0, ()), reverse=True)]
        while left:
            each, depth = left.pop()
            if shown is None or each in shown:
                yield Row("scope", each, depth)
            for number in tasks.get(each, ()):
                if shown is None or number in shown:
                    yield Row("task", number, depth + 1)
            left += [(one, depth + 1) for one in sorted(below.get(each, ()), reverse=True)]

    def _shown(self, wanted: str) -> set[int]:
        shown: set[int] = set()
        for task in self.tasks.values():
            if wanted in task["path"].casefold():
                shown.add(task["id"])
                self._show_above(task["scope"], shown)
        for scope in self.scopes.values():
            if wanted in scope["path"].casefold():
                self._show_above(scope["id"], shown)
        return shown

    def _show_above(self, number: int, shown: set[int]) -> None:
        while number in self.scopes and number not in shown:
            shown.add(number)
            number = self.scopes[number]["parent"]


def _order(task: Task) -> tuple[float, int]:
    """Return what sorts tasks as they were submitted, as far as their names tell."""
    digits = task["path"].rpartition("#")[0] or task["path"]
    digits = digits.rpartition("-")[2]
    return (int(digits) if digits.isdecimal() else math.inf), task["id"]
