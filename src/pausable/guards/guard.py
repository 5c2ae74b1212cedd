"""The guard: watches one shared resource, and holds what depends on it while that is away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Self, TypeAlias

from pausable._core import times
from pausable._core.numbers import whole_number
from pausable._core.times import clock
from pausable.guards.backoff import DEFAULT, STEADY, Backoff
from pausable.guards.keeper import logger
from pausable.guards.levels import Level
from pausable.guards.machine import Rules
from pausable.guards.working import Working

if TYPE_CHECKING:
    from collections.abc import Callable

    from pausable.guards.probes.calls import Probe

    Todo = list[Callable[[], object]]

__all__ = ["Guard", "GuardStatus"]

Errors: TypeAlias = type[Exception] | tuple[type[Exception], ...]


@dataclass(frozen=True, slots=True)
class GuardStatus:
    """One guard as it is."""

    name: str
    state: Literal["healthy", "tripped", "probing", "trial"]
    reason: str | None  #: why it has tripped last
    trips: int
    probes: int
    is_overridden: bool
    scopes: tuple[str, ...]  #: the pools and groups that depend on it
    trial: str | None = None  #: the task that is let through


class Guard(Working):
    """Watches one shared resource, and holds what depends on it while that is unavailable.

    It trips when work that it protects (``with db:``, `protect`, `attempts`) raises one of
    *trip_on*, *after* times in a row, or, with *watch*, when its probe fails. Then it holds the
    pools and groups that depend on it (``guards=[db]``, `take_on`) and each task that met the
    failure, and probes, less and less often. When the probe has succeeded *recover_after* times in
    a row, one task is let through as a trial. If its protected work succeeds, or it returns without
    any, the others go, too, *stagger* seconds apart; if that fails, the guard trips again.

    Guarantees: what has begun before it tripped neither trips it again nor makes it healthy. There
    are never two trials at once. A user's `resume()` does not release its holds, nor does it
    release a user's.

    Limits: a task rests at its checkpoints only; a protected block is one. All probes of the
    process run on one thread, one after the other.
    """

    def __init__(
        self,
        name: str,
        probe: Probe,
        *,
        trip_on: Errors = (),
        after: int = 1,
        every: float = 1.0,
        backoff: Backoff = DEFAULT,
        recover_after: int = 1,
        trial: bool = True,
        stagger: float | None = None,
        watch: bool = False,
    ) -> None:
        """Make a healthy guard.

        Args:
            name: What it is called.
            probe: Called to find out whether the resource is back; bad if it raises or returns
                False. See `pausable.guards.probes`.
            trip_on: The exceptions of protected work that mean that the resource is unavailable.
            after: How many of them in a row.
            every: Seconds between two looks while healthy and watching, and before the first probe.
            backoff: How the time between probes grows.
            recover_after: How many good probes in a row are wanted.
            trial: Whether one task is to try before the others go.
            stagger: Seconds between two tasks that go after the trial; all at once by default.
            watch: Whether to probe while healthy, too, as long as a pool or group depends on it.

        Raises:
            TypeError: something is of the wrong kind.
            ValueError: a number is out of range.
        """
        if not callable(probe):
            msg = f"a probe must be callable, not {probe!r}"
            raise TypeError(msg)
        if not isinstance(backoff, Backoff):
            msg = f"backoff must be a Backoff, not {backoff!r}"
            raise TypeError(msg)
        rules = Rules(
            whole_number("after", after),
            times.seconds("every", every),
            backoff,
            whole_number("recover_after", recover_after),
            trial=bool(trial),
            watch=bool(watch),
        )
        errors = check_errors("trip_on", trip_on)
        seconds = times.optional_seconds("stagger", stagger) or 0.0
        super().__init__(name, probe, rules, errors, seconds)

    @classmethod
    def level(
        cls,
        read: Callable[[], float],
        *,
        pause_above: float,
        resume_below: float,
        name: str | None = None,
        every: float = 1.0,
        stagger: float | None = None,
    ) -> Self:
        """Make a guard that watches a level, such as memory, load or the length of a queue.

        It trips when *read* returns more than *pause_above*, and is healthy again when it returns
        less than *resume_below*: a reading that hovers between them changes nothing. A reading that
        raises counts as too high. Read *every* so many seconds.

        Raises:
            ValueError: *resume_below* is above *pause_above*.
        """
        level = Level(read, pause_above, resume_below)
        return cls(
            name or level.__name__,
            level,
            every=every,
            backoff=STEADY,
            trial=False,
            stagger=stagger,
            watch=True,
        )

    # To see, and by hand.

    def status(self) -> GuardStatus:
        """Take a frozen snapshot."""
        with self._lock:
            machine, trial = self._machine, self._trial
            return GuardStatus(
                self.name,
                machine.state.value,
                machine.reason,
                machine.trips,
                machine.probes,
                machine.is_overridden,
                tuple(scope.name for scope in self._dependents.scopes()),
                None if trial is None else trial.task.name,
            )

    def override(self) -> bool:
        """Release all at once, whatever the probe says; false if the guard is not tripped.

        Bad probes count again after the first good one; failing work does at once. Logged.
        """
        overridden = False

        def change(_todo: Todo) -> None:
            nonlocal overridden
            overridden = self._machine.override(clock())

        self._change(change)
        if overridden:
            logger.warning("guard %r was overridden by hand; it had tripped: %s", *self._said())
        return overridden

    def __repr__(self) -> str:
        """Name it, and say what state it is in."""
        return f"<{type(self).__name__} {self.name!r} {self._machine.state.value}>"


def check_errors(name: str, errors: Errors) -> tuple[type[Exception], ...]:
    """Return *errors* as a tuple; raise TypeError if they are no classes of exceptions."""
    found = errors if isinstance(errors, tuple) else (errors,)
    for each in found:
        if not (isinstance(each, type) and issubclass(each, Exception)):
            msg = f"{name} must be an exception class, or a tuple of them, not {errors!r}"
            raise TypeError(msg)
    return found
