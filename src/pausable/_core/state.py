"""The state of one pool: its tree of scopes, its idle workers, and the one lock over all of it.

The lock protects every node, gate and task of the pool. While it is held there is no callback, no
I/O and no waiting: what is to be done is collected, in a list of wake-ups and in the outbox, and
done after the lock was let go. It is re-entrant, because signal handlers and finalizers run between
any two lines: they may look at a pool that is just being worked on; what they change is deferred.
"""

from __future__ import annotations

import logging
import threading
from _thread import RLock, allocate_lock
from collections import deque
from itertools import count
from typing import TYPE_CHECKING

from pausable._core.attention import here, own_seat
from pausable._core.nodes import Node

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pausable._core.pacing import Pace
    from pausable._core.parker import Follower, Parker, Seat, Wakeable
    from pausable._core.tasks import Task
    from pausable.events import Event

__all__ = ["PoolState", "act", "is_owned", "uncall"]

logger = logging.getLogger("pausable")


class PoolState:
    """What a pool knows. Plain data; the functions of the other modules of the core change it."""

    __slots__ = (
        "__weakref__",
        "_catching_up",
        "_delivering",
        "back",
        "broken",
        "call_all",
        "call_soon",
        "coming",
        "deferred",
        "engine",
        "guests",
        "hire",
        "idle",
        "is_behind",
        "is_closing",
        "is_exiting",
        "is_plain",
        "is_refusing",
        "lock",
        "numbers",
        "observed",
        "orphaned",
        "outbox",
        "postponed",
        "ring",
        "root",
        "schedule_pace",
        "seats",
        "starting",
        "stopped",
        "waiting",
    )

    def __init__(self, name: str, max_workers: int) -> None:
        """Make the state of a pool that has no thread and no task."""
        self.root: Node = Node(name, self, limit=max_workers)
        self.numbers: count[int] = count(1)  # of the tasks, in the order of their submission
        self.hire: Callable[[Seat], None]  # starts the thread of a new seat; the adapter's
        self.schedule_pace: Callable[[Node, Pace, float], None]  # ticks later; the adapter's
        self.call_all: Callable[[], None]  # lets all go who may; the adapter's
        self.call_soon: Callable[[Callable[[], object]], object]  # on another thread; the adapter's
        self.engine: Follower | None = None  # once a scope or a task of the pool is preemptive
        # the end
        self.is_closing: bool = False  # nothing more is accepted; workers leave in the end
        self.is_exiting: bool = False  # the interpreter goes down: nobody rests any more
        self.orphaned: str | None = None  # why nobody can resume it any more, if so
        self.broken: str | None = None
        self.is_refusing: bool = False  # broken or exiting: nothing more is accepted, in no scope
        # seeing
        self.observed: int = 0  # how many observers there are in the tree
        self._begin()

    def _begin(self) -> None:
        self.lock: RLock = RLock()
        # scopes with tasks that may be able to start, or to return; others are left out until
        # something happens that could change that (a gate opens, a limit has room, a pace ticks)
        self.ring: deque[Node] = deque()
        self.back: deque[Node] = deque()
        self.is_plain: bool = False  # only the pool's own queue is worked off: see `succession`
        self.stopped: deque[Task] = deque()  # at rest, to stop, and wait for a slot to do it in
        # workers
        self.seats: set[Seat] = set()
        self.idle: deque[Seat] = deque()  # who has been idle for longest comes first
        self.coming: int = 0  # called for, but have not looked for work yet
        # who waits, and what is to be done
        self.waiting: int = 0  # how many Waiters there are in the tree
        self.guests: dict[Parker, Task] = {}  # threads that tasks started, at rest or asleep
        self.deferred: deque[Callable[[], object]] = deque()  # see `defers`
        self.postponed: deque[Callable[[], object]] = deque()  # callbacks of what these have ended
        self.is_behind: bool = False  # after deferred calls nobody has looked who may go on
        self._catching_up: RLock = RLock()
        self.starting: RLock = RLock()  # held while a thread is started; see `_is_inside`
        self.outbox: deque[tuple[Node, Event] | Callable[[], object]] = deque()
        self._delivering = allocate_lock()

    def forget_all(self) -> None:
        """Start anew in a forked child: no thread, no task, no hold."""
        for seat in self.seats:
            seat.task = None
        self._begin()
        for node in self.root.below():
            node.forget_all()

    @property
    def unstarted(self) -> int:
        """How many tasks have not started, in all scopes."""
        return sum(node.queued for node in self.root.below())

    def backlog(self) -> float:
        """Count the queued tasks that may start, but for the number of slots. Under the lock."""
        count: float = 0
        for node in self.ring:
            if node.can_start() and node.has_room():
                count += min(node.startable(), node.limit - node.slots)
        return count

    def emit(self, node: Node, event: Event) -> None:
        """Put *event* where `deliver` will find it. Under the lock, so that the order is right."""
        self.outbox.append((node, event))

    def deliver(self) -> None:
        """Do what was put into the outbox, in its order, unless another thread is at it already.

        1. Thread A delivers, sees the outbox empty and is about to let `_delivering` go.
        2. Thread B puts an event in, fails to get `_delivering`, and leaves.
        3. A lets go, and looks at the outbox once more: the outer loop. Nothing stays behind.
        """
        if is_owned(self._catching_up):
            return  # whoever catches up does it afterwards
        while self.outbox and self._delivering.acquire(blocking=False):
            # This may be the thread of a task that has just been written down as resting: for as
            # long as it is lent to observers, it is no task's.
            seat, here.seat = own_seat(), None
            try:
                while self.outbox:
                    _deliver_one(self.outbox.popleft())
            finally:
                here.seat = seat
                self._delivering.release()

    def defers(self, call: Callable[[], object]) -> bool:
        """Keep *call* for later if it cannot be made now, and say so.

        Signal handlers and finalizers run between any two lines, also between those of a critical
        section of this pool on the same thread, which must find everything as it left it. What
        they want of the pool is done as soon as the section is over; until then no task starts
        (`take`), so that what they were told of a pause is true. The order of calls is kept.
        """
        if not self.deferred and not self.lock._is_owned():  # type: ignore[attr-defined]
            return False
        if self._is_inside():
            self.deferred.append(call)
            self.is_plain = False
            self.call_soon(self.catch_up)
            return True
        if self.deferred:
            self.catch_up()  # what was wanted first comes first
        return False

    def _is_inside(self) -> bool:
        """Say whether this thread is in a critical section, or makes a deferred call.

        To start a thread is one, too, as far as deferred calls go:

        1. The main thread M starts a worker. 2. The timer's thread T makes a deferred call, which
        is to start a worker, too: T waits for M. 3. A signal handler interrupts M, and finds calls
        deferred. If it waited for T to have made them, both would wait for ever.
        """
        return is_owned(self.lock) or is_owned(self._catching_up) or is_owned(self.starting)

    def catch_up(self) -> None:
        """Make the deferred calls. Not from where they were deferred, nor from one of them.

        No code of users runs in them: what is to be called is called after the last one.
        """
        if self._is_inside():
            return
        with self._catching_up:
            while self.deferred:
                try:
                    self.deferred[0]()
                except Exception:
                    logger.exception("%r: a call that a signal handler made", self.root.name)
                finally:
                    self.is_behind = True
                    self.deferred.popleft()  # only now may tasks start
        if self.is_behind:  # also if a Ctrl-C kept somebody else from doing it
            self.is_behind = False
            self.call_all()
            while self.postponed:
                self.postponed.popleft()()

    def postpones(self, call: Callable[[], object]) -> bool:
        """Keep a call of users' code for after the deferred call that is being made, if any is."""
        if not is_owned(self._catching_up):
            return False
        self.postponed.append(call)
        return True


def _deliver_one(item: tuple[Node, Event] | Callable[[], object]) -> None:
    if not isinstance(item, tuple):
        item()
        return
    node, event = item
    for each in node.path():
        for callback in each.observers:
            try:
                callback(event)
            except BaseException as error:
                if isinstance(error, KeyboardInterrupt) and _is_main_thread():
                    raise  # that is Ctrl-C, not the observer's
                logger.exception("an observer of %r raised on %r", each.name, event)


def is_owned(lock: RLock) -> bool:
    """Say whether this thread has it. All RLocks can tell: `threading.Condition` relies on it."""
    return bool(lock._is_owned())  # type: ignore[attr-defined]


def _is_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


def uncall(state: PoolState, seats: Sequence[Seat]) -> None:
    """Take back the calls that have not reached their workers; wake those that are there."""
    for seat in seats:
        if not seat.is_new:
            seat.parker.wake()
            continue
        with state.lock:
            if seat.called and seat not in state.seats:
                seat.called = False
                state.coming -= 1


def act(state: PoolState, wakes: list[Wakeable], seats: Sequence[Seat] = ()) -> None:
    """Do what was decided: wake threads, start workers, deliver events. Outside the lock."""
    for each in wakes:
        each.wake()
    try:
        for seat in seats:
            if seat.is_new:
                state.hire(seat)
            else:
                seat.parker.wake()
    except BaseException:  # no thread can be started, or Ctrl-C
        uncall(state, seats)
        raise
    if state.outbox:
        state.deliver()
    if state.deferred or state.is_behind:
        state.catch_up()
