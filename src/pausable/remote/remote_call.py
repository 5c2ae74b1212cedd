"""The remote call: what a thread of the pool calls in place of the function of a task."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any

from pausable._core.attention import own_seat
from pausable._core.duty import is_preemptive
from pausable._core.frames import entries
from pausable._core.names import wrappers
from pausable.remote.parlance import RESULT

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["RemoteCall"]


class RemoteCall:
    """A function that is called by the worker of the seat on which its task runs."""

    __slots__ = ("exchange", "func")

    def __init__(
        self,
        func: Callable[..., Any],
        exchange: Callable[[Any, tuple[Any, ...]], tuple[bytes, Any]],
    ) -> None:
        """Call *func* so; a task is called after it, as if this were a partial.

        *exchange* has a call made by the worker of a seat, and returns what has come out.
        """
        self.func: Callable[..., Any] = func
        self.exchange: Callable[[Any, tuple[Any, ...]], tuple[bytes, Any]] = exchange

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        """Have it called; return what it returns, raise what it raises."""
        seat: Any = own_seat()
        task = seat.task
        call = (self.func, args, kwargs, task._p_label, task._p_number, is_preemptive(task))
        error = None
        try:
            word, outcome = self.exchange(seat, call)
            if word == RESULT:
                return outcome
            error = outcome
            raise error
        finally:  # or an exception refers to them
            self = args = kwargs = call = seat = task = outcome = error = None  # type: ignore[assignment]  # noqa: PLW0642


entries.append(RemoteCall.__call__.__code__)
wrappers[RemoteCall] = attrgetter("func")
