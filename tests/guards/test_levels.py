"""Levels: a reading that hovers does not flap."""

from __future__ import annotations

import math
import random
from itertools import pairwise

import pytest
from helpers import until

from pausable.guards import Guard
from pausable.guards.level import Level
from pausable.guards.machine import Machine, State
from pausable.guards.probes import failure_of
from pausable.guards.settings import STEADY, Settings


def test_1000_readings_around_the_threshold_are_two_changes_of_state():
    """Once above the mark it stays tripped until a reading is below the other mark."""
    hover = random.Random(5)
    readings = [hover.uniform(0.86, 0.94) for _ in range(1_000)]
    readings[300], readings[700] = 0.95, 0.69  # it hovers between the marks but for these two
    given = iter(readings)
    level = Level(lambda: next(given), pause_above=0.94, resume_below=0.7)
    machine = Machine(Settings(backoff=STEADY, trial=False, watch=True))
    machine.watch(0.0)
    changes = []
    for now in range(1_000):
        before = machine.state is State.HEALTHY
        assert machine.due == now
        machine.begin_probe()
        why = failure_of(level)
        if why is None:
            machine.probe_succeeded(float(now))
        else:
            machine.probe_failed(why, float(now))
        if before != (machine.state is State.HEALTHY):
            changes.append(now)
    assert changes == [300, 700]


def test_1000_readings_on_both_sides_of_one_mark():
    """A level that crosses the upper mark all the time trips once, and is well again once."""
    flap = random.Random(7)
    readings = [flap.choice([0.89, 0.91]) for _ in range(999)] + [0.1]
    given = iter(readings)
    level = Level(lambda: next(given), pause_above=0.9, resume_below=0.5)
    said = [failure_of(level) is None for _ in readings]
    assert sum(before != after for before, after in pairwise(said)) <= 2
    assert said[-1]


def test_a_guard_of_a_level(pool):
    """It trips when the level is too high, with the reading as its reason, and recovers."""
    level = [0.1]
    guard = Guard.level(
        lambda: level[0], pause_above=0.9, resume_below=0.5, name="disk", every=0.01
    )
    group = pool.group("g", guards=[guard])
    assert group.submit(str, 1).result(10) == "1"
    level[0] = 0.95
    until(group.is_paused)
    assert "is 0.95, above 0.9" in group.holds()[0].reason
    held = group.submit(str, 2)
    level[0] = 0.6  # between the marks: still held
    probes = guard.status().probes
    until(lambda: guard.status().probes > probes + 3)
    assert group.is_paused()
    assert not held.done()
    level[0] = 0.4
    assert held.result(10) == "2"
    assert guard.status().trips == 1


def test_a_reading_that_raises_is_too_high(pool):
    """Who cannot read the level does not go on as if all were well."""
    guard = Guard.level(lambda: 1 / 0, pause_above=0.9, resume_below=0.5, every=0.01)
    group = pool.group("g", guards=[guard])
    until(group.is_paused)
    assert "ZeroDivisionError" in group.holds()[0].reason


@pytest.mark.parametrize(
    ("marks", "error"),
    [
        ({"pause_above": 1, "resume_below": 2}, ValueError),
        ({"pause_above": math.nan, "resume_below": 0}, ValueError),
        ({"pause_above": "x", "resume_below": 0}, TypeError),
    ],
)
def test_bad_marks_are_refused(marks, error):
    """At the call."""
    with pytest.raises(error, match=r"above|number"):
        Guard.level(lambda: 0.0, **marks)


def test_what_is_read_must_be_callable():
    """At the call."""
    with pytest.raises(TypeError, match="callable"):
        Guard.level(0.5, pause_above=1, resume_below=0)
