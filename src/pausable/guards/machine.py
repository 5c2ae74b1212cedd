"""The guard's machine: when it trips, probes, lets one task try, and is healthy again.

Pure: readings and the time go in, the state comes out; no thread, no clock, no hold. Whoever calls
holds the guard's lock, and afterwards makes the holds, the trial and the next look (`due`) what the
machine says they are to be.

    healthy --(work failed `after` times in a row, or the probe did)--> tripped
    tripped --(it is time)--> probing --(bad)--> tripped, for longer
    probing --(good, fewer than `recover_after` in a row)--> tripped
    probing --(good)--> trial, or healthy where no trial is wanted
    trial --(its work succeeded, or there is nobody to try)--> healthy
    trial --(its work failed)--> tripped, for longer

A reading counts only if what it tells of began in the present epoch. A new one begins whenever the
guard trips, begins a trial or recovers:

    1. The tasks A and B are in the midst of a request; the server goes down. 2. A fails: the guard
    trips. 3. The server is back, the probe and the trial succeed. 4. Only now B's request times
    out. It tells of 1, not of now: it trips nothing.
"""

from __future__ import annotations

import random as stdlib_random
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from pausable.guards.backoff import DEFAULT, Backoff

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Machine", "Rules", "State"]


class State(Enum):
    """What a guard is; the words are those of its status and its log."""

    HEALTHY = "healthy"
    TRIPPED = "tripped"
    PROBING = "probing"
    TRIAL = "trial"


@dataclass(frozen=True, slots=True)
class Rules:
    """The numbers that a guard was given. Times are in seconds."""

    after: int = 1  #: failures of work in a row that trip it
    every: float = 1.0  #: between looks while healthy, and to the first probe
    backoff: Backoff = DEFAULT
    recover_after: int = 1  #: good probes in a row that are wanted
    trial: bool = True
    watch: bool = False


class Machine:
    """The state of one guard. Moments are on the monotonic clock."""

    def __init__(self, rules: Rules, random: Callable[[], float] = stdlib_random.random) -> None:
        """Begin healthy; *random* gives numbers from 0 to 1."""
        self.rules = rules
        self.state: State = State.HEALTHY
        self.epoch: int = 0
        self.reason: str | None = None  # why it has tripped last
        self.due: float | None = None  # when to look: to probe, or after the trial
        self.failures: int = 0  # of work, in a row
        self.trips: int = 0
        self.probes: int = 0
        self.is_overridden: bool = False  # bad probes do not count until a good one
        self._good: int = 0  # probes in a row
        self._bad: int = 0  # probes and trials since it was healthy: the longer the wait
        self._random = random

    # The work that it protects.

    def work_failed(self, epoch: int, why: str, now: float) -> None:
        """Note that work which began in *epoch* met a failure."""
        if epoch != self.epoch:
            return
        if self.state is State.HEALTHY:
            self.failures += 1
            if self.failures >= self.rules.after:
                self._trip(why, now)
        elif self.state is State.TRIAL:
            self._bad += 1
            self._trip(why, now)

    def work_succeeded(self, epoch: int, now: float) -> None:
        """Note that work which began in *epoch* went well."""
        if epoch != self.epoch:
            return
        if self.state is State.HEALTHY:
            self.failures = 0
        elif self.state is State.TRIAL:
            self._recover(now)

    # The probe.

    def watch(self, now: float) -> None:
        """Look at once, unless it is to look later: there is something that depends on it."""
        is_to_look = self.state is State.TRIPPED or (
            self.state is State.HEALTHY and self.rules.watch
        )
        if is_to_look and self.due is None:
            self.due = now

    def rest(self) -> bool:
        """Look no more for now: there is nothing left that depends on it. False if it must."""
        if self.state not in (State.HEALTHY, State.TRIPPED):
            return False
        self.due = None
        return True

    def begin_probe(self) -> bool:
        """Say whether the resource is to be probed now."""
        if self.state is State.TRIPPED:
            self.state = State.PROBING
        is_wanted = self.state is State.PROBING or (
            self.state is State.HEALTHY and self.rules.watch
        )
        self.due = None
        self.probes += is_wanted
        return is_wanted

    def probe_succeeded(self, now: float) -> None:
        """Note that the probe which was begun went well."""
        if self.state is State.HEALTHY:
            self.is_overridden = False
            self._look_later(now)
        if self.state is not State.PROBING:
            return
        self._good += 1
        if self._good < self.rules.recover_after:
            self.state = State.TRIPPED
            self.due = now + self.rules.every
        elif self.rules.trial:
            self.state = State.TRIAL
            self.begin_trial(now)
        else:
            self._recover(now)

    def probe_failed(self, why: str, now: float) -> None:
        """Note that the probe which was begun failed."""
        if self.state is State.HEALTHY:
            if not self.is_overridden:
                self._trip(why, now)
            self._look_later(now)
        elif self.state is State.PROBING:
            self.reason = why
            self._bad += 1
            self._wait(now)

    # The trial.

    def begin_trial(self, now: float) -> None:
        """Begin the trial, or begin it again with another task: the last one has told nothing."""
        if self.state is State.TRIAL:
            self.epoch += 1
            self.look_again(now)

    def look_again(self, now: float) -> None:
        """Look after the trial later."""
        if self.state is State.TRIAL:
            self.due = now + self.rules.backoff.longest(self.rules.every, self._bad)

    def skip_trial(self, now: float) -> None:
        """Be healthy without a trial: there is nobody to try."""
        if self.state is State.TRIAL:
            self._recover(now)

    # By hand.

    def override(self, now: float) -> bool:
        """Be healthy, whatever the probe says until it succeeds; False if it is healthy."""
        if self.state is State.HEALTHY:
            return False
        self._recover(now)
        self.is_overridden = True
        return True

    def _trip(self, why: str, now: float) -> None:
        self.epoch += 1
        self.trips += 1
        self.reason = why
        self.is_overridden = False
        self._wait(now)

    def _wait(self, now: float) -> None:
        self.state = State.TRIPPED
        self.failures = self._good = 0
        rules = self.rules
        self.due = now + rules.backoff.wait(rules.every, self._bad, self._random)

    def _recover(self, now: float) -> None:
        self.state = State.HEALTHY
        self.epoch += 1
        self.failures = self._good = self._bad = 0
        self.due = None
        self._look_later(now)

    def _look_later(self, now: float) -> None:
        if self.state is State.HEALTHY and self.rules.watch:
            self.due = now + self.rules.every
