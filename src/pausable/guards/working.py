"""Working: the work that a guard protects: blocks, attempts and functions."""

from __future__ import annotations

from contextvars import ContextVar
from functools import partial
from typing import TYPE_CHECKING, Any, ParamSpec, Self, TypeVar, overload

from pausable._core import times
from pausable._core.attention import current_task
from pausable._core.numbers import whole_number
from pausable._core.parking import attend
from pausable._core.times import clock
from pausable.guards.attempts import Attempts
from pausable.guards.machine import State
from pausable.guards.probes.calls import said
from pausable.guards.protecting import protected
from pausable.guards.trials import hold_again, let_go
from pausable.guards.watching import Watching
from pausable.threads.timer import timer

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from pausable._core.gates import HoldRecord
    from pausable.threads.future import Future

    Todo = list[Callable[[], object]]

__all__ = ["Working"]

P = ParamSpec("P")
T = TypeVar("T")

_entries: ContextVar[Any] = ContextVar("pausable.guards.entries", default=None)
"""The epochs in which the `with` blocks around this code were entered, the innermost first."""


class Working(Watching):
    """A watching guard that work tells how it went."""

    def _start(self) -> None:
        super()._start()
        # The tasks that have waited for long enough and are on their way to raise.
        self._freed: dict[Future[Any], list[HoldRecord]] = {}

    def __enter__(self) -> Self:
        """Rest while tripped, if this is a task; from here on failures count."""
        _entries.set((self._begin(), _entries.get()))
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Note how it went. The exception passes."""
        epoch, outer = _entries.get() or (-1, None)
        _entries.set(outer)
        self._ended(epoch, exc)

    async def __aenter__(self) -> Self:
        """Do as `with` does: in a task, the task rests, with its whole event loop."""
        return self.__enter__()

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Note how it went. The exception passes."""
        self.__exit__(exc_type, exc, tb)

    def attempts(self, *, tries: int | None = None, timeout: float | None = None) -> Attempts:
        """Return the attempts at one piece of work, which is tried again after each recovery.

        ::

            for attempt in db.attempts():
                with attempt:
                    store(row)

        Only exceptions of *trip_on* lead to another try. After *tries* of them, or *timeout*
        seconds of waiting in all, the last one is raised. The work must be safe to repeat. Outside
        any task the calling thread waits; ``async for`` outside a task blocks no event loop.
        """
        most = None if tries is None else whole_number("tries", tries)
        return Attempts(self, most, times.optional_seconds("timeout", timeout))

    @overload
    def protect(self, fn: Callable[P, T], /) -> Callable[P, T]: ...
    @overload
    def protect(
        self, /, *, tries: int | None = None, timeout: float | None = None
    ) -> Callable[[Callable[P, T]], Callable[P, T]]: ...
    def protect(
        self,
        fn: Callable[P, T] | None = None,
        /,
        *,
        tries: int | None = None,
        timeout: float | None = None,
    ) -> Any:
        """Decorate a function, or a coroutine function, whose calls are attempts: see `attempts`.

        As ``@db.protect``, or with limits: ``@db.protect(tries=3)``.
        """
        self.attempts(tries=tries, timeout=timeout)  # bad limits are refused here and now
        make = partial(self.attempts, tries=tries, timeout=timeout)
        return partial(protected, make) if fn is None else protected(make, fn)

    def _begin(self) -> int:
        """Rest while tripped, if this is a task; return the epoch in which the work begins."""
        if self._machine.state is not State.HEALTHY and current_task() is not None:
            self._stand_back(None)
        return self._machine.epoch

    def _ended(self, epoch: int, error: BaseException | None) -> bool:
        """Note how protected work went that began in *epoch*; say whether it met the failure."""
        machine = self._machine
        if error is None:
            if machine.failures or machine.state is not State.HEALTHY:
                self._change(lambda _: machine.work_succeeded(epoch, clock()))
            return False
        if not isinstance(error, self._trip_on):
            return False
        task: Any = current_task()

        def change(todo: Todo) -> None:
            machine.work_failed(epoch, said(error), clock())
            self._follow(todo)
            if task is not None:
                self._dependents.add_task(task, todo)

        self._change(change)
        return True

    def _stand_back(self, timeout: float | None) -> bool:
        """Wait until healthy; a task rests, until that or until it is the trial. False when late.

        In a `shield()` block a task does not wait.
        """
        task: Any = current_task()
        if task is None:
            return self.wait_healthy(timeout)

        def hold(todo: Todo) -> None:
            if not self._may_go(task):
                self._dependents.add_task(task, todo)

        self._change(hold)
        if timeout is None:
            attend(task)
            return True
        alarm = timer.call_at(clock() + timeout, partial(self._change, partial(self._free, task)))
        try:
            attend(task)
        finally:
            alarm.cancel()
            with self._lock:
                records = self._freed.pop(task, None)
        if records is None:
            return True
        self._change(partial(hold_again, task, records))
        return False

    async def _stand_back_async(self, limit: float | None) -> bool:
        if current_task() is not None:
            return self._stand_back(limit)
        return await self._waits.wait_async(self._is_healthy, limit)

    def _free(self, task: Future[Any], todo: Todo) -> None:
        """Let a task go on for which time is up: it will raise the error that it has met."""
        records = self._dependents.records()
        if not self._may_go(task) and let_go(task, records, todo, if_waiting=False):
            self._freed[task] = records

    def _may_go(self, task: Future[Any]) -> bool:
        trial = self._trial
        return self._machine.state is State.HEALTHY or (trial is not None and trial.task is task)
