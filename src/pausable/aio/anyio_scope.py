"""The scope of what anyio runs: what a group of anyio's and its parts have in common, and these."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pausable.aio.coroutine_scope import CoroutineScope, Part
from pausable.aio.walker import Walker
from pausable.errors import NotSupported
from pausable.scopes.public import public
from pausable.scopes.terms import limits_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable
    from typing import NoReturn

    from pausable.aio.coroutine_future import CoroutineFuture
    from pausable.scopes.terms import ScopeGuard

__all__ = ["AnyioScope", "AnyioSubgroup"]


class AnyioScope(CoroutineScope):
    """What a group of anyio's and its parts have in common."""

    def start_soon(
        self, func: Callable[..., Awaitable[Any]], *args: Any, name: object = None
    ) -> CoroutineFuture[Any]:
        """Make a task that calls *func*; return its future, to pause, stop and see it alone.

        It begins when its gate is open and the limit has room: until then it is queued.

        Raises:
            TypeError: *func* cannot be called.
            RuntimeError: the group is not entered, or takes no more tasks.
        """
        walker = self._p_admitted(func, name)
        self._p_runner().start_soon(walker.run, *args, name=name)
        task: CoroutineFuture[Any] = walker.task
        return task

    async def start(
        self, func: Callable[..., Awaitable[Any]], *args: Any, name: object = None
    ) -> Any:
        """Make a task, wait until it has called ``task_status.started(value)``, return the value.

        *func* is called with *task_status*, as by anyio. A task that is held, or has no room,
        begins later, and this waits for that; who is cancelled meanwhile cancels the task.

        Raises:
            TaskStopped: it was stopped, or cancelled, before it has called that.
            TypeError: *func* cannot be called.
            RuntimeError: it has ended without calling that; or the group is not entered, or takes
                no more tasks.
            BaseException: what it has raised before it has called that.
        """
        walker = self._p_admitted(func, name)
        try:
            return await self._p_runner().start(walker.run, *args, name=name)
        except RuntimeError:
            if walker.task.cancelled():  # it has ended quietly: anyio does not know why
                walker.task.result()
            raise

    def _p_admitted(self, func: object, name: object) -> Walker:
        """Return what is to be run: a task of this scope."""
        if not callable(func):
            msg = f"a task must be a function that returns a coroutine, not {func!r}"
            raise TypeError(msg)
        if self._p_runner() is None:
            raise RuntimeError(f"{self.name!r} takes tasks only in its `async with` block")
        walker = Walker(func, self._p_carrier, limits_of(self._p_node))
        self._p_admit(walker, name)
        return walker

    def _p_runner(self) -> Any:
        """Return anyio's group; None before the block."""
        raise NotImplementedError

    def drive(self, coro: object, *, name: str | None = None) -> NoReturn:
        """Refuse: nobody can hold a coroutine back on trio.

        Raises:
            NotSupported: always.
        """
        del coro, name
        raise NotSupported("coroutines that rest at any await: use start_soon()", self.name)

    def group(  # type: ignore[override]  # tasks of its parts are started as its own
        self,
        name: str,
        *,
        limit: int | None = None,
        priority: int = 0,
        guards: Iterable[ScopeGuard] = (),
        timeout: float | None = None,
        deadline: float | None = None,
    ) -> AnyioSubgroup:
        """Return a new group of tasks with a gate and a limit of its own; it needs no ``with``.

        Its tasks are tasks of the group above, too, which waits for them.

        Args:
            name: What it is called.
            limit: How many of its tasks run at once at most.
            priority: Of the groups that wait for their turns, those with the highest come first.
            guards: What holds it while it is tripped; see `pausable.guards`.
            timeout: A task that has run for so many seconds of active time is cancelled, and fails
                with `TaskTimeout`.
            deadline: The same in wall time since it has started.

        Raises:
            TypeError: a term is of the wrong kind.
            ValueError: a number is out of range, or there is a group of this name.
            RuntimeError: the scope takes no more.
        """
        return self._p_part(
            AnyioSubgroup,
            name,
            limit=limit,
            priority=priority,
            guards=guards,
            timeout=timeout,
            deadline=deadline,
        )


@public
class AnyioSubgroup(AnyioScope, Part):
    """Some of the tasks of an `AnyioGroup`: made by its `group(name)`."""

    def _p_runner(self) -> Any:
        return self._p_group._p_runner()
