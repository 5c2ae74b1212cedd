"""The guard: watches one shared resource, and holds what depends on it while that is away."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from time import time as wall_clock
from typing import TYPE_CHECKING, Any, Literal, ParamSpec, Self, TypeVar, overload

from pausable.guards.attempts import Attempts, protected
from pausable.guards.keeper import Keeper, checked_name
from pausable.guards.level import Level
from pausable.guards.question import Resource
from pausable.guards.retreat import Retreat
from pausable.guards.sentry import Sentry
from pausable.guards.settings import DEFAULT, STEADY, Backoff, Settings
from pausable.scopes.common_log import WARNING, say
from pausable.scopes.numbers import optional_seconds, whole_number
from pausable.scopes.timer import clock

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from pausable.guards.question import Errors, Probe

__all__ = ["Guard", "GuardStatus"]

P = ParamSpec("P")
T = TypeVar("T")

_entries: ContextVar[Any] = ContextVar("pausable.guards.entries", default=None)
"""The epochs in which the `with` blocks around this code were entered, the innermost first."""


@dataclass(frozen=True, slots=True)
class GuardStatus:
    """One guard as it is."""

    name: str
    state: Literal["healthy", "tripped", "probing", "trial", "let go"]
    reason: str | None  #: why it has tripped last
    trips: int
    probes: int
    is_overridden: bool
    scopes: tuple[str, ...]  #: the pools and groups that depend on it
    trial: str | None = None  #: the task that is let through
    retry_at: float | None = None  #: until then it is not to ask, in seconds since the epoch


class Guard(Keeper):
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

    Limits: a task rests at its checkpoints only; a protected block is one. A probe that has not
    answered for ten seconds counts as bad, and is not called again until it does.
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
        at_most: float | None = None,
        retry_after: Callable[[Any], float | None] | None = None,
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
            at_most: Seconds for which it may hold what depends on it, from a trip to the recovery;
                for ever by default. Then it lets go: it holds nothing more until it has been
                healthy, which a good probe or a success of protected work makes it. Meanwhile it
                probes on; attempts that fail raise at once, as nobody waits for it.
            retry_after: Called with an exception that has tripped it, or that the probe has raised:
                returns in how many seconds the resource wants to be asked again, or None. By
                default `pausable.guards.retry_after`.

        Raises:
            TypeError: something is of the wrong kind.
            ValueError: a number is out of range.
        """
        resource = Resource.checked(probe, trip_on, retry_after)
        settings = Settings.checked(
            after,
            every,
            backoff,
            recover_after,
            trial=trial,
            watch=watch,
            at_most=at_most,
            stagger=stagger,
        )
        self._sentry = Sentry(checked_name(name), settings, resource)
        self._retreat = Retreat(self._sentry)
        super().__init__(self._sentry.holds)

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
        at_most: float | None = None,
    ) -> Self:
        """Make a guard that watches a level, such as memory, load or the length of a queue.

        It trips when *read* returns more than *pause_above*, and is healthy again when it returns
        less than *resume_below*: a reading that hovers between them changes nothing. A reading that
        raises counts as too high. Read *every* so many seconds. *at_most* as of any guard.

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
            at_most=at_most,
        )

    # The work that it protects.

    def __enter__(self) -> Self:
        """Rest while tripped, if this is a task; from here on failures count."""
        machine = self._sentry.machine
        if machine.state.holds:
            self._retreat.enter()
        _entries.set((machine.epoch, _entries.get()))
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Note how it went. The exception passes."""
        epoch, outer = _entries.get() or (-1, None)
        _entries.set(outer)
        self._sentry.work_ended(epoch, exc)

    async def __aenter__(self) -> Self:
        """Do as `with` does: in a task, the task rests, with its whole event loop."""
        return self.__enter__()

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Note how it went. The exception passes."""
        self.__exit__(exc_type, exc, tb)

    def attempts(self, *, tries: int | None = None, timeout: float | None = None) -> Attempts:
        """Return the attempts at one piece of work, which is tried again after each recovery.

        ::

            for attempt in db.attempts():
                with attempt:
                    store(row)

        Only exceptions of *trip_on* lead to another try. After *tries* of them, or *timeout*
        seconds of waiting in all, the last one is raised. The work must be safe to repeat. Outside
        any task the calling thread waits; ``async for`` outside a task blocks no event loop.
        """
        most = None if tries is None else whole_number("tries", tries)
        limit = None if timeout is None else optional_seconds("timeout", timeout)
        return Attempts(self._retreat, most, limit)

    @overload
    def protect(self, fn: Callable[P, T], /) -> Callable[P, T]: ...
    @overload
    def protect(
        self, /, *, tries: int | None = None, timeout: float | None = None
    ) -> Callable[[Callable[P, T]], Callable[P, T]]: ...
    def protect(
        self,
        fn: Callable[P, T] | None = None,
        /,
        *,
        tries: int | None = None,
        timeout: float | None = None,
    ) -> Any:
        """Decorate a function, or a coroutine function, whose calls are attempts: see `attempts`.

        As ``@db.protect``, or with limits: ``@db.protect(tries=3)``.
        """
        self.attempts(tries=tries, timeout=timeout)  # bad limits are refused here and now
        make = partial(self.attempts, tries=tries, timeout=timeout)
        return partial(protected, make) if fn is None else protected(make, fn)

    # To see, to wait, and by hand.

    def wait_healthy(self, timeout: float | None = None) -> bool:
        """Wait until it is healthy, *timeout* seconds at most; return whether it is.

        A task that waits so counts as at rest.

        Raises:
            RuntimeError: called by a probe, or by a finalizer that has interrupted the guard: it
                would wait for itself.
        """
        return self._retreat.wait_healthy(timeout)

    def status(self) -> GuardStatus:
        """Take a frozen snapshot."""
        return self._holds.ask(self._status)

    def _status(self) -> GuardStatus:
        machine, trial = self._sentry.machine, self._sentry.trial
        return GuardStatus(
            self.name,
            machine.state.value,
            machine.reason,
            machine.trips,
            machine.probes,
            machine.is_overridden,
            self._holds.names(),
            None if trial is None else trial.task.name,
            wall_clock() + left if (left := machine.not_before - clock()) > 0 else None,
        )

    def override(self) -> bool:
        """Release all at once, whatever the probe says; false if the guard is not tripped.

        Bad probes count again after the first good one; failing work does at once. Logged.
        """
        machine = self._sentry.machine
        is_overridden = self._holds.decide(machine.override, clock())
        if is_overridden:
            text = "guard %r was overridden by hand; it had tripped: %s"
            say(WARNING, text, self.name, machine.reason)
        return is_overridden

    def __repr__(self) -> str:
        """Name it, and say what state it is in."""
        return f"<{type(self).__name__} {self.name!r} {self._sentry.machine.state.value}>"
