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

from pausable.guards.machine import Machine, State
from pausable.guards.settings import Backoff, Settings

SETTINGS = st.builds(
    Settings,
    after=st.integers(1, 3),
    every=st.floats(0.1, 5.0),
    backoff=st.builds(
        Backoff, factor=st.floats(1.0, 3.0), limit=st.floats(0.0, 30.0), jitter=st.floats(0.0, 1.0)
    ),
    recover_after=st.integers(1, 3),
    trial=st.booleans(),
    watch=st.booleans(),
    at_most=st.none() | st.floats(0.0, 100.0),
)
DELAYS = st.none() | st.floats(0.0, 50.0)


def next_look(machine):
    """Return when something is to be done, if nobody tells anything before."""
    return min(
        (each for each in (machine.due, machine.let_go_at) if each is not None), default=None
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
        self.not_before = 0.0  # the latest moment of those that the resource asked for
        self.trials: list[int] = []  # the epochs of trials that have begun and told nothing yet

    @initialize(settings=SETTINGS)
    def begin(self, settings):
        """The guard is made."""
        self.machine = Machine(settings, lambda: self.dice)
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
        if not machine.state.holds or machine.epoch in self.trials:
            return machine.epoch
        return multiple()

    @rule(epoch=consumes(blocks), delay=DELAYS)
    def work_fails(self, epoch, delay):
        """It fails, perhaps long after the guard has tripped and recovered; it may say when."""
        counts = epoch == self.machine.epoch
        before = self.machine.state
        self.machine.work_failed(epoch, "refused", self.now, delay)
        if counts and before is State.HEALTHY:
            self.row += 1
        elif counts and before is State.LET_GO:
            assert self.machine.state is State.LET_GO  # the same outage is not held twice
        elif counts:
            assert self.machine.state is State.TRIPPED  # a failed trial trips again
        self._ask_for(delay, before)
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
        self.now, self.dice = max(self.now, next_look(self.machine)), dice
        if self.machine.let_go_at is not None and self.machine.let_go_at <= self.now:
            assert self.machine.let_go(self.now)
            self._settle()
        if self.machine.due is None or self.machine.due > self.now:
            return
        if self.machine.state is State.TRIAL:
            self.machine.look_again(self.now)
        else:
            self.probing = self.machine.begin_probe()
            assert self.probing
            assert self.now >= self.not_before

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

    @rule(delay=DELAYS)
    @precondition(lambda self: self.probing)
    def the_probe_fails(self, delay):
        """The resource does not answer, or says that it will later."""
        self.probing, self.last_probe_was_bad = False, True
        before = self.machine.state
        self.machine.probe_failed("no answer", self.now, delay)
        self._ask_for(delay, before)
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
        was_tripped = self.machine.state.holds
        assert self.machine.override(self.now) == was_tripped
        if was_tripped:
            self.row = 0
        self._settle()

    def _ask_for(self, delay: float | None, before: State) -> None:
        """Note what the resource asked for; while all is well it counts only if that trips."""
        if delay is not None and not before is self.machine.state is State.HEALTHY:
            self.not_before = max(self.not_before, self.now + delay)

    def _check_wait(self) -> None:
        """The wait for the next probe is within the bounds of the backoff, or as asked for."""
        machine = self.machine
        if machine.state is not State.TRIPPED or self.probing:
            return
        settings = machine.settings
        wait = machine.due - self.now
        longest = max(settings.every, settings.backoff.limit, machine.not_before - self.now)
        assert max(settings.every * (1.0 - settings.backoff.jitter) - 1e-6, 0.009) <= wait
        assert wait <= longest + 1e-6

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
        assert self.row < machine.settings.after
        assert machine.failures == self.row
        if machine.settings.watch and self.last_probe_was_bad:
            assert machine.is_overridden or machine.epoch

    @invariant()
    def something_leads_out(self):
        """While it is not open there is a next look, or a probe whose answer is awaited."""
        machine = self.machine
        if machine.state is not State.HEALTHY:
            assert machine.due is not None or self.probing
        limited = machine.state.holds and machine.settings.at_most is not None
        assert (machine.let_go_at is not None) == limited

    @invariant()
    def nobody_is_asked_who_wants_to_be_left_alone(self):
        """The next probe is after the moment that the resource asked for."""
        machine = self.machine
        if machine.due is not None and machine.state is not State.TRIAL:
            assert machine.due >= machine.not_before
        if machine.state is not State.HEALTHY:
            assert machine.not_before >= self.not_before


TestReadings = Readings.TestCase


def tripped(**settings) -> Machine:
    """Make a machine that has just tripped, at 0.0."""
    machine = Machine(Settings(**settings), lambda: 0.0)
    for _ in range(machine.settings.after):
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
    machine = Machine(Settings(after=2))
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
    machine = Machine(Settings(watch=True))
    probe(machine, 0.0, good=False)
    assert machine.override(0.0)
    probe(machine, 1.0, good=False)
    assert machine.state is State.HEALTHY
    probe(machine, 2.0, good=True)
    probe(machine, 3.0, good=False)
    assert machine.state is State.TRIPPED


def test_no_probe_and_no_trial_before_the_resource_wants_it():
    """It said so when it failed; a later word of work from before counts, too, and the latest."""
    machine = tripped(after=3)
    assert machine.due < 1.1
    machine.work_failed(0, "503", 0.5, 30.0)
    assert machine.due == machine.not_before == 30.5
    machine.work_failed(0, "503", 0.6, 5.0)
    assert machine.due == 30.5
    machine.rest()
    machine.watch(1.0)  # nobody depended on it for a while
    assert machine.due == 30.5
    assert machine.begin_probe()
    machine.work_failed(0, "503", 30.6, 10.0)  # while the probe is asked
    machine.probe_succeeded(30.7)
    assert (machine.state, machine.due) == (State.TRIPPED, 40.6)
    probe(machine, 40.7, good=True)
    assert machine.state is State.TRIAL


def test_a_failure_that_says_when_trips_at_once():
    """Whatever `after` is: to try again sooner would be against what is asked for."""
    machine = Machine(Settings(after=3))
    machine.work_failed(0, "503", 0.0, 30.0)
    assert (machine.state, machine.due) == (State.TRIPPED, 30.0)


def test_the_longer_of_both_waits_counts():
    """The backoff is not shortened by who asks for less."""
    machine = tripped(backoff=Backoff(factor=10.0, jitter=0.0))
    assert machine.begin_probe()
    machine.probe_failed("503", 1.0, 2.0)
    assert machine.due == 11.0


def test_it_lets_go_when_it_has_held_for_long_enough():
    """It holds nothing more, probes on, and is not tripped again before it has been healthy."""
    machine = tripped(at_most=60.0, backoff=Backoff(jitter=0.0))
    assert machine.let_go_at == 60.0
    probe(machine, 1.0, good=True)
    machine.work_failed(machine.epoch, "refused", 2.0)  # a trial is no recovery
    assert machine.let_go_at == 60.0
    assert machine.let_go(60.0)
    assert (machine.state, machine.state.holds, machine.let_go_at) == (State.LET_GO, False, None)
    assert not machine.let_go(60.0)
    assert not machine.override(60.0)
    machine.work_failed(machine.epoch, "refused", 61.0)
    probe(machine, 62.0, good=False)
    assert (machine.state, machine.trips) == (State.LET_GO, 2)
    assert machine.due > 62.0
    probe(machine, 70.0, good=True)
    assert machine.state is State.HEALTHY
    machine.work_failed(machine.epoch, "refused", 80.0)
    assert (machine.state, machine.let_go_at) == (State.TRIPPED, 140.0)


def test_a_success_of_work_ends_what_was_let_go():
    """Work goes on after the guard has let go: it may be the first to find the resource back."""
    machine = tripped(at_most=1.0)
    before = machine.epoch
    machine.let_go(1.0)
    machine.work_succeeded(before, 1.5)  # it began before
    assert machine.state is State.LET_GO
    machine.work_succeeded(machine.epoch, 2.0)
    assert machine.state is State.HEALTHY


def test_it_lets_go_while_a_probe_is_asked():
    """The answer leads on."""
    machine = tripped(at_most=1.0, recover_after=2)
    assert machine.begin_probe()
    assert machine.let_go(1.0)
    assert machine.due is None
    machine.probe_succeeded(2.0)
    assert (machine.state, machine.due) == (State.LET_GO, 3.0)


def test_the_time_does_not_count_while_nothing_is_held():
    """Nobody depended on it for an hour: who comes then is held as long as anybody."""
    machine = tripped(at_most=60.0)
    assert machine.rest()
    assert next_look(machine) is None
    machine.watch(3600.0)
    assert machine.let_go_at == 3660.0


def test_a_rest_does_not_shorten_the_wait():
    """Nobody depends on it for a moment: it looks when it was to look, not at once."""
    machine = tripped(every=5.0, backoff=Backoff(jitter=0.0))
    machine.rest()
    machine.watch(1.0)
    assert machine.due == 5.0


@pytest.mark.parametrize("settings", [{"every": 0.0}, {"backoff": Backoff(jitter=1.0)}])
def test_it_never_probes_at_full_speed(settings):
    """Whatever the numbers and the dice say."""
    machine = Machine(Settings(**settings), lambda: 1.0)
    machine.work_failed(0, "refused", 0.0)
    assert machine.due >= 0.01


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
