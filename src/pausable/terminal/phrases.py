"""The phrases that are said at the terminal: lines from snapshots. Pure.

Names, reasons and places are text of others: what a terminal would take for a command in them is
shown as an escape.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from pausable.scopes.prose import plain, short

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pausable.snapshots import HoldStatus, Location, ProcessStatus, ScopeStatus, Straggler

__all__ = [
    "HELP",
    "KEYS",
    "counts",
    "held",
    "holds_in",
    "is_held_by_others",
    "place",
    "scopes_in",
    "state_of",
    "status_line",
    "straggler_lines",
    "tasks",
    "unfinished",
    "unfinished_in",
]

KEYS = "space pauses and resumes, s status, t tasks, q stops, ? help"

HELP = (
    "space   pause all tasks, or resume them; the main thread goes on",
    "s       the status, in one line",
    "t       the pools, holds and tasks, on one screen",
    "q       stop all tasks; it asks first",
    "Ctrl-C  once: pause; twice: interrupt the program; three times: end it at once",
    "Ctrl-Z  rest, then suspend the program; fg or bg goes on",
)

_LISTED = 5


def tasks(number: int) -> str:
    """Count tasks."""
    return "1 task" if number == 1 else f"{number} tasks"


def place(where: Location | None) -> str:
    """Name a line of code; its file from the current folder on, if it is below that."""
    if where is None:
        return ""
    here = ""
    with suppress(OSError):  # somebody has removed the folder
        here = os.getcwd() + os.sep  # noqa: PTH109 - text is what is compared
    file = where.file.removeprefix(here)
    return plain(f"{file}:{where.line} in {where.function}")


# What is read from a status.


def unfinished_in(status: ProcessStatus) -> int:
    """Count the tasks that are not over."""
    return status.running + status.resting + status.queued


def scopes_in(scopes: Sequence[ScopeStatus]) -> Iterator[ScopeStatus]:
    """List pools, and below each its groups."""
    for scope in scopes:
        yield scope
        yield from scopes_in(tuple(scope.groups.values()))


def holds_in(status: ProcessStatus) -> list[HoldStatus]:
    """List all holds: those on the process, then those on pools, groups and tasks."""
    found = list(status.holds)
    for scope in scopes_in(status.pools):
        found += [hold for hold in scope.holds if hold.kind != "process"]
    for pool in status.pools:
        found += [hold for task in pool.tasks for hold in task.holds]
    return found


def is_held_by_others(status: ProcessStatus, owner: str) -> list[HoldStatus]:
    """List the holds that are not of *owner*."""
    return [hold for hold in holds_in(status) if hold.owner != owner]


# What is said of it.


def held(hold: HoldStatus) -> str:
    """Say who holds what, why and since when."""
    what = "" if hold.scope == "process" else f" on {hold.path or hold.scope}"
    return plain(f"{hold.owner}{what} for {short(hold.seconds)}: {hold.reason}")


def state_of(status: ProcessStatus) -> str:
    """Say in a word or two whether the tasks run: the request and the fact."""
    live = [pool for pool in status.pools if pool.running or pool.resting or pool.queued]
    paused = [pool for pool in live if pool.is_paused]
    if status.is_paused or (live and paused == live):
        if status.is_quiescent:
            return "paused"
        return f"pausing, {status.running} of {status.running + status.resting} still run"
    if paused:
        return f"{len(paused)} of {len(live)} pools paused"
    return "running" if live else "idle"


def unfinished(status: ProcessStatus | ScopeStatus) -> str:
    """Count the tasks that are not over by what they do; only what there is."""
    found = [
        (status.running, "running"),
        (status.resting, "resting"),
        (status.queued, "queued"),
    ]
    return ", ".join(f"{number} {word}" for number, word in found if number)


def counts(status: ProcessStatus | ScopeStatus) -> str:
    """Count the tasks by what they do and how they have ended; only what there is."""
    how = [(status.failed, "failed"), (status.cancelled + status.stopped, "cancelled or stopped")]
    ends = ", ".join(f"{number} {word}" for number, word in how if number)
    done = f"{status.done} done" if status.done else ""
    parts = (unfinished(status), f"{done} ({ends})" if ends else done)
    return ", ".join(filter(None, parts)) or "no tasks"


def status_line(status: ProcessStatus) -> str:
    """Say in one line how things are, and who holds what."""
    if not status.pools:
        said = "paused: no pool yet" if status.is_paused else "no pool yet"
    else:
        said = f"{state_of(status)}: {counts(status)}"
        if len(status.pools) > 1:
            said += f", in {len(status.pools)} pools"
    by = "; ".join(held(hold) for hold in holds_in(status)[:_LISTED])
    return f"{said}; held by {by}" if by else said


def straggler_lines(found: Sequence[Straggler]) -> list[str]:
    """Name those that still run: where, why, for how long."""
    lines = []
    for each in found[:_LISTED]:
        at = f" at {place(each.where)}" if each.where else ""
        lines.append(f"{plain(each.task)}{at} {plain(each.why)} for {short(each.seconds)}")
    if len(found) > _LISTED:
        lines.append(f"and {len(found) - _LISTED} more")
    return lines
