"""Moments: a time of day instead of a duration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable._core.times import wall_clock

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["duration_to"]


def duration_to(until: datetime | None, duration: float | None) -> float | None:
    """Return the seconds from now to *until*, at least zero; *duration* if there is no *until*.

    A naive datetime is in local time, as everywhere in the stdlib.

    Raises:
        TypeError: *until* is no datetime.
        ValueError: both are given.
    """
    if until is None:
        return duration
    from datetime import datetime  # noqa: PLC0415

    if not isinstance(until, datetime):
        msg = f"until must be a datetime, not {until!r}"
        raise TypeError(msg)
    if duration is not None:
        msg = "a hold ends after a duration, or at the moment until, not both"
        raise ValueError(msg)
    return max(until.timestamp() - wall_clock(), 0.0)
