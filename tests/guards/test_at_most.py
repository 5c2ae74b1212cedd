"""The longest time: a guard that has held for long enough lets go, and says so."""

from __future__ import annotations

import logging

import pytest
from helpers import until
from workloads import background

from pausable import shield
from pausable.guards import Backoff, Guard

QUICK = {"every": 0.01, "backoff": Backoff(factor=1.0)}


@pytest.fixture
def db(resource) -> Guard:
    """Make a guard of the resource, which holds for a moment only."""
    return Guard("db", resource.probe, trip_on=ConnectionError, at_most=0.1, **QUICK)


def ask(db, resource):
    """Ask the resource, again after each recovery."""
    for attempt in db.attempts():
        with attempt:
            return resource.ask()
    raise AssertionError


def test_it_lets_go_and_its_tasks_fail_by_themselves(make_pool, db, resource, caplog):
    """Who has waited raises the error it has met; who has not tries once. Nothing is held."""
    pool = make_pool(2, guards=[db])
    resource.up.clear()
    with caplog.at_level(logging.WARNING, "pausable"):
        futures = [pool.submit(ask, db, resource) for _ in range(6)]
        assert all(isinstance(each.exception(10), ConnectionError) for each in futures)
        until(lambda: "guard 'db' lets go: it has held for 0.1 s" in caplog.text)
    assert (db.status().state, db.status().trips) == ("let go", 1)
    assert not pool.is_paused()
    assert not db.is_tripped()
    assert resource.refused == 6
    resource.up.set()
    until(lambda: db.status().state == "healthy")


def test_after_a_recovery_it_holds_again(make_pool, db, resource):
    """Once for each outage; in between, a good probe has made it healthy."""
    pool = make_pool(2, guards=[db])
    for outage in (1, 2):
        resource.up.clear()
        assert isinstance(pool.submit(ask, db, resource).exception(10), ConnectionError)
        assert (db.status().state, db.status().trips) == ("let go", outage)
        resource.up.set()
        until(lambda: db.status().state == "healthy")


def test_who_waits_is_told_of_a_recovery_after_that(make_pool, db, resource, monkeypatch):
    """Also of one that releases nothing, since the guard had let go: at once, not in time."""
    monkeypatch.setattr("pausable.scopes.patience._AT_FIRST", 3600.0)
    pool = make_pool(1, guards=[db])
    resource.up.clear()
    assert isinstance(pool.submit(ask, db, resource).exception(10), ConnectionError)
    assert db.status().state == "let go"
    waiter = background(db.wait_healthy)
    until(lambda: db._sentry.bystanders.calls)
    resource.up.set()
    assert waiter.result(10)
    assert db.status().state == "healthy"


def test_a_success_of_work_is_a_recovery(make_pool, resource):
    """Who is not held may find the resource back before the probe does."""
    db = Guard("db", resource.probe, trip_on=ConnectionError, at_most=0.05, every=100)
    pool = make_pool(1, guards=[db])
    resource.up.clear()
    assert isinstance(pool.submit(ask, db, resource).exception(10), ConnectionError)
    resource.up.set()
    assert pool.submit(ask, db, resource).result(10) == "answer"
    assert db.status().state == "healthy"


@pytest.mark.parametrize("where", ["shield", "thread"])
def test_those_who_do_not_rest_are_let_go_too(pool, db, resource, where):
    """In a shield, and outside any task."""
    resource.up.clear()

    def shielded():
        with shield():
            ask(db, resource)

    outcome = pool.submit(shielded) if where == "shield" else background(ask, db, resource)
    assert isinstance(outcome.exception(10), ConnectionError)
    assert resource.refused == 1
    resource.up.set()


def test_a_trial_is_no_recovery(make_pool, resource):
    """The probe is good, the work is not: the time runs on from the first trip."""
    db = Guard("db", lambda: None, trip_on=ConnectionError, at_most=1, **QUICK)
    pool = make_pool(1, guards=[db])
    resource.up.clear()
    assert isinstance(pool.submit(ask, db, resource).exception(10), ConnectionError)
    assert resource.refused >= 2  # a trial at least
    resource.up.set()


def test_a_level_may_have_one(make_pool):
    """A disk that stays full does not hold the work for ever."""
    disk = Guard.level(
        lambda: 1.0, pause_above=0.9, resume_below=0.5, every=0.01, at_most=0.1, name="disk"
    )
    pool = make_pool(1, guards=[disk])
    until(pool.is_paused)
    assert pool.submit(str, 1).result(10) == "1"
    assert disk.status().state == "let go"


@pytest.mark.parametrize("at_most", [-1, float("nan")])
def test_a_bad_time_is_refused(at_most):
    """At the call."""
    with pytest.raises(ValueError, match="at_most"):
        Guard("db", print, at_most=at_most)
