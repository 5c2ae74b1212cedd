"""Doubt: for how long a guess that a task holds a lock keeps it from resting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable._core.task import rest_of
from pausable._core.times import clock

if TYPE_CHECKING:
    from pausable._core.gate import Gate, HoldRecord
    from pausable._core.task import Task
    from pausable._preempt.rule.safety import Obstacle

__all__ = ["is_over", "is_over_in_wait", "keeps"]

LASTS = 1.0
"""Seconds from the first guess under a hold."""


def keeps(task: Task, found: Obstacle | None) -> bool:
    """Say whether what was found keeps a task from resting: all but a guess that has lasted."""
    if found is None:
        return False
    return not (found.is_guess and is_over(task))


def is_over(task: Task) -> bool:
    """Say whether the task has had the time to give back what it may have acquired.

    It counts from the first time that this is asked under the same hold. On the task's own thread,
    or when it has been asked there before.
    """
    rest, now, hold = rest_of(task), clock(), _first_hold(task)
    if rest.guessed is None or rest.guessed[0] is not hold:
        rest.guessed = hold, now
    return now - rest.guessed[1] > LASTS


def is_over_in_wait(task: Task) -> bool:
    """Say the same of a task that runs nothing: it has had the time since the hold. Any thread."""
    hold = _first_hold(task)
    return hold is not None and clock() - hold.since > LASTS


def _first_hold(task: Task) -> HoldRecord | None:
    """Return the first hold of the innermost gate that has some. It may go while one looks."""
    gate: Gate | None = task._p_gate
    while gate is not None:
        hold = next(iter(gate.holds), None)
        if hold is not None:
            return hold
        gate = gate.parent
    return None
