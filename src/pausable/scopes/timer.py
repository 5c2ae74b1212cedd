"""The timer: the one thread of the process for all that is to happen later.

It lives while something is scheduled, and for a moment longer, in one wait: whoever pauses again
soon does not pay for its start. (No longer: tests of many projects fail on threads that are left.)

Its heap is the thread's own. Whoever schedules hands an alarm over, and wakes the thread if that
waits for longer: single steps (the `put` of a `SimpleQueue` is one), which no signal handler and no
finalizer finds half made. There is a lock for one question only: who is the thread. Nothing stays
behind:

    1. The thread T notes until when it is about to wait (`_until`), looks at what was handed over
    or cancelled, and waits. 2. S hands an alarm over, or cancels one, and looks until when T waits.

If T does not see what S has done, S sees that T waits. So it is with its end (`_thread`), too.
"""

from __future__ import annotations

import _thread
import heapq
import math
import threading
from _thread import RLock
from collections import deque
from contextlib import suppress
from itertools import count
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from pausable._core.attention import here
from pausable._core.grip import let_go, under
from pausable._core.parker import HAS_DAEMONS, start_new_thread
from pausable._core.retries import retries
from pausable._core.times import clock
from pausable.scopes.common_log import ERROR, INFO, WARNING, leave_word, say

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Alarm", "Timer", "call_aside", "clock", "timer", "timers"]

_FEW = 1000
_LINGER = 0.5  # seconds

timers: list[Timer] = []  # all of the process; few, and for ever


class Alarm:
    """Something to be called at a time; forgotten when cancelled."""

    __slots__ = ("_timer", "call", "was_hit", "when")

    def __init__(self, timer: Timer, when: float, call: Callable[[], object]) -> None:
        """Call *call* at *when*, on the monotonic clock."""
        self._timer = timer
        self.when: float = when
        self.call: Callable[[], object] | None = call
        self.was_hit: bool = False  # by an exception that was sent to the thread that made it

    def cancel(self) -> None:
        """Forget it; harmless if it has gone off."""
        self.call = None
        self._timer.wake(self.when)  # it may be the one that the thread waits for


class Timer:
    """Calls functions in the order of their times, on a thread of its own. To be used anywhere."""

    def __init__(self, name: str, linger: float = 0.0) -> None:
        """Make one without a thread, which will have this *name*.

        When nothing is left to do, that waits for *linger* seconds for something new.
        """
        self._name = name
        self._new: deque[Alarm] = deque()  # handed over, and not in the heap yet
        self._heap: list[tuple[float, int, Alarm]] = []  # the thread's own
        self._most = _FEW  # entries of it, before those are left out that were cancelled
        self._order = count()
        self._bell: SimpleQueue[None] = SimpleQueue()  # ends the wait of the thread
        self._until = -math.inf  # till when the thread waits, if it does
        self._lock = RLock()  # of `_thread`; re-entrant, since finalizers may schedule
        self._thread: threading.Thread | None = None
        self._current: Alarm | None = None  # that is just being called
        self._is_stranded = False  # no thread could be started, and that was said
        self.linger: float = linger
        if self not in timers:
            timers.append(self)

    def call_at(
        self, when: float, call: Callable[[], object], instead_of: Alarm | None = None
    ) -> Alarm:
        """Have *call* called at *when*, on the monotonic clock. It must not block.

        *instead_of* is forgotten, if it has not gone off.
        """
        alarm = Alarm(self, when, call)
        try:
            self._new.append(alarm)
            if when < self._until or len(self._new) > _FEW:
                self._bell.put(None)
            if self._thread is None:
                self._see_to_thread()
        except BaseException:
            alarm.call = None  # nobody has it who could cancel it
            raise
        if instead_of is not None:
            instead_of.call = None
        return alarm

    def wake(self, when: float = -math.inf) -> None:
        """Have the thread look again, if it waits until *when* or for longer."""
        if when <= self._until:
            self._bell.put(None)

    def _see_to_thread(self) -> None:
        """Start the thread if it has something to do; another one waits for it to begin."""
        if self._thread is not None or not (self._new or self._heap):
            return
        thread = threading.Thread(target=self._run, name=self._name, daemon=HAS_DAEMONS)
        under(self._lock, self._start_thread, thread)

    def _start_thread(self, thread: threading.Thread) -> None:
        if self._thread is not None:
            return
        self._thread = thread
        try:  # nothing between these two lines lets a Ctrl-C in
            start_new_thread(self._start, (thread,))
        except BaseException as error:
            self._thread = None  # if it has begun all the same, it takes its place by itself
            if not isinstance(error, RuntimeError):
                raise
            self._strand()
        else:
            self._is_stranded = False

    def _start(self, thread: threading.Thread) -> None:
        if _thread.start_new_thread is not start_new_thread:
            # gevent has made greenlets of threads, and this one would end with its `start()`.
            return self._run(thread)
        try:
            thread.start()
        except BaseException:  # noqa: BLE001 - there can be no more threads, or this one was hit
            if thread.ident is None:  # it has not begun: there is this one
                self._run(thread)

    def _strand(self) -> None:
        """Leave word that there is no thread: whoever comes by tries again. Nothing is lost."""
        retries[self._see_to_thread] = None
        if not self._is_stranded:
            self._is_stranded = True
            waiting = [*self._new.copy(), *(alarm for _, _, alarm in self._heap)]
            text = "no thread can be started for %d timed calls: they wait until one can"
            leave_word(WARNING, text, sum(alarm.call is not None for alarm in waiting))

    def _run(self, thread: threading.Thread | None = None) -> None:
        try:
            self._serve(thread)
        except BaseException:  # noqa: BLE001 - it was hit outside of its calls
            self._serve(thread)

    def _serve(self, thread: threading.Thread | None) -> None:
        me = thread or threading.current_thread()
        here.is_needed = True  # nobody's code is called on this thread: alarms would have to wait
        here.is_timer = True
        while under(self._lock, self._take_place, me) and not self._call_all():
            pass

    def _take_place(self, thread: threading.Thread) -> bool:
        """Say whether *thread* is the one, which it is now if none was."""
        self._thread = self._thread or thread
        return self._thread is thread

    def _call_all(self) -> bool:
        """Make the calls; say whether there will be no more: not if an exception was sent here."""
        try:
            self._call_each()
        except BaseException as error:  # noqa: BLE001 - all that is timed waits for this thread
            let_go(self._lock)
            leave_word(ERROR, "an exception has hit a thread of timers", error=error)
            return False
        return True

    def _call_each(self) -> None:
        while (alarm := self._next()) is not None:
            _call(alarm)
            self._current = alarm = None

    def stand_in(self) -> None:
        """Make the calls that are due, if there is no thread that does.

        For whoever waits at the interpreter's exit, when on some Pythons no thread starts any more.
        """
        me = threading.current_thread()
        outer, here.is_timer = getattr(here, "is_timer", False), True
        try:
            while under(self._lock, self._take_place, me) and (alarm := self._due()) is not None:
                _call(alarm)
                self._current = None
        finally:
            here.is_timer = outer
            if self._thread is me:
                self._thread = None
                self._see_to_thread()

    def _next(self) -> Alarm | None:
        """Wait for the next alarm to be due; None when there was none for long: the thread ends."""
        if self._current is not None:  # an exception has kept it from being called
            return self._current
        while (alarm := self._due()) is None:
            if self._heap and self.linger >= 0:
                self._wait(self._heap[0][0], self._heap[0][2])
            elif not self._comes_more():
                return None
        return alarm

    def _due(self) -> Alarm | None:
        """Take the next call that is due, if there is one. It is kept until it was called."""
        self._take_over()
        while self._heap:
            when, _, first = self._heap[0]
            if first.call is not None:
                if when > clock():
                    return None
                self._current = first
            heapq.heappop(self._heap)
            if self._current is not None:
                return self._current
        return None

    def _take_over(self) -> None:
        """Put what was handed over into the heap."""
        while self._new:
            alarm = self._new[0]
            if alarm.call is not None:
                heapq.heappush(self._heap, (alarm.when, next(self._order), alarm))
            self._new.popleft()  # after that: twice is harmless
        if len(self._heap) > self._most:
            self._heap = [entry for entry in self._heap if entry[2].call is not None]
            heapq.heapify(self._heap)
            self._most = max(2 * len(self._heap), _FEW)

    def _wait(self, until: float, alarm: Alarm | None = None) -> None:
        """Wait for the time of the next *alarm*, or for something that changes it."""
        self._until = until
        if not self._new and (alarm is None or alarm.call is not None):
            with suppress(Empty):
                self._bell.get(timeout=min(max(until - clock(), 0.0), threading.TIMEOUT_MAX))
        self._until = -math.inf

    def _comes_more(self) -> bool:
        """Wait for something to be scheduled; False if nothing was: the thread ends."""
        until = clock() + self.linger
        while not self._new and clock() < until:
            self._wait(until)
        return not under(self._lock, self._end)

    def _end(self) -> bool:
        thread, self._thread = self._thread, None
        if self._new:  # just now
            self._thread = thread
        return self._thread is None

    def end(self) -> None:
        """Let the thread end, whatever is still to come: the interpreter ends."""
        self.linger = -math.inf
        self._bell.put(None)

    def forget_all(self) -> None:
        """Start anew in a forked child, which has inherited alarms but no thread."""
        self.__init__(self._name, self.linger)  # type: ignore[misc]


def _call(alarm: Alarm) -> None:
    call = alarm.call
    if call is None:
        return
    alarm.call = None
    try:
        call()
    except Exception as error:  # noqa: BLE001 - the others must not be lost for it
        say(ERROR, "a timed call failed", error=error)
    except BaseException:
        if not alarm.was_hit:  # this thread was hit: it is made once more
            alarm.was_hit, alarm.call = True, call
        raise


def call_aside(name: str, call: Callable[[], object]) -> None:
    """Call on a thread of its own, of this *name*, what may block. Does not block.

    Where no thread can start (on CPython 3.12 at the exit) it is called here and now.
    """
    try:
        threading.Thread(target=call, name=name, daemon=HAS_DAEMONS).start()
    except RuntimeError as error:
        say(INFO, "%s is called on a thread of timers: %s", name, error)
        call()


timer: Timer = Timer("pausable-timer", _LINGER)
