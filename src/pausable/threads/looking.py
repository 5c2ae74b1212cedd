"""Looking at a task: its stack, its locals, and what its next line does, without a debugger."""

from __future__ import annotations

from traceback import StackSummary
from typing import TYPE_CHECKING

from pausable._core.locations import entries, frame_of, theirs, where
from pausable._core.parking import Quiet, check_may_wait, wait_for_fact
from pausable._core.state import act
from pausable._core.stepping import begin_step, has_stepped
from pausable.threads.reprs import short_repr

if TYPE_CHECKING:
    from types import FrameType

    from pausable._core.nodes import Node
    from pausable._core.parker import Wakeable
    from pausable._core.tasks import Task
    from pausable.snapshots import Location

__all__ = ["locals_of", "stack_of", "step"]


def stack_of(task: Task) -> StackSummary:
    """List the frames of a started task, from its function to where it is; empty when over."""
    frames: list[tuple[FrameType, int]] = []
    frame = theirs(frame_of(task))
    while frame is not None and frame.f_code not in entries:
        frames.append((frame, frame.f_lineno or 0))
        frame = frame.f_back
    return StackSummary.extract(reversed(frames))


def locals_of(task: Task) -> dict[str, str]:
    """Represent the local variables of the line at which a task rests.

    Raises:
        RuntimeError: it does not rest.
    """
    frame = theirs(frame_of(task)) if task.is_at_rest() else None
    if frame is None:
        msg = f"{task.name} does not rest: its locals can be seen while it is paused"
        raise RuntimeError(msg)
    return {name: short_repr(value) for name, value in dict(frame.f_locals).items()}


def step(node: Node, task: Task, timeout: float | None) -> Location | None:
    """Let a task that rests go on to its next line; return where it rests then."""
    state = node.state
    check_may_wait(state.lock)
    wakes: list[Wakeable] = []
    with state.lock:
        steps = begin_step(state, node, task, wakes)
    if not steps:
        msg = f"{task.name} does not rest at a closed gate: pause it, and wait until it does"
        raise RuntimeError(msg)
    act(state, wakes)
    with Quiet():
        has = wait_for_fact(state, node, lambda: has_stepped(task), timeout)
    if not has:
        msg = f"{task.name} has not come to its next line within {timeout:g} s; it rests there then"
        raise TimeoutError(msg)
    return where(task)
