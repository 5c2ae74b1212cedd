"""The pace of a staggered resume: who may go, and when the next may."""

from __future__ import annotations

import pytest

from pausable._core.pace import Pace


def test_the_first_may_go_at_once():
    """A pace begins ready."""
    assert Pace(1.0, 0.0, 3).is_ready


def test_after_one_has_gone_the_next_waits():
    """It says for how long, and is not ready until somebody says that the time is over."""
    pace = Pace(1.5, 0.0, 3)
    assert pace.let_one_go() == 1.5
    assert not pace.is_ready


def test_after_the_last_nobody_waits():
    """When as many have gone as it was made for, it asks for no delay: it is over."""
    pace = Pace(1.5, 0.0, 2)
    assert pace.let_one_go() == 1.5
    pace.is_ready = True
    assert pace.let_one_go() is None


@pytest.mark.parametrize("drawn", [0.0, 0.25, 0.5])
def test_the_jitter_is_added(drawn):
    """Up to that many seconds more, at random."""
    pace = Pace(1.0, 0.5, 9)
    pace.draw = lambda: drawn / 0.5
    assert pace.let_one_go() == 1.0 + drawn


def test_the_jitter_stays_within_its_bounds():
    """Whatever is drawn, the delay is between the interval and the interval plus the jitter."""
    pace = Pace(1.0, 0.5, 1000)
    delays = [pace.let_one_go() for _ in range(500)]
    assert all(1.0 <= delay <= 1.5 for delay in delays)
    assert len(set(delays)) > 1
