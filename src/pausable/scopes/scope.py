"""The scope: what a pool and a group of calls have in common, which is nearly everything."""

from __future__ import annotations

from concurrent.futures import Executor
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from pausable.scopes.chunks import map_calls
from pausable.scopes.gated import Gated
from pausable.scopes.options import Options
from pausable.scopes.submission import submit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pausable.scopes.contexts import Contexts
    from pausable.scopes.future import Future
    from pausable.scopes.preemption import Preemptive

__all__ = ["Scope"]

P = ParamSpec("P")
T = TypeVar("T")


class Scope(Gated, Executor):
    """A pool or a group: an executor that can be paused, resumed and stopped.

    All methods may be called from any thread, and from signal handlers and finalizers. Where those
    have interrupted another call on the same pool, what they want takes effect as soon as that call
    can go on, and until then no task starts; to wait there raises RuntimeError.
    """

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Schedule ``fn(*args, **kwargs)`` and return its future.

        It starts when it is its turn, a slot is free and its gate is open. It sees the context
        variables of its worker, as in the stdlib; those of this call with ``context="submitter"``.

        Raises:
            TypeError: *fn* is not callable.
            RuntimeError: the scope, or the interpreter, has shut down.
        """
        return submit(self._p_node, None, fn, args, kwargs)

    def map(
        self,
        fn: Callable[..., T],
        *iterables: Iterable[Any],
        timeout: float | None = None,
        chunksize: int = 1,
        buffersize: int | None = None,
    ) -> Iterator[T]:
        """Return an iterator over the results of `fn` for each item, in their order.

        As in the stdlib; *buffersize* works on every Python: at most so many calls are submitted
        whose results have not been taken. With *chunksize*, so many items run as one task, with a
        checkpoint before each: for many small items that is many times faster. Results come item by
        item also then, and those before an exception come before it; *buffersize* counts chunks.

        Raises:
            ValueError: *chunksize* or *buffersize* is below 1.
        """

        def send(scope: Scope, call: Callable[..., Any], args: tuple[Any, ...]) -> Future[Any]:
            return scope.submit(call, *args)

        reference = self._p_reference()
        return map_calls(reference, send, fn, iterables, timeout, chunksize, buffersize)

    def options(
        self,
        *,
        name: str | None = None,
        preemptive: Preemptive | None = None,
        timeout: float | None = None,
        deadline: float | None = None,
        context: Contexts | None = None,
    ) -> Options:
        """Return a view of this scope whose `submit` and `map` apply options to their calls.

        ``pool.options(name="nightly").submit(fn)``: `submit` itself has no room for options, since
        its keywords are those of the function.

        Args:
            name: What the tasks are called; by default as their function, with a number.
            preemptive: Whether they rest and stop at safe points; by default as this scope's do.
            timeout: A task that has run for so many seconds of active time is stopped; its
                `result()` raises `TaskTimeout`.
            deadline: The same in wall time since the task has started.
            context: Whose `contextvars` they see: their "worker"'s, or their "submitter"'s as they
                are at the call; by default as this scope's tasks do.

        Raises:
            NotSupported: *context* is "submitter", in a pool of processes.
            PreemptionUnavailable: *preemptive* is `True` on a Python that cannot.
            ValueError: a limit is not above zero, or *context* is neither word.
        """
        return Options(
            self,
            name=name,
            preemptive=preemptive,
            timeout=timeout,
            deadline=deadline,
            context=context,
        )
