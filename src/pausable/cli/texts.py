"""The texts of the command line: the tree of a status, remarks, and JSON for scripts."""

from __future__ import annotations

import json
import sys

from pausable.control.words import counts, held_by, number, processes, workers
from pausable.scopes.prose import plain, short

# As `typing` has it, whose import takes long.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pausable.cli.operand import Operand
    from pausable.control.reply_shapes import StatusTaken
    from pausable.control.shapes import Scope, Task

__all__ = ["remark", "say_json", "tree"]


def remark(text: str) -> None:
    """Say something beside what was asked for: on standard error."""
    sys.stdout.flush()
    print(text, file=sys.stderr, flush=True)


def say_json(target: Operand, reply: Mapping[str, object]) -> None:
    """Print a reply as one line of JSON, with the program that has given it."""
    facts = {key: value for key, value in reply.items() if key not in ("reply", "id", "reply_id")}
    print(json.dumps({"program": {"pid": target.pid, "name": target.name}, **facts}))


def tree(taken: StatusTaken) -> Iterable[str]:
    """List the scopes and tasks of a status, each below its own scope."""
    below: dict[int, list[Scope]] = {}
    for scope in taken["scopes"]:
        below.setdefault(scope["parent"], []).append(scope)
    known = {scope["id"] for scope in taken["scopes"]}
    tasks: dict[int, list[Task]] = {}
    for task in taken["tasks"]:
        tasks.setdefault(task["scope"], []).append(task)
    for parent in [each for each in below if each not in known]:
        for scope in below[parent]:
            yield from _scope_lines(scope, below, tasks, 1)
    for owner in [each for each in tasks if each not in known]:
        for task in tasks[owner]:
            yield from _task_lines(task, 1)
    if taken["unlisted"]:
        yield f"  and {number(taken['unlisted'], 'more pool or group', 'more pools and groups')}"


def _scope_lines(
    scope: Scope, below: dict[int, list[Scope]], tasks: dict[int, list[Task]], depth: int
) -> Iterable[str]:
    indent = "  " * depth
    limit = "" if scope["limit"] is None else f", at most {scope['limit']} at once"
    yield plain(f"{indent}{scope['path']}: {_state(scope)}; {counts(scope)}{limit}")
    if running_in := processes(scope):
        yield f"{indent}    in {running_in}"
    if there := workers(scope):
        yield f"{indent}    {there}"
    for hold in scope["holds"]:
        yield f"{indent}    {held_by(hold)}"
    for task in tasks.get(scope["id"], []):
        yield from _task_lines(task, depth + 1)
    if scope["unlisted"]:
        yield f"{indent}  and {number(scope['unlisted'], 'more task')}"
    for each in below.get(scope["id"], []):
        yield from _scope_lines(each, below, tasks, depth + 1)


def _state(scope: Scope) -> str:
    if scope["is_shut_down"]:
        return "shutting down, paused" if scope["is_paused"] else "shutting down"
    if not scope["is_paused"]:
        return "open"
    return "paused, quiescent" if scope["is_quiescent"] else "pausing"


def _task_lines(task: Task, depth: int) -> Iterable[str]:
    indent = "  " * depth
    where = f" at {task['where']}" if task["where"] else ""
    clocks = f"active {short(task['active_time'])}"
    if task["paused_time"]:
        clocks += f", paused {short(task['paused_time'])}"
    reason = f" ({task['stop_reason']})" if task["stop_reason"] else ""
    process = f", process {task['pid']}" if task.get("pid") else ""
    yield plain(f"{indent}{task['path']}: {task['state']}{reason}{where}{process}; {clocks}")
    for hold in task["holds"]:
        yield f"{indent}    {held_by(hold)}"
