"""The offspring: tasks that the tasks of a scope make, by whatever library, are driven, too.

While a group with `offspring` is open, a task factory of its loop looks who makes a task: a task of
that group, or of a group below it, or one that was made so. What others make is left alone, and so
is what a group of ours makes itself.

An eager factory of asyncio's is told by its code, by anyio at least, whose tasks must not begin at
once. So over such a one an eager factory of asyncio's is set, too, that makes its tasks here.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any

from pausable._core.attention import current
from pausable.aio.driver import Driver

if TYPE_CHECKING:
    from pausable.aio.coroutine_scope import CoroutineScope

__all__ = ["Offspring"]

_EAGER = getattr(getattr(asyncio, "eager_task_factory", None), "__code__", None)


class Offspring:
    """The task factory of one scope, while it is set. On the thread of its loop."""

    def __init__(self, scope: CoroutineScope) -> None:
        """Set nothing yet."""
        self._scope = scope
        self._inner: Any = None
        self._factory: Any = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_over = False

    def begin(self) -> None:
        """Set it over the one that is there."""
        self._loop = asyncio.get_running_loop()
        self._inner = self._loop.get_task_factory()
        self._factory = self._make
        if _EAGER is not None and getattr(self._inner, "__code__", None) is _EAGER:
            constructor = self._inner.__closure__[0].cell_contents
            build = partial(self._build, constructor)
            self._factory = asyncio.create_eager_task_factory(build)  # type: ignore[attr-defined]
        self._loop.set_task_factory(self._factory)

    def end(self) -> None:
        """Put back the one that was there; where another has been set since, do nothing more."""
        self._is_over = True
        if self._loop is not None and self._loop.get_task_factory() == self._factory:
            self._loop.set_task_factory(self._inner)
        self._factory = None

    def _make(self, loop: asyncio.AbstractEventLoop, coro: Any, **given: Any) -> Any:
        if self._inner is not None:
            return self._inner(loop, self._driven(coro, **given), **given)
        return asyncio.Task(self._driven(coro, **given), loop=loop, **given)

    def _build(self, constructor: Any, coro: Any, **given: Any) -> Any:
        return constructor(self._driven(coro, **given), **given)

    def _driven(self, coro: Any, context: Any = None, **_: Any) -> Any:
        """Return a coroutine as one of the scope, if a task of that makes it a task."""
        if not self._is_over and not isinstance(coro, Driver) and asyncio.iscoroutine(coro):
            maker = current.get() if context is None else context.get(current)
            node = self._scope._p_node
            if maker is not None and maker._p_node is not None and maker._p_node.is_within(node):
                return self._scope.drive(coro)
        return coro
