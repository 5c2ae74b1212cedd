"""The guard's machine in any order of readings, by a clock and a die of the test's own."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)

from pausable.guards.backoff import Backoff
from pausable.guards.machine import Machine, Rules, State

RULES = st.builds(
    Rules,
    after=st.integers(1, 3),
    every=st.floats(0.1, 5.0),
    backoff=st.builds(
        Backoff, factor=st.floats(1.0, 3.0), limit=st.floats(0.0, 30.0), jitter=st.floats(0.0, 1.0)
    ),
    recover_after=st.integers(1, 3),
    trial=st.booleans(),
    watch=st.booleans(),
)


class Readings(RuleBasedStateMachine):
    """Work begins and ends, time passes, probes answer; the machine is never open against them."""

    blocks = Bundle("blocks")

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0
        self.dice = 0.0
        self.probing = False
        self.row = 0  # counted failures of work in a row
        self.last_probe_was_bad = False
        self.trials: list[int] = []  # the epochs of trials that have begun and told nothing yet

    @initialize(rules=RULES)
    def begin(self, rules):
        """The guard is made."""
        self.machine = Machine(rules, lambda: self.dice)
        self.machine.watch(self.now)
        self._settle()

    def _settle(self) -> None:
        """Do as the guard does after each step: one trial for each epoch of the state `trial`."""
        machine = self.machine
        self.trials = [epoch for epoch in self.trials if epoch == machine.epoch]
        if machine.state is State.TRIAL and machine.epoch not in self.trials:
            self.trials.append(machine.epoch)
        if machine.state is not State.TRIAL:
            self.trials = []

    @rule(target=blocks)
    def work_begins(self):
        """A task enters a protected block: it can while the guard is open, or as the trial."""
        machine = self.machine
        if machine.state is State.HEALTHY or machine.epoch in self.trials:
            return machine.epoch
        return multiple()

    @rule(epoch=consumes(blocks))
    def work_fails(self, epoch):
        """It fails, perhaps long after the guard has tripped and recovered."""
        counts = epoch == self.machine.epoch
        was_healthy = self.machine.state is State.HEALTHY
        self.machine.work_failed(epoch, "refused", self.now)
        if counts and was_healthy:
            self.row += 1
        elif counts:
            assert self.machine.state is State.TRIPPED  # a failed trial trips again
        self._check_wait()
        self._settle()

    @rule(epoch=consumes(blocks))
    def work_succeeds(self, epoch):
        """It succeeds."""
        counts = epoch == self.machine.epoch
        self.machine.work_succeeded(epoch, self.now)
        if counts:
            assert self.machine.state is State.HEALTHY
            self.row = 0
        self._settle()

    @rule(dice=st.floats(0.0, 1.0))
    @precondition(lambda self: self.machine.due is not None and not self.probing)
    def time_comes(self, dice):
        """It is time to look."""
        self.now, self.dice = max(self.now, self.machine.due), dice
        if self.machine.state is State.TRIAL:
            self.machine.look_again(self.now)
        else:
            self.probing = self.machine.begin_probe()
            assert self.probing

    @rule()
    @precondition(lambda self: self.probing)
    def the_probe_succeeds(self):
        """The resource answers."""
        self.probing = self.last_probe_was_bad = False
        was_probing = self.machine.state is State.PROBING
        self.machine.probe_succeeded(self.now)
        if was_probing and self.machine.state is State.HEALTHY:
            self.row = 0
        self._settle()

    @rule()
    @precondition(lambda self: self.probing)
    def the_probe_fails(self):
        """The resource does not answer."""
        self.probing, self.last_probe_was_bad = False, True
        self.machine.probe_failed("no answer", self.now)
        self._check_wait()
        self._settle()

    @rule()
    @precondition(lambda self: self.machine.state is State.TRIAL)
    def the_trial_tells_nothing(self):
        """The task that tries ends without having met the resource: another one is let through."""
        before = self.machine.epoch
        self.machine.begin_trial(self.now)
        assert self.machine.epoch > before
        self._settle()

    @rule()
    @precondition(lambda self: self.machine.state is State.TRIAL)
    def nobody_is_there_to_try(self):
        """All tasks are over: the guard is healthy without a trial."""
        self.machine.skip_trial(self.now)
        assert self.machine.state is State.HEALTHY
        self.row = 0
        self._settle()

    @rule()
    def override(self):
        """Somebody opens it by hand."""
        was_tripped = self.machine.state is not State.HEALTHY
        assert self.machine.override(self.now) == was_tripped
        if was_tripped:
            self.row = 0
        self._settle()

    def _check_wait(self) -> None:
        """The wait for the next probe is within the bounds of the backoff."""
        machine = self.machine
        if machine.state is not State.TRIPPED or self.probing:
            return
        rules = machine.rules
        wait = machine.due - self.now
        longest = max(rules.every, rules.backoff.limit)
        assert rules.every * (1.0 - rules.backoff.jitter) - 1e-6 <= wait <= longest + 1e-6

    @invariant()
    def never_two_trials(self):
        """At most one task tries, and only in the state of that name."""
        assert len(self.trials) == (self.machine.state is State.TRIAL)

    @invariant()
    def never_open_while_the_last_reading_is_bad(self):
        """Open means: fewer than `after` failures in a row, and a bad probe only if overridden."""
        machine = self.machine
        if machine.state is not State.HEALTHY:
            self.row = 0
            return
        assert self.row < machine.rules.after
        assert machine.failures == self.row
        if machine.rules.watch and self.last_probe_was_bad:
            assert machine.is_overridden or machine.epoch

    @invariant()
    def something_leads_out(self):
        """While it is not open there is a next look, or a probe whose answer is awaited."""
        machine = self.machine
        if machine.state is not State.HEALTHY:
            assert machine.due is not None or self.probing


TestReadings = Readings.TestCase


def tripped(**rules) -> Machine:
    """Make a machine that has just tripped, at 0.0."""
    machine = Machine(Rules(**rules), lambda: 0.0)
    for _ in range(machine.rules.after):
        machine.work_failed(machine.epoch, "refused", 0.0)
    assert machine.state is State.TRIPPED
    return machine


def probe(machine: Machine, now: float, *, good: bool) -> None:
    """Probe once."""
    assert machine.begin_probe()
    if good:
        machine.probe_succeeded(now)
    else:
        machine.probe_failed("no answer", now)


def test_after_so_many_failures_in_a_row():
    """A success in between begins a new row."""
    machine = Machine(Rules(after=2))
    machine.work_failed(0, "refused", 0.0)
    machine.work_succeeded(0, 0.0)
    machine.work_failed(0, "refused", 0.0)
    assert machine.state is State.HEALTHY
    machine.work_failed(0, "refused", 0.0)
    assert (machine.state, machine.reason, machine.trips) == (State.TRIPPED, "refused", 1)


def test_a_failure_from_before_the_recovery_trips_nothing():
    """A request that began before the outage times out after it: that says nothing about now."""
    machine = tripped(trial=False)
    probe(machine, 1.0, good=True)
    assert machine.state is State.HEALTHY
    machine.work_failed(0, "timed out", 30.0)
    assert (machine.state, machine.failures) == (State.HEALTHY, 0)


def test_a_failed_trial_makes_the_wait_longer():
    """The wait grows with each failure, of a probe or of a trial, to its limit."""
    machine = tripped(every=1.0, backoff=Backoff(factor=2.0, limit=5.0, jitter=0.0))
    waits = [machine.due]
    probe(machine, 1.0, good=False)
    waits.append(machine.due - 1.0)
    probe(machine, 3.0, good=True)
    assert machine.state is State.TRIAL
    machine.work_failed(machine.epoch, "refused", 4.0)
    waits.append(machine.due - 4.0)
    probe(machine, 8.0, good=False)
    waits.append(machine.due - 8.0)
    assert waits == [1.0, 2.0, 4.0, 5.0]


def test_so_many_good_probes_in_a_row():
    """A bad one in between begins a new row."""
    machine = tripped(recover_after=2, trial=False)
    for good in (True, False, True):
        probe(machine, 1.0, good=good)
        assert machine.state is State.TRIPPED
    probe(machine, 2.0, good=True)
    assert machine.state is State.HEALTHY


def test_after_an_override_bad_probes_count_only_after_a_good_one():
    """Else the next look would undo what was done by hand."""
    machine = Machine(Rules(watch=True))
    probe(machine, 0.0, good=False)
    assert machine.override(0.0)
    probe(machine, 1.0, good=False)
    assert machine.state is State.HEALTHY
    probe(machine, 2.0, good=True)
    probe(machine, 3.0, good=False)
    assert machine.state is State.TRIPPED


@pytest.mark.parametrize("failures", [0, 1, 10, 10_000])
def test_a_wait_has_its_bounds(failures):
    """However many failures there were."""
    backoff = Backoff(factor=2.0, limit=60.0, jitter=0.5)
    longest = backoff.wait(1.0, failures, lambda: 0.0)
    assert longest == min(2.0 ** min(failures, 100), 60.0)
    assert backoff.wait(1.0, failures, lambda: 1.0) == longest / 2


@pytest.mark.parametrize("numbers", [{"factor": 0.5}, {"limit": -1}, {"jitter": 2.0}])
def test_bad_numbers_are_refused(numbers):
    """At the call."""
    with pytest.raises(ValueError, match=next(iter(numbers))):
        Backoff(**numbers)
