"""The portrayal: what a notebook shows of a status, as plain data that both ways of drawing use.

Bounded, whatever the status lists. It is in two parts, so that who draws again when something has
changed does not do so because time has passed: `facts`, and the `times` that were true with them.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, TypeAlias, TypedDict

from pausable.snapshots import ProcessStatus, ScopeStatus

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pausable.snapshots import HoldStatus, Location, TaskStatus

__all__ = ["NO_TIMES", "Facts", "HoldRow", "ScopeRow", "TaskRow", "Times", "gone", "picture"]

_SCOPES = 25
_HOLDS = 10
_TASKS = 10
_LONGEST = 200  # characters of one text

Status: TypeAlias = "ScopeStatus | ProcessStatus"


class ScopeRow(TypedDict):
    """One pool or group: its counts include the groups below it."""

    path: str
    name: str
    depth: int
    state: str
    running: int
    resting: int
    queued: int
    done: int
    failed: int


class HoldRow(TypedDict):
    """One hold: on what, why, by whom."""

    scope: str
    reason: str
    owner: str


class TaskRow(TypedDict):
    """One task that has started, or waits for a decision."""

    name: str
    state: str
    where: str


class Facts(TypedDict):
    """What is so."""

    kind: str  #: pool or group; "" for the process
    name: str
    state: str
    says: str  #: what the state means just now, if that is more than the word
    verb: str  #: what can be asked for: pause, resume, or nothing
    scopes: list[ScopeRow]
    holds: list[HoldRow]
    tasks: list[TaskRow]
    more: dict[str, int]  #: how many more there are of each than are listed


class Times(TypedDict):
    """Seconds, in the order of the rows: the age of a hold; how long a task ran, and rested."""

    holds: list[float]
    tasks: list[tuple[float, float]]


NO_TIMES: Times = {"holds": [], "tasks": []}


def picture(status: Status) -> tuple[Facts, Times]:
    """Say what is to be shown of a status."""
    is_process = isinstance(status, ProcessStatus)
    scopes = _below_process(status) if isinstance(status, ProcessStatus) else _below(status, 0)
    rows = [(each, depth) for each, depth in scopes]
    holds = [*(status.holds if is_process else ()), *(h for each, _ in rows for h in each.holds)]
    tasks = _tasks(status)
    facts = Facts(
        kind="" if is_process else "group" if "/" in status.path else "pool",
        name=_cut(status.name),
        state=state_of(status),
        says=_says(status),
        verb=_verb(status),
        scopes=[_scope_row(each, depth) for each, depth in rows[:_SCOPES]],
        holds=[_hold_row(each) for each in holds[:_HOLDS]],
        tasks=[_task_row(each) for each in tasks[:_TASKS]],
        more={
            "scopes": len(rows[_SCOPES:]),
            "holds": len(holds[_HOLDS:]),
            "tasks": len(tasks[_TASKS:]),
        },
    )
    times = Times(
        holds=[each.seconds for each in holds[:_HOLDS]],
        tasks=[(each.active_time, each.paused_time) for each in tasks[:_TASKS]],
    )
    return facts, times


def gone(last: Facts | None, name: str) -> Facts:
    """Say that nothing is left of what was shown, but how it looked *last*."""
    nothing = {"scopes": 0, "holds": 0, "tasks": 0}
    says = (
        "Nothing of it is left."
        if last is None
        else "Nothing of it is left; this was the last seen."
    )
    base = last or Facts(
        kind="pool",
        name=_cut(name),
        state="",
        says="",
        verb="",
        scopes=[],
        holds=[],
        tasks=[],
        more=nothing,
    )
    return {
        **base,
        "state": "gone",
        "says": says,
        "verb": "",
        "holds": [],
        "tasks": [],
        "more": nothing,
    }


def state_of(status: Status) -> str:
    """Name the state of a scope in one word, or two."""
    if isinstance(status, ScopeStatus) and status.is_shut_down and not _unfinished(status):
        return "over"
    if status.is_paused:
        return "paused" if status.is_quiescent else "pausing"
    if isinstance(status, ScopeStatus) and status.is_shut_down:
        return "shut down"
    return "running" if status.running else "open"


def _says(status: Status) -> str:
    state = state_of(status)
    if isinstance(status, ProcessStatus) and not status.pools:
        return "no pool yet"
    if state == "pausing":
        return f"{status.running} of {status.running + status.resting} still run"
    if state == "paused" and status.queued:
        return f"{status.queued} wait to start"
    return ""


def _verb(status: Status) -> str:
    """Say what a button would do: what `resume()` cannot release is not in its reach."""
    if state_of(status) == "over":
        return ""
    return "resume" if any(hold.kind == "pause" for hold in status.holds) else "pause"


def _unfinished(status: ScopeStatus) -> int:
    return status.running + status.resting + status.queued


def _below_process(status: ProcessStatus) -> Iterator[tuple[ScopeStatus, int]]:
    for pool in status.pools:
        yield from _below(pool, 0)


def _below(status: ScopeStatus, depth: int) -> Iterator[tuple[ScopeStatus, int]]:
    yield status, depth
    for child in status.groups.values():
        yield from _below(child, depth + 1)


def _scope_row(status: ScopeStatus, depth: int) -> ScopeRow:
    return ScopeRow(
        path=status.path,
        name=_cut(status.name),
        depth=depth,
        state=state_of(status),
        running=status.running,
        resting=status.resting,
        queued=status.queued,
        done=status.done,
        failed=status.failed,
    )


def _hold_row(hold: HoldStatus) -> HoldRow:
    return HoldRow(scope=_cut(hold.scope), reason=_cut(hold.reason), owner=_cut(hold.owner))


def _tasks(status: Status) -> list[TaskStatus]:
    """List the tasks that have started, or wait for a decision: first those that are waited for."""
    pools = status.pools if isinstance(status, ProcessStatus) else (status,)
    tasks = [task for pool in pools for task in pool.tasks if task.state != "queued"]
    return sorted(tasks, key=lambda task: task.state not in ("pausing", "stopping", "faulted"))


def _task_row(task: TaskStatus) -> TaskRow:
    return TaskRow(name=_cut(task.name), state=task.state, where=_place(task.where))


def _place(where: Location | None) -> str:
    """Name a line: by the name of its file alone, which of a cell is one that nobody knows."""
    if where is None:
        return ""
    file = PurePath(where.file)
    is_cell = file.parent.name.startswith("ipykernel_")
    at = f"a cell, line {where.line}" if is_cell else f"{file.name}:{where.line}"
    return _cut(f"{at} in {where.function}")


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
