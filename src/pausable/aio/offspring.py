"""The offspring: tasks that the tasks of a scope make, by whatever library, are driven, too.

While a group with `offspring` is open, a task factory of its loop looks who makes a task: a task of
that group, or of a group below it, or one that was made so. What others make is left alone, and so
is what a group of ours makes itself.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from pausable._core.attention import current
from pausable.aio.driver import Driver

if TYPE_CHECKING:
    from pausable.aio.coroutine_scope import CoroutineScope

__all__ = ["Offspring"]


class Offspring:
    """The task factory of one scope, while it is set. On the thread of its loop."""

    def __init__(self, scope: CoroutineScope) -> None:
        """Set nothing yet."""
        self._scope = scope
        self._inner: Any = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_over = False

    def begin(self) -> None:
        """Set it over the one that is there."""
        self._loop = asyncio.get_running_loop()
        self._inner = self._loop.get_task_factory()
        self._loop.set_task_factory(self._make)

    def end(self) -> None:
        """Put back the one that was there; where another has been set since, do nothing more."""
        self._is_over = True
        if self._loop is not None and self._loop.get_task_factory() == self._make:
            self._loop.set_task_factory(self._inner)

    def _make(self, loop: asyncio.AbstractEventLoop, coro: Any, **given: Any) -> Any:
        if not self._is_over and not isinstance(coro, Driver) and asyncio.iscoroutine(coro):
            context = given.get("context")
            maker = current.get() if context is None else context.get(current)
            node = self._scope._p_node
            if maker is not None and maker._p_node is not None and maker._p_node.is_within(node):
                coro = self._scope.drive(coro)
        if self._inner is not None:
            return self._inner(loop, coro, **given)
        return asyncio.Task(coro, loop=loop, **given)
