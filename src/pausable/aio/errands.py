"""The errands: what the tasks of a scope have threads do for them, as tasks of a pool of ours.

`asyncio.to_thread` and `loop.run_in_executor(None, ...)` hand a call to the default executor of the
loop. While a group with `threads` is open, that is one which looks who asks: calls of the group's
tasks, in whatever library, go to the pool, and all others to where they went before.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor
from concurrent.futures import thread as stdlib
from typing import TYPE_CHECKING, Any, Self

from pausable._core.attention import current

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from pausable._core.tree import Node

__all__ = ["Errands"]


class Errands(stdlib.ThreadPoolExecutor):
    """The default executor of a loop, while it is set. It has no threads, but for others' calls.

    That it is derived from the stdlib's pool is what a loop asks of its default executor; of that
    it uses nothing.
    """

    def __new__(cls, *_args: object) -> Self:
        """Make one, also where the stdlib's class makes pools of ours."""
        return object.__new__(cls)

    def __init__(self, node: Node, pool: Executor) -> None:
        """Hand the calls of tasks of *node*, and of those below, to *pool*."""
        self._node = node
        self._pool = pool
        self._loop: Any = None
        self._inner: Executor | None = None
        self._is_over = False

    def begin(self) -> None:
        """Set it over the one that is there. On the thread of the loop."""
        self._loop = asyncio.get_running_loop()
        self._inner = getattr(self._loop, "_default_executor", None)  # there is no other way
        self._loop.set_default_executor(self)

    def end(self) -> None:
        """Put back the one that was there; where another has been set since, only hand on."""
        self._is_over = True
        if self._loop is not None and getattr(self._loop, "_default_executor", None) is self:
            self._loop._default_executor = self._inner

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Hand a call on."""
        maker = current.get()
        scope = None if maker is None else maker._p_node
        if not self._is_over and scope is not None and scope.is_within(self._node):
            return self._pool.submit(fn, *args, **kwargs)
        if self._inner is None:  # the loop would have made one now
            self._inner = stdlib.ThreadPoolExecutor(thread_name_prefix="asyncio")
        return self._inner.submit(fn, *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Shut down the one that was there; the pool is its user's."""
        if self._inner is not None:
            self._inner.shutdown(wait, cancel_futures=cancel_futures)

    def __repr__(self) -> str:
        """Name the scope."""
        return f"<Errands of {self._node.name!r}>"
