"""The crew: the threads of one pool. It starts them, fails with them, and waits for them.

Workers know the crew and the pool's state, never the executor: so that an executor that nobody
refers to any more is collected, as the stdlib's is.
"""

from __future__ import annotations

import _thread
from concurrent.futures.thread import BrokenThreadPool
from functools import partial
from typing import TYPE_CHECKING, Any

from pausable._core.decision import decide
from pausable._core.grip import under
from pausable._core.log import WARNING, put_line
from pausable._core.parker import start_new_thread
from pausable._core.seats import call_surplus, dismiss, give_up
from pausable._core.slots import set_limit
from pausable._core.times import clock
from pausable._core.tree import Node
from pausable.scopes.breakage import break_pool
from pausable.scopes.departure import note_departure
from pausable.scopes.foreign import described
from pausable.scopes.inheritance import farewell, welcome
from pausable.scopes.pools import is_exiting, note_crew, strike_off
from pausable.scopes.timer import timer
from pausable.threads.seat import ThreadSeat
from pausable.threads.worker import work
from pausable.threads.worker_thread import FOR_NOW, WorkerThread

if TYPE_CHECKING:
    import threading
    import weakref
    from collections.abc import Callable
    from concurrent.futures import BrokenExecutor

    from pausable._core.pool import Pool
    from pausable._core.ports import Seat
    from pausable._core.visit import Visit
    from pausable.scopes.timer import Alarm

__all__ = ["Crew"]


def _check_threads() -> None:
    """Raise if threads are no longer what they were when this was imported.

    With gevent they become greenlets of one thread, and all that waits must be made of its locks: a
    worker that parks on one of ours would block them all, for ever.
    """
    if _thread.start_new_thread is not start_new_thread:
        msg = (
            "threads have been replaced since pausable was imported, as by gevent's "
            "monkey.patch_all(): let that be called first, before anything imports pausable"
        )
        raise RuntimeError(msg)


class _Nobody:
    """The adapter of a pool that is gone: it does nothing."""

    def broken(self, why: str) -> BrokenThreadPool:
        """Return the error of a broken pool."""
        return BrokenThreadPool(why)

    def left(self, _seat: object) -> None:
        """Do nothing."""

    def new_seat(self) -> ThreadSeat:
        """Make a seat that nobody will take."""
        return ThreadSeat()

    def hire(self, _seat: object) -> None:
        """Do nothing."""

    def decide_later(self, _delay: float, *_: object) -> _Nobody:
        """Do nothing."""
        return self

    def cancel(self) -> None:
        """Do nothing."""


_GONE: Node = Node("", None, limit=0)
"""The scope of pools that are over and gone: there is nothing in it for a late visit to find."""


class Crew:
    """The threads of a pool, made when they are called for."""

    def __init__(
        self,
        pool: Pool,
        prefix: str,
        initializer: Callable[..., object] | None,
        initargs: tuple[Any, ...],
        *,
        daemon: bool = False,
    ) -> None:
        """Make a crew without threads; nobody waits at exit for those of a *daemon*."""
        self.daemon = daemon
        self.asked: Any = pool.root.slots.asked  # how many workers, as the user has said it
        self.pool = pool
        self.prefix = prefix
        self.initializer: Callable[..., object] | None = initializer
        self.initargs: tuple[Any, ...] = initargs
        self.threads: set[threading.Thread] = set()
        self.collected: weakref.ref[object] | None = (
            None  # the weak reference that tells us that the executor is gone
        )
        self.is_collected = False
        self._starting = _thread.RLock()  # held while a thread is started
        self._dissolving = _thread.allocate_lock()  # whoever gets it keeps it
        self._made = 0
        self._hurries_until = 0.0  # to then, threads that are started are not waited for
        pool.end.is_exiting = pool.end.is_refusing = is_exiting()
        pool.adapter = self
        note_crew(self)
        welcome(pool)

    def new_seat(self) -> ThreadSeat:
        """Make a seat whose thread has not been started."""
        return ThreadSeat()

    def hire(self, seat: Seat) -> None:
        """Start the thread of a seat that was called for.

        Raises:
            RuntimeError: the thread cannot be started, and there is no other to do the work.
        """
        _check_threads()
        under(self._starting, self._hire, seat)  # so that whoever waits for all misses none

    def _hire(self, seat: Seat) -> None:
        thread = WorkerThread(
            name=f"{self.prefix}_{self._made}", target=work, args=(self, seat), daemon=self.daemon
        )
        try:
            try:
                if under(self.pool.lock, self._expect, seat):  # else others were faster
                    self._start(thread)
            finally:
                if thread.has_started():  # also after Ctrl-C, just when it was
                    self._made += 1
                    self.threads.add(thread)
        except BaseException as error:
            if thread.has_started():
                raise
            if self._count_out(seat) or not isinstance(error, Exception):
                raise
            text = "%r goes on with fewer threads: %s"
            put_line(self.pool.outbox, WARNING, text, self.pool.root.name, described(error))
        if len(self.threads) > 2 * len(self.pool.seats) + 8:
            self.threads -= {each for each in self.threads if not each.is_alive()}

    def _start(self, thread: WorkerThread) -> None:
        thread.start()
        if clock() >= self._hurries_until and thread.await_begin():
            self._hurries_until = clock() + FOR_NOW

    def _expect(self, seat: Seat) -> bool:
        """Count a seat whose thread is about to be started; false if nothing is left to do."""
        pool = self.pool
        if pool.end.is_closing and pool.is_worked_off():
            pool.seats.called.pop(seat, None)
            return False
        pool.seats.add(seat)
        return True

    def _count_out(self, seat: Seat) -> bool:
        """Note that a seat stays empty; say whether there is no other. An idle worker steps in."""
        pool = self.pool
        pool.seats.called.pop(seat, None)
        pool.seats.discard(seat)
        for other in tuple(pool.seats.idle):
            other.wake()
        return not pool.seats.has_workers()

    def broken(self, why: str) -> BrokenExecutor:
        """Return the error of a pool whose threads cannot be initialized."""
        return BrokenThreadPool(why)

    def left(self, _seat: Seat) -> None:
        """Let go of the pool, if that was the last thread of one that is over."""
        self.dissolve_if_over()

    def decide_later(self, delay: float, decision: Callable[..., object], *args: object) -> Alarm:
        """Have a decision made on the pool in *delay* seconds."""
        return timer.call_at(clock() + delay, partial(decide, self.pool, decision, *args))

    def initializer_failed(self, seat: Seat) -> None:
        """Give the pool up: fail what has not started, paused or not."""
        pool = self.pool
        why = "A thread initializer failed, the thread pool is not usable anymore"
        break_pool(pool, why, started=False)  # what has started has a thread
        decide(pool, _leave, seat)

    def resize(self, workers: float) -> None:
        """Let so many tasks run at once at most."""
        decide(self.pool, _resize, workers)

    def dissolve_if_over(self) -> None:
        """Let nothing of a pool that is over and gone refer to itself: it goes without a collector.

        Called by whoever has noted that the executor is gone, and when a worker has left:

            1. The worker W takes its seat away, under the lock. 2. The executor is collected, by C,
            which notes it. 3. C looks for seats, W looks for the note: at least one finds both.

        What is left are futures of tasks that are over, which ask for nothing that is let go here.
        """
        pool, root = self.pool, self.root()
        if root is None or not self.is_collected or pool.seats or pool.seats.called:
            return
        if is_exiting():  # whoever ends all pools has them, and nothing has to go any more
            return
        nodes = list(root.below())
        if root.unfinished() or any(node.queue.outside for node in nodes):
            return
        if not self._dissolving.acquire(blocking=False):  # another thread does it
            return
        note_departure(root)
        strike_off(self)
        self.collected = self.initializer = None
        self.initargs = ()
        pool.adapter = _Nobody()
        pool.lines.ring.clear()
        pool.lines.back.clear()
        pool.root = _GONE
        farewell(pool, root)
        for node in nodes:
            node.dissolve()

    def root(self) -> Node | None:
        """Return the scope of the whole pool; None if it is over and gone."""
        root = self.pool.root
        return None if root is _GONE else root

    def executor(self) -> object:
        """Return the executor, unless it is gone."""
        return None if self.collected is None else self.collected()

    def forget_threads(self) -> None:
        """Start anew in a forked child, where none of the threads is."""
        self.threads = set()
        self._starting = _thread.RLock()

    def join(self, deadline: float | None) -> bool:
        """Wait until all threads have ended, to *deadline* at most; say whether they have."""
        while threads := self.living():
            for thread in threads:
                thread.join(None if deadline is None else max(deadline - clock(), 0.0))
                if thread.is_alive():
                    return False
        self.pool.outbox.flush()
        return True

    def living(self) -> list[threading.Thread]:
        """List the threads that have not ended; more may be hired while these are waited for."""
        return under(self._starting, self._living)

    def _living(self) -> list[threading.Thread]:
        return [thread for thread in self.threads if thread.is_alive()]


def _leave(visit: Visit, seat: Seat) -> None:
    pool = visit.pool
    pool.seats.called.pop(seat, None)
    give_up(visit, seat)
    if pool.is_worked_off():
        dismiss(visit)


def _resize(visit: Visit, workers: float) -> None:
    pool = visit.pool
    surplus: float = len(pool.seats.idle) + len(pool.seats.called) + pool.root.slots.taken
    set_limit(visit, pool.root, workers)
    surplus -= pool.root.slots.limit
    if surplus > 0:
        call_surplus(visit, int(min(surplus, len(pool.seats.idle))))
