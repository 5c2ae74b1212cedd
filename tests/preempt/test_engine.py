"""The engine's invariant: whoever is chased is looked at again, whoever is at it meanwhile."""

from __future__ import annotations

import itertools
import sys

import pytest
from workloads import background

from pausable._core import duty
from pausable._preempt.engine.lookout import Engine
from pausable.scopes.timer import Timer


class Interrupted:
    """A monitor, whose every call is interrupted: another thread wants to look just then."""

    def __init__(self, want):
        self._want = want

    def __getattr__(self, name):
        def call(*_):
            background(self._want).result(10)
            return True

        return call


@pytest.fixture
def looks(monkeypatch) -> list[str]:
    """List the looks of engines, which see nothing."""
    seen = []
    monkeypatch.setattr(Engine, "_chase", lambda _: seen.append("look"))
    return seen


@pytest.mark.parametrize("reason", ["timer", "pause"])
def test_a_look_that_is_wanted_while_an_event_is_set(looks, reason):
    """The timer's look, or a pauser's, that finds a task setting its event is not lost.

    1. A task that is to be stopped sets an event on its next instruction, and holds `_looking`.
    2. The timer looks again: somebody is at it. Its alarm is spent.
    3. The task is done, and has to look for the timer: nobody else would.
    """
    engine = Engine(Timer("unused").call_at)
    want = engine._look_again if reason == "timer" else engine.wake
    engine._monitor = Interrupted(want)
    engine.at_next_instruction(duty.chased.__code__)
    assert looks == ["look"]
    engine.follow(sys._getframe())
    assert looks == ["look", "look"]


def test_a_look_that_was_torn_apart_is_mended(looks):
    """An interrupt that leaves `_looking` held by nobody who looks costs no later look."""
    engine = Engine(Timer("unused").call_at)
    engine._looking.acquire()
    engine.wake()
    assert looks == ["look"]
    background(engine.wake).result(10)
    assert looks == ["look", "look"]


def test_an_interrupt_at_any_line_of_a_look(looks):
    """Wherever in a look Ctrl-C comes, the next one is made, on this thread and on others."""
    number, is_over = 0, False
    while not is_over:
        engine = Engine(Timer("unused").call_at)
        is_over = not interrupted(engine.wake, number)
        number += 1
        del looks[:]
        engine.wake()
        background(engine.wake).result(10)
        assert looks[-2:] == ["look", "look"], number
    assert number > 10


def interrupted(call, number) -> bool:
    """Call something, and raise at the line of the engine that comes after *number* others."""
    lines = itertools.count()

    def trace(frame, event, _):
        if not frame.f_code.co_filename.endswith("lookout.py"):
            return None
        if event == "line" and next(lines) == number:
            raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(before)
    return False
