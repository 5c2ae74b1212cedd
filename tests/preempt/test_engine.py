"""The engine's invariant: whoever is chased is looked at again, whoever is at it meanwhile."""

from __future__ import annotations

import sys

import pytest
from workloads import background

from pausable._core import chasing
from pausable._preempt.engine import Engine
from pausable.threads.timer import Timer


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
    monkeypatch.setattr(Engine, "_look", lambda _: seen.append("look"))
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
    engine.at_next_instruction(chasing.chased.__code__)
    assert looks == ["look"]
    engine.follow(sys._getframe())
    assert looks == ["look", "look"]
