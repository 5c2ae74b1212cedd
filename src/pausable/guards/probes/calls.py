"""The probe: any callable. It is bad if it raises, or returns False; all else is good."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from pausable.errors import PausableError

__all__ = ["Probe", "ProbeFailed", "failure_of", "said"]

Probe: TypeAlias = Callable[[], object]
"""Called on the one thread that all guards of the process share: it should answer, or give up,
within a second or so."""


class ProbeFailed(PausableError, RuntimeError):
    """Raised when a probe finds that its resource does not do what is wanted of it."""


def failure_of(probe: Probe) -> str | None:
    """Call *probe*; return what was wrong, or None."""
    try:
        answer = probe()
    except BaseException as error:  # noqa: BLE001 - whatever it is, it must not end the watcher
        return said(error)
    if answer is False:
        return f"{getattr(probe, '__name__', probe)} returned False"
    return None


def said(error: BaseException) -> str:
    """Name an exception in one line."""
    text = str(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
