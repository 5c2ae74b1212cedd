"""The one-screen summary: pools, holds and tasks, in as many lines as the terminal has. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable.scopes.prose import plain, short
from pausable.terminal.phrases import counts, held, holds_in, state_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pausable.snapshots import ProcessStatus, ScopeStatus, TaskStatus

__all__ = ["screen"]

_NAME = 28  # columns that the name of a task takes, at most
_HOLDS = 6  # lines for holds, at most
_AT_LEAST = 2  # lines for the tasks of a pool
# What still runs comes first, and of those what has begun first.
_ORDER = ("pausing", "stopping", "running", "faulted", "resting")
_NOT_STARTED = ("queued", "done", "cancelled", "stopped")


def screen(status: ProcessStatus, own: str, width: int, height: int) -> list[str]:
    """Return the lines: what is closed and by whom, then each pool with its tasks.

    *own* is the owner of the hold that the keys place. No line is longer than *width*, and there
    are *height* at most; what is left out is counted.
    """
    lines = [f"{state_of(status)}: {counts(status)}", *_holds(status, own)]
    live = [pool for pool in status.pools if pool.running or pool.resting or pool.queued]
    left = height - len(lines) - 1
    for number, pool in enumerate(live):
        if left < _AT_LEAST:
            lines.append(f"and {len(live) - number} more pools")
            break
        share = max(left // (len(live) - number), _AT_LEAST)
        lines += _pool(pool, share)
        left = height - len(lines) - 1
    idle = len(status.pools) - len(live)
    if idle and len(lines) < height:
        lines.append(f"{idle} {'pool' if idle == 1 else 'pools'} with nothing to do")
    return [line if len(line) <= width else line[: width - 1] + "…" for line in lines[:height]]


def _holds(status: ProcessStatus, own: str) -> list[str]:
    found = holds_in(status)
    lines = [
        f"held by {held(hold)}{_opens(hold.kind, is_own=hold.owner == own)}"
        for hold in found[:_HOLDS]
    ]
    if len(found) > _HOLDS:
        lines.append(f"and {len(found) - _HOLDS} more holds")
    return lines


def _opens(kind: str, *, is_own: bool) -> str:
    if is_own:
        return " (space resumes)"
    return " (until it is back)" if kind == "guard" else ""


def _pool(pool: ScopeStatus, share: int) -> list[str]:
    """Describe one pool in *share* lines at most."""
    paused = ", paused" if pool.is_paused else ""
    lines = [f"{plain(pool.path or pool.name)}{paused}: {counts(pool)}"]
    started = sorted(
        (task for task in pool.tasks if task.state not in _NOT_STARTED),
        key=lambda task: (_ORDER.index(task.state), -task.active_time - task.paused_time),
    )
    shown = started if len(started) < share else started[: max(share - 2, 1)]
    lines += _rows(shown, pool.name)
    if len(shown) < len(started):
        lines.append(f"  and {len(started) - len(shown)} more")
    return lines


def _rows(shown: Sequence[TaskStatus], pool: str) -> list[str]:
    names = [_name(task, pool) for task in shown]
    width = min(max(map(len, names), default=0), _NAME)
    return [
        f"  {name[:_NAME]:{width}}  {task.state:8}  active {short(task.active_time):>6}"
        f"  paused {short(task.paused_time):>6}  {_place(task)}".rstrip()
        for name, task in zip(names, shown, strict=True)
    ]


def _name(task: TaskStatus, pool: str) -> str:
    """Name a task; with its group, if it has one."""
    return plain(task.name if task.scope == pool else f"{task.scope}/{task.name}")


def _place(task: TaskStatus) -> str:
    """Name its line, by the file's own name: there is not much room."""
    if task.where is None:
        return ""
    name = task.where.file.rpartition("/")[2]
    return plain(f"{name}:{task.where.line} in {task.where.function}")
