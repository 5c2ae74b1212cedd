"""The chart: events in, entries of a Chrome trace out. Pure, and bounded.

Each pool is drawn as a process of its own, with a row for each seat: a slice for each task that ran
there, and inside it one that is called "rests" for each rest. Holds are below the rows, from when
to when they were in force. A slice is written when it is over, and only then.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from pausable.events import (
    HoldPlaced,
    HoldReleased,
    StopRequested,
    TaskEnded,
    TaskEvent,
    TaskFaulted,
    TaskRested,
    TaskResumed,
    TaskStarted,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pausable.events import Event, HoldEvent
    from pausable.snapshots import HoldStatus

__all__ = ["KINDS", "Chart", "Entry"]

Entry: TypeAlias = dict[str, Any]

KINDS: tuple[type[Event], ...] = (
    TaskStarted,
    TaskRested,
    TaskResumed,
    TaskEnded,
    TaskFaulted,
    StopRequested,
    HoldPlaced,
    HoldReleased,
)
"""The events that are drawn."""

_PROCESS = "all pools"
_MOST = 5_000  # pools that are remembered
_LONGEST = 200  # characters of one text


@dataclass(slots=True)
class _Pool:
    """A pool as it is drawn: its number, and those of its rows."""

    number: int
    rows: dict[int | str | None, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Slice:
    """A task that runs, or rests."""

    pool: int
    row: int
    name: str
    path: str
    began: float
    rested: float | None = None
    where: str = ""


class Chart:
    """Draws events of all pools, which come in the order of each pool."""

    def __init__(self, zero: float) -> None:
        """Count time from *zero*, on the clock of the events' `monotonic`."""
        self._zero = zero
        self._pools: dict[str, _Pool] = {}
        self._made = 0
        self._tasks: dict[int, _Slice] = {}
        self._on: dict[tuple[int, int], int] = {}  # the task that is on a row
        self._holds: dict[tuple[object, ...], list[tuple[int, Entry]]] = {}
        self._placed = 0

    def draw(self, event: Event) -> Iterator[Entry]:
        """Draw an event: nothing, or what it has brought to an end."""
        if isinstance(event, TaskEvent):
            yield from self._draw_task(event)
        elif isinstance(event, HoldPlaced):
            yield from self._place(event)
        elif isinstance(event, HoldReleased):
            yield from self._release(event, expired=event.expired)

    def finish(self, now: float) -> Iterator[Entry]:
        """Draw what is not over yet, as it is *now*."""
        for each in tuple(self._tasks):
            yield from self._end(each, now, outcome="not over")
        for placed in self._holds.values():
            for _, entry in placed:
                yield {**entry, "ph": "e", "ts": self._time(now)}
        self._holds.clear()

    def lost(self, now: float) -> Entry:
        """Draw that some of what has happened was lost."""
        said = "events were lost: more happened than could be written"
        return {"ph": "i", "s": "g", "name": said, "pid": 0, "tid": 0, "ts": self._time(now)}

    # Tasks.

    def _draw_task(self, event: TaskEvent) -> Iterator[Entry]:
        now, task = event.monotonic, event.task_id
        if isinstance(event, TaskStarted):
            yield from self._begin(event)
        elif task not in self._tasks:
            return  # it began before the trace did
        elif isinstance(event, TaskRested):
            self._tasks[task].rested = now
            self._tasks[task].where = "" if event.where is None else str(event.where)
        elif isinstance(event, TaskResumed):
            yield from self._end_rest(self._tasks[task], now)
        elif isinstance(event, TaskEnded):
            facts = {"outcome": event.outcome, "active": event.active_time}
            yield from self._end(task, now, **facts, paused=event.paused_time)
        elif isinstance(event, TaskFaulted):
            yield from self._end(task, now, outcome="faulted", reason=_cut(event.reason))
        elif isinstance(event, StopRequested):
            yield self._mark(self._tasks[task], now, f"stop: {_cut(event.reason)}")

    def _begin(self, event: TaskStarted) -> Iterator[Entry]:
        path = event.path.partition("/")[0]
        if path not in self._pools:
            yield self._meet(path)
        pool = self._pools[path]
        if event.seat not in pool.rows:
            yield self._seat(pool, event.seat)
        row = pool.rows[event.seat]
        last = self._on.get((pool.number, row))
        if last in self._tasks:  # its end was lost
            yield from self._end(last, event.monotonic, outcome="unknown")
        self._on[pool.number, row] = event.task_id
        self._tasks[event.task_id] = _Slice(
            pool.number, row, _cut(event.task), _cut(event.task_path), event.monotonic
        )

    def _end(self, task: int, now: float, **facts: object) -> Iterator[Entry]:
        each = self._tasks.pop(task)
        self._on.pop((each.pool, each.row), None)
        yield from self._end_rest(each, now)
        yield self._slice(each, each.name, each.began, now, {"path": each.path, **facts})

    def _end_rest(self, each: _Slice, now: float) -> Iterator[Entry]:
        if each.rested is not None:
            yield self._slice(each, "rests", each.rested, now, {"at": each.where})
            each.rested = None

    def _slice(
        self, each: _Slice, name: str, began: float, now: float, facts: dict[str, object]
    ) -> Entry:
        return {
            "ph": "X",
            "cat": "rest" if name == "rests" else "task",
            "name": name,
            "pid": each.pool,
            "tid": each.row,
            "ts": self._time(began),
            "dur": round(max(now - began, 0.0) * 1e6, 1),
            "args": facts,
        }

    def _mark(self, each: _Slice, now: float, said: str) -> Entry:
        where = {"pid": each.pool, "tid": each.row, "ts": self._time(now)}
        return {"ph": "i", "s": "t", "name": said, **where}

    # Holds.

    def _place(self, event: HoldEvent) -> Iterator[Entry]:
        path = event.path.partition("/")[0]
        if path not in self._pools:
            yield self._meet(path)
        hold = event.hold
        self._placed += 1
        entry = {
            "cat": "hold",
            "id2": {"local": hex(self._placed)},  # shown with its pool, and not by itself
            "name": f"held: {_cut(hold.reason)}",
            "pid": self._pools[path].number,
            "tid": 0,
        }
        self._holds.setdefault(_key(event.path, hold), []).append((self._placed, entry))
        facts = {"scope": _cut(hold.path or path), "owner": _cut(hold.owner), "kind": hold.kind}
        yield {**entry, "ph": "b", "ts": self._time(event.monotonic), "args": facts}

    def _release(self, event: HoldEvent, *, expired: bool) -> Iterator[Entry]:
        key = _key(event.path, event.hold)
        placed = self._holds.get(key)
        if placed is None:
            return  # it was placed before the trace began
        _, entry = placed.pop(0)
        if not placed:
            del self._holds[key]
        facts = {"expired": expired}
        yield {**entry, "ph": "e", "ts": self._time(event.monotonic), "args": facts}

    # Pools and rows.

    def _meet(self, path: str) -> Entry:
        """Give a pool its number; what is remembered longest is forgotten, if that is much."""
        self._made += 1
        while len(self._pools) >= _MOST:
            del self._pools[next(iter(self._pools))]
        self._pools[path] = _Pool(self._made)
        return _name("process_name", self._made, 0, f"pool {_cut(path)}" if path else _PROCESS)

    def _seat(self, pool: _Pool, seat: int | str | None) -> Entry:
        seats = len(pool.rows) + 1
        row = pool.rows[seat] = pool.number + seats  # what has the pool's would be its main thread
        return _name("thread_name", pool.number, row, f"seat {seats}")

    def _time(self, moment: float) -> float:
        return round(max(moment - self._zero, 0.0) * 1e6, 1)


def _key(path: str, hold: HoldStatus) -> tuple[object, ...]:
    """Tell holds apart; two of which nothing differs may be taken for each other."""
    return path, hold.path, hold.placed_at, hold.reason, hold.owner


def _name(what: str, pool: int, row: int, name: str) -> Entry:
    return {"ph": "M", "name": what, "pid": pool, "tid": row, "args": {"name": name}}


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
