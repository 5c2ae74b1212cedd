"""The thread: a `threading.Thread` that can be paused, resumed and stopped, as a task can."""

from __future__ import annotations

import math
import threading
from _thread import RLock
from typing import TYPE_CHECKING, Any, ClassVar

from pausable._core.attention import own_task
from pausable._core.facts import fact
from pausable._core.grip import under
from pausable._core.names import plain_text
from pausable._core.states import PENDING
from pausable._core.times import clock
from pausable.errors import NotSupported
from pausable.scopes.fork import FORKED
from pausable.scopes.group import GroupedScope
from pausable.scopes.numbers import optional_seconds
from pausable.scopes.pools import is_exiting
from pausable.scopes.preemption import is_wanted
from pausable.scopes.quiescence import wait_quiescent
from pausable.threads import last_threads as _last_threads  # noqa: F401 - registers itself
from pausable.threads.executor import ThreadPoolExecutor
from pausable.threads.lifetime import begin, forget, has_started, new_task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime
    from traceback import StackSummary

    from pausable.scopes.future import Future
    from pausable.scopes.hold import Hold
    from pausable.scopes.preemption import Preemptive
    from pausable.scopes.switch import Switch
    from pausable.snapshots import HoldStatus, Location, Running, TaskStatus

__all__ = ["Thread"]

SOON = 0.5  # seconds; who waits for longer says so


class _Threads:
    """The scope of all threads that are in no other: a pool, made when it is wanted."""

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None
        self._making = RLock()  # over the making of the pool

    def __get__(self, _instance: object, _owner: type | None = None) -> ThreadPoolExecutor:
        return self._pool or under(self._making, self._make)

    def _make(self) -> ThreadPoolExecutor:
        if self._pool is None:
            self._pool = ThreadPoolExecutor(math.inf, "threads")  # type: ignore[arg-type]
        return self._pool


class Thread(threading.Thread):
    """A `threading.Thread` that is a task of a scope, and can be paused, resumed and stopped.

    Used as that one, with a target or a subclass that has a `run()` of its own. It rests and stops
    where its code calls `checkpoint()` or one of its family; with *preemptive*, also between any
    two lines of its own. A stop ends it without a traceback; its `finally` blocks run.

    Guarantees: while its gate is closed, by a hold on it, its group, its pool or the process, it
    does not begin; when a wait for quiescence has returned true no line of it runs.

    Limits: an exception that it does not catch goes to `threading.excepthook`, as ever, and is no
    fault. No limit of slots keeps it waiting when it is started: it brings a slot to each scope
    that it is in, and takes it along. At rest it has none, as any task, and after a resume it waits
    for one if others have taken all meanwhile. At the interpreter's exit daemons are let go of.

    All methods may be called from any thread, before and after its start.
    """

    threads: ClassVar[_Threads] = _Threads()
    """The scope `threads`, of all that are in no other: a pool, to be paused and looked at."""

    def __init__(
        self,
        group: GroupedScope | None = None,
        target: Callable[..., object] | None = None,
        name: str | None = None,
        args: Iterable[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
        *,
        daemon: bool | None = None,
        preemptive: Preemptive | None = None,
        **options: Any,
    ) -> None:
        """Make a thread, with the arguments of `threading.Thread`, and two more; not started yet.

        Args:
            group: The pool or the group that it belongs to; by default `Thread.threads`.
            target: What `run()` calls.
            name: What it is called, as a thread and as a task.
            args: For the target.
            kwargs: For the target.
            daemon: Whether the interpreter's exit does not wait for it; by default as its maker is.
            preemptive: Whether it rests and stops between two lines of code that never asks; by
                default as its scope's tasks do. `"auto"`: where this Python can.
            options: What else the `threading.Thread` of this Python takes.

        Raises:
            TypeError: *group* is no pool or group of pausable; or as `threading.Thread`.
            NotSupported: *group* is a pool of processes, or a group of one.
            PreemptionUnavailable: *preemptive* is `True` on a Python that cannot.
        """
        if group is not None and not isinstance(group, GroupedScope):
            msg = f"group must be a pool or a group of pausable, not {group!r}"
            raise TypeError(msg)
        if group is not None and group._p_node.pool.warden is not None:
            wanted = "threads: its tasks run in processes of their own"
            raise NotSupported(wanted, group._p_node.name)
        self._p_group = group
        self._p_preemptive = None if preemptive is None else is_wanted(preemptive)
        super().__init__(None, target, name, args, kwargs, daemon=daemon, **options)

    # What threads do.

    def start(self) -> None:
        """Start the thread, which begins when its gate is open.

        Does not wait for that: a thread that is paused has started, and has not come to its first
        line. One that was stopped before ends at once.

        Raises:
            RuntimeError: it was started before, no thread can be started, its scope has shut
                down, or a subclass has not called `__init__`.
        """
        if not self._initialized or has_started(self):  # type: ignore[attr-defined]
            super().start()  # raises
            return
        if is_exiting():  # the stdlib still waits for threads, and we for no more tasks
            self._p_own.cancel()
            super().start()
            return
        try:
            begin(self, self._p_own, super().start)
        finally:
            if not has_started(self) and self._p_own.done():  # it may be started once more
                del vars(self)["_p_task"]

    def join(self, timeout: float | None = None) -> None:
        """Wait until the thread has ended, *timeout* seconds at most, as that of the stdlib.

        Says in the log what keeps it, if it is held and this takes long. In a task it counts as
        rest, and a stop ends it.

        Raises:
            RuntimeError: it was not started; or it is the caller itself, or waits for that.
        """
        is_time = isinstance(timeout, (int, float)) and timeout <= threading.TIMEOUT_MAX
        if timeout is not None and not is_time:
            super().join(timeout)  # raises
            return
        deadline = None if timeout is None else clock() + timeout
        if own_task() is None:  # for a while there is nothing to say, and nobody to rest
            super().join(SOON if timeout is None else min(timeout, SOON))
        if self.is_alive() and self is not threading.current_thread():
            try:
                self._p_own._p_wait(None if deadline is None else max(deadline - clock(), 0.0))
            except TimeoutError:
                return
        super().join(None if deadline is None else max(deadline - clock(), 0.0))

    @property
    def name(self) -> str:
        """What it is called, as a thread and as a task."""
        return threading.Thread.name.fget(self)  # type: ignore[attr-defined,no-any-return]

    @name.setter
    def name(self, name: str) -> None:
        threading.Thread.name.fset(self, name)  # type: ignore[attr-defined]
        self._p_own._p_label = plain_text(self._name)  # type: ignore[attr-defined]

    def __del__(self) -> None:
        """Let go of what was asked of a thread that was never started."""
        task: Future[Any] | None = vars(self).get("_p_task")
        if task is not None and task._state == PENDING and task._p_seat is None:
            forget(task)

    # What tasks do.

    @property
    def _p_own(self) -> Future[Any]:
        task: Future[Any] | None = vars(self).get("_p_task")
        if task is None or (task._p_stop_reason == FORKED and not has_started(self)):
            task = under(_making, self._p_make_task, task)
        return task

    @fact
    def task(self) -> Future[Any]:
        """The task that it is: a future, which ends with the thread and keeps what that raised."""
        return self._p_own

    @fact
    def scope(self) -> GroupedScope:
        """The pool or the group that it belongs to."""
        return self._p_scope()

    def _p_scope(self) -> GroupedScope:
        return vars(self).get("_p_group") or Thread.threads

    def _p_make_task(self, before: Future[Any] | None) -> Future[Any]:
        """Make the task, unless another thread was faster; *before* is one of a parent process."""
        task: Future[Any] | None = vars(self).get("_p_task")
        if task is None or task is before:
            is_preemptive = vars(self).get("_p_preemptive")
            self.__dict__["_p_task"] = task = new_task(self._p_scope()._p_node, self, is_preemptive)
        return task

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
        """Place a hold on this thread alone, as `pause` of a future does; also before its start."""
        return self._p_own.pause(
            reason, running=running, duration=duration, until=until, timeout=timeout, owner=owner
        )

    def resume(self, hold: Hold | None = None, /) -> int:
        """Release the holds that `pause` placed on this thread, or just *hold*; return how many."""
        return self._p_own.resume(hold)

    def switch(
        self, reason: str = "paused", *, running: Running = "rest", owner: str | None = None
    ) -> Switch:
        """Return a new switch for this thread alone, as `switch` of a pool does."""
        return self._p_own.switch(reason, running=running, owner=owner)

    def stop(self, reason: str = "stopped", *, kill_after: float | None = None) -> bool:
        """End the thread: `Stopped` is raised into it, at its next checkpoint or where it rests.

        Before its start: it then ends without having called anything. Returns at once; False if it
        was over. Idempotent: the first reason counts.

        Raises:
            NotSupported: *kill_after* is given: a thread cannot be killed.
        """
        return self._p_own.stop(reason, kill_after=kill_after)

    def is_paused(self) -> bool:
        """Say whether its gate is closed: by a hold on it, its group, its pool or the process."""
        return self._p_own.is_paused()

    def is_quiescent(self) -> bool:
        """Say whether no line of it runs: it has not begun, rests, or is over."""
        return self._p_own.is_quiescent()

    def wait_quiescent(self, timeout: float | None = None) -> bool:
        """Wait until no line of it runs, *timeout* seconds at most; say whether that is so."""
        return wait_quiescent(self._p_own, optional_seconds("timeout", timeout))

    def status(self) -> TaskStatus:
        """Take a frozen snapshot."""
        return self._p_own.status()

    def holds(self) -> tuple[HoldStatus, ...]:
        """List the holds on this thread itself, oldest first."""
        return self._p_own.holds()

    def where(self) -> Location | None:
        """Return the line at which it rests or runs; None before it begins and after its end."""
        return self._p_own.where()

    def stack(self) -> StackSummary:
        """Return the frames of its code, with the lines where they are: see `Future.stack`."""
        return self._p_own.stack()

    def locals(self) -> dict[str, str]:
        """Return the variables at the line where it rests: see `Future.locals`."""
        return self._p_own.locals()

    def step(self, timeout: float | None = None) -> Location | None:
        """Let it run to its next line, and wait until it rests there: see `Future.step`."""
        return self._p_own.step(timeout)


_making = RLock()  # over the making of tasks of threads
