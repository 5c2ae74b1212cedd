"""The end of a scope: it takes no more tasks, and somebody waits until nothing of it is left.

A shutdown that waits, waits for the resume: a pause is somebody's decision. What ends a pool that
nobody has shut down is in `endings`.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from pausable._core.attention import here
from pausable._core.audience import emit
from pausable._core.decision import decide, look
from pausable._core.end import end_holds
from pausable._core.held import hold_status
from pausable._core.postponement import let_all_go
from pausable._core.seats import dismiss
from pausable._core.times import clock
from pausable.events import ScopeShutDown
from pausable.scopes.adoption import backlog_of
from pausable.scopes.common_log import WARNING, say
from pausable.scopes.fault import fail_all
from pausable.scopes.patience import for_end
from pausable.scopes.quiet import Quiet
from pausable.scopes.standpoint import check_is_no_part, check_may_wait, check_timer
from pausable.scopes.status import list_tasks
from pausable.scopes.waits import wait_for_fact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pausable._core.tree import Node
    from pausable._core.visit import Visit
    from pausable.scopes.future import Future
    from pausable.scopes.pools import Runner
    from pausable.snapshots import HoldStatus

__all__ = [
    "LOOKS",
    "awaiting_end",
    "close",
    "end_all",
    "is_over",
    "let_go",
    "looking_after",
    "say_if_paused",
    "wait_ended",
]

LOOKS = 0.1  # seconds between two looks of whoever has to look


def close(node: Node, *, cancel_futures: bool) -> None:
    """Let a scope take no more tasks; with *cancel_futures*, cancel what has not started."""
    decide(node.pool, _close_scope, node, cancel_futures)


def _close_scope(visit: Visit, node: Node, cancel_futures: bool) -> None:
    visit.again = partial(_close_scope, node=node, cancel_futures=cancel_futures)
    _close(visit, node)
    for task in list_tasks(node) if cancel_futures else ():
        cast("Future[Any]", task)._p_withdraw_in(visit, None)
    visit.chores += (partial(fail_all, node), partial(let_go, node))


def _close(visit: Visit, node: Node) -> None:
    pool = visit.pool
    for each in node.below():
        if each.queue.is_accepting and pool.demand.observed:
            emit(each, ScopeShutDown)
        each.queue.is_accepting = False
    if node.parent is None:
        pool.end.is_closing = True
        if not pool.unstarted:
            dismiss(visit)
        if pool.room is not None:
            pool.room.rouse(visit)


def end_all(node: Node, reason: str) -> None:
    """Cancel what has not started and ask all else to stop; nothing more is accepted."""
    close(node, cancel_futures=True)
    for task in list_tasks(node):
        cast("Future[Any]", task).stop(reason)


@contextmanager
def looking_after(look: Callable[[], object] | None) -> Iterator[None]:
    """Have *look* called first, and several times a second, where this thread waits for an end."""
    outer, here.look = getattr(here, "look", None), look
    try:
        yield
    finally:
        here.look = outer


def wait_ended(node: Node, crew: Runner | None, timeout: float | None) -> bool:
    """Wait until nothing of a scope is left, and, with its *crew*, until its threads have ended.

    Raises:
        RuntimeError: called by a part of the scope, which would wait for itself.
    """
    look: Callable[[], object] | None = getattr(here, "look", None)
    # A task of another group gives its slot back: these may need it.
    with awaiting_end(node, timeout, look) as waiting, Quiet(slot_of=node.pool):
        waiting.has_ended = _wait_ended(node, crew, timeout, look)
    return waiting.has_ended


class _Wait:
    """How a wait for an end went."""

    __slots__ = ("has_ended",)

    def __init__(self) -> None:
        """Begin to wait."""
        self.has_ended: bool = False


@contextmanager
def awaiting_end(
    node: Node, timeout: float | None, look: Callable[[], object] | None
) -> Iterator[_Wait]:
    """Be one of those who wait for the end of a scope; say in the log for what, and how it went."""
    wanted = f"wait for the shutdown of {node.name!r}: use shutdown(wait=False)"
    check_is_no_part(node, wanted)
    if node.unfinished():
        check_timer(timeout, wanted)
    check_may_wait(node.pool.lock)
    waiting = _Wait()
    decide(node.pool, _count_wait, node, 1)
    try:
        if look is not None:
            look()
        say_if_paused(node)
        yield waiting
    finally:
        decide(node.pool, _count_wait, node, -1)
    if waiting.has_ended:
        let_go(node)
    else:
        text = "shutdown of %r: %d tasks were left after %g s"
        say(WARNING, text, node.name, node.unfinished(), timeout)


def is_over(node: Node) -> bool:
    """Say whether nothing of a scope is left."""
    return not look(node.pool, node.unfinished)


def let_go(node: Node) -> None:
    """Release what is held of a scope of which nothing is left: nobody will rest for it."""
    decide(node.pool, _let_go, node)


def _let_go(visit: Visit, node: Node) -> None:
    if not node.queue.is_accepting and not node.unfinished():
        end_holds(visit, node)


def _count_wait(_visit: Visit, node: Node, more: int) -> None:
    node.waiters.shutdowns += more


def _wait_ended(
    node: Node, crew: Runner | None, timeout: float | None, look: Callable[[], object] | None
) -> bool:
    deadline = None if timeout is None else clock() + timeout
    is_exit = node.pool.end.is_exiting
    patience = for_end("at the interpreter's exit, the end" if is_exit else "the shutdown", node)
    while True:
        if look is not None:
            look()
        until = patience.until(deadline)
        if _has_ended(node, crew, until if look is None else min(until, clock() + LOOKS)):
            return True
        if deadline is not None and deadline <= clock():
            return False
        patience.speak()


def _has_ended(node: Node, crew: Runner | None, until: float) -> bool:
    """Wait for the end *until* then at most."""
    if crew is not None and not crew.join(until):
        return False
    if not is_over(node):  # a group; or a pool that was paused before it had a thread
        decide(
            node.pool, let_all_go
        )  # raises if there is no thread for what may run, and none can start
        left = max(until - clock(), 0.0)
        if not wait_for_fact(
            node.pool, node, lambda _: not node.busy() and not node.unfinished(), left
        ):
            return False
    return crew is None or crew.join(until)


def say_if_paused(node: Node) -> None:
    """Say in the log that a shutdown waits for a resume, if it does. Outside all locks."""
    held, unfinished = look(node.pool, _who_is_held, node)
    if held:
        text = "shutdown of %r waits for a resume with %d tasks unfinished; held: %s"
        say(WARNING, text, node.name, unfinished, "; ".join(map(str, held)))


def _who_is_held(node: Node) -> tuple[list[HoldStatus], int]:
    """List the holds for which tasks of a scope wait, and say how many are unfinished."""
    now = clock()
    held = [
        hold_status(each, record, now)
        for below in node.below()
        for each in (below.path() if below is node else (below,))
        for record in each.gate.holds
    ]
    unfinished = list_tasks(node)
    waiting = [task for task in unfinished if task._p_gate.closed and task._p_stop_reason is None]
    held += [
        hold_status(task, record, now)
        for task in waiting
        if task._p_node is not None and task._p_gate is not task._p_node.gate
        for record in task._p_gate.holds
    ]
    return held if waiting else [], len(unfinished) + backlog_of(node)
