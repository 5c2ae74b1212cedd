"""The interleaving itself: it runs the schedules it says, and finds the bugs it is for."""

from __future__ import annotations

import pytest
from futures.interleaving import Interleaving, LostWakeUp, schedules
from futures.scripted import Condition, Event, Lock

SOON = 20.0


def play(plan, make_calls):
    """Run the calls of two threads under a plan."""
    script = Interleaving(["one", "two"], plan)
    threads = [script.run(name, call) for name, call in make_calls(script).items()]
    for thread in threads:
        thread.join(SOON)
    script.wait_over()
    return script


def test_all_orders_of_steps_are_found():
    """Of two threads with three steps each, every order with two preemptions is run once."""
    orders = []

    def run(plan):
        order = []

        def calls(script):
            def count(name):
                for number in range(3):
                    order.append(f"{name}{number}")
                    script.step()

            return {name: lambda name=name: count(name) for name in ("one", "two")}

        script = play(plan, calls)
        assert script.errors == []
        orders.append(" ".join(order).replace("one", "a").replace("two", "b"))
        return script

    list(schedules("one", "two", run))
    assert set(orders) >= {
        "a0 a1 a2 b0 b1 b2",
        "b0 b1 b2 a0 a1 a2",
        "a0 b0 a1 a2 b1 b2",
        "a0 b0 b1 a1 a2 b2",
        "a0 a1 b0 a2 b1 b2",
        "a0 a1 b0 b1 b2 a2",
        "b0 a0 a1 a2 b1 b2",
    }


class Careless:
    """A latch that looks before it has the lock: who comes in between is not told."""

    def __init__(self, script: Interleaving) -> None:
        """Begin closed."""
        self.condition = Condition(script)
        self.is_open = False

    def wait(self) -> None:
        """Wait until it is open."""
        if not self.is_open:
            with self.condition:
                self.condition.wait()

    def open(self) -> None:
        """Open it."""
        with self.condition:
            self.is_open = True
            self.condition.notify_all()


class Careful(Careless):
    """A latch that looks once more."""

    def wait(self) -> None:
        """Wait until it is open."""
        with self.condition:
            while not self.is_open:
                self.condition.wait()


def lost(kind):
    """Count the schedules in which a latch of this kind loses its waiter."""
    errors = []

    def run(plan):
        def calls(script):
            latch = kind(script)
            return {"one": latch.wait, "two": latch.open}

        script = play(plan, calls)
        errors.extend(script.errors)
        return script

    list(schedules("one", "two", run))
    list(schedules("two", "one", run))
    assert all(isinstance(error, LostWakeUp) for error in errors)
    return len(errors)


def test_a_lost_wake_up_is_found():
    """A latch with the bug is found out, at once and not by a timeout; one without it is not."""
    assert lost(Careless) > 0
    assert lost(Careful) == 0


def test_a_deadlock_is_found():
    """Two threads that take two locks in opposite orders stop each other in some schedule."""
    found = []

    def run(plan):
        def calls(script):
            locks = [Lock(script), Lock(script)]

            def take(first, second):
                with locks[first], locks[second]:
                    pass

            return {"one": lambda: take(0, 1), "two": lambda: take(1, 0)}

        script = play(plan, calls)
        found.extend(script.errors)
        return script

    list(schedules("one", "two", run))
    assert {type(error) for error in found} == {LostWakeUp}


def test_events_are_waited_for():
    """An event that was set before, and one that is set after."""
    for plan in ([("one", 100)], [("two", 100)]):
        script = Interleaving(["one", "two"], plan)
        event = Event(script)
        threads = [script.run("one", event.wait), script.run("two", event.set)]
        for thread in threads:
            thread.join(SOON)
        assert script.errors == []
        assert event.is_set()


def test_others_use_scripted_things_as_they_are():
    """A thread that has not joined is not scheduled, and must not wait."""
    script = Interleaving(["one", "two"], [])
    condition = Condition(script)
    with condition, condition:
        condition.notify_all()
    with pytest.raises(AssertionError, match="only threads that have joined"), condition:
        condition.wait()


class AboutToBeTaken:
    """The lock of a thread that takes no part: it has it, and has not yet come to say so."""

    attempts = 0

    def acquire(self, blocking=True, timeout=-1):
        self.attempts += 1
        return self.attempts > 3

    def release(self):
        pass


def test_who_takes_no_part_is_waited_for():
    """It goes on by itself: nobody is lost who waits for its lock, and had it before."""

    def calls(script):
        lock = Lock(script)

        def take_twice():
            with lock:
                pass
            lock._real = AboutToBeTaken()
            with lock:
                pass

        return {"one": lambda: None, "two": take_twice}

    assert play([], calls).errors == []
