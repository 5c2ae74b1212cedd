"""The dialects that are known, by the version of CPython, and the one that is spoken here."""

from __future__ import annotations

import sys
from typing import Final

from pausable._preempt.analysis import python3_11, python3_12, python3_13, python3_14
from pausable._preempt.analysis.dialect import Dialect

__all__ = ["HERE", "dialect_of"]

_DIALECTS = {
    (3, 11): python3_11.DIALECT,
    (3, 12): python3_12.DIALECT,
    (3, 13): python3_13.DIALECT,
    (3, 14): python3_14.DIALECT,
}


def dialect_of(version: tuple[int, int]) -> Dialect:
    """Return the dialect of a version; of another one than these nothing is understood."""
    return _DIALECTS.get(version, Dialect())


HERE: Final[Dialect] = dialect_of(sys.version_info[:2])
