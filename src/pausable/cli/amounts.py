"""Amounts, as people type them: how many tasks are listed, how often is looked."""

from __future__ import annotations

import argparse

__all__ = ["count", "rate"]


def count(text: str) -> int:
    """Return a number of things.

    Raises:
        argparse.ArgumentTypeError: it is none.
    """
    if not (text.isascii() and text.isdecimal()):
        msg = f"{text!r} is no number of things: say 0, 1, 2 and so on"
        raise argparse.ArgumentTypeError(msg)
    return int(text)


def rate(text: str) -> float:
    """Return how many times a second.

    Raises:
        argparse.ArgumentTypeError: it is no number, or not more than zero.
    """
    try:
        found = float(text)
    except ValueError:
        found = 0.0
    if not 0.0 < found < float("inf"):
        msg = f"{text!r} is no rate: say how many times a second, as 1 or 0.5"
        raise argparse.ArgumentTypeError(msg)
    return found
