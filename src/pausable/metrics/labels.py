"""The labels of metrics: which pool and which group, in a bounded number.

Each label makes a series, which the server keeps for long. Pools and groups may be made by the
thousand, with names that count up, and reasons are free text: none of that becomes a label as it
is.
"""

from __future__ import annotations

import re
from typing import TypeAlias

__all__ = ["KINDS", "OTHER", "PROCESS", "Label", "Labels", "kind_label"]

Label: TypeAlias = tuple[str, str]
"""A pool and a group of it; no group for what the pool runs itself."""

PROCESS: Label = ("", "")
OTHER: Label = ("(other)", "")
KINDS = ("pause", "process", "guard", "fault")  # of holds
_MOST = 200
_LONGEST = 100  # characters
_NUMBERED = re.compile(r"(ThreadPoolExecutor)-\d+")  # as the stdlib names those without a name


class Labels:
    """Gives out labels; when there are too many, all others are one."""

    def __init__(self, most: int = _MOST) -> None:
        """Begin without any."""
        self._most = most
        self._given: set[Label] = set()

    def give(self, pool: str, group: str) -> Label:
        """Return the label of a group of a pool, both by name; of the pool, if that is empty."""
        match = _NUMBERED.fullmatch(pool)
        label = ((match[1] if match else pool)[:_LONGEST], group[:_LONGEST])
        if label not in self._given:
            if len(self._given) >= self._most:
                return OTHER
            self._given.add(label)
        return label


def kind_label(kind: str) -> str:
    """Return the label of a kind of holds."""
    return kind if kind in KINDS else "other"
