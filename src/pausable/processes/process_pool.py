"""The pool of processes: a `ProcessPoolExecutor` whose tasks can be paused, resumed and stopped."""

from __future__ import annotations

import itertools
import os
import sys
import weakref
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from pausable._core.names import plain_text
from pausable._core.pool import Pool
from pausable._core.room import Room
from pausable.processes.process_crew import ProcessCrew
from pausable.processes.stdlib_names import StdlibNames
from pausable.processes.worker_process import ProcessSettings
from pausable.scopes import fork as _fork  # noqa: F401 - registers itself
from pausable.scopes.endings import collected
from pausable.scopes.group import GroupedScope
from pausable.scopes.numbers import optional_seconds, whole_number
from pausable.scopes.preemption import is_wanted
from pausable.scopes.public import public
from pausable.scopes.shutdown import close, is_over, wait_ended
from pausable.scopes.status import least_limit
from pausable.scopes.terms import Terms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from multiprocessing.context import BaseContext

    from pausable.scopes.preemption import Preemptive
    from pausable.scopes.surroundings import Around
    from pausable.scopes.terms import Faults, OnFault, ScopeGuard

__all__ = ["ProcessPoolExecutor"]

T = TypeVar("T")

_numbers = itertools.count()
_MOST_ON_WINDOWS = 61


@public
class ProcessPoolExecutor(GroupedScope, StdlibNames):
    """The stdlib's pool of processes, with its constructor, methods and behaviour, and more.

    Guarantees: as of `ThreadPoolExecutor`: when `pause()` has returned no task starts, prefetched
    ones included, since there are none; when a wait for quiescence has returned true no line of a
    task runs until a resume; holds do not undo each other; no task is lost or runs twice.

    Limits: a task rests and stops where its code calls `checkpoint()` or one of its family; with
    *preemptive*, also between any two lines of its own, on systems that have SIGURG. What a
    task cannot do where its pool is not: pause it, or show its frames (`stack()`, `locals()`,
    `step()`); context variables do not travel. These raise `NotSupported`. A task that rests keeps
    its process: others run in its slot in further ones. With "fork" such later processes are forked
    from a process that has threads.
    """

    def __init__(
        self,
        max_workers: int | None = None,
        mp_context: BaseContext | None = None,
        initializer: Callable[..., object] | None = None,
        initargs: tuple[Any, ...] = (),
        *,
        max_tasks_per_child: int | None = None,
        on_death: Literal["break", "fail"] = "break",
        preemptive: Preemptive = False,
        guards: Iterable[ScopeGuard] = (),
        on_fault: OnFault = "fail",
        faults: Faults = Exception,
        after: int = 1,
        around: Around | None = None,
        queue_size: int | None = None,
    ) -> None:
        """Make a pool without processes; they are started as in the stdlib.

        Args:
            max_workers: How many tasks run at once at most; as many as in the stdlib by default.
            mp_context: How processes are started: a context of `multiprocessing`.
            initializer: Called in each process when that has started; while the pool is paused
                not before its first task.
            initargs: The arguments for *initializer*.
            max_tasks_per_child: After so many tasks a process is replaced; not with "fork".
            on_death: What becomes of a process that ends under a task: with "break" the pool is
                given up, as in the stdlib; with "fail" that task fails with `WorkerDied`, and all
                others go on.
            preemptive: Whether tasks rest and stop between two lines of code that never asks, and
                not only at checkpoints. `"auto"`: where this Python can.
            guards: What holds the pool while it is tripped; see `pausable.guards`.
            on_fault: What becomes of a task that raises one of *faults*: it fails, or with "hold"
                it waits for a decision in `faults()`, and the pool is held meanwhile.
            faults: The exceptions that are faults.
            after: With "hold", only so many faults in a row hold; those before fail.
            around: Called with the future of each task, in this process; returns a context manager,
                which is entered before the task and left after it.
            queue_size: How many tasks may be queued: `submit()` and `map()` wait for room.

        Raises:
            PreemptionUnavailable: *preemptive* is `True` on a Python that cannot.
            TypeError: an argument is of the wrong kind.
            ValueError: a number is out of range, or *on_death* is neither word.
        """
        workers = _checked_workers(max_workers)
        size = None if queue_size is None else whole_number("queue_size", queue_size)
        if on_death not in ("break", "fail"):
            msg = f"on_death must be 'break' or 'fail', not {on_death!r}"
            raise ValueError(msg)
        self._p_take_settings(mp_context, initializer, initargs, max_tasks_per_child)
        wants_engine = is_wanted(preemptive)
        terms = Terms.checked(
            wants_engine, guards, None, None, on_fault, faults, after, around=around
        )
        name = plain_text(f"ProcessPoolExecutor-{next(_numbers)}")
        pool = Pool(name, workers)
        if size is not None:
            pool.room = Room(size)
        terms.apply(pool.root)
        self._p_set_up(pool.root)
        settings = ProcessSettings(
            cast("BaseContext", self._mp_context),
            self._initializer,
            self._initargs,
            self._max_tasks_per_child,
        )
        self._p_crew = ProcessCrew(pool, name, settings, breaks=on_death == "break")
        self._p_crew.collected = weakref.ref(self, partial(collected, self._p_crew))
        terms.begin(self)

    @property
    def max_workers(self) -> int:
        """How many tasks run at once at most. May be set at any time, also while paused."""
        return least_limit(self._p_node)

    @max_workers.setter
    def max_workers(self, value: int) -> None:
        self._p_crew.resize(_checked_workers(value))

    def map(
        self,
        fn: Callable[..., T],
        *iterables: Iterable[Any],
        timeout: float | None = None,
        chunksize: int = 1,
        buffersize: int | None = None,
    ) -> Iterator[T]:
        """Return an iterator over the results of `fn` for each item, in their order.

        As in the stdlib; *buffersize* works on every Python. With *chunksize*, so many items run as
        one task, with a checkpoint before each.

        Raises:
            ValueError: *chunksize* or *buffersize* is below 1.
        """
        if chunksize < 1:
            msg = "chunksize must be >= 1."
            raise ValueError(msg)
        return super().map(
            fn, *iterables, timeout=timeout, chunksize=chunksize, buffersize=buffersize
        )

    def shutdown(  # type: ignore[override]  # the stdlib returns None, and has no timeout
        self, wait: bool = True, *, cancel_futures: bool = False, timeout: float | None = None
    ) -> bool:
        """Take no more tasks; wait for those there are, *timeout* seconds at most.

        While the pool is paused this waits for the resume, and says so in the log. Returns whether
        nothing is left. Idempotent; may be called by several threads.

        Raises:
            ValueError: *timeout* is negative or NaN.
        """
        limit = optional_seconds("timeout", timeout)
        close(self._p_node, cancel_futures=cancel_futures)
        self._p_is_shut_down = True
        if wait:
            return wait_ended(self._p_node, self._p_crew, limit)
        self._p_crew.stable.end_if_over()
        return is_over(self._p_node)

    def _force_shutdown(self, operation: str) -> None:
        """End all processes: what `terminate_workers()` and `kill_workers()` of Python 3.14 call.

        The pool is given up with them, whatever becomes of it when one dies: what had not begun in
        a process would be begun in another one, and what is frozen would not heed SIGTERM.
        """
        has_any = bool(self._p_crew.all_processes())
        super()._force_shutdown(operation)  # type: ignore[misc]  # it is not in their stubs
        if has_any or not is_over(self._p_node):
            self._p_crew.give_up()

    def __repr__(self) -> str:
        """Name it, and say what state it is in."""
        shown = f"{type(self).__name__} {self._p_node.name!r} {self._p_state()}"
        return f"<{shown}, max_workers={self.max_workers}>"


def _checked_workers(value: int | None) -> int:
    on_windows = sys.platform == "win32"
    if value is None:
        count = getattr(os, "process_cpu_count", os.cpu_count)() or 1
        return min(count, _MOST_ON_WINDOWS) if on_windows else count
    if not isinstance(value, int):
        return whole_number("max_workers", value)
    if value <= 0:
        msg = "max_workers must be greater than 0"
        raise ValueError(msg)
    if on_windows and value > _MOST_ON_WINDOWS:
        msg = f"max_workers must be <= {_MOST_ON_WINDOWS}"
        raise ValueError(msg)
    return value
