"""The threads of a `multiprocessing.pool.ThreadPool`, as those who run the tasks of a pool of ours.

They are the ThreadPool's own, as many as it starts. Each comes for a call, in `InQueue.get`, and
gets a seat of ours when one is called for; from then on it has that seat for as long as it lives. A
call is a task: it is queued, started, rests and ends as any other, and its outcome goes to where
that of a call goes.
"""

from __future__ import annotations

import queue
import threading
from concurrent.futures.thread import BrokenThreadPool
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from pausable._core.attention import current
from pausable._core.decision import decide, look
from pausable._core.frames import entries
from pausable._core.names import wrappers
from pausable._core.pool import Pool
from pausable._core.run import look_for_task
from pausable._core.seats import give_up
from pausable._core.times import clock
from pausable.scopes import attendance
from pausable.scopes.inheritance import welcome
from pausable.scopes.outcome import come_out
from pausable.scopes.pools import is_exiting, note_crew
from pausable.scopes.preemption import enlist
from pausable.scopes.timer import timer
from pausable.threads.seat import ThreadSeat

if TYPE_CHECKING:
    import weakref
    from collections.abc import Callable

    from pausable._core.tree import Node
    from pausable.scopes.terms import Terms
    from pausable.scopes.timer import Alarm

__all__ = ["Call", "PoolThreads"]


class Call:
    """One call of a ThreadPool: a function with its arguments, and where its outcome belongs."""

    __slots__ = ("args", "called", "function", "index", "is_star", "job", "kwargs")

    def __init__(self, item: tuple[Any, ...], chunked: tuple[Any, Any]) -> None:
        """Take an item apart; the functions *chunked* call another one for each of a chunk.

        The second of them does so with the items as arguments.
        """
        job, index, called, args, kwargs = item
        self.job: Any = job
        self.index: Any = index
        self.called: Callable[..., Any] = called
        self.args: tuple[Any, ...] = args
        self.kwargs: dict[str, Any] = kwargs
        self.function: Callable[..., Any] = called
        """What the program wants to be called: the task has its name."""

        self.is_star: bool = called is chunked[1]
        if self.is_star or called is chunked[0]:
            self.function = self.args[0][0]

    def __call__(self) -> Any:
        """Make the call; of a chunk one for each item, with a checkpoint before it."""
        function, called = self.function, self.called
        if function is called:
            return called(*self.args, **self.kwargs)
        results, is_star = [], self.is_star
        for item in self.args[0][1]:
            if attendance.flag:
                attendance.checkpoint()
            results.append(function(*item) if is_star else function(item))
        return results


wrappers[Call] = attrgetter("function")


class _Started:
    """A task that has started, as what a worker of the ThreadPool calls."""

    __slots__ = ("_crew", "_seat", "_task")

    def __init__(self, crew: PoolThreads, seat: ThreadSeat, task: Any) -> None:
        self._crew, self._seat, self._task = crew, seat, task

    def place(self) -> tuple[Any, Any]:
        """Return the job of the call, and its index in that; none of what was submitted."""
        call = self._task._p_fn
        return (call.job, call.index) if type(call) is Call else (None, 0)

    def __call__(self) -> Any:
        """Run it; return what it returns, raise what it raises, or that it was stopped."""
        task, error, result = self._task, None, None
        context = task._p_context
        try:
            result = _call(task) if context is None else context.run(_call, task)
        except BaseException as raised:  # noqa: BLE001 - whatever it is, it is the task's
            error = raised
        self._crew.conclude(self._seat, task, result, error)
        try:
            if error is None:
                return result
            if task.cancelled():
                return task.result(0)  # raises: it was stopped, and why
            result = task.exception(0) if task.done() else None  # of a broken pool: its own
            raise error if result is None else result
        finally:
            error = result = task = context = None


def _call(task: Any) -> Any:
    current.set(task)
    fn, args, kwargs = task._p_fn, task._p_args, task._p_kwargs
    if attendance.flag and (task._p_gate.closed_to_running or task._p_stop_reason is not None):
        attendance.attend(task)
    task = None
    return fn(*args, **kwargs) if kwargs else fn(*args)


entries.append(_call.__code__)
entries.append(Call.__call__.__code__)


class PoolThreads:
    """The adapter of a ThreadPool, and who runs its tasks."""

    daemon: bool = True  # nobody waits for them at the exit
    is_collected: bool = False
    initializer: Callable[..., object] | None = None
    initargs: tuple[Any, ...] = ()
    threads: tuple[threading.Thread, ...] = ()  # none that is ours

    def __init__(self, name: str, workers: int, terms: Terms) -> None:
        """Make a pool for so many threads."""
        self.pool: Pool = Pool(name, workers)
        terms.apply(self.pool.root)
        self.owner: weakref.ref[object] | None = None
        self._called: queue.SimpleQueue[ThreadSeat | None] = queue.SimpleQueue()
        self._own = threading.local()
        self.pool.end.is_exiting = self.pool.end.is_refusing = is_exiting()
        self.pool.adapter = self
        if self.pool.root.rules.is_preemptive:
            enlist(self.pool)
        note_crew(self)
        welcome(self.pool)

    # What a thread of the ThreadPool does.

    def next_call(self) -> _Started | None:
        """Wait for a task that may start, and begin it; None when there will be no more."""
        seat = self._seat()
        while seat is not None:
            task = seat.task  # it was handed over, or came after the last one
            if task is None:
                task, leaves = decide(self.pool, look_for_task, seat)  # type: ignore[misc]
                if leaves:
                    self._own.seat = None
                    seat.get_up()
                    seat = self._seat()
                    continue
            if task is not None:
                seat.is_idle = False
                return _Started(self, seat, task)
            seat.park()
        return None

    def _seat(self) -> ThreadSeat | None:
        """Return the seat of this thread; wait for one that is called for if it has none."""
        own: ThreadSeat | None = getattr(self._own, "seat", None)
        if own is None:
            self.let_leave()
            own = self._called.get()
            if own is None:
                self._called.put(None)  # for the others
                return None
            own.sit_down()
            own.is_ready = True
            self._own.seat = own
        return own

    def conclude(
        self, seat: ThreadSeat, task: Any, result: object, error: BaseException | None
    ) -> None:
        """Tell what a task has come to; if that ends this thread, let go of its seat."""
        following = come_out(self.pool, seat, task, result, error)
        current.set(None)
        if error is None or isinstance(error, Exception) or task.cancelled():
            return
        self._own.seat = None
        seat.get_up()
        if following is None:
            decide(self.pool, give_up, seat)
        else:
            self._called.put(seat)  # for the thread that takes the place of this one

    def let_leave(self) -> None:
        """Let the threads without a seat end, if there will be no more tasks."""
        if self.pool.end.is_closing and not self.pool.root.unfinished():
            self._called.put(None)

    # Who runs the tasks of a pool, as others see it.

    def root(self) -> Node | None:
        """Return the scope of the pool."""
        return self.pool.root

    def executor(self) -> object:
        """Return the ThreadPool, unless it is gone."""
        return None if self.owner is None else self.owner()

    def join(self, deadline: float | None) -> bool:  # noqa: ARG002 - they end by themselves
        """Wait for nobody: the threads are not ours."""
        return True

    def living(self) -> list[threading.Thread]:
        """List none: the threads are not ours."""
        return []

    def forget_threads(self) -> None:
        """Start anew in a forked child, where none of the threads is."""
        self._called = queue.SimpleQueue()
        self._own = threading.local()

    def initializer_failed(self, seat: object) -> None:
        """Do nothing: the ThreadPool calls it."""

    def dissolve_if_over(self) -> None:
        """Do nothing: it goes with its threads."""

    # What the core asks of an adapter.

    def broken(self, why: str) -> BrokenThreadPool:
        """Return the error of a broken pool."""
        return BrokenThreadPool(why)

    def left(self, seat: object) -> None:  # noqa: ARG002 - all have it alike
        """Let the threads without a seat end, if that was the last task."""
        self.let_leave()

    def new_seat(self) -> ThreadSeat:
        """Make a seat that the next thread without one takes."""
        return ThreadSeat()

    def hire(self, seat: Any) -> None:
        """Have the next thread without a seat take this one."""
        look(self.pool, self.pool.seats.add, seat)
        self._called.put(seat)

    def decide_later(self, delay: float, decision: Callable[..., object], *args: object) -> Alarm:
        """Have a decision made on the pool in *delay* seconds."""
        return timer.call_at(clock() + delay, partial(decide, self.pool, decision, *args))
