"""The pool: a `ThreadPoolExecutor` whose tasks can be paused, resumed and stopped."""

from __future__ import annotations

import os
import threading
import weakref
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from pausable._core.names import plain_text
from pausable._core.pool import Pool
from pausable._core.room import Room
from pausable.scopes import fork as _fork  # noqa: F401 - registers itself
from pausable.scopes.endings import collected
from pausable.scopes.group import GroupedScope
from pausable.scopes.numbers import check_workers, is_count, optional_seconds, whole_number
from pausable.scopes.preemption import is_wanted
from pausable.scopes.public import public
from pausable.scopes.reprs import short_repr
from pausable.scopes.shutdown import close, is_over, wait_ended
from pausable.scopes.status import least_limit
from pausable.scopes.terms import Terms
from pausable.threads.crew import Crew
from pausable.threads.privates import Privates, warn_of_overrides

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pausable.scopes.contexts import Contexts
    from pausable.scopes.preemption import Preemptive
    from pausable.scopes.surroundings import Around
    from pausable.scopes.terms import Faults, OnFault, ScopeGuard

__all__ = ["ThreadPoolExecutor"]

_STDLIB_LIMIT = 32


@public
class ThreadPoolExecutor(GroupedScope, Privates):
    """The stdlib's thread pool, with its constructor, methods and behaviour, and more.

    A program that never pauses cannot tell the difference, but that a task that waits for another
    one of its pool does not take up a slot meanwhile.

    Guarantees: when `pause()` has returned no task starts; when a wait for quiescence has returned
    true no line of a task runs until a resume; holds do not undo each other; no task is lost or
    runs twice; no more than `max_workers` run at once, beside each `Thread` that is put into it.

    Limits: a task rests and stops where its code calls `checkpoint()` or one of its family; with
    *preemptive*, also between any two lines of its own, see `docs/explanation/preemption.md`.
    """

    def __init__(
        self,
        max_workers: int | None = None,
        thread_name_prefix: str = "",
        initializer: Callable[..., object] | None = None,
        initargs: tuple[Any, ...] = (),
        *,
        preemptive: Preemptive = False,
        guards: Iterable[ScopeGuard] = (),
        on_fault: OnFault = "fail",
        faults: Faults = Exception,
        after: int = 1,
        context: Contexts = "worker",
        around: Around | None = None,
        queue_size: int | None = None,
        daemon: bool = False,
    ) -> None:
        """Make a pool without threads; they are started as they are needed.

        Args:
            max_workers: How many tasks run at once at most; as many as in the stdlib by default.
            thread_name_prefix: What the threads are called, and the pool.
            initializer: Called on each thread before its first task, not while the pool is paused.
            initargs: The arguments for *initializer*.
            preemptive: Whether tasks rest and stop between two lines of code that never asks, and
                not only at checkpoints. `"auto"`: where this Python can.
            guards: What holds the pool while it is tripped; see `pausable.guards`.
            on_fault: What becomes of a task that raises one of *faults*: it fails, or with "hold"
                it waits for a decision in `faults()`, and the pool is held meanwhile.
            faults: The exceptions that are faults.
            after: With "hold", only so many faults in a row hold; those before fail.
            context: Whose `contextvars` tasks see: their "worker"'s, as in the stdlib, or their
                "submitter"'s, as they are at the call of `submit()`.
            around: Called with the future of each task where that runs, on its thread; returns a
                context manager, which is entered before the task and left after it.
            queue_size: How many tasks may be queued: `submit()` and `map()` wait for room. A task
                that waits so counts as at rest. None for any number.
            daemon: Whether the interpreter's exit does not wait for the pool: its threads are
                daemons, and what has not ended then never does.

        Raises:
            PreemptionUnavailable: *preemptive* is `True` on a Python that cannot.
            TypeError: an argument is of the wrong kind.
            ValueError: a number is out of range.
        """
        if max_workers is None:
            count = getattr(os, "process_cpu_count", os.cpu_count)()
            max_workers = min(_STDLIB_LIMIT, (count or 1) + 4)
        if initializer is not None and not callable(initializer):
            msg = "initializer must be a callable"
            raise TypeError(msg)
        workers = check_workers("max_workers", max_workers)
        size = None if queue_size is None else whole_number("queue_size", queue_size)
        warn_of_overrides(type(self))
        wants_engine = is_wanted(preemptive)
        terms = Terms.checked(
            wants_engine, guards, None, None, on_fault, faults, after, context, around=around
        )
        prefix = thread_name_prefix or f"ThreadPoolExecutor-{self._counter()}"  # type: ignore[attr-defined]
        pool = Pool(plain_text(prefix) if isinstance(prefix, str) else short_repr(prefix), workers)
        if size is not None:
            pool.room = Room(size)
        terms.apply(pool.root)
        self._p_set_up(pool.root)
        self._p_lock = threading.Lock()
        self._p_crew = self._p_new_crew(pool, prefix, initializer, initargs, daemon=bool(daemon))
        self._p_crew.asked = max_workers
        self._p_crew.collected = weakref.ref(self, partial(collected, self._p_crew))
        terms.begin(self)

    def _p_new_crew(
        self,
        pool: Pool,
        prefix: str,
        initializer: Callable[..., object] | None,
        initargs: tuple[Any, ...],
        *,
        daemon: bool,
    ) -> Crew:
        return Crew(pool, prefix, initializer, initargs, daemon=daemon)

    @property
    def max_workers(self) -> int:
        """How many tasks run at once at most. May be set at any time, also while paused.

        More takes effect at once; less, as running tasks end or rest. `math.inf` is for any number.
        In a subclass, whose own it may be as in the stdlib, it reads as it was set.
        """
        own: Any = self.__dict__.get("max_workers", self)
        return least_limit(self._p_node) if own is self else cast("int", own)

    @max_workers.setter
    def max_workers(self, value: int) -> None:
        if type(self) is ThreadPoolExecutor:
            self._p_resize(value)
            return
        self.__dict__["max_workers"] = value
        if self._p_is_made() and is_count(value):
            self._p_resize(value)

    @property
    def _max_workers(self) -> int:
        return cast("int", self._p_crew.asked)

    @_max_workers.setter
    def _max_workers(self, value: int) -> None:
        if self._p_is_made():
            self._p_resize(value)

    def _p_resize(self, asked: int) -> None:
        workers = check_workers("max_workers", asked)
        self._p_crew.asked = asked
        self._p_crew.resize(workers)

    def shutdown(  # type: ignore[override]  # the stdlib returns None, and has no timeout
        self, wait: bool = True, *, cancel_futures: bool = False, timeout: float | None = None
    ) -> bool:
        """Take no more tasks; wait for those there are, *timeout* seconds at most.

        While the pool is paused this waits for the resume, and says so in the log, with the holds
        and their reasons: finishing the work could do the harm that they paused to avoid. Returns
        whether nothing is left. Idempotent; may be called by several threads.

        Raises:
            RuntimeError: with *wait*, called by a task of this pool, which would wait for itself.
            ValueError: *timeout* is negative or NaN.
        """
        limit = optional_seconds("timeout", timeout)
        close(self._p_node, cancel_futures=cancel_futures)
        return wait_ended(self._p_node, self._p_crew, limit) if wait else is_over(self._p_node)

    def __repr__(self) -> str:
        """Name it, and say what state it is in."""
        shown = f"{type(self).__name__} {self._p_node.name!r} {self._p_state()}"
        return f"<{shown}, max_workers={self._p_crew.asked}>"
