"""A form: one way of code to go on for ever. A run of a form counts what it does."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from helpers import until

from pausable._core.gil import HAS_GIL

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["PATIENCE", "Form", "Run", "form", "registry"]

# Seconds in which what must happen has happened, on the slowest machine. Without the GIL all code of
# the process has events while a chase lasts, and threads that are busy make each other wait.
PATIENCE = 30.0 if HAS_GIL else 120.0


@dataclass(frozen=True)
class Form:
    """One form: a function that never returns, and what is known of it."""

    name: str
    body: Callable[[Run], object]
    counts: bool = True  # whether it can say, by `Run.seen`, that it goes on

    def __str__(self) -> str:
        return self.name


class Run:
    """A form as a task: `seen` moves as long as it runs, `finals` counts the clean-ups at its end."""

    def __init__(self, form: Form) -> None:
        self.form = form
        self.began = threading.Event()
        self.seen = 0
        self.finals = 0

    def __call__(self) -> None:
        try:
            self.began.set()
            self.form.body(self)
        finally:
            self.finals += 1

    def wait_under_way(self) -> None:
        """Wait until the form has begun and, where it counts, has come round."""
        assert self.began.wait(PATIENCE), f"{self.form} has not begun"
        self.wait_moved(0)

    def wait_moved(self, since: int) -> None:
        """Wait until the form has gone on from where `seen` was *since*."""
        if self.form.counts:
            until(lambda: self.seen != since, PATIENCE, f"{self.form} goes on")


registry: list[Form] = []
"""All forms whose modules have been imported; `preempt.forms` imports them all."""


def form(body: Callable[[Run], object] | None = None, *, counts: bool = True):
    """Make a form of a function: a decorator."""

    def enter(body: Callable[[Run], object]) -> Callable[[Run], object]:
        registry.append(Form(body.__name__, body, counts))
        return body

    return enter if body is None else enter(body)
