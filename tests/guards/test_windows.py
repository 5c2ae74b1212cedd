"""Windows: hours of a week by the clocks of a place, right on the days on which clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
from helpers import until
from hypothesis import given
from hypothesis import strategies as st

from pausable.guards import Window
from pausable.guards.calendar import look, parse

BERLIN = ZoneInfo("Europe/Berlin")
NIGHTS = parse("mon-fri 20:00-06:00")


def at(*fields, fold=0, zone=BERLIN) -> float:
    """Return a moment by the clocks of a zone, in seconds since the epoch."""
    return datetime(*fields, tzinfo=zone, fold=fold).timestamp()


def shown(seconds: float, zone=BERLIN) -> str:
    """Return what the clocks of a zone show."""
    return datetime.fromtimestamp(seconds, zone).isoformat()


@pytest.mark.parametrize(
    ("moment", "is_open", "changes"),
    [
        ((2026, 3, 27, 19, 59), False, "2026-03-27T20:00:00+01:00"),
        ((2026, 3, 27, 20, 0), True, "2026-03-28T06:00:00+01:00"),
        ((2026, 3, 28, 5, 59), True, "2026-03-28T06:00:00+01:00"),
        # Friday's night ends on Saturday; the clocks go forward on Sunday.
        ((2026, 3, 28, 6, 0), False, "2026-03-30T20:00:00+02:00"),
        ((2026, 10, 23, 23, 0), True, "2026-10-24T06:00:00+02:00"),
        ((2026, 10, 25, 12, 0), False, "2026-10-26T20:00:00+01:00"),
    ],
)
def test_nights_of_workdays(moment, is_open, changes):
    """Hours belong to the day on which they begin."""
    found, until_then = look(NIGHTS, at(*moment), BERLIN)
    assert (found, shown(until_then)) == (is_open, changes)


@pytest.mark.parametrize(
    ("hours", "day", "begin", "end", "length"),
    [
        # the last Sunday of March: 02:00 to 03:00 is not there
        ("01:00-04:00", (2026, 3, 29), "01:00:00+01:00", "04:00:00+02:00", 2.0),
        ("02:30-04:00", (2026, 3, 29), "03:00:00+02:00", "04:00:00+02:00", 1.0),
        ("01:00-02:30", (2026, 3, 29), "01:00:00+01:00", "03:00:00+02:00", 1.0),
        # the last Sunday of October: 02:00 to 03:00 is there twice
        ("01:00-04:00", (2026, 10, 25), "01:00:00+02:00", "04:00:00+01:00", 4.0),
        ("02:30-04:00", (2026, 10, 25), "02:30:00+02:00", "04:00:00+01:00", 2.5),
        ("01:00-02:30", (2026, 10, 25), "01:00:00+02:00", "02:30:00+02:00", 1.5),
    ],
)
def test_when_clocks_change(hours, day, begin, end, length):
    """Of a time that there is twice the first counts, of one that is not there the change."""
    spans = parse(hours)[0].on(datetime(*day, tzinfo=BERLIN).date(), BERLIN)
    assert [shown(each)[11:] for each in spans] == [begin, end]
    assert spans[1] - spans[0] == length * 3600


@given(
    minute=st.integers(0, 23 * 60 + 59),
    now=st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    zone=st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"]),
)
def test_hours_that_meet_leave_no_gap_and_no_overlap(minute, now, zone):
    """Of two windows, one ending where the other begins, exactly one is open at any moment."""
    place, seconds = ZoneInfo(zone), now.timestamp()
    time = f"{minute // 60:02}:{minute % 60:02}"
    early, late = parse(f"00:00-{time}"), parse(f"{time}-24:00")
    if minute == 0:
        early = ()
    is_open = [bool(hours) and look(hours, seconds, place)[0] for hours in (early, late)]
    assert sum(is_open) == 1


@given(
    now=st.datetimes(datetime(2026, 3, 20), datetime(2026, 11, 5), timezones=st.just(UTC)),  # noqa: DTZ001
    hours=st.sampled_from(
        ["mon-fri 20:00-06:00", "02:30-03:15", "sat,sun 00:00-24:00; 22:00-02:00"]
    ),
)
def test_a_change_is_a_change_and_the_next_one(now, hours):
    """At the moment that is told the answer is another, and just before it is the same."""
    spec, seconds = parse(hours), now.timestamp()
    is_open, changes = look(spec, seconds, BERLIN)
    assert changes > seconds
    assert look(spec, changes, BERLIN)[0] != is_open
    assert look(spec, max(seconds, changes - 1), BERLIN)[0] == is_open


def test_days_wrap_around_the_week():
    """``sat-mon`` is three days; ``sat,mon`` two."""
    assert parse("sat-mon 10:00-11:00")[0].days == {5, 6, 0}
    assert parse("sat,mon 10:00-11:00")[0].days == {5, 0}
    assert parse("10:00-11:00")[0].days == set(range(7))


@pytest.mark.parametrize(
    "hours",
    ["", "mon", "20:00", "mon-fri 25:00-26:00", "mon-xyz 10:00-11:00", "10:00-11:60", "8-9"],
)
def test_hours_that_are_not_understood(hours):
    """They are refused at the call, with an example."""
    with pytest.raises(ValueError, match="write hours like"):
        Window(hours, tz="UTC")


def test_bad_zones_are_refused():
    """At the call."""
    with pytest.raises(ZoneInfoNotFoundError):
        Window("10:00-11:00", tz="Nowhere/Land")
    with pytest.raises(TypeError, match="tz"):
        Window("10:00-11:00", tz=3)
    with pytest.raises(TypeError, match="hours"):
        Window(3, tz="UTC")


class Clock:
    """A clock on the wall that the test sets."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def window_at(*fields) -> tuple[Window, Clock]:
    """Make a window of the nights of workdays, at a time by the clocks of Berlin."""
    window = Window("mon-fri 20:00-06:00", tz="Europe/Berlin", name="nights")
    clock = window._now = Clock(at(*fields))
    return window, clock


def test_a_group_runs_only_in_its_window(pool):
    """Outside it is held, with the hours and their next begin as the reason."""
    window, clock = window_at(2026, 3, 27, 19, 0)
    group = pool.group("g", guards=[window])
    future = group.submit(str, 1)
    (hold,) = group.holds()
    assert hold.reason == "outside mon-fri 20:00-06:00 until Fri 27 Mar 20:00"
    assert (hold.owner, hold.kind) == ("guard nights", "guard")
    assert not window.is_open()
    assert group.resume() == 0
    clock.now = at(2026, 3, 27, 20, 0)
    window.look_around()
    assert future.result(10) == "1"
    assert not window.is_tripped()
    clock.now = at(2026, 3, 28, 6, 0)
    window.look_around()
    assert group.is_paused()
    group.shutdown(wait=False)


def test_the_timer_opens_it(pool):
    """Nobody needs to look: when the hours begin the tasks go."""
    window, clock = window_at(2026, 3, 27, 19, 59, 59)
    clock.now += 0.98
    group = pool.group("g", guards=[window])
    future = group.submit(str, 1)
    assert group.is_paused()
    clock.now += 0.02
    assert future.result(10) == "1"


def test_an_override_lasts_till_the_hours_begin(pool):
    """By hand it opens, and at the end of the next hours it closes."""
    window, clock = window_at(2026, 3, 27, 19, 0)
    group = pool.group("g", guards=[window])
    assert window.override()
    assert not group.is_paused()
    assert not window.override()
    window.look_around()
    assert not group.is_paused()
    for fields, is_held in (((2026, 3, 27, 20, 0), False), ((2026, 3, 28, 6, 0), True)):
        clock.now = at(*fields)
        window.look_around()
        assert group.is_paused() == is_held
    group.shutdown(wait=False)


def test_pause_until_a_moment(pool):
    """A hold ends at a moment, by any zone; without a zone it is in local time."""
    moment = datetime.now(BERLIN) + timedelta(seconds=0.05)
    hold = pool.pause("maintenance", until=moment)
    assert 0.0 < hold.duration <= 0.05
    assert pool.submit(str, 1).result(10) == "1"
    local = datetime.now() + timedelta(hours=1)  # noqa: DTZ005 - local time is the point
    hold = pool.submit(str, 1).pause("x", until=local)
    assert hold.is_released() or 3500 < hold.duration <= 3600
    assert pool.pause("past", until=moment).duration == 0.0
    until(lambda: not pool.holds())


def test_a_moment_that_is_none_is_refused(pool):
    """At the call, and nothing is held."""
    with pytest.raises(TypeError, match="until"):
        pool.pause(until=3)
    with pytest.raises(ValueError, match="not both"):
        pool.pause(until=datetime.now(UTC), duration=3)
    assert not pool.holds()
