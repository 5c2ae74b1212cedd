"""The calendar: the hours of a week, as text, and when they begin and end by the clocks of a place.

Pure: the time goes in. Each local time means one moment, so that what ends where another begins
leaves no gap and no overlap on any day: of a time that there is twice, when clocks go back, the
first; of a time that there is not, when they go forward, the moment at which they do.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise

__all__ = ["Hours", "moment", "parse"]

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_PART = re.compile(
    r"(?:(?P<days>[a-z]{3}(?:\s*[-,]\s*[a-z]{3})*)\s+)?"
    r"(?P<begin>\d{1,2}:\d{2})\s*-\s*(?P<end>\d{1,2}:\d{2})"
)
_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class Hours:
    """From one minute of some days to another: of the same day, or of the next."""

    days: frozenset[int]  #: on which they begin; Monday is 0
    begin: int  #: minutes since midnight
    end: int  #: minutes since that same midnight: above 1440 on the next day

    def on(self, day: date, zone: tzinfo) -> tuple[float, float] | None:
        """Return when they begin and end on *day*, in seconds since the epoch; None if not."""
        if day.weekday() not in self.days:
            return None
        return moment(day, self.begin, zone), moment(day, self.end, zone)


def parse(text: str) -> tuple[Hours, ...]:
    """Read hours such as ``mon-fri 20:00-06:00; sat,sun 00:00-24:00``; without days, of each day.

    Hours that end at or before their begin end on the next day.

    Raises:
        ValueError: *text* is not understood.
    """
    return tuple(_part(part.strip(), text) for part in text.lower().split(";"))


def _part(part: str, text: str) -> Hours:
    found = _PART.fullmatch(part)
    if found is None:
        raise _not_understood(part, text)
    begin, end = (_minutes(found[name], part, text) for name in ("begin", "end"))
    days = frozenset(range(7)) if found["days"] is None else _days(found["days"], part, text)
    return Hours(days, begin, end if end > begin else end + _MINUTES)


def _not_understood(part: str, text: str) -> ValueError:
    return ValueError(
        f"{part!r} in {text!r} is not understood: write hours like "
        "'mon-fri 20:00-06:00; sat,sun 00:00-24:00'"
    )


def _minutes(shown: str, part: str, text: str) -> int:
    hours, minutes = map(int, shown.split(":"))
    total = hours * 60 + minutes
    if minutes >= 60 or total > _MINUTES:  # noqa: PLR2004
        raise _not_understood(part, text)
    return total


def _days(shown: str, part: str, text: str) -> frozenset[int]:
    found: set[int] = set()
    for each in shown.split(","):
        names = [name.strip() for name in each.split("-")]
        if len(names) > 2 or not all(name in _DAYS for name in names):  # noqa: PLR2004
            raise _not_understood(part, text)
        first, last = _DAYS.index(names[0]), _DAYS.index(names[-1])
        found.update((first + more) % 7 for more in range((last - first) % 7 + 1))
    return frozenset(found)


def moment(day: date, minutes: int, zone: tzinfo) -> float:
    """Return when the clocks of *zone* show *minutes* after midnight of *day*, since the epoch."""
    more, minutes = divmod(minutes, _MINUTES)
    wanted = datetime.combine(
        day + timedelta(days=more), time(minutes // 60, minutes % 60), tzinfo=zone
    )
    seconds = wanted.timestamp()
    shown = datetime.fromtimestamp(seconds, zone)
    if shown.replace(tzinfo=None) == wanted.replace(tzinfo=None):
        return seconds
    return _change(wanted.replace(fold=1).timestamp(), seconds, zone)


def _change(before: float, after: float, zone: tzinfo) -> float:
    """Return the second between *before* and *after* in which the clocks of *zone* are changed."""
    offset = _offset(before, zone)
    while after - before > 1:
        middle = float((before + after) // 2)
        if _offset(middle, zone) == offset:
            before = middle
        else:
            after = middle
    return after


def _offset(seconds: float, zone: tzinfo) -> timedelta | None:
    return datetime.fromtimestamp(seconds, UTC).astimezone(zone).utcoffset()


def spans(hours: tuple[Hours, ...], now: float, zone: tzinfo) -> list[tuple[float, float]]:
    """List the spans around *now*, merged, from that of yesterday to those of next week."""
    today = datetime.fromtimestamp(now, zone).date()
    days = [today + timedelta(days=more) for more in range(-2, 9)]
    found = sorted(
        span
        for day in days
        for each in hours
        if (span := each.on(day, zone)) is not None and span[0] < span[1]
    )
    merged: list[tuple[float, float]] = found[:1]
    for _, span in pairwise(found):
        if span[0] <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], span[1]))
        else:
            merged.append(span)
    return merged


def look(hours: tuple[Hours, ...], now: float, zone: tzinfo) -> tuple[bool, float]:
    """Say whether *now* is within the hours, and when that changes, in seconds since the epoch."""
    for begin, end in spans(hours, now, zone):
        if now < begin:
            return False, begin
        if now < end:
            return True, end
    return False, now + 86_400.0
