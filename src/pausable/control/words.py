"""The words in which a person is told what a program tells: counts, holds, stragglers, events."""

from __future__ import annotations

from pausable.scopes.prose import plain, short

# As `typing` has it, whose import takes long.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from pausable.control.reply_shapes import Event, Paused
    from pausable.control.shapes import Hold, Process, Scope, Stack, Straggler

__all__ = [
    "counts",
    "event",
    "going",
    "held_by",
    "is_an_echo",
    "number",
    "processes",
    "stack_lines",
    "straggler",
    "workers",
]

_LISTED = 16  # processes, or workers
_ENDS = {
    "resume": "until a resume",
    "connection": "until a resume, or till its client has ended",
    "guard": "until its guard finds the resource healthy",
    "decision": "until its fault is decided",
}
_EVENTS = {
    "ScopeQuiescent": "is quiescent: each started task rests",
    "ScopeShutDown": "is shut down",
    "TaskFaulted": "has raised, and waits for a decision",
    "StopRequested": "is to stop",
}


def number(count: int, one: str, many: str | None = None) -> str:
    """Count things: "1 task", "3 tasks"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def counts(of: Process | Scope) -> str:
    """Say how many tasks of a scope do what."""
    return (
        f"{of['running']:,} running, {of['resting']:,} resting, "
        f"{of['queued']:,} queued, {of['done']:,} done"
    )


def processes(scope: Scope) -> str:
    """Say in which processes the tasks of a scope run; nothing if it has none of its own."""
    pids = scope.get("processes", [])
    more = f", and {len(pids) - _LISTED} more" if len(pids) > _LISTED else ""
    listed = ", ".join(map(str, pids[:_LISTED]))
    return f"{'process' if len(pids) == 1 else 'processes'} {listed}{more}" if pids else ""


def workers(scope: Scope) -> str:
    """Say on which workers the tasks of a cluster run; nothing of what is no cluster."""
    there = scope.get("workers", [])
    more = f", and {len(there) - _LISTED} more" if len(there) > _LISTED else ""
    return plain(
        f"{number(len(there), 'worker')}: {', '.join(there[:_LISTED])}{more}" if there else ""
    )


def held_by(hold: Hold) -> str:
    """Say who holds something, why, since when, and what ends it."""
    return plain(
        f"held for {short(hold['age'])} by {hold['owner']}, {_end(hold)}: {hold['reason']}"
    )


def _end(hold: Hold) -> str:
    return _ENDS.get(hold["ends"]) or f"for another {short(hold['left'] or 0.0)}"


def straggler(each: Straggler) -> str:
    """Say which task goes on, where, since when and why."""
    where = f" at {each['where']}" if each["where"] else ""
    return plain(f"{each['path']}{where}: {each['why']}, for {short(each['seconds'])}")


def event(told: Event) -> str:
    """Say what has happened."""
    of = told["task_path"] or told["path"] or "the process"
    hold = told["hold"]
    if told["event"] == "HoldPlaced" and hold is not None:
        return plain(f"{of} is paused by {hold['owner']}, {_end(hold)}: {hold['reason']}")
    if told["event"] == "HoldReleased" and hold is not None:
        how = "has ended by itself" if told["expired"] else "is released"
        return plain(f"{of}: a hold {how}: {hold['reason']}")
    reason = f": {told['reason']}" if told["reason"] else ""
    return plain(f"{of} {_EVENTS.get(told['event'], told['event'])}{reason}")


def is_an_echo(told: Event) -> bool:
    """Say whether it tells of a hold on the process once more, for one of its pools."""
    return told["hold"] is not None and bool(told["path"]) and not told["hold"]["path"]


def going(reply: Paused) -> int:
    """Count the tasks that ran on when a pause was answered."""
    return len(reply["stragglers"]) + reply["unlisted"]


def stack_lines(stack: Stack) -> list[str]:
    """Say where a task is, and with which variables."""
    lines = [plain(f"{stack['path']}: {stack['state']}")]
    lines += [f"    {plain(line)}" for line in stack["lines"]]
    values = (stack["locals"] or {}).items()
    return lines + [plain(f"        {name} = {value}") for name, value in values]
