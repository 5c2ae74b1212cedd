"""Where a task may not rest, its attempts wait for the guard all the same, and never spin."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import re
import sys
import threading
from itertools import pairwise

import pytest
from helpers import until
from workloads import background

from pausable import Stopped, ThreadPoolExecutor, checkpoint, resting, shield
from pausable.guards import Backoff, Guard

QUICK = {"every": 0.01, "backoff": Backoff(factor=1.0)}


@pytest.fixture
def db(resource) -> Guard:
    """Make a guard of the resource."""
    return Guard("db", resource.probe, trip_on=ConnectionError, **QUICK)


def ask(db, resource, **limits):
    """Ask the resource, again after each recovery."""
    for attempt in db.attempts(**limits):
        with attempt:
            return resource.ask()
    raise AssertionError


async def ask_async(db, resource, **limits):
    """Do as `ask`."""
    async for attempt in db.attempts(**limits):
        with attempt:
            return resource.ask()
    raise AssertionError


def in_a_shield(_pool, work):
    """Neither rest nor stop."""
    with shield():
        return work()


def in_a_quiet_block(_pool, work):
    """It counts as at rest already."""
    with resting():
        return work()


def in_a_block_of_its_own_hold(pool, work):
    """Who pauses the scope it runs in is exempt from holds that come later."""
    with pool.pause("mine", timeout=10):
        return work()


def in_a_finally_after_a_stop(_pool, work):
    """What cleans up after a stop neither rests nor stops."""
    said = []
    try:
        try:
            while True:
                checkpoint()
                stop_soon.set()
        finally:
            said.append(work())
    except Stopped:
        return said[0]


def on_a_thread_of_its_own(_pool, work):
    """A guest of the task, that does not rest with it."""
    context = contextvars.copy_context()
    return background(context.run, in_a_shield, None, work).result(20)


stop_soon = threading.Event()

preempts = pytest.mark.skipif(sys.version_info < (3, 12), reason="preemption needs sys.monitoring")

PLACES = [
    in_a_shield,
    in_a_quiet_block,
    in_a_block_of_its_own_hold,
    in_a_finally_after_a_stop,
    on_a_thread_of_its_own,
]


def submit(pool, place, work):
    """Submit a task that does *work* in *place*; stop it where that belongs to it."""
    stop_soon.clear()
    answers = []
    future = pool.submit(lambda: answers.append(place(pool, work)))
    if place is in_a_finally_after_a_stop:
        assert stop_soon.wait(10)
        future.stop("the test asks")
    return future, answers


@pytest.mark.parametrize("preemptive", [False, pytest.param(True, marks=preempts)])
@pytest.mark.parametrize("place", PLACES)
def test_it_tries_once_and_again_after_the_recovery(make_pool, db, resource, place, preemptive):
    """However long the outage: two tries."""
    pool = make_pool(2, preemptive=preemptive)
    resource.up.clear()
    _, answers = submit(pool, place, lambda: ask(db, resource))
    until(lambda: db.status().probes >= 5)
    assert resource.refused == 1
    resource.up.set()
    until(lambda: answers == ["answer"])
    assert resource.refused == 1


@pytest.mark.parametrize("place", PLACES)
def test_it_fails_when_its_time_is_up(pool, db, resource, place):
    """With ``timeout=`` the last error is raised, wherever it waits."""
    resource.up.clear()

    def work():
        with pytest.raises(ConnectionError):
            ask(db, resource, timeout=0.05)
        return "failed"

    _, answers = submit(pool, place, work)
    until(lambda: answers == ["failed"])
    assert resource.refused == 1
    resource.up.set()


@pytest.mark.parametrize("place", PLACES)
def test_coroutines_wait_there_too(pool, db, resource, place):
    """``async for`` in a task."""
    resource.up.clear()
    _, answers = submit(pool, place, lambda: asyncio.run(ask_async(db, resource)))
    until(lambda: db.status().probes >= 5)
    assert resource.refused == 1
    resource.up.set()
    until(lambda: answers == ["answer"])
    assert resource.refused == 1


def test_in_a_shield_the_loop_goes_on(pool, db, resource):
    """Nothing rests there: the other coroutines of the loop do not either."""
    resource.up.clear()
    turns = []

    async def main():
        waiting = asyncio.create_task(ask_async(db, resource))
        while db.status().probes < 3:
            turns.append(1)
            await asyncio.sleep(0.001)
        resource.up.set()
        return await waiting

    assert pool.submit(in_a_shield, pool, lambda: asyncio.run(main())).result(10) == "answer"
    assert turns


def test_a_loop_that_was_closed_costs_the_others_nothing(db, resource):
    """A coroutine that waits, and is abandoned with its loop, keeps nobody else waiting."""
    resource.up.clear()
    loop = asyncio.new_event_loop()
    waiting = loop.create_task(ask_async(db, resource))
    loop.run_until_complete(asyncio.sleep(0.01))
    loop.close()
    other = background(ask, db, resource)
    until(lambda: resource.refused == 2)
    resource.up.set()
    assert other.result(10) == "answer"
    waiting._log_destroy_pending = False
    del waiting


def test_a_callback_waits(pool, db, resource):
    """The task of a done callback is over: it waits like any thread."""
    resource.up.clear()
    answers, go = [], threading.Event()
    pool.submit(go.wait, 10).add_done_callback(lambda _: answers.append(ask(db, resource)))
    go.set()
    until(lambda: db.status().probes >= 5)
    assert resource.refused == 1
    resource.up.set()
    until(lambda: answers == ["answer"])


@pytest.mark.parametrize("place", ["callback", "shield"])
def test_who_waits_may_have_the_slot_that_the_trial_wants(make_pool, db, resource, place):
    """In a pool of one the task that is to try cannot start: the guard is healthy without it."""
    pool = make_pool(1, guards=[db])
    resource.up.clear()
    answers, go = [], threading.Event()

    def work(_=None):
        answers.append(ask(db, resource))

    if place == "callback":
        pool.submit(go.wait, 10).add_done_callback(work)
        go.set()
    else:
        pool.submit(in_a_shield, pool, work)
    until(lambda: resource.refused)
    queued = pool.submit(str, 1)
    resource.up.set()
    until(lambda: answers == ["answer"])
    assert queued.result(10) == "1"


def test_a_stop_ends_a_wait_in_a_quiet_block(pool, db, resource):
    """It is seen in the midst of an outage."""
    resource.up.clear()
    future, _ = submit(pool, in_a_quiet_block, lambda: ask(db, resource))
    until(lambda: db.status().probes >= 3)
    future.stop("not needed")
    until(future.cancelled)
    resource.up.set()


def test_wait_healthy_waits_in_a_finally(pool, db, resource):
    """A stop that runs through it does not end the wait: it would be no wait."""
    resource.up.clear()
    with pytest.raises(ConnectionError), db:
        resource.ask()
    _, answers = submit(pool, in_a_finally_after_a_stop, lambda: db.wait_healthy(10))
    until(lambda: db.status().probes >= 5)
    assert not answers
    resource.up.set()
    until(lambda: answers == [True])


def test_a_task_of_another_pool_than_the_guarded_waits(make_pool, db, resource):
    """It is held alone, and may be the one that tries."""
    make_pool(1, guards=[db])
    resource.up.clear()
    future = make_pool(1).submit(ask, db, resource)
    until(lambda: db.status().probes >= 5)
    assert (future.status().state, resource.refused) == ("resting", 1)
    resource.up.set()
    assert future.result(10) == "answer"


def test_nested_guards_wait_for_each_other(pool, db, resource):
    """The inner one is down within an attempt of the outer one, and the reverse."""
    mail = Guard("mail", resource.probe, trip_on=TimeoutError, **QUICK)
    resource.up.clear()
    tries = []

    def inner():
        tries.append("inner")
        if not resource.up.is_set():
            raise TimeoutError

    def outer():
        tries.append("outer")
        mail.protect(inner)()
        return resource.ask()

    future = pool.submit(db.protect(outer))
    until(lambda: mail.status().probes >= 5)
    assert tries == ["outer", "inner"]
    resource.up.set()
    assert future.result(10) == "answer"


def test_what_fails_while_others_succeed_is_not_tried_at_full_speed(pool, resource):
    """Failures that never come in a row trip nothing: between two tries it waits as for probes."""
    db = Guard("db", resource.probe, trip_on=ConnectionError, after=2, every=0.2)
    waits = []
    db._sentry.bystanders.wait = lambda _, timeout: waits.append(timeout)  # no time passes

    def task():
        tries = 0
        for attempt in db.attempts():
            with db:  # other work succeeds in between
                pass
            with attempt:
                tries += 1
                if tries < 7:
                    raise ConnectionError
        return tries

    assert pool.submit(task).result(10) == 7
    assert db.status().trips == 0
    assert waits == pytest.approx([0.2, 0.4, 0.8, 1.6], abs=0.1)


def test_a_probe_that_lies_is_no_way_to_spin(resource):
    """Outside any task, too, each trip waits for ``every`` seconds before the next probe."""
    db = Guard("db", lambda: None, trip_on=ConnectionError, **QUICK)
    resource.up.clear()
    dues = []
    begin = db._sentry.machine.begin_probe

    def begin_probe():
        dues.append(db._sentry.machine._next)
        return begin()

    db._sentry.machine.begin_probe = begin_probe
    with pytest.raises(ConnectionError):
        ask(db, resource, tries=5)
    assert len(dues) == 4
    assert all(later - sooner >= 0.01 for sooner, later in pairwise(dues))


@preempts
def test_the_time_of_a_preemptive_task_runs_wherever_it_rests(make_pool, db, resource):
    """It rests between two lines of its own, and is let go to raise, and to handle, its error."""
    resource.up.clear()

    def task():
        try:
            ask(db, resource, timeout=0.05)
        except ConnectionError:
            return sum(range(1000)) + sum(number for number in range(1000))

    pool = make_pool(1, guards=[db], preemptive=True)
    assert pool.submit(task).result(10) == 999_000
    assert pool.is_paused()
    resource.up.set()


def test_a_task_whose_time_is_up_handles_its_error_at_checkpoints(make_pool, db, resource):
    """Its hold is waived until it stands back again; then it rests like all others."""
    resource.up.clear()
    pool = make_pool(1, guards=[db])
    handled = threading.Event()

    def task():
        try:
            ask(db, resource, timeout=0.05)
        except ConnectionError:
            checkpoint()
            handled.set()
        return ask(db, resource)

    future = pool.submit(task)
    assert handled.wait(10)
    until(lambda: future.status().state == "resting")
    assert resource.refused == 1
    resource.up.set()
    assert future.result(10) == "answer"
    until(lambda: not db._sentry.reprieves.spared)


def test_attempts_that_are_left_are_forgotten(pool, db, resource):
    """A loop that is left after a failure has no time that could be up."""
    resource.up.clear()

    def task():
        for attempt in db.attempts(timeout=100):
            with attempt:
                resource.ask()
            break
        del attempt
        return len(db._sentry.reprieves.limits)

    future = pool.submit(task)
    assert future.result(10) == 0
    resource.up.set()


def test_the_first_attempt_waits_no_longer_than_the_others(pool, db, resource):
    """On a guard that is tripped already, it is made when the time is up, and finds out."""
    resource.up.clear()
    with pytest.raises(ConnectionError), db:
        resource.ask()
    future = pool.submit(ask, db, resource, timeout=0.05)
    assert isinstance(future.exception(10), ConnectionError)
    assert resource.refused == 2
    resource.up.set()


def test_after_a_shutdown_it_waits_still(db, resource):
    """The pool takes no more tasks; what it has ends after the recovery."""
    resource.up.clear()
    pool = ThreadPoolExecutor(1, guards=[db])
    future = pool.submit(in_a_shield, pool, lambda: ask(db, resource))
    until(lambda: resource.refused)
    pool.shutdown(wait=False)
    until(lambda: db.status().probes >= 5)
    resource.up.set()
    assert future.result(10) == "answer"


def test_a_long_wait_is_said(pool, db, resource, caplog, monkeypatch):
    """Who does not rest is seen in no status: the log names the thread, at growing intervals."""
    monkeypatch.setattr("pausable.scopes.patience._AT_FIRST", 0.01)
    resource.up.clear()
    with caplog.at_level(logging.WARNING, "pausable"):
        future = pool.submit(in_a_shield, pool, lambda: ask(db, resource))
        until(
            lambda: (
                len(
                    re.findall(
                        r"\S+ has waited for .* s: guard 'db' holds: db: Connection", caplog.text
                    )
                )
                >= 3
            )
        )
    resource.up.set()
    assert future.result(10) == "answer"
