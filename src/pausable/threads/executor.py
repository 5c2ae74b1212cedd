"""The pool: a `ThreadPoolExecutor` whose tasks can be paused, resumed and stopped."""

from __future__ import annotations

import os
import weakref
from concurrent.futures import thread as stdlib
from functools import partial
from typing import TYPE_CHECKING, Any

from pausable._core import times
from pausable._core.resting import grant
from pausable._core.starting import call_workers
from pausable._core.state import PoolState, act
from pausable.threads.crew import Crew
from pausable.threads.group import GroupedScope, check_workers, leave
from pausable.threads.lifecycle import close, collected, is_over, wait_ended
from pausable.threads.preempting import enlist, is_wanted
from pausable.threads.terms import Terms

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterable
    from types import TracebackType

    from pausable._core.parker import Wakeable
    from pausable.threads.preempting import Preemptive
    from pausable.threads.terms import Faults, OnFault, ScopeGuard

__all__ = ["ThreadPoolExecutor"]

_STDLIB_LIMIT = 32


class ThreadPoolExecutor(GroupedScope, stdlib.ThreadPoolExecutor):
    """The stdlib's thread pool, with its constructor, methods and behaviour, and more.

    A program that never pauses cannot tell the difference, but that tasks see the `contextvars` of
    their `submit()`, and that a task that waits for another one of its pool does not take up a slot
    meanwhile.

    Guarantees: when `pause()` has returned no task starts; when a wait for quiescence has returned
    true no line of a task runs until a resume; holds do not undo each other; no task is lost or
    runs twice; no more than `max_workers` run at once.

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
        guards: Iterable[ScopeGuard] = (),
        on_fault: OnFault = "fail",
        faults: Faults = Exception,
        after: int = 1,
        preemptive: Preemptive = False,
    ) -> None:
        """Make a pool without threads; they are started as they are needed.

        Args:
            max_workers: How many tasks run at once at most; as many as in the stdlib by default.
            thread_name_prefix: What the threads are called, and the pool.
            initializer: Called on each thread before its first task.
            initargs: The arguments for *initializer*.
            guards: What holds the pool while it is tripped; see `pausable.guards`.
            on_fault: What becomes of a task that raises one of *faults*: it fails, or with "hold"
                it waits for a decision in `faults()`, and the pool is held meanwhile.
            faults: The exceptions that are faults.
            after: With "hold", only so many faults in a row hold; those before fail.
            preemptive: Whether tasks rest and stop between two lines of code that never asks, and
                not only at checkpoints. `"auto"`: where this Python can.

        Raises:
            PreemptionUnavailable: *preemptive* is `True` on a Python that cannot.
        """
        if max_workers is None:
            count = getattr(os, "process_cpu_count", os.cpu_count)()
            max_workers = min(_STDLIB_LIMIT, (count or 1) + 4)
        if initializer is not None and not callable(initializer):
            msg = "initializer must be a callable"
            raise TypeError(msg)
        workers = check_workers("max_workers", max_workers)
        terms = Terms.checked(guards, None, None, on_fault, faults, after)
        wants_engine = is_wanted(preemptive)
        name = thread_name_prefix or f"ThreadPoolExecutor-{self._counter()}"  # type: ignore[attr-defined]
        state = PoolState(name, workers)
        terms.apply(state.root)
        self._set_up(state.root)
        if wants_engine:
            state.root.is_preemptive = True
            enlist(state)
        self._crew = Crew(state, name, initializer, initargs)
        self._crew.collected = weakref.ref(self, partial(collected, self._crew))
        terms.begin(self)

    @property
    def max_workers(self) -> int:
        """How many tasks run at once at most. May be set at any time, also while paused.

        More takes effect at once; less, as running tasks end or rest.
        """
        return int(self._node.limit)

    @max_workers.setter
    def max_workers(self, value: int) -> None:
        workers = check_workers("max_workers", value)
        if not self._node.state.defers(partial(self._resize, workers)):
            self._resize(workers)

    def _resize(self, workers: int) -> None:
        state = self._node.state
        wakes: list[Wakeable] = []
        with state.lock:
            surplus = len(state.idle) + state.coming + state.root.slots - workers
            state.is_plain = False
            state.root.limit = workers
            grant(state, wakes)
            seats = call_workers(state)
            for _ in range(min(max(surplus, 0), len(state.idle))):
                seat = state.idle.popleft()  # it will look, find nothing and leave
                seat.called = True
                state.coming += 1
                wakes.append(seat.parker)
        act(state, wakes, seats)

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
        limit = times.optional_seconds("timeout", timeout)
        close(self._node, cancel_futures=cancel_futures)
        return wait_ended(self._node, self._crew, limit) if wait else is_over(self._node)

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Shut down and wait; after Ctrl-C or an exit, end the tasks first, paused or not."""
        leave(self, exc)

    def __repr__(self) -> str:
        """Name it, and say what state it is in."""
        state = "shut down" if self._shutdown else "paused" if self.is_paused() else "open"
        return f"<{type(self).__name__} {self.name!r} {state}, max_workers={self.max_workers}>"

    # Attributes of the stdlib's class that programs are known to look at.

    @property
    def _max_workers(self) -> int:  # type: ignore[override]
        return self.max_workers

    @property
    def _threads(self) -> set[threading.Thread]:  # type: ignore[override]
        return self._crew.threads

    @property
    def _shutdown(self) -> bool:  # type: ignore[override]
        return not self._node.is_accepting

    @property
    def _broken(self) -> str | bool:  # type: ignore[override]
        return self._node.state.broken or False

    @property
    def _work_queue(self) -> _WorkQueue:  # type: ignore[override]
        return _WorkQueue(self)


class _WorkQueue:
    """How many tasks have not started, for programs that ask ``executor._work_queue.qsize()``."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._pool = pool

    def qsize(self) -> int:
        return self._pool.status().queued

    def empty(self) -> bool:
        return not self.qsize()
