"""The recipe, with a way to know that all tasks wait: an event, a counter and a second event.

It is the fastest that we know of. A `Barrier` does the same more slowly, since it wakes everybody
who waits at it.
"""

from __future__ import annotations

from threading import Event, Lock

__all__ = ["Recipe"]


class Recipe:
    """What a program that uses the recipe would write to know when everything rests."""

    def __init__(self, tasks: int) -> None:
        """Be open, for so many tasks."""
        self.open = Event()
        self.open.set()
        self.tasks = tasks
        self.waiting = 0
        self.lock = Lock()
        self.all_wait = Event()

    def check(self) -> None:
        """Wait here while paused."""
        if not self.open.is_set():
            with self.lock:
                self.waiting += 1
                if self.waiting == self.tasks:
                    self.all_wait.set()
            self.open.wait()
            with self.lock:
                self.waiting -= 1

    def pause(self) -> None:
        """Pause, and wait until all tasks wait."""
        self.all_wait.clear()
        self.open.clear()
        self.all_wait.wait()

    def resume(self) -> None:
        """Let all tasks go on."""
        self.open.set()
