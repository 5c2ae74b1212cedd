"""The remarks: what is said to whoever has started a program: on standard error, and nowhere else.

The program may have handlers of the log, that write into its output or a file: what is paused there
is nothing of its own.
"""

from __future__ import annotations

import logging
import sys

from pausable._core.log import logger

__all__ = ["keep_apart", "say"]


def say(sentence: str) -> None:
    """Write a line to standard error, if there is one."""
    if sys.stderr is not None:
        sys.stderr.write(f"pausable: {sentence}\n")


class _Handler(logging.Handler):
    """Says what is logged."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            say(self.format(record))
        except Exception:  # noqa: BLE001 - as all handlers do
            self.handleError(record)


def keep_apart() -> None:
    """Have warnings of ours said, and nothing of ours logged by the program.

    A program that knows us, and has handlers for our very logger, sees what they let through.
    """
    logger.propagate = False
    logger.addHandler(_Handler(logging.WARNING))
