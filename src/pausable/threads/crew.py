"""The crew: the threads of one pool. It starts them, fails with them, and waits for them.

Workers know the crew and the pool's state, never the executor: so that an executor that nobody
refers to any more is collected, as the stdlib's is.
"""

from __future__ import annotations

import logging
import threading
import weakref
from concurrent.futures.thread import BrokenThreadPool
from typing import TYPE_CHECKING, Any, cast

from pausable._core.resting import grant
from pausable._core.starting import call_worker, call_workers, dismiss
from pausable._core.state import act
from pausable._core.times import clock
from pausable.threads.seeing import list_tasks
from pausable.threads.staggering import tick
from pausable.threads.timer import timer
from pausable.threads.worker import work

if TYPE_CHECKING:
    from collections.abc import Callable

    from pausable._core.nodes import Node
    from pausable._core.pacing import Pace
    from pausable._core.parker import Seat, Wakeable
    from pausable._core.state import PoolState
    from pausable.threads.future import Future

__all__ = ["Crew", "crews", "is_exiting", "note_exit"]

logger: logging.Logger = logging.getLogger("pausable")

_exits: list[bool] = []


def is_exiting() -> bool:
    """Say whether the interpreter goes down: no pool takes tasks any more."""
    return bool(_exits)


def note_exit() -> None:
    """Note that the interpreter goes down."""
    _exits.append(True)


crews: weakref.WeakSet[Crew] = weakref.WeakSet()
"""All crews that still have an executor or a thread."""


def _call_soon(call: Callable[[], object]) -> None:
    timer.call_at(clock(), call)


def _has_started(thread: threading.Thread) -> bool:
    return thread.ident is not None or thread in threading._limbo  # type: ignore[attr-defined]


class Crew:
    """The threads of a pool, made when they are called for."""

    def __init__(
        self,
        state: PoolState,
        prefix: str,
        initializer: Callable[..., object] | None,
        initargs: tuple[Any, ...],
    ) -> None:
        """Make a crew without threads."""
        self.state = state
        self.prefix = prefix
        self.initializer = initializer
        self.initargs = initargs
        self.threads: set[threading.Thread] = set()
        self.collected: object = None  # the weak reference that tells us that the executor is gone
        self._made = 0
        state.is_exiting = state.is_refusing = is_exiting()
        state.hire = self.hire
        state.schedule_pace = self.schedule_pace
        state.call_all = self.call_all
        state.call_soon = _call_soon
        crews.add(self)

    def hire(self, seat: Seat) -> None:
        """Start the thread of a seat that was called for.

        Raises:
            RuntimeError: the thread cannot be started, and there is no other to do the work.
        """
        state = self.state
        # So that whoever waits for all threads misses none.
        with state.starting:
            thread = threading.Thread(
                name=f"{self.prefix}_{self._made}", target=work, args=(self, seat)
            )
            with state.lock:
                if state.is_closing and not state.unstarted:  # others were faster
                    seat.called = False
                    state.coming -= 1
                    return
                state.seats.add(seat)
            try:
                thread.start()
            except BaseException as error:
                if _has_started(thread):  # Ctrl-C, while we waited for it to say so
                    self._made += 1
                    self.threads.add(thread)
                    raise
                if self._count_out(seat) or not isinstance(error, Exception):
                    raise
                logger.warning("%r goes on with fewer threads: %s", state.root.name, error)
                return
            self._made += 1
            self.threads.add(thread)
            if len(self.threads) > 2 * len(state.seats) + 8:
                self.threads -= {each for each in self.threads if not each.is_alive()}

    def _count_out(self, seat: Seat) -> bool:
        """Note that a seat stays empty; say whether there is no other. An idle worker steps in."""
        state = self.state
        with state.lock:
            state.seats.discard(seat)
            seat.called = False
            state.coming -= 1
            alone = not state.seats
            other = call_worker(state) if state.idle else None
        if other is not None:
            other.parker.wake()
        return alone

    def initializer_failed(self, seat: Seat) -> None:
        """Give the pool up: fail what has not started, paused or not."""
        state = self.state
        with state.lock:
            state.broken = "A thread initializer failed, the thread pool is not usable anymore"
            state.is_refusing = True
            state.seats.discard(seat)
            state.coming -= 1
        wakes: list[Wakeable] = []
        for task in list_tasks(state.root):
            cast("Future[Any]", task)._fail(BrokenThreadPool(state.broken))
        with state.lock:
            if state.is_closing and not state.unstarted:
                wakes = dismiss(state)
        act(state, wakes)

    def schedule_pace(self, node: Node, pace: Pace, delay: float) -> None:
        """Let the next task of a staggered resume go in *delay* seconds."""
        state = self.state
        alarm = timer.call_at(clock() + delay, lambda: tick(state, node, pace))
        with state.lock:
            is_over = node.pace is not pace
            earlier, pace.alarm = pace.alarm, alarm  # that of a task that did not wait its turn
        if is_over:
            alarm.cancel()
        if earlier is not None:
            earlier.cancel()

    def call_all(self) -> None:
        """Let all go who may: a staggered resume is over."""
        wakes: list[Wakeable] = []
        with self.state.lock:
            grant(self.state, wakes)
            seats = call_workers(self.state)
        act(self.state, wakes, seats)

    def forget_threads(self) -> None:
        """Start anew in a forked child, where none of the threads is."""
        self.threads = set()

    def join(self, deadline: float | None) -> bool:
        """Wait until all threads have ended, to *deadline* at most; say whether they have."""
        while threads := self._living():
            for thread in threads:
                thread.join(None if deadline is None else max(deadline - clock(), 0.0))
                if thread.is_alive():
                    return False
        return True

    def _living(self) -> list[threading.Thread]:
        """List the threads that have not ended; more may be hired while these are waited for."""
        with self.state.starting:
            return [thread for thread in self.threads if thread.is_alive()]
