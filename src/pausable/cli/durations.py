"""Durations, as people type them: `30s`, `1h30m`, `07:00`."""

from __future__ import annotations

import argparse
import re
import time

__all__ = ["duration", "until"]

_SECONDS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "min": 60.0, "s": 1.0, "ms": 0.001}
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(d|h|min|ms|m|s)\s*")
_ALONE = re.compile(r"\s*\d+(?:\.\d+)?\s*")
_MOMENT = re.compile(r"(?:(\d{4})-(\d\d?)-(\d\d?)[T ])?(\d\d?):(\d\d)(?::(\d\d))?")


def duration(text: str) -> float:
    """Return the seconds that *text* says: a number of them, or like 90s, 5m, 1h30m, 2d.

    Raises:
        argparse.ArgumentTypeError: it says none, or nothing that is more than zero.
    """
    at, seconds = 0, 0.0
    if _ALONE.fullmatch(text):
        at, seconds = len(text), float(text)
    while at < len(text):
        part = _PART.match(text, at)
        if part is None:
            break
        seconds += float(part[1]) * _SECONDS[part[2]]
        at = part.end()
    if at < len(text) or seconds <= 0:
        msg = f"{text!r} is no duration: say 30s, 5m, 1h30m or a number of seconds"
        raise argparse.ArgumentTypeError(msg)
    return seconds


def until(text: str) -> float:
    """Return how many seconds are left until a moment of the local clock: 07:00, 2030-12-24 18:00.

    A time without a date is the next one, today or tomorrow; a change of the clocks that comes
    before it is counted.

    Raises:
        argparse.ArgumentTypeError: it is no moment, or one that has passed.
    """
    found = _MOMENT.fullmatch(text.strip())
    if found is None:
        msg = f"{text!r} is no moment: say 07:00, or 2030-12-24 18:00"
        raise argparse.ArgumentTypeError(msg)
    year, month, day, hour, minute, second = (int(each or 0) for each in found.groups())
    now = time.time()
    today = time.localtime(now)
    if not year:
        year, month, day = today.tm_year, today.tm_mon, today.tm_mday
    left = _moment(text, (year, month, day, hour, minute, second)) - now
    if left <= 0 and not found[1]:
        left = _moment(text, (year, month, day + 1, hour, minute, second)) - now
    if left <= 0:
        msg = f"{text!r} has passed"
        raise argparse.ArgumentTypeError(msg)
    return left


def _moment(text: str, parts: tuple[int, int, int, int, int, int]) -> float:
    year, month, day, hour, minute, second = parts
    in_range = 1 <= month <= 12 and 1 <= day <= 32 and hour <= 23 and minute <= 59 and second <= 59  # noqa: PLR2004 - the calendar's
    if not in_range:
        msg = f"{text!r} is no moment: there is no such time"
        raise argparse.ArgumentTypeError(msg)
    return time.mktime((year, month, day, hour, minute, second, 0, 0, -1))
