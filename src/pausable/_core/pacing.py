"""The pace: after a staggered resume, tasks of a scope go one by one, so many seconds apart.

It ends when as many have gone as rested or fit into the slots, whichever is more: from then on a
task only goes when another has ended.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pausable._core.gates import Cancellable

__all__ = ["Pace"]


class Pace:
    """One staggered resume of one scope. Pure: whoever lets a task go asks when the next may."""

    __slots__ = ("alarm", "interval", "is_ready", "jitter", "left")

    def __init__(self, interval: float, jitter: float, tasks: int) -> None:
        """Let *tasks* tasks go, *interval* seconds apart, and up to *jitter* more at random."""
        self.interval: float = interval
        self.jitter: float = jitter
        self.left: int = tasks
        self.is_ready: bool = True
        self.alarm: Cancellable | None = None  # what will make it ready again

    def let_one_go(self) -> float | None:
        """Note that a task has gone; return in how many seconds the next may, None for at once."""
        self.left -= 1
        if self.left <= 0:
            return None
        self.is_ready = False
        return self.interval + random.uniform(0.0, self.jitter)  # noqa: S311 - spreads load only
