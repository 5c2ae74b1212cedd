"""The end of a scope as a coroutine awaits it: as `shutdown` and `endings`, blocking no loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable._core.decision import decide
from pausable._core.postponement import let_all_go
from pausable._core.times import clock
from pausable.scopes.async_waits import wait_for_fact
from pausable.scopes.ctrl_c import is_cancel, is_ctrl_c
from pausable.scopes.endings import reason_of, stop_if_hopeless
from pausable.scopes.loops import Bell
from pausable.scopes.patience import for_end
from pausable.scopes.shutdown import LOOKS, awaiting_end, is_over

if TYPE_CHECKING:
    from collections.abc import Callable

    from pausable._core.tree import Node
    from pausable.scopes.patience import Patience
    from pausable.scopes.pools import Runner
    from pausable.scopes.scope import Scope

__all__ = ["leave", "wait_ended"]

_SHORT = 0.001  # seconds, in which a thread that has nothing left to do ends


async def wait_ended(
    node: Node,
    crew: Runner | None,
    timeout: float | None,  # noqa: ASYNC109
    look: Callable[[], object] | None = None,
) -> bool:
    """Do as `shutdown.wait_ended`, in a coroutine; *look* is called first, and again and again."""
    with awaiting_end(node, timeout, look) as waiting:
        waiting.has_ended = await _wait_ended(node, crew, timeout, look)
    return waiting.has_ended


async def _wait_ended(
    node: Node,
    crew: Runner | None,
    timeout: float | None,  # noqa: ASYNC109
    look: Callable[[], object] | None,
) -> bool:
    deadline = None if timeout is None else clock() + timeout
    patience = for_end("the shutdown", node)
    while not await _has_ended(node, crew, patience.until(deadline), look, patience):
        if deadline is not None and deadline <= clock():
            return False
        patience.speak()
    return True


async def _has_ended(
    node: Node,
    crew: Runner | None,
    until: float,
    look: Callable[[], object] | None,
    patience: Patience,
) -> bool:
    """Wait for the end *until* then at most, or, if there is something to look after, shortly."""
    if look is not None:
        look()
        until = min(until, clock() + LOOKS)
    if not is_over(node):
        decide(
            node.pool, let_all_go
        )  # raises if there is no thread for what may run, and none can start
        left = max(until - clock(), 0.0)
        fact = lambda _: not node.busy() and not node.unfinished()  # noqa: E731
        if not await wait_for_fact(node.pool, node, fact, left, patience):
            return False
    while crew is not None and crew.living():  # nobody tells when a thread has ended
        if until <= clock():
            return False
        await Bell().rung(_SHORT)
    return True


async def leave(scope: Scope, crew: Runner | None, exc: BaseException | None) -> None:
    """Leave an ``async with`` block: wait for the tasks; after a cancellation or Ctrl-C, end them.

    After any other exception, what is held and can be resumed by nobody is stopped.
    """
    node = scope._p_node
    if exc is not None and (is_ctrl_c(exc) or is_cancel(exc)):
        _end(scope, exc)
        await wait_ended(node, crew, None)
    elif isinstance(exc, GeneratorExit):  # the coroutine is closed, and must not wait
        _end(scope, exc)
    else:
        scope.shutdown(wait=False)
        look = None if exc is None else lambda: stop_if_hopeless(node, exc)
        try:
            await wait_ended(node, crew, None, look)
        except BaseException as interrupt:
            if not (is_ctrl_c(interrupt) or is_cancel(interrupt)):
                raise
            _end(scope, interrupt)
            await wait_ended(node, crew, None)
            raise


def _end(scope: Scope, exc: BaseException) -> None:
    scope.shutdown(wait=False, cancel_futures=True)
    scope.stop(reason_of(exc))
