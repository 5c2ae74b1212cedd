"""The log: lines of the package's logger, as calls for an outbox.

A handler of the log is foreign code: it may raise, block, or call back. Nobody logs but through an
outbox, which calls it where that harms nobody.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from pausable._core.outbox import Outbox, is_ctrl_c

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "CRITICAL",
    "ERROR",
    "INFO",
    "WARNING",
    "is_logged",
    "log",
    "logger",
    "put_line",
    "stdlib_logger",
]

INFO, WARNING, ERROR, CRITICAL = logging.INFO, logging.WARNING, logging.ERROR, logging.CRITICAL

logger: logging.Logger = logging.getLogger("pausable")
stdlib_logger: logging.Logger = logging.getLogger("concurrent.futures")
"""For what the stdlib's pool logs."""


is_logged: Callable[[int], bool] = logger.isEnabledFor
"""Says whether anybody wants lines of a level: to be asked first where they are seldom wanted."""


def put_line(
    outbox: Outbox,
    level: int,
    text: str,
    *args: object,
    error: BaseException | None = None,
    to: logging.Logger = logger,
) -> None:
    """Put a line for the log into *outbox*, if anybody wants it; it is to be delivered later."""
    if to.isEnabledFor(level):
        outbox.append(partial(log, level, text, *args, error=error, to=to))


def log(
    level: int,
    text: str,
    *args: object,
    error: BaseException | None = None,
    to: logging.Logger = logger,
) -> None:
    """Log a line here and now, whatever the handlers raise. On a thread that may call them."""
    try:
        to.log(level, text, *args, exc_info=error)
    except BaseException as failure:
        if is_ctrl_c(failure):
            raise
