"""The settings: the numbers that a guard was given, and how its waits grow."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from pausable.scopes.numbers import optional_seconds, seconds, whole_number

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["DEFAULT", "STEADY", "Backoff", "Settings"]


@dataclass(frozen=True, slots=True)
class Backoff:
    """Waits that grow by *factor* with each failure, to *limit* seconds, less a random part.

    The part is up to *jitter* of the wait (0 to 1), so that many processes that lost the same
    resource do not probe it in step.
    """

    factor: float = 2.0
    limit: float = 60.0
    jitter: float = 0.25

    def __post_init__(self) -> None:
        """Check the numbers.

        Raises:
            ValueError: *factor* is below 1, *limit* negative, or *jitter* not within 0 and 1.
        """
        seconds("limit", self.limit)
        if not 1.0 <= self.factor < math.inf:
            msg = f"factor must be 1 or more, not {self.factor!r}"
            raise ValueError(msg)
        if not 0.0 <= self.jitter <= 1.0:
            msg = f"jitter must be from 0 to 1, not {self.jitter!r}"
            raise ValueError(msg)

    def longest(self, every: float, failures: int) -> float:
        """Return the wait in seconds, without jitter, after so many failures in a row."""
        try:
            grown = every * self.factor**failures
        except OverflowError:
            grown = math.inf
        return max(every, min(grown, self.limit))

    def wait(self, every: float, failures: int, random: Callable[[], float]) -> float:
        """Return the wait in seconds; *random* gives numbers from 0 to 1."""
        return self.longest(every, failures) * (1.0 - self.jitter * random())


DEFAULT: Backoff = Backoff()

STEADY: Backoff = Backoff(factor=1.0, jitter=0.0)
"""No backoff: as often as ever."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The numbers that a guard was given. Times are in seconds."""

    after: int = 1  #: failures of work in a row that trip it
    every: float = 1.0  #: between looks while healthy, and to the first probe
    backoff: Backoff = DEFAULT
    recover_after: int = 1  #: good probes in a row that are wanted
    trial: bool = True
    watch: bool = False
    at_most: float | None = None  #: in which it may hold what depends on it
    stagger: float = 0.0  #: between two tasks that go after the trial

    @classmethod
    def checked(
        cls,
        after: int,
        every: float,
        backoff: Backoff,
        recover_after: int,
        *,
        trial: bool,
        watch: bool,
        at_most: float | None,
        stagger: float | None,
    ) -> Self:
        """Make them of what a user gave.

        Raises:
            TypeError: something is of the wrong kind.
            ValueError: a number is out of range.
        """
        if not isinstance(backoff, Backoff):
            msg = f"backoff must be a Backoff, not {backoff!r}"
            raise TypeError(msg)
        return cls(
            whole_number("after", after),
            seconds("every", every),
            backoff,
            whole_number("recover_after", recover_after),
            trial=bool(trial),
            watch=bool(watch),
            at_most=optional_seconds("at_most", at_most),
            stagger=optional_seconds("stagger", stagger) or 0.0,
        )
