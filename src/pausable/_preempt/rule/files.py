"""Whether a file is locked through its descriptor: asked of the system, which alone knows.

Linux says so in `/proc`: for `flock` and `lockf`, whoever has called them. Elsewhere it cannot be
asked, and what was locked counts as locked until the code says otherwise.
"""

from __future__ import annotations

import io
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from pausable._preempt.rule import objects
from pausable._preempt.rule.objects import is_a

__all__ = ["is_file", "is_locked"]

_BUFFERED = (io.BufferedReader, io.BufferedWriter, io.BufferedRandom)
_FDINFO = Path("/proc/self/fdinfo")
_CLOSED = -1
_MUCH = 4096  # bytes; what comes before the locks is short


def is_file(value: object) -> bool:
    """Tell whether a value is an open or closed file of the stdlib."""
    return is_a(value, io.TextIOWrapper, io.FileIO, *_BUFFERED)


def is_locked(value: object) -> bool | None:
    """Tell whether a file, or the one of a descriptor, is locked through it; None if unknown."""
    number = _descriptor(value)
    if number is None or number == _CLOSED:
        return None if number is None else False
    try:
        info = os.open(f"{_FDINFO}/{number}", os.O_RDONLY)
    except OSError:
        return False if _FDINFO.exists() else None
    try:
        return b"\nlock:" in os.read(info, _MUCH)
    except OSError:
        return None
    finally:
        os.close(info)


def _descriptor(value: object) -> int | None:
    if type(value) is int:
        return value
    wrapped = objects.attribute(value, "file")  # of tempfile's
    raw: Any = wrapped if is_file(wrapped) else value
    with suppress(ValueError, AttributeError):  # it is closed, or detached
        if is_a(raw, io.TextIOWrapper):
            raw = vars(io.TextIOWrapper)["buffer"].__get__(raw)
        for kind in _BUFFERED:
            if is_a(raw, kind):
                raw = vars(kind)["raw"].__get__(raw)
        if is_a(raw, io.FileIO):
            return io.FileIO.fileno(raw)
        return None
    return _CLOSED
