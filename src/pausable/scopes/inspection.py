"""The inspection of a task: its stack, its locals, what its next line does. No debugger."""

from __future__ import annotations

from traceback import StackSummary
from typing import TYPE_CHECKING

from pausable._core import frames
from pausable._core.decision import decide
from pausable._core.locations import frame_of, theirs, where
from pausable._core.step import begin_step, has_stepped
from pausable.scopes.patience import for_quiescence
from pausable.scopes.quiet import Quiet
from pausable.scopes.reprs import short_repr
from pausable.scopes.standpoint import check_is_outside, check_may_wait, check_timer
from pausable.scopes.waits import wait_for_fact

if TYPE_CHECKING:
    from types import FrameType

    from pausable._core.task import Task
    from pausable._core.tree import Node
    from pausable.snapshots import Location

__all__ = ["locals_of", "stack_of", "step"]


def stack_of(task: Task) -> StackSummary:
    """List the frames of a started task, from its function to where it is; empty when over."""
    chain = getattr(task._p_seat, "chain", None)
    if chain is not None:  # of a coroutine, whose frames have none below them while it waits
        return StackSummary.extract((frame, frame.f_lineno or 0) for frame in chain())
    found: list[tuple[FrameType, int]] = []
    frame = theirs(frame_of(task))
    while frame is not None and frame.f_code not in frames.entries:
        found.append((frame, frame.f_lineno or 0))
        frame = frame.f_back
    return StackSummary.extract(reversed(found))


def locals_of(task: Task) -> dict[str, str]:
    """Represent the local variables of the line at which a task rests.

    Raises:
        RuntimeError: it does not rest.
    """
    frame = theirs(frame_of(task)) if task._p_is_at_rest() else None
    if frame is None:
        msg = f"{task._p_name} does not rest: its locals can be seen while it is paused"
        raise RuntimeError(msg)
    return {name: short_repr(value) for name, value in frames.locals_of(frame).items()}


def step(node: Node, task: Task, timeout: float | None) -> Location | None:
    """Let a task that rests go on to its next line; return where it rests then."""
    pool = node.pool
    check_may_wait(pool.lock)
    check_is_outside(pool, "step")
    check_timer(timeout, "step")
    frame_of(task)  # where there is none to be had it says so
    if not decide(pool, begin_step, node, task):
        msg = f"{task._p_name} does not rest at a closed gate: pause it, and wait until it does"
        raise RuntimeError(msg)
    with Quiet():
        patience = for_quiescence("step()", task)
        has = wait_for_fact(pool, node, lambda _: has_stepped(task), timeout, patience)
    if not has:
        msg = (
            f"{task._p_name} has not come to its next line within {timeout:g} s; "
            "it rests there then"
        )
        raise TimeoutError(msg)
    return where(task)
