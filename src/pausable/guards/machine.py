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
    tripped, probing, trial --(for `at_most` seconds in all)--> let go
    let go --(a probe is good, or its work succeeded)--> healthy

Let go, it holds nothing, and failures do not trip it: so it does not hold the same outage twice. It
probes on, to see the end of it.

A reading counts only if what it tells of began in the present epoch. A new one begins whenever the
guard trips, begins a trial or recovers:

    1. The tasks A and B are in the midst of a request; the server goes down. 2. A fails: the guard
    trips. 3. The server is back, the probe and the trial succeed. 4. Only now B's request times
    out. It tells of 1, not of now: it trips nothing.
"""

from __future__ import annotations

import random as stdlib_random
from enum import Enum
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable

    from pausable.guards.question import Failure, Question
    from pausable.guards.settings import Settings

__all__ = ["SHORTEST", "Machine", "State"]

SHORTEST = 0.01  # seconds to the next probe: whatever the numbers say, never at full speed


class State(Enum):
    """What a guard is, as its status says it, and whether what depends on it is to be held."""

    holds: bool

    HEALTHY = ("healthy", False)
    TRIPPED = ("tripped", True)
    PROBING = ("probing", True)
    TRIAL = ("trial", True)
    LET_GO = ("let go", False)

    def __new__(cls, word: str, holds: bool) -> Self:
        """Make one whose value is the word."""
        state = object.__new__(cls)
        state._value_ = word
        state.holds = holds
        return state


class Machine:
    """The state of one guard. Moments are on the monotonic clock."""

    def __init__(
        self, settings: Settings, random: Callable[[], float] = stdlib_random.random
    ) -> None:
        """Begin healthy; *random* gives numbers from 0 to 1."""
        self.settings = settings
        self.state: State = State.HEALTHY
        self.epoch: int = 0
        self.reason: str | None = None  # why it has tripped last
        self.due: float | None = None  # when to look: to probe, or after the trial
        self.let_go_at: float | None = None  # when it has held for long enough
        self.not_before: float = 0.0  # the resource asked not to be asked until then
        self.failures: int = 0  # of work, in a row
        self.question: Question | None = None  # that has no answer yet
        self.trips: int = 0
        self.probes: int = 0
        self.is_overridden: bool = False  # bad probes do not count until a good one
        self._good: int = 0  # probes in a row
        self._bad: int = 0  # probes and trials since it was healthy: the longer the wait
        self._next: float = 0.0  # when it was to probe, although nobody depended on it for a while
        self._random = random

    # The work that it protects. A delay is what the resource asked for, in seconds from now.

    def work_failed(self, epoch: int, why: str, now: float, delay: float | None = None) -> None:
        """Note that work which began in *epoch* met a failure; one that says when trips at once."""
        if epoch == self.epoch and self.state is State.HEALTHY:
            self.failures += 1
            if self.failures >= self.settings.after or delay:
                self._trip(why, now, delay)
        elif epoch == self.epoch and self.state is State.TRIAL:
            self._bad += 1
            self._trip(why, now, delay)
        elif self.state is not State.HEALTHY:  # when to come back it says of any epoch
            self._heed(now, delay)

    def work_succeeded(self, epoch: int, now: float) -> None:
        """Note that work which began in *epoch* went well."""
        if epoch != self.epoch:
            return
        if self.state is State.HEALTHY:
            self.failures = 0
        elif self.state in (State.TRIAL, State.LET_GO):
            self._recover(now)

    # The probe.

    def watch(self, now: float) -> None:
        """Look soon, unless it is to look later: there is something that depends on it.

        And no probe is asked: one that was begun and is not, is to be asked again.
        """
        if self.state.holds:
            self._limit(now)
        if self.due is not None:
            return
        if self.state is State.TRIAL:
            self.look_again(now)
        elif self.state is not State.HEALTHY:
            self.due = max(now, self._next)
        elif self.settings.watch:
            self.due = max(now, self.not_before)

    def rest(self) -> bool:
        """Look no more for now: there is nothing left that depends on it. False if it must."""
        if self.state in (State.PROBING, State.TRIAL):
            return False
        self.due = self.let_go_at = None
        return True

    def begin_probe(self) -> bool:
        """Say whether the resource is to be probed now."""
        if self.state is State.TRIPPED:
            self.state = State.PROBING
        is_wanted = self.state in (State.PROBING, State.LET_GO) or (
            self.state is State.HEALTHY and self.settings.watch
        )
        self.due = None
        self.probes += is_wanted
        return is_wanted

    def probe_succeeded(self, now: float) -> None:
        """Note that the probe which was begun went well, if only late."""
        if self.state is State.HEALTHY:
            self.is_overridden = False
            self._look_later(now)
            return
        if self.state is State.TRIAL:
            return
        self._good += 1
        if self._good < self.settings.recover_after or now < self.not_before:
            self._probe_later(now, self.settings.every)
        elif self.settings.trial and self.state is not State.LET_GO:
            self.state = State.TRIAL
            self.begin_trial(now)
        else:
            self._recover(now)

    def probe_failed(self, why: str, now: float, delay: float | None = None) -> None:
        """Note that the probe which was begun failed, or has not answered for long."""
        if self.state is State.HEALTHY:
            if self.is_overridden:
                self._heed(now, delay)
            else:
                self._trip(why, now, delay)
            self._look_later(now)
        elif self.state is not State.TRIAL:
            self.reason = why
            self._bad += 1
            self._wait(now, delay)

    def answered(self, question: Question, failure: Failure | None, now: float) -> None:
        """Note an answer, which counts if it tells of the present epoch."""
        if question is not self.question:
            return  # it was told twice
        self.question = None
        if question.epoch != self.epoch:
            return
        if failure is None:
            self.probe_succeeded(now)
        else:
            self.probe_failed(failure.why, now, failure.delay)

    # The trial.

    def begin_trial(self, now: float, last: int | None = None) -> None:
        """Begin it, or begin it again with another task: that of epoch *last* has told nothing."""
        if self.state is State.TRIAL and last in (None, self.epoch):
            self.epoch += 1
            self.look_again(now)

    def look_again(self, now: float) -> None:
        """Look after the trial later."""
        if self.state is State.TRIAL:
            longest = self.settings.backoff.longest(self.settings.every, self._bad)
            self.due = now + max(longest, SHORTEST)

    def skip_trial(self, now: float) -> None:
        """Be healthy without a trial: there is nobody to try."""
        if self.state is State.TRIAL:
            self._recover(now)

    # Without the resource's consent.

    def override(self, now: float) -> bool:
        """Be healthy, whatever the probe says until it succeeds; False if it holds nothing."""
        if not self.state.holds:
            return False
        self._recover(now)
        self.is_overridden = True
        return True

    def let_go(self, now: float) -> bool:
        """Hold nothing more until it has been healthy; False if it holds nothing."""
        if not self.state.holds:
            return False
        if self.state is State.TRIAL:
            self._probe_later(now)
        self.state = State.LET_GO
        self.epoch += 1
        self.failures = self._good = 0
        self.let_go_at = None
        return True

    def _limit(self, now: float) -> None:
        if self.let_go_at is None and self.settings.at_most is not None:
            self.let_go_at = now + self.settings.at_most

    def _trip(self, why: str, now: float, delay: float | None) -> None:
        self.epoch += 1
        self.trips += 1
        self.reason = why
        self.is_overridden = False
        self.state = State.TRIPPED
        self._limit(now)
        self._wait(now, delay)

    def _wait(self, now: float, delay: float | None) -> None:
        self.failures = self._good = 0
        self._heed(now, delay)
        self._probe_later(now)

    def _heed(self, now: float, delay: float | None) -> None:
        """Do not probe before the resource wants it: that is a moment, whatever the state."""
        if delay is not None:
            self.not_before = max(self.not_before, now + delay)
            if self.due is not None and self.state is not State.TRIAL:
                self.due = self._next = max(self.due, self.not_before)

    def _probe_later(self, now: float, seconds: float | None = None) -> None:
        """Probe in so many seconds; by default in the more, the more was bad."""
        if self.state is State.PROBING:
            self.state = State.TRIPPED
        if seconds is None:
            seconds = self.settings.backoff.wait(self.settings.every, self._bad, self._random)
        self.due = self._next = max(now + max(seconds, SHORTEST), self.not_before)

    def _recover(self, now: float) -> None:
        self.state = State.HEALTHY
        self.epoch += 1
        self.failures = self._good = self._bad = 0
        self.due = self.let_go_at = None
        self._look_later(now)

    def _look_later(self, now: float) -> None:
        if self.state is State.HEALTHY and self.settings.watch:
            self.due = max(now + max(self.settings.every, SHORTEST), self.not_before)
