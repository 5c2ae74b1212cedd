"""The thread pool of `multiprocessing.pool`, whose calls are tasks of a scope."""

from __future__ import annotations

import weakref
from multiprocessing import pool as stdlib
from typing import TYPE_CHECKING, Any

from pausable._core.names import plain_text
from pausable.scopes.group import GroupedScope
from pausable.scopes.numbers import optional_seconds
from pausable.scopes.public import public
from pausable.scopes.shutdown import close, is_over, wait_ended
from pausable.scopes.terms import Terms
from pausable.threads.call_queue import have_calls_queued, next_name, number_of_threads
from pausable.threads.pool_threads import PoolThreads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pausable.scopes.preemption import Preemptive
    from pausable.scopes.terms import ScopeGuard

__all__ = ["ThreadPool"]


@public
class ThreadPool(stdlib.ThreadPool, GroupedScope):  # type: ignore[misc]  # `map` is the stdlib's
    """A `multiprocessing.pool.ThreadPool` that can be paused, resumed and stopped.

    It has the constructor, the methods and the behaviour of that; each call of `apply`, and each
    chunk of `map` and its relatives, is a task, with a checkpoint before each item. It is a scope,
    too, as a pool is: `submit()`, `options()` and `group()` use the same threads.

    Guarantees: as those of `ThreadPoolExecutor`. While it is paused no call starts, and none of
    `map` goes on to its next item.

    Limits: what the stdlib's does not do for threads, as `maxtasksperchild`; faults are for its
    groups. The threads are daemons, as in the stdlib: nobody waits for them at the exit.
    """

    def __init__(
        self,
        processes: int | None = None,
        initializer: Callable[..., object] | None = None,
        initargs: Iterable[Any] = (),
        *,
        name: str | None = None,
        preemptive: Preemptive = False,
        guards: Iterable[ScopeGuard] = (),
    ) -> None:
        """Make a pool, and start its threads.

        Args:
            processes: How many threads; as many as there are processors by default.
            initializer: Called on each thread when it begins, paused or not.
            initargs: The arguments for *initializer*.
            name: What it is called, as a scope.
            preemptive: Whether tasks rest and stop between two lines of code that never asks, and
                not only at checkpoints. `"auto"`: where this Python can.
            guards: What holds the pool while it is tripped; see `pausable.guards`.

        Raises:
            PreemptionUnavailable: *preemptive* is `True` on a Python that cannot.
            TypeError: an argument is of the wrong kind.
            ValueError: *processes* is below 1.
        """
        if name is not None and not isinstance(name, str):
            msg = f"name must be text, not {name!r}"
            raise TypeError(msg)
        terms = Terms.checked(preemptive, guards)
        workers = max(number_of_threads(processes), 1)  # below 1 is refused in the next call
        self._p_crew = PoolThreads(plain_text(name) if name else next_name(), workers, terms)
        self._p_crew.owner = weakref.ref(self)
        self._p_set_up(self._p_crew.pool.root)
        super().__init__(processes, initializer, initargs)
        terms.begin(self)

    _state: str = stdlib.INIT

    def __reduce_ex__(self, protocol: object) -> Any:
        """Refuse to be copied or pickled, with the stdlib's error."""
        return self.__reduce__()

    def _setup_queues(self) -> None:
        super()._setup_queues()  # type: ignore[misc]
        have_calls_queued(self, self._p_crew)

    def close(self) -> None:
        """Take no more calls. Does not wait for those there are.

        While calls of `apply_async`, `map` and the like are not over, `submit()` still takes some.
        """
        super().close()
        if not self._cache:  # type: ignore[attr-defined]  # of the stdlib: calls that are not over
            close(self._p_node, cancel_futures=False)

    def terminate(self) -> None:
        """Drop what has not started, and stop what has, paused or not. Does not wait for it."""
        self.stop("the pool was terminated")
        super().terminate()

    def join(self) -> None:
        """Wait for the threads to end, after `close()` or `terminate()`.

        While the pool is paused this waits for the resume, and says so in the log.

        Raises:
            ValueError: neither was called.
            RuntimeError: called by a task of this pool, which would wait for itself.
        """
        if self._state != stdlib.RUN:
            wait_ended(self._p_node, None, None)
            self._p_crew.let_leave()
        super().join()

    def shutdown(  # type: ignore[override]  # as that of a pool
        self, wait: bool = True, *, cancel_futures: bool = False, timeout: float | None = None
    ) -> bool:
        """Take no more calls, as `close()`; wait for those there are, *timeout* seconds at most.

        With *cancel_futures* those that have not started fail. Returns whether nothing is left.
        """
        limit = optional_seconds("timeout", timeout)
        self.close()
        if cancel_futures:
            for task in self.tasks():
                task.cancel()
        if wait and wait_ended(self._p_node, None, limit):
            self.join()
            return True
        return is_over(self._p_node)
