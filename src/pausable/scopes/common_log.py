"""The common log: lines that belong to no pool, in an outbox of their own.

For whoever has nothing to do with one pool: a guard, a timer, the process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable._core.log import CRITICAL, ERROR, INFO, WARNING, is_logged, logger, put_line
from pausable._core.outbox import Outbox

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable

__all__ = [
    "CRITICAL",
    "ERROR",
    "INFO",
    "WARNING",
    "deliver_lines",
    "forget_lines",
    "is_logged",
    "leave_word",
    "note",
    "say",
]

_lines = Outbox()

forget_lines: Callable[[], None] = _lines.forget_all
"""For a forked child, which has inherited lines but no thread."""


deliver_lines: Callable[[], None] = _lines.deliver
"""Logs what was noted. Outside all locks."""


def note(level: int, text: str, *args: object) -> None:
    """Note a line that is to be logged later, by `deliver_lines`: for who is under a lock."""
    put_line(_lines, level, text, *args)


def say(
    level: int,
    text: str,
    *args: object,
    error: BaseException | None = None,
    to: logging.Logger = logger,
) -> None:
    """Log a line that no pool's outbox is there for, on any thread. In the order of the calls."""
    put_line(_lines, level, text, *args, error=error, to=to)
    _lines.deliver()


def leave_word(level: int, text: str, *args: object, error: BaseException | None = None) -> None:
    """Have a line logged by another thread: this one is in the midst of somebody's code."""
    put_line(_lines, level, text, *args, error=error)
    if _lines:
        _lines.hand_over()
