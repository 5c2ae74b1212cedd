"""Whole numbers: the check of those that users give."""

from __future__ import annotations

import operator

__all__ = ["whole_number"]


def whole_number(name: str, value: int) -> int:
    """Return *value* if it is a whole number above 0.

    Raises:
        TypeError: it is no whole number.
        ValueError: it is below 1.
    """
    try:
        number = operator.index(value)
    except TypeError:
        msg = f"{name} must be a whole number, not {value!r}"
        raise TypeError(msg) from None
    if number < 1:
        msg = f"{name} must be 1 or more, not {number}"
        raise ValueError(msg)
    return number
