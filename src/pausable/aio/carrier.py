"""The carrier: the event loop as what runs the tasks of a pool. It has the pool's seats.

To those who list pools, and wait for their ends, it is what a crew of threads is.

Whoever lets tasks go on, or closes a gate, may be any thread. What there is to do then is done on
the thread of the loop, in portions: so many tasks at a time, and whatever else is ready on the loop
comes in between. A loop with ten thousand tasks that all go on at once stays responsive.
"""

from __future__ import annotations

import weakref
from _thread import get_ident
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any

from pausable._core.attention import here
from pausable._core.decision import decide, look
from pausable._core.duty import is_to_rest
from pausable._core.postponement import let_all_go
from pausable._core.slots import set_limit
from pausable._core.times import clock
from pausable.aio.loop_seat import LoopSeat, come_to_rest
from pausable.aio.stranding import end_stranded
from pausable.errors import NotSupported
from pausable.scopes import fork as _fork  # noqa: F401 - registers itself
from pausable.scopes.loops import running_loop
from pausable.scopes.pools import crews, note_crew, stocktakers, strike_off
from pausable.scopes.timer import timer

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from threading import Thread
    from typing import NoReturn

    from pausable._core.pool import Pool
    from pausable._core.task import Task
    from pausable._core.tree import Node
    from pausable._core.visit import Visit
    from pausable.scopes.loops import Loop
    from pausable.scopes.timer import Alarm

__all__ = ["Carrier"]

_PORTION = 200  # so many tasks are seen to at a time


class Carrier:
    """The loop on which the tasks of a pool run: its adapter, runner, and one of its chasers."""

    initializer: Callable[..., object] | None = None
    initargs: tuple[Any, ...] = ()
    is_collected = False
    daemon = True  # at the interpreter's exit it is the thread of the loop that is waited for

    def __init__(self, pool: Pool) -> None:
        """Run the tasks of a pool on a loop that is yet to come."""
        self.pool: Pool = pool
        self.asked: Any = pool.root.slots.asked  # as whoever resizes it has said it
        self.ident: int = 0  # of the loop's thread
        self._loop: Loop | None = None
        self._ready: deque[LoopSeat] = deque()  # were woken
        self._calls: deque[Callable[[], object]] = deque()
        self._late: deque[Task] = deque()  # are to rest, or to stop
        self._is_called = False  # it is about to look
        self._are_more = False  # who may go on
        self._is_to_survey = False  # who is to rest, or to stop
        pool.adapter = self
        pool.others.chasers = (self,)
        pool.lines.portion, pool.lines.later = _PORTION, _Later(self)
        pool.root.rules.ship = partial(_refuse_call, pool.root.name)
        pool.root.rules.prepare()
        note_crew(self)

    def bind(self, *, drives: bool = True) -> None:
        """Have the tasks run on the loop that runs here, where each await *drives* them.

        Raises:
            NotSupported: it does, and the loop is trio's.
            RuntimeError: none does, or they run on another one.
        """
        loop = running_loop()
        if drives and loop.is_trio:
            wanted = "coroutines that rest at any await, on trio: use pausable.aio.anyio_group"
            raise NotSupported(wanted, self.pool.root.name)
        if self._loop is None:
            self._loop, self.ident = loop, get_ident()
            carried = getattr(here, "carried", None)
            if carried is None:
                carried = here.carried = weakref.WeakKeyDictionary()
            carried[self.pool] = _is_own
        elif self._loop.own is not loop.own:
            msg = f"the tasks of {self.pool.root.name!r} run on another event loop"
            raise RuntimeError(msg)

    def unbind(self) -> None:
        """Let the thread of the loop wait for what it likes: nothing runs here any more."""
        (getattr(here, "carried", None) or {}).pop(self.pool, None)
        strike_off(self)

    @property
    def is_stranded(self) -> bool:
        """Whether its loop is closed: what runs there will never go on."""
        return self._loop is not None and self._loop.is_closed()

    # From any thread.

    def look_at(self, seat: LoopSeat) -> None:
        """Have the loop look at a seat."""
        self._ready.append(seat)
        self._call()

    def call(self, function: Callable[[], object]) -> None:
        """Have the loop call a function of ours."""
        self._calls.append(function)
        self._call()

    def wake(self) -> None:
        """Have the loop see to those that are to rest or to stop."""
        self._is_to_survey = True
        self._call()

    def let_more_go(self) -> None:
        """Have more of those go on who may."""
        if not self._are_more:
            self._are_more = True
            self._call()

    def _call(self) -> None:
        if self._is_called or self._loop is None:
            return
        self._is_called = True
        try:
            self._loop.call(self._come)
        except RuntimeError:  # the loop is closed: nothing runs there any more
            pass
        except BaseException:  # sent to this thread: the loop may not have been told
            self._is_called = False
            raise

    # On the thread of the loop.

    def _come(self) -> None:
        was_needed = getattr(here, "is_needed", False)
        here.is_needed = True  # for the loop: foreign code is called elsewhere
        try:
            self._look()
        except BaseException:  # sent to this thread: some that were taken out were not seen to
            self._ready.extend(look(self.pool, list, self.pool.seats))
            self._is_to_survey = self._are_more = True
            self._call()
            raise
        finally:
            here.is_needed = was_needed

    def _look(self) -> None:
        self._is_called = False  # before it looks: who comes now, calls once more
        if self._is_to_survey:
            self._is_to_survey = False
            self._late = deque(look(self.pool, _late, self.pool))
        while self._calls:
            self._calls.popleft()()
        for _ in range(min(len(self._ready), _PORTION)):
            self._ready.popleft().look()
        if self._are_more:
            self._are_more = False
            decide(self.pool, let_all_go)
        if self._late:
            some = [self._late.popleft() for _ in range(min(len(self._late), _PORTION))]
            decide(self.pool, _see_to, some)
        if self._ready or self._late:
            self._call()

    def follow(self, seat: LoopSeat, following: Any) -> None:
        """Let the task go on that has taken the place of another, or have the seat look for one."""
        if following is not None:
            following._p_driver.go_on()
        elif not seat.is_idle:
            seat.wake()

    # What the core asks of an adapter.

    def new_seat(self) -> LoopSeat:
        """Make a seat."""
        return LoopSeat(self)

    def hire(self, seat: LoopSeat) -> None:
        """Have the loop look at a seat that was called for."""
        seat.is_new = False
        look(self.pool, self.pool.seats.add, seat)
        seat.wake()

    def resize(self, limit: float) -> None:
        """Let so many tasks run at once: what a command from outside asks for."""
        decide(self.pool, set_limit, self.pool.root, limit)

    def left(self, seat: LoopSeat) -> None:
        """Do nothing: a seat owns nothing."""

    # What those ask who list pools, or wait for their ends.

    @property
    def threads(self) -> Collection[Thread]:
        """No threads: that of the loop is its user's."""
        return ()

    def living(self) -> list[Thread]:
        """List no threads."""
        return []

    def root(self) -> Node | None:
        """Return the scope of the whole pool."""
        return self.pool.root

    def executor(self) -> object:
        """Return nothing to be kept: asyncio keeps the tasks."""
        return None

    def join(self, _deadline: float | None) -> bool:
        """Do not wait: there are no threads that end."""
        return True

    def forget_threads(self) -> None:
        """Start anew in a forked child, where the loop does not run."""
        self.unbind()
        self._loop = None
        for each in (self._ready, self._calls, self._late):
            each.clear()
        self._is_called = self._are_more = self._is_to_survey = False
        note_crew(self)

    def initializer_failed(self, seat: Any) -> None:
        """Do nothing: there is no initializer."""

    def dissolve_if_over(self) -> None:
        """Do nothing: it goes with its pool."""

    def broken(self, why: str) -> RuntimeError:
        """Return the error of a pool that was given up."""
        return RuntimeError(why)

    def decide_later(self, delay: float, decision: Callable[..., object], *args: object) -> Alarm:
        """Have a decision made by the timer: a loop may be gone, or be slow."""
        return timer.call_at(clock() + delay, partial(decide, self.pool, decision, *args))


def _look_for_stranded() -> None:
    for crew in crews():
        if isinstance(crew, Carrier) and crew.is_stranded:
            crew.unbind()
            end_stranded(crew.pool)


stocktakers.add(_look_for_stranded)


def _refuse_call(name: str, _function: object) -> NoReturn:
    wanted = "calls: its tasks are coroutines, made by create_task() on the thread of their loop"
    raise NotSupported(wanted, name)


class _Later:
    """Is woken when more could go on than are let go at a time."""

    __slots__ = ("_carrier",)

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier

    def wake(self) -> None:
        self._carrier.let_more_go()


def _is_own(task: Any) -> bool:
    """Say whether the calling code is that of a task of a pool which is carried here."""
    driver = task._p_driver
    return driver is not None and driver.is_current()


def _late(pool: Pool) -> list[Task]:
    """List those that are to rest or to stop, and do not. Under the lock."""
    return [task for task in pool.seats.tasks() if task._p_ended_at is None and is_to_rest(task)]


def _see_to(visit: Visit, tasks: list[Any]) -> None:
    """Let those rest that are at an await, and have those cancelled that are to stop."""
    for task in tasks:
        driver = task._p_driver
        if task._p_stop_reason is not None:
            visit.chores.append(driver.stop)
        elif not (driver.is_running() or driver.may_pass()) and come_to_rest(visit, task):
            driver.is_odd = True
