"""The pool of interpreters: an `InterpreterPoolExecutor` whose tasks can be paused and stopped."""

from __future__ import annotations

from concurrent.futures import interpreter as stdlib
from typing import TYPE_CHECKING, Any

from pausable.interpreters.interpreter_crew import InterpreterCrew
from pausable.scopes.public import public
from pausable.threads.executor import ThreadPoolExecutor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pausable._core.pool import Pool
    from pausable.scopes.preemption import Preemptive
    from pausable.scopes.surroundings import Around
    from pausable.scopes.terms import Faults, OnFault, ScopeGuard

__all__ = ["InterpreterPoolExecutor"]


@public
class InterpreterPoolExecutor(ThreadPoolExecutor, stdlib.InterpreterPoolExecutor):
    """The stdlib's pool of sub-interpreters, with its constructor, methods and behaviour, and more.

    From CPython 3.14 on, where the stdlib has one.

    Guarantees: as of `ThreadPoolExecutor`: when `pause()` has returned no task starts; when a wait
    for quiescence has returned true no line of a task runs until a resume; holds do not undo each
    other; no task is lost or runs twice. What can be sent to an interpreter, and from there, is
    what the stdlib sends.

    Limits: a task rests and stops where its code calls `checkpoint()` or one of its family; with
    *preemptive*, also between any two lines of its own. What a task cannot do where its pool is
    not: pause it, or show its frames (`stack()`, `locals()`, `step()`); context variables do not
    travel; nothing can be frozen or killed. These raise `NotSupported`. A task that rests keeps its
    interpreter: others run in its slot in further ones. With `map(chunksize=...)` the function must
    be one that can be pickled. For each interpreter there are three threads: that of the pool, the
    one that runs tasks in there, and one that is rung for when a task is to rest.
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
        around: Around | None = None,
        queue_size: int | None = None,
    ) -> None:
        """Make a pool without interpreters; they are started as they are needed.

        Args:
            max_workers: How many tasks run at once at most; as many as in the stdlib by default.
            thread_name_prefix: What the threads are called, and the pool.
            initializer: Called in each interpreter before its first task, not while the pool is
                paused.
            initargs: The arguments for *initializer*.
            preemptive: Whether tasks rest and stop between two lines of code that never asks, and
                not only at checkpoints.
            guards: What holds the pool while it is tripped; see `pausable.guards`.
            on_fault: What becomes of a task that raises one of *faults*: it fails, or with "hold"
                it waits for a decision in `faults()`, and the pool is held meanwhile.
            faults: The exceptions that are faults.
            after: With "hold", only so many faults in a row hold; those before fail.
            around: Called with the future of each task, in this interpreter; returns a context
                manager, which is entered before the task and left after it.
            queue_size: How many tasks may be queued: `submit()` and `map()` wait for room.

        Raises:
            PreemptionUnavailable: *preemptive* is `True`, and no tool id of `sys.monitoring` is
                free.
            TypeError: an argument is of the wrong kind; *initializer* is a script.
            ValueError: a number is out of range.
        """
        super().__init__(
            max_workers,
            thread_name_prefix or f"InterpreterPoolExecutor-{self._counter()}",  # type: ignore[attr-defined]
            initializer,
            initargs,
            preemptive=preemptive,
            guards=guards,
            on_fault=on_fault,
            faults=faults,
            after=after,
            around=around,
            queue_size=queue_size,
        )

    def _p_new_crew(
        self,
        pool: Pool,
        prefix: str,
        initializer: Callable[..., object] | None,
        initargs: tuple[Any, ...],
        *,
        daemon: bool,  # noqa: ARG002 - no interpreter can be left at the exit
    ) -> InterpreterCrew:
        return InterpreterCrew(pool, prefix, initializer, initargs)
