"""A note: lines of ours on a terminal where the program writes, too. Pure.

The program may have left the cursor behind a prompt, or behind a progress bar that it will not draw
again while its tasks rest. So a note is put above the line of the cursor, which stays as it is,
with the cursor in it, and is pushed down. With what every terminal has had since the VT100.
"""

from __future__ import annotations

import os
from textwrap import wrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["NAME", "note"]

NAME = "[pausable]"

_SAVE, _RESTORE = "\x1b7", "\x1b8"
_DOWN, _UP = "\x1bD", "\x1bM"  # and scroll, at an edge
_INSERT, _FORWARD = "\x1b[{}L", "\x1b[{}B"
_INDENT = "    "
_NARROW = 20
_POOR = {"", "dumb", "unknown"}


def note(lines: Sequence[str], size: tuple[int, int]) -> str:
    """Return what to write for *lines*, of which the first gets our name.

    *size* is that of the terminal, in columns and lines.
    """
    columns, height = size
    first, *more = lines
    rows = [row for line in (f"{NAME} {first}", *more) for row in _folded(line, columns)]
    if os.environ.get("TERM", "") in _POOR or len(rows) >= height:
        return "".join(f"\r{row}\r\n" for row in rows)
    number = len(rows)
    room = _DOWN * number + _UP * number + _SAVE + "\r" + _INSERT.format(number)
    return room + "\r\n".join(rows) + _RESTORE + _FORWARD.format(number)


def _folded(line: str, columns: int) -> list[str]:
    """Fold a line that is too long, between words: the rows must be counted."""
    width = max(columns - 1, _NARROW)
    return [line] if len(line) <= width else wrap(line, width, subsequent_indent=_INDENT)
