"""Durations and moments, as people type them."""

from __future__ import annotations

import argparse
import time

import pytest

from pausable.cli.durations import duration, until


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30", 30),
        ("0.5", 0.5),
        ("30s", 30),
        ("5m", 300),
        ("5min", 300),
        ("1h30m", 5400),
        ("1h 30m", 5400),
        ("2d", 172_800),
        ("1.5h", 5400),
        ("250ms", 0.25),
    ],
)
def test_a_duration(text, seconds):
    """Numbers with units add up; a number alone is of seconds."""
    assert duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "soon", "0", "0s", "-5", "5x", "5 5x", "1h-30m", "1h30", "1 30", "nan", "inf"]
)
def test_no_duration(text):
    """What is none is refused, with an example of one; so is a number after others without a unit."""
    with pytest.raises(argparse.ArgumentTypeError, match="say 30s"):
        duration(text)


@pytest.fixture
def berlin(monkeypatch):
    """Be in Berlin, on the noon before the clocks go forward."""
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    noon = time.mktime((2030, 3, 30, 12, 0, 0, 0, 0, -1))
    monkeypatch.setattr(time, "time", lambda: noon)
    yield noon
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("berlin")
@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("12:30", 0.5),
        ("23:59:60", None),
        ("11:00", 22),  # tomorrow, with an hour less
        ("12:00", 23),
        ("2030-03-31 12:00", 23),
        ("2030-03-31T02:00", 14),
        ("2030-12-24 18:00", None),
    ],
)
def test_a_moment(text, hours):
    """A time without a date is the next one; a change of the clocks before it is counted."""
    if text.endswith(":60"):
        with pytest.raises(argparse.ArgumentTypeError, match="no such time"):
            until(text)
        return
    left = until(text)
    assert left > 0
    if hours is not None:
        assert left == pytest.approx(hours * 3600)


@pytest.mark.usefixtures("berlin")
@pytest.mark.parametrize("text", ["", "7", "7pm", "25:00", "12:61", "2030-13-01 12:00", "noon"])
def test_no_moment(text):
    """What is none is refused."""
    with pytest.raises(argparse.ArgumentTypeError, match="is no moment"):
        until(text)


@pytest.mark.usefixtures("berlin")
def test_a_moment_that_has_passed():
    """One with a date that is over is refused."""
    with pytest.raises(argparse.ArgumentTypeError, match="has passed"):
        until("2030-03-30 11:59")
