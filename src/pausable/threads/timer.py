"""The timer: the one thread of the process for all that is to happen later.

It lives while something is scheduled, and some seconds longer, in one wait: whoever pauses again
soon does not pay for its start. Holds that expire, staggered resumes and preemption use it.
"""

from __future__ import annotations

import heapq
import logging
import threading
from _thread import start_new_thread
from itertools import count
from typing import TYPE_CHECKING

from pausable._core.times import clock

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Alarm", "Timer", "timer"]

_FEW = 1000
_LINGER = 10.0  # seconds

logger: logging.Logger = logging.getLogger("pausable")


class Alarm:
    """Something to be called at a time; forgotten when cancelled."""

    __slots__ = ("_timer", "call", "when")

    def __init__(self, timer: Timer, when: float, call: Callable[[], object]) -> None:
        """Call *call* at *when*, on the monotonic clock."""
        self._timer = timer
        self.when: float = when
        self.call: Callable[[], object] | None = call

    def cancel(self) -> None:
        """Forget it; harmless if it has gone off."""
        self._timer.forget(self)


class Timer:
    """Calls functions at their times, in the order of their times, on a thread of its own."""

    def __init__(self, name: str, linger: float = 0.0) -> None:
        """Make one without a thread, which will have this *name*.

        When there is nothing left to do, the thread waits for so many seconds for something new.
        """
        self._name = name
        self._heap: list[tuple[float, int, Alarm]] = []
        self._forgotten = 0  # of the entries of the heap
        self._order = count()
        # Protects the heap and the thread; re-entrant, since finalizers may schedule.
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self.linger = linger

    def call_at(self, when: float, call: Callable[[], object]) -> Alarm:
        """Have *call* called at *when*, on the monotonic clock."""
        alarm = Alarm(self, when, call)
        with self._changed:
            heapq.heappush(self._heap, (when, next(self._order), alarm))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._start_soon(self._thread)
            elif self._heap[0][2] is alarm:
                self._changed.notify()
        return alarm

    def _start_soon(self, thread: threading.Thread) -> None:
        """Start the thread without waiting for it.

        `Thread.start` returns when the thread has begun, which takes milliseconds where all
        processors are busy: whoever pauses would wait for as long. So another thread calls it.
        """
        try:
            start_new_thread(self._start, (thread,))
        except RuntimeError:  # at the interpreter's exit no thread starts; nothing rests then
            self._give_up()

    def _start(self, thread: threading.Thread) -> None:
        try:
            thread.start()
        except RuntimeError:
            with self._changed:
                if self._thread is thread:
                    self._give_up()

    def _give_up(self) -> None:
        self._thread = None
        self._heap.clear()
        self._forgotten = 0

    def forget(self, alarm: Alarm) -> None:
        """Take *alarm* out; the thread ends soon if it was the last."""
        with self._changed:
            if alarm.call is None:
                return
            alarm.call = None
            self._forgotten += 1
            if self._forgotten > _FEW and 2 * self._forgotten > len(self._heap):
                self._heap[:] = [entry for entry in self._heap if entry[2].call is not None]
                heapq.heapify(self._heap)
                self._forgotten = 0
            if not self._heap or self._heap[0][2] is alarm:
                self._changed.notify()

    def _run(self) -> None:
        while (call := self._next()) is not None:
            try:
                call()
            except Exception:
                logger.exception("a timed call failed")
            call = None

    def _next(self) -> Callable[[], object] | None:
        """Wait for the next alarm to be due; None when there was none for long: the thread ends."""
        with self._changed:
            while self._heap or self._comes_more():
                when, _, alarm = self._heap[0]
                left = when - clock()
                if alarm.call is not None and left > 0:
                    self._changed.wait(min(left, threading.TIMEOUT_MAX))
                    continue
                heapq.heappop(self._heap)
                if alarm.call is not None:
                    call, alarm.call = alarm.call, None
                    return call
                self._forgotten -= 1
            self._thread, self._forgotten = None, 0
            return None

    def _comes_more(self) -> bool:
        """Wait for something to be scheduled; False if nothing was. Under the lock."""
        until = clock() + self.linger
        while not self._heap and (left := until - clock()) > 0:
            self._changed.wait(left)
        return bool(self._heap)

    def forget_all(self) -> None:
        """Start anew in a forked child, which has inherited alarms but no thread."""
        self.__init__(self._name, self.linger)  # type: ignore[misc]


timer: Timer = Timer("pausable-timer", _LINGER)
