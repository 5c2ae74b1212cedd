"""The timer: what it calls, in which order, and when its thread is there; by a clock of the test's."""

from __future__ import annotations

import queue
import threading
from typing import Any

import pytest
from helpers import until

from pausable.scopes import timer as module
from pausable.scopes.timer import Timer


class Bell:
    """A bell that is waited for however long it takes: time does not pass by itself."""

    def __init__(self) -> None:
        self.waits: list[float | None] = []
        self._queue: queue.SimpleQueue[None] = queue.SimpleQueue()
        self.put = self._queue.put

    def get(self, timeout: float | None = None) -> None:
        """Note for how long the thread would wait, and wait."""
        self.waits.append(timeout)
        return self._queue.get(timeout=20)


class Clock:
    """A clock that stands still until the test moves it; nobody waits for real time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, timer: Timer) -> None:
        self.now = 100.0
        self.timer = timer
        timer._bell = bell = Bell()
        self.waits = bell.waits
        monkeypatch.setattr(module, "clock", lambda: self.now)

    def move(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds
        self.timer.wake()


@pytest.fixture
def timer() -> Timer:
    """Make a timer of the test's own."""
    return Timer("pausable-timer")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch, timer: Timer) -> Clock:
    """Make its clock."""
    return Clock(monkeypatch, timer)


def waits(clock: Clock, times: int) -> None:
    """Wait until the timer's thread waits for the so-manieth time."""
    until(lambda: len(clock.waits) >= times, what=f"the timer has waited {times} times")


def test_it_calls_in_the_order_of_times_not_of_requests(timer, clock):
    """What is due first is called first; of two that are due at once the older."""
    called: list[Any] = []
    timer.call_at(103.0, lambda: called.append("third"))
    timer.call_at(101.0, lambda: called.append("first"))
    timer.call_at(102.0, lambda: called.append("second"))
    timer.call_at(103.0, lambda: called.append("fourth"))
    clock.move(1.0)
    until(lambda: called == ["first"])
    clock.move(2.0)
    until(lambda: called == ["first", "second", "third", "fourth"])


def test_nothing_is_called_before_its_time(timer, clock):
    """The thread waits for exactly as long as there is left; woken early it waits again."""
    called: list[Any] = []
    alarm = timer.call_at(101.0, lambda: called.append("early"))
    waits(clock, 1)
    assert clock.waits == [1.0]
    clock.move(0.75)
    waits(clock, 2)
    assert clock.waits == [1.0, 0.25]
    assert not called
    alarm.cancel()


def test_an_earlier_alarm_is_not_kept_waiting(timer, clock):
    """While the thread waits for a late one, a new one that is due goes off."""
    called: list[Any] = []
    late = timer.call_at(1000.0, lambda: called.append("late"))
    waits(clock, 1)
    timer.call_at(100.0, lambda: called.append("due"))
    until(lambda: called == ["due"])
    late.cancel()


def test_a_cancelled_alarm_is_not_called(timer, clock):
    """Nor does its cancellation disturb the others, whichever of them comes first."""
    called: list[Any] = []
    alarms = [timer.call_at(when, lambda w=when: called.append(w)) for when in (101, 102, 103)]
    alarms[0].cancel()
    alarms[1].cancel()
    clock.move(10.0)
    until(lambda: called == [103])
    alarms[2].cancel()  # it has gone off: harmless


def test_the_thread_lives_only_while_something_is_scheduled(timer, clock):
    """It is started by the first alarm, shared by all, and ends with the last."""
    assert timer._thread is None
    first = timer.call_at(101.0, lambda: None)
    thread = timer._thread
    assert thread is not None
    assert thread.daemon
    second = timer.call_at(102.0, lambda: None)
    assert timer._thread is thread
    first.cancel()
    second.cancel()
    until(lambda: timer._thread is None)
    thread.join(10)
    assert not thread.is_alive()


def test_the_thread_lingers_and_is_used_again(timer, clock):
    """For so long it waits for something new to do, in one wait, and then it ends."""
    timer.linger = 5.0
    called: list[Any] = []
    timer.call_at(100.0, lambda: called.append("first"))
    waits(clock, 1)
    thread = timer._thread
    assert clock.waits == [5.0]
    clock.move(4.0)
    timer.call_at(104.0, lambda: called.append("second"))
    until(lambda: called == ["first", "second"])
    assert timer._thread is thread
    waits(clock, 2)
    until(lambda: clock.waits[-1] == 5.0)
    clock.move(5.0)
    until(lambda: timer._thread is None)


def test_after_its_end_it_starts_again(timer, clock):
    """A new alarm finds a thread."""
    timer.call_at(101.0, lambda: None).cancel()
    until(lambda: timer._thread is None)
    rung = threading.Event()
    timer.call_at(100.0, rung.set)
    assert rung.wait(10)


def test_a_call_that_fails_is_logged_and_stops_nobody(timer, clock, caplog):
    """The next alarm goes off on the same thread."""
    rung = threading.Event()
    last = timer.call_at(101.0, rung.set)
    timer.call_at(100.0, lambda: 1 / 0)
    until(lambda: "a timed call failed" in caplog.text)
    assert "ZeroDivisionError" in caplog.text
    clock.move(1.0)
    assert rung.wait(10)
    last.cancel()


def test_what_is_called_may_schedule_and_cancel(timer, clock):
    """The timer holds no lock while it calls."""
    called: list[Any] = []
    never = timer.call_at(1000.0, lambda: called.append("never"))

    def again() -> None:
        called.append("once")
        timer.call_at(100.0, lambda: called.append("twice"))
        never.cancel()

    timer.call_at(100.0, again)
    until(lambda: called == ["once", "twice"])
    until(lambda: timer._thread is None)


class Interleaved(Timer):
    """A timer whose thread lets somebody act when it has looked, and not noted yet that it waits."""

    def __init__(self) -> None:
        super().__init__("pausable-timer")
        self.acts: list[Any] = []

    def _wait(self, until: float, alarm: Any = None) -> None:
        while self.acts:
            self.acts.pop()()
        super()._wait(until, alarm)


@pytest.fixture
def interleaved(monkeypatch: pytest.MonkeyPatch) -> Interleaved:
    """Make one, with a clock that nobody moves."""
    timer = Interleaved()
    Clock(monkeypatch, timer)
    return timer


def test_what_is_handed_over_just_before_the_thread_waits_is_not_left_behind(interleaved):
    """It comes before the alarm that the thread is about to wait for."""
    rung = threading.Event()
    interleaved.acts.append(lambda: interleaved.call_at(100.0, rung.set))
    late = interleaved.call_at(1000.0, lambda: None)
    assert rung.wait(10)
    late.cancel()


def test_what_is_cancelled_just_before_the_thread_waits_is_not_waited_for(interleaved):
    """The thread ends, if it was the last, and has not waited."""
    interleaved.acts.append(lambda: late.cancel())
    late = interleaved.call_at(1000.0, lambda: None)
    until(lambda: interleaved._thread is None)
    assert interleaved._bell.waits == []


def test_what_comes_while_the_thread_ends_finds_one(timer, clock, monkeypatch):
    """The thread notes that it ends, and looks once more."""
    rung, end = threading.Event(), timer._end

    def ends() -> bool:
        monkeypatch.setattr(timer, "_end", end)
        timer._new.append(module.Alarm(timer, 100.0, rung.set))  # by who has seen the thread there
        return end()

    monkeypatch.setattr(timer, "_end", ends)
    timer.call_at(100.0, lambda: None)
    assert rung.wait(10)
    until(lambda: timer._thread is None)


def test_a_child_process_starts_with_none_of_it(timer, clock):
    """After a fork there are alarms without a thread; they are forgotten."""
    alarm = timer.call_at(1000.0, lambda: None)
    waits(clock, 1)
    thread, bell = timer._thread, timer._bell
    timer.forget_all()
    assert timer._heap == []
    assert timer._thread is None
    bell.put(None)  # the old thread, which a real child would not have, ends
    thread.join(10)
    assert not thread.is_alive()
    alarm.cancel()
