"""Cancel, stop, pause and a worker that starts the task: whoever wins, all agree on who did.

All schedules of the two with at most two preemptions at lock operations, either first, and a waiter
that arrives before, between and after.
"""

from __future__ import annotations

from functools import partial

import pytest
from futures.arrivals import ARRIVALS, WAITER, outcome
from futures.interleaving import Interleaving, schedules
from futures.scripted import scripted_pool, use_script

import pausable

SOON = 20.0
FAR = 10_000
WORKER, RIVAL = "worker", "rival"
ORDERS = [(WORKER, RIVAL), (RIVAL, WORKER)]


class Race:
    """A worker that is about to take a task, a rival that does something to it, and a waiter."""

    def __init__(self, plan, names, rival, arrival=None):
        """Have *rival* called with the pool and the future."""
        self.names = (*names, WAITER) if arrival else names
        self.script = Interleaving(self.names, plan)
        self.rival, self.arrival = rival, arrival
        self.ran, self.told, self.answers = [], [], []

    def task(self):
        """Run as the task."""
        self.ran.append(1)
        self.script.step()
        pausable.checkpoint()
        return 42

    def play(self, monkeypatch):
        """Run the schedule."""
        script = self.script
        with monkeypatch.context() as patch:
            use_script(patch, script)
            with scripted_pool(script, initializer=partial(script.join, WORKER)) as pool:
                future = pool.submit(self.task)
                threads = [script.run(RIVAL, lambda: self.answers.append(self.rival(pool, future)))]
                if self.arrival:
                    wait = partial(self.arrival, script, future, self.told)
                    threads.append(script.run(WAITER, wait))
                for thread in threads:
                    thread.join(SOON)
                script.wait_over()
                self.ran_by_then = list(self.ran)
                future.resume()
        assert script.errors == []
        return future


def placements(plan):
    """Put the arrival of a waiter before, between and after the two stages of a plan."""
    for place in range(3):
        yield [*plan[:place], (WAITER, FAR), *plan[place:]]


@pytest.mark.parametrize("arrival", ARRIVALS.values(), ids=ARRIVALS)
@pytest.mark.parametrize("names", ORDERS, ids="-".join)
def test_a_task_is_either_cancelled_or_run_and_its_waiter_told_which(monkeypatch, names, arrival):
    """cancel() says whether it was in time; the task runs if and only if it was not."""
    answers = set()

    def run(plan):
        for placed in placements(plan):
            race = Race(placed, names, lambda _, future: future.cancel(), arrival)
            future = race.play(monkeypatch)
            (cancelled,) = race.answers
            assert race.ran == ([] if cancelled else [1]), placed
            assert future.cancelled() == cancelled, placed
            assert race.told == ["cancelled" if cancelled else 42], placed
            answers.add(cancelled)
        return race.script

    assert len(list(schedules(*names, run))) > 5
    assert answers == {True, False}


@pytest.mark.parametrize("names", ORDERS, ids="-".join)
def test_a_task_that_is_stopped_ends_as_stopped_wherever_it_was(monkeypatch, names):
    """Before it starts, as it starts, at its checkpoint; or it was over already."""
    outcomes = set()

    def run(plan):
        for placed in placements(plan):
            race = Race(placed, names, lambda _, future: future.stop("now"), ARRIVALS["result"])
            future = race.play(monkeypatch)
            assert race.told == [outcome(future)], placed
            if not race.answers[0]:
                assert outcome(future) == 42, placed
            if not race.ran:
                assert future.cancelled(), placed
            outcomes.add((race.answers[0], future.cancelled(), len(race.ran)))
        return race.script

    list(schedules(*names, run))
    assert {(True, True, 0), (True, True, 1), (False, False, 1)} <= outcomes


def pause_pool(pool, future):
    """Pause the pool; say whether the task had started by then."""
    pool.pause("for a test")
    return future.running() or future.done()


def pause_task(_, future):
    """Pause the task alone; say whether it had started by then."""
    future.pause("for a test")
    return future.running() or future.done()


@pytest.mark.parametrize("pause", [pause_pool, pause_task])
@pytest.mark.parametrize("names", ORDERS, ids="-".join)
def test_when_pause_has_returned_no_task_starts(monkeypatch, names, pause):
    """A task that had not started by then does not run a line before the resume."""
    seen = set()

    def run(plan):
        race = Race(plan, names, pause)
        future = race.play(monkeypatch)
        (had_started,) = race.answers
        assert had_started or race.ran_by_then == [], plan
        assert future.result(SOON) == 42
        assert race.ran == [1]
        seen.add(had_started)
        return race.script

    list(schedules(*names, run))
    assert seen == {True, False}


@pytest.mark.parametrize("names", ORDERS, ids="-".join)
def test_a_shutdown_that_cancels_meets_a_start(monkeypatch, names):
    """The task is run, or cancelled and its waiter told."""

    def shut_down(pool, future):
        pool.shutdown(wait=False, cancel_futures=True)

    def run(plan):
        for placed in placements(plan):
            race = Race(placed, names, shut_down, ARRIVALS["wait"])
            future = race.play(monkeypatch)
            assert race.told == [outcome(future)], placed
            assert race.ran == ([] if future.cancelled() else [1]), placed
        return race.script

    list(schedules(*names, run))
