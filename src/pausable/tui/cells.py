"""The cells of a row: what the tree says of a process, a scope or a task, in fixed columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pausable.control.words import processes, workers
from pausable.scopes.prose import plain, short

if TYPE_CHECKING:
    from pausable.control.link import Link
    from pausable.control.mirror import Clocks
    from pausable.control.shapes import Hold, Process, Scope, Task

__all__ = ["HEADER", "Cells", "cells_of_process", "cells_of_scope", "cells_of_task"]


class Cells(NamedTuple):
    """What stands in a row, and how it is, which gives it its colour."""

    name: str
    state: str
    counts: str
    active: str
    paused: str
    more: str
    look: str


HEADER = Cells(
    "SCOPE OR TASK", "STATE", "RUN REST QUEUE  DONE", "ACTIVE", "PAUSED", "HOLDS, LINE", "header"
)


def cells_of_process(link: Link, process: Process | None, age: float, stale: float) -> Cells:
    """Tell of a program; what is stale looks stale."""
    name = f"{link.name} ({link.pid})"
    if link.trouble is not None:
        return Cells(name, "gone", "", "", "", plain(f"disconnected: {link.trouble}"), "stale")
    if process is None:
        return Cells(name, "...", "", "", "", "no sample yet", "stale")
    state = _state(is_paused=process["is_paused"], is_quiescent=process["is_quiescent"])
    if age > stale:
        more = f"the last sample is {short(age)} old: the program hangs, or is suspended"
        return Cells(name, state, _counts(process), "", "", more, "stale")
    return Cells(name, state, _counts(process), "", "", _holds(process["holds"]), state)


def cells_of_scope(scope: Scope, clocks: Clocks) -> Cells:
    """Tell of a pool or a group."""
    state = _state(is_paused=scope["is_paused"], is_quiescent=scope["is_quiescent"])
    more = _holds(scope["holds"])
    if not more and scope["is_paused"]:
        more = "held above"
    if scope["faults"]:
        more = f"{scope['faults']} faults wait for a decision (f)  {more}"
    if scope["limit"] is not None:
        more = f"at most {scope['limit']}  {more}"
    if running_in := processes(scope) or workers(scope):
        more += f"  {running_in}"
    if scope["unlisted"]:
        more += f"  (and {scope['unlisted']:,} tasks not listed)"
    if scope["is_shut_down"]:
        more = f"shut down  {more}"
    name = scope["path"].rpartition("/")[2] or scope["path"]
    times = (short(clocks.active), short(clocks.paused) if clocks.paused else "")
    return Cells(plain(name), state, _counts(scope), *times, plain(more), state)


def cells_of_task(task: Task, clocks: Clocks) -> Cells:
    """Tell of a task."""
    more = (task["where"] or "").rpartition("/")[2]  # the whole path is told below
    if task.get("pid"):
        more = f"{more}  process {task['pid']}"
    if task["stop_reason"]:
        more = f"to stop: {task['stop_reason']}  {more}"
    more = f"{_holds(task['holds'])}  {more}".strip()
    times = (short(clocks.active), short(clocks.paused) if clocks.paused else "")
    return Cells(plain(task["name"]), task["state"], "", *times, plain(more), task["state"])


def _state(*, is_paused: bool, is_quiescent: bool) -> str:
    """Tell the request and the fact: it is "pausing" until each started task rests."""
    if not is_paused:
        return "open"
    return "paused" if is_quiescent else "pausing"


def _counts(of: Process | Scope) -> str:
    return f"{of['running']:>3} {of['resting']:>4} {of['queued']:>5} {of['done']:>5}"


def _holds(holds: list[Hold]) -> str:
    """Tell who holds it and why; the details are in the panel below."""
    return "; ".join(f"{hold['reason']} ({hold['owner']})" for hold in holds)
