"""Durations that users give: what is taken, what is refused, and with which words."""

from __future__ import annotations

import math
import threading
from fractions import Fraction

import pytest

from pausable._core import times
from pausable.scopes import numbers


@pytest.mark.parametrize("value", [0, 0.0, 1, 2.5, 10**9, math.inf])
def test_numbers_from_zero_on_are_seconds(value):
    """Whole numbers and floats are taken, zero and infinity included, as floats."""
    taken = numbers.seconds("timeout", value)
    assert taken == value
    assert isinstance(taken, float)


@pytest.mark.parametrize("value", [-1, -0.001, -math.inf, math.nan])
def test_what_is_no_time_is_refused(value):
    """A negative number or NaN is a ValueError that names the argument and the value."""
    with pytest.raises(ValueError, match="duration must be zero or more seconds"):
        numbers.seconds("duration", value)


@pytest.mark.parametrize("value", ["1", None, True, Fraction(1), [1], 1j])
def test_what_is_no_number_is_refused(value):
    """Text, booleans and the like are TypeErrors that name the argument."""
    with pytest.raises(TypeError, match="duration must be a number of seconds"):
        numbers.seconds("duration", value)


def test_none_is_for_ever():
    """No timeout stays none."""
    assert numbers.optional_seconds("timeout", None) is None


@pytest.mark.parametrize("value", [math.inf, threading.TIMEOUT_MAX, threading.TIMEOUT_MAX * 2])
def test_what_no_lock_can_wait_for_is_for_ever(value):
    """A timeout that the locks of this machine cannot take is as good as none."""
    assert numbers.optional_seconds("timeout", value) is None


def test_a_timeout_is_checked_like_a_duration():
    """Only None is more than what `seconds` takes."""
    assert numbers.optional_seconds("timeout", 3) == 3.0
    with pytest.raises(ValueError, match="timeout must be zero or more"):
        numbers.optional_seconds("timeout", -3)


def test_a_sleep_longer_than_the_system_takes_is_slept_in_parts(monkeypatch):
    """However long it is, all of it is slept, and no part is too long."""
    slept = []
    monkeypatch.setattr(times.time, "sleep", slept.append)
    times.plain_sleep(3 * 86_400.0 + 5.0)
    assert sum(slept) == 3 * 86_400.0 + 5.0
    assert max(slept) <= threading.TIMEOUT_MAX
