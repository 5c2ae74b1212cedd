"""The scope: what a pool and a group have in common, which is nearly everything."""

from __future__ import annotations

import weakref
from concurrent.futures import Executor
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

from pausable._core import times
from pausable._core.attention import current
from pausable._core.chasing import call_engine
from pausable._core.holding import place_on_node, release_from_node
from pausable._core.state import act
from pausable.errors import ScopeEnded
from pausable.threads.faults import faults_of
from pausable.threads.holding import wait_quiescent
from pausable.threads.holds import Hold, check_reason, pause, release_all
from pausable.threads.mapping import map_calls
from pausable.threads.moments import duration_to
from pausable.threads.options import Options
from pausable.threads.seeing import list_tasks, scope_status, started_tasks, stragglers
from pausable.threads.staggering import end_pace, set_pace
from pausable.threads.submitting import submit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from pausable._core.gates import Gate, HoldRecord
    from pausable._core.nodes import Node
    from pausable._core.parker import Wakeable
    from pausable._core.state import PoolState
    from pausable._core.tasks import Task
    from pausable.events import Event
    from pausable.snapshots import HoldStatus, Running, ScopeStatus, Straggler
    from pausable.threads.faults import Fault
    from pausable.threads.future import Future
    from pausable.threads.preempting import Preemptive
    from pausable.threads.progress import Progress

__all__ = ["Scope"]

P = ParamSpec("P")
T = TypeVar("T")


class Scope(Executor):
    """A pool or a group: an executor that can be paused, resumed and stopped.

    All methods may be called from any thread, and from signal handlers and finalizers. Where those
    have interrupted another call on the same pool, what they want takes effect as soon as that call
    can go on, and until then no task starts; to wait there raises RuntimeError.
    """

    _node: Node

    @property
    def name(self) -> str:
        """What it is called, in statuses, events, logs and errors."""
        return self._node.name

    def __reduce_ex__(self, protocol: object) -> Any:
        """Refuse to be copied, as the stdlib's executors do."""
        msg = f"cannot pickle {type(self).__name__!r} object"
        raise TypeError(msg)

    # Work.

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Schedule ``fn(*args, **kwargs)`` and return its future.

        The task sees the `contextvars` as they are now. It starts when it is its turn, a slot is
        free and its gate is open.

        Raises:
            TypeError: *fn* is not callable.
            RuntimeError: the scope, or the interpreter, has shut down.
        """
        return submit(self._node, None, fn, args, kwargs)

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

        reference = self._reference()
        return map_calls(reference, send, fn, iterables, timeout, chunksize, buffersize)

    def _reference(self) -> Callable[[], Scope | None]:
        """Return what finds this scope for as long as its pool is there, and does not keep it."""
        return weakref.ref(self)

    def options(
        self,
        *,
        name: str | None = None,
        timeout: float | None = None,
        deadline: float | None = None,
        preemptive: Preemptive | None = None,
    ) -> Options:
        """Return a view of this scope whose `submit` and `map` apply options to their calls.

        ``pool.options(name="nightly").submit(fn)``: `submit` itself has no room for options, since
        its keywords are those of the function.

        Args:
            name: What the tasks are called; by default as their function, with a number.
            timeout: A task that has run for so many seconds of active time is stopped; its
                `result()` raises `TaskTimeout`.
            deadline: The same in wall time since the task has started.
            preemptive: Whether they rest and stop at safe points; by default as this scope's do.

        Raises:
            PreemptionUnavailable: *preemptive* is `True` on a Python that cannot.
            ValueError: a limit is not above zero.
        """
        return Options(self, name=name, timeout=timeout, deadline=deadline, preemptive=preemptive)

    # Pause, resume, stop.

    def pause(
        self,
        reason: str = "paused",
        *,
        running: Running = "rest",
        duration: float | None = None,
        until: datetime | None = None,
        timeout: float | None = None,
        owner: str | None = None,
    ) -> Hold:
        """Place a hold: when this has returned, no task of the scope starts.

        Running tasks rest at their next checkpoint; with ``running="finish"`` they go on to their
        end. Does not block. As a plain call the hold stays; as a context manager it waits until the
        scope is quiescent, *timeout* seconds at most, and is released at the end of the block::

            with pool.pause("nightly backup", timeout=5):
                back_up()  # nothing of the pool runs in here

        Args:
            reason: Why; shown in statuses, logs and errors.
            running: What running tasks do.
            duration: After so many seconds the hold ends by itself.
            until: At this moment it does; a datetime without a zone is in local time.
            timeout: For how many seconds `with` waits.
            owner: Who; by default the calling thread and task.

        Raises:
            TypeError: *reason* or *owner* is not text.
            ValueError: a duration is negative or NaN, *running* is neither word, or *duration* and
                *until* are both given.
            ScopeEnded: the scope has shut down and nothing of it is left.
        """
        return pause(self, reason, running, duration_to(until, duration), timeout, owner)

    def resume(
        self,
        hold: Hold | None = None,
        /,
        *,
        stagger: float | None = None,
        jitter: float | None = None,
    ) -> int:
        """Release the holds that `pause` placed on this scope, or just *hold*; return how many.

        Holds of others (guards, the scopes above) stay, and the gate with them. Tasks that rested
        take slots before new ones start. With *stagger*, tasks go one by one, so many seconds apart
        and up to *jitter* more at random, until as many have gone as rested or fit in the slots.

        A resume without it also ends an earlier one with it: the others go at once.

        Raises:
            ValueError: *stagger* or *jitter* is negative or NaN; *hold* is of another scope.
        """
        interval = times.optional_seconds("stagger", stagger)
        spread = times.optional_seconds("jitter", jitter)
        node = self._node
        before = None
        if interval or spread:

            def before() -> None:
                set_pace(node, interval or 0.0, spread or 0.0)

        elif hold is None:
            end_pace(node)
        return release_all(self, hold, before)

    def stop(self, reason: str = "stopped") -> int:
        """End all tasks of this scope; return how many were asked to. The scope stays usable.

        Those that have not started are cancelled; into those that have, `Stopped` is raised at
        their next checkpoint, at once where they rest or sleep. Does not wait for them.
        """
        check_reason(reason)

        def stop_all() -> int:
            tasks = cast("list[Future[Any]]", list_tasks(self._node))
            wakes: list[Wakeable] = []
            asked = sum(task._ask_to_stop(reason, wakes) for task in tasks)
            with self._node.state.lock:
                call_engine(self._node.state, wakes)
            act(self._node.state, wakes)
            return asked

        if self._node.state.defers(stop_all):
            return len(self.tasks())
        return stop_all()

    # Seeing.

    def is_paused(self) -> bool:
        """Say whether the gate is closed, by a hold on this scope or on one above."""
        return self._node.gate.closed

    def is_quiescent(self) -> bool:
        """Say whether each started task of this scope rests or has ended."""
        return not self._node.active

    def wait_quiescent(self, timeout: float | None = None) -> bool:
        """Wait until each started task rests or has ended, *timeout* seconds at most.

        When it has returned true and the scope is paused, no line of any of its tasks runs until a
        resume (or a stop: a stopped task's `finally` blocks run). A task that calls this for its
        own scope counts as at rest meanwhile.
        """
        return wait_quiescent(self, times.optional_seconds("timeout", timeout))

    def stragglers(self) -> list[Straggler]:
        """Name the tasks that neither rest nor have ended: where they are, and for how long."""
        return stragglers(self)

    def status(self) -> ScopeStatus:
        """Take a frozen snapshot. Its cost does not depend on how many tasks are queued."""
        return scope_status(self._node)

    def tasks(self) -> list[Future[Any]]:
        """List the unfinished tasks, groups' included: those that have started come first."""
        return cast("list[Future[Any]]", list_tasks(self._node))

    def holds(self) -> tuple[HoldStatus, ...]:
        """List the holds on this scope itself, oldest first."""
        return self.status().holds

    def faults(self) -> tuple[Fault, ...]:
        """List the undecided faults of this scope and those below, oldest first."""
        return faults_of(self._node)

    def observe(self, callback: Callable[[Event], object]) -> Callable[[], None]:
        """Call *callback* with each event of this scope and those below; return what ends that.

        Events come one at a time, in the order in which they happened, outside all locks, on any
        thread. What the callback raises is logged, and disturbs nobody.
        """
        if not callable(callback):
            msg = f"an observer must be callable, not {callback!r}"
            raise TypeError(msg)
        node, state = self._node, self._node.state
        context = copy_context()
        context.run(current.set, None)  # an observer belongs to no task, also if a task has made it

        def observer(event: Event) -> None:
            context.run(callback, event)

        def begin() -> None:
            with state.lock:
                node.observers = (*node.observers, observer)
                state.observed += 1
                state.is_plain = False

        def end() -> None:
            with state.lock:
                if observer in node.observers:
                    node.observers = tuple(each for each in node.observers if each is not observer)
                    state.observed -= 1

        def unobserve() -> None:
            if not state.defers(end):
                end()

        if not state.defers(begin):
            begin()
        return unobserve

    def progress(self, **options: Any) -> Progress:
        """Return a progress bar that knows about pauses, to be used with `with`; needs rich.

        ``pip install pausable[progress]``. See `pausable.threads.progress.Progress`.
        """
        from pausable.threads.progress import Progress  # noqa: PLC0415

        return Progress(self, **options)

    # What `Hold` asks of a scope.

    @property
    def _pool_state(self) -> PoolState:
        return self._node.state

    @property
    def _own_node(self) -> Node:
        return self._node

    @property
    def _own_gate(self) -> Gate:
        return self._node.gate

    def _may_be_held(self) -> bool:
        node = self._node
        if node.state.is_exiting or (not node.is_accepting and not node.unfinished()):
            raise ScopeEnded(self.name, "pause")
        return True

    def _place(self, hold: HoldRecord, wakes: list[Wakeable]) -> None:
        place_on_node(self._node.state, self._node, hold, wakes)

    def _release(self, hold: HoldRecord, wakes: list[Wakeable]) -> None:
        release_from_node(self._node.state, self._node, hold, wakes)

    def _own_holds(self) -> list[HoldRecord]:
        return list(self._node.gate.holds)

    def _has_within(self, task: Task) -> bool:
        return task.node is not None and task.node.is_within(self._node)

    def _is_over(self) -> bool:
        return not self._node.is_accepting and not self._node.unfinished()

    def _active(self) -> int:
        return self._node.active

    def _stragglers(self) -> list[Task]:
        return [
            task for task in started_tasks(self._pool_state, self._node) if not task.is_at_rest()
        ]
