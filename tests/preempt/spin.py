"""The simplest task without a checkpoint."""

from __future__ import annotations

import inspect
import threading

from helpers import until
from preempt.form import PATIENCE

__all__ = ["Spin", "line_of", "spinning"]


class Spin:
    """A task that goes round, and counts, without a checkpoint, until it is let go."""

    def __init__(self) -> None:
        self.began = threading.Event()
        self.rounds = 0
        self.is_over = False

    def __call__(self) -> int:
        self.began.set()
        while not self.is_over:
            self.rounds += 1
        return self.rounds

    def wait_moved(self) -> None:
        """Wait until it has gone on."""
        assert self.began.wait(PATIENCE)
        before = self.rounds
        until(lambda: self.rounds > before, PATIENCE)


def spinning(scope, **options):
    """Submit a task that spins; return it and its future, under way."""
    spin = Spin()
    future = (scope.options(**options) if options else scope).submit(spin)
    spin.wait_moved()
    return spin, future


def line_of(function, marker: str) -> int:
    """Find the line of a function that has a marker in a comment."""
    lines, first = inspect.getsourcelines(function)
    return first + next(number for number, line in enumerate(lines) if f"# {marker}" in line)
