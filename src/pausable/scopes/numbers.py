"""Numbers: the check of those that users give, whole ones and seconds."""

from __future__ import annotations

import math
import operator

from pausable._core.parker import LONGEST

__all__ = [
    "any_seconds",
    "any_whole_number",
    "check_workers",
    "is_count",
    "optional_seconds",
    "seconds",
    "whole_number",
]


def whole_number(name: str, value: int) -> int:
    """Return *value* if it is a whole number above 0.

    Raises:
        TypeError: it is no whole number.
        ValueError: it is below 1.
    """
    number = any_whole_number(name, value)
    if number < 1:
        msg = f"{name} must be 1 or more, not {number}"
        raise ValueError(msg)
    return number


def any_whole_number(name: str, value: int) -> int:
    """Return *value* if it is a whole number, also below 0.

    Raises:
        TypeError: it is none.
        ValueError: it is NaN.
    """
    try:
        return operator.index(value)
    except TypeError:
        if isinstance(value, float) and math.isnan(value):
            msg = f"{name} must be a whole number, not NaN"
            raise ValueError(msg) from None
        msg = f"{name} must be a whole number, not {value!r}"
        raise TypeError(msg) from None


def check_workers(name: str, value: float) -> float:
    """Return for how many at once *value* stands: a whole number above 0, or infinity.

    As in the stdlib, whose message the one for workers is, 2.5 is as good as 3: there is room for
    one more as long as there are fewer than that.

    Raises:
        TypeError: it is no number.
        ValueError: it is not above 0, or NaN.
    """
    try:
        number: float = operator.index(value)  # type: ignore[arg-type]  # that is what is tried
    except TypeError:
        if not hasattr(type(value), "__float__"):
            msg = f"{name} must be a whole number, not {value!r}"
            raise TypeError(msg) from None
        number = float(value)
    if math.isnan(number):
        msg = f"{name} must be a whole number, not NaN"
        raise ValueError(msg)
    if number <= 0:
        msg = f"{name} must be greater than 0"
        raise ValueError(msg)
    return number if math.isinf(number) else math.ceil(number)


def is_count(value: object) -> bool:
    """Say whether *value* could be a number of workers."""
    try:
        check_workers("a count", value)  # type: ignore[arg-type]  # that is what is asked
    except (TypeError, ValueError):
        return False
    return True


def seconds(name: str, value: float) -> float:
    """Return *value* as a float of seconds; raise if it is no number, NaN or negative."""
    number = any_seconds(name, value)
    if number < 0:
        raise _wrong_seconds(name, value)
    return number


def any_seconds(name: str, value: float) -> float:
    """Return *value* as a float of seconds, also below 0; raise if it is no number, or NaN."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        msg = f"{name} must be a number of seconds, not {value!r}"
        raise TypeError(msg)
    try:
        number = float(value)
    except OverflowError:  # a huge int
        number = math.copysign(math.inf, value > 0 or -1)
    if math.isnan(number):
        raise _wrong_seconds(name, value)
    return number


def _wrong_seconds(name: str, value: float) -> ValueError:
    return ValueError(f"{name} must be zero or more seconds, not {value!r}")


def optional_seconds(name: str, value: float | None) -> float | None:
    """Return *value* checked like `seconds`; None and what no lock can wait for mean "for ever"."""
    if value is None:
        return None
    checked = seconds(name, value)
    return checked if checked < LONGEST else None
