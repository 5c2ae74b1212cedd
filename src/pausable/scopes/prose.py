"""Prose: foreign text and durations as a person reads them, within a line. Pure."""

from __future__ import annotations

__all__ = ["plain", "short"]

_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86400.0


def short(seconds: float) -> str:
    """Say how long something took, to two or three digits."""
    if seconds < 10:  # noqa: PLR2004 - digits
        return f"{seconds:.1f} s"
    if seconds < 2 * _MINUTE:
        return f"{seconds:.0f} s"
    if seconds < 2 * _HOUR:
        return f"{seconds / _MINUTE:.0f} min"
    if seconds < 2 * _DAY:
        return f"{seconds / _HOUR:.1f} h"
    return f"{seconds / _DAY:.1f} d"


def plain(text: str) -> str:
    """Return *text* in one line; what a terminal would take for a command is an escape."""
    if text.isprintable():
        return text
    return "".join(map(_plain, text))


def _plain(each: str) -> str:
    if each.isprintable():
        return each
    return " " if each.isspace() else repr(each)[1:-1]
