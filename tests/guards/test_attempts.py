"""Attempts: work that is tried again after each recovery, in loops, functions and coroutines."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref

import pytest
from helpers import until
from workloads import background

from pausable.guards import Backoff, Guard

QUICK = {"every": 0.01, "backoff": Backoff(factor=1.0)}


@pytest.fixture
def db(resource) -> Guard:
    """Make a guard of the resource."""
    return Guard("db", resource.probe, trip_on=ConnectionError, **QUICK)


def flaky(*errors):
    """Return a function that raises these one after the other, and then returns "done"."""
    left = iter(errors)

    def work(*_args):
        for error in left:
            raise error
        return "done"

    return work


class Refused(ConnectionError):
    """One that can be referred to weakly."""


def test_one_attempt_where_all_is_well(db):
    """The loop runs once."""
    tries = 0
    for attempt in db.attempts():
        with attempt:
            tries += 1
    assert tries == 1


def test_it_is_tried_again_until_it_succeeds(pool, db):
    """Three failures, four tries; the work ends with its result."""
    work = db.protect(flaky(*[ConnectionError(str(n)) for n in range(3)]))
    assert pool.submit(work, 1).result(10) == "done"
    assert db.status().trips == 3


def test_other_errors_pass(pool, db):
    """What is not of `trip_on` is raised at once, and trips nothing."""
    work = db.protect(flaky(ValueError("its own")))
    assert isinstance(pool.submit(work).exception(10), ValueError)
    assert db.status().trips == 0


def test_so_many_tries_then_the_last_error(pool, db):
    """With ``tries=2`` the second failure is raised, from the line that raised it."""
    first, second = ConnectionError("first"), ConnectionError("second")
    future = pool.submit(db.protect(tries=2)(flaky(first, second)))
    assert future.exception(10) is second


def test_so_many_seconds_of_waiting_then_the_last_error(pool, db, resource):
    """The task goes on to raise though its group is held, and the group stays held."""
    group = pool.group("g", guards=[db])
    resource.up.clear()
    ended = []

    @db.protect(timeout=0.05)
    def work():
        return resource.ask()

    def task():
        try:
            work()
        finally:
            ended.append(group.is_paused())

    assert isinstance(group.submit(task).exception(10), ConnectionError)
    assert ended == [True]
    assert group.is_paused()
    resource.up.set()
    until(lambda: not group.is_paused())


def test_no_seconds_of_waiting_at_all(pool, db, resource):
    """With ``timeout=0`` the first failure is raised."""
    resource.up.clear()
    work = db.protect(timeout=0)(resource.ask)
    assert isinstance(pool.submit(work).exception(10), ConnectionError)
    assert resource.refused == 1
    resource.up.set()


def test_a_users_hold_keeps_a_task_whose_time_is_up(pool, db, resource):
    """The end of its patience waives the guard's holds, not the user's."""
    resource.up.clear()
    future = pool.submit(db.protect(timeout=0.05)(resource.ask))
    until(lambda: future.status().state == "resting")
    hold = future.pause("the user asked")
    until(lambda: [each.kind for each in future.holds()] and future.is_paused())
    assert not future.done()
    hold.release()
    assert isinstance(future.exception(10), ConnectionError)
    resource.up.set()


def test_outside_any_task_the_thread_waits(db, resource):
    """The main thread, or any other, tries again after the recovery, too."""
    resource.up.clear()
    outcome = background(db.protect(resource.ask))
    until(lambda: db.status().probes > 1)
    resource.up.set()
    assert outcome.result(10) == "answer"
    assert resource.refused == 1


def test_a_stop_ends_the_waiting(pool, db, resource):
    """It is raised into the task where it rests."""
    resource.up.clear()
    future = pool.submit(db.protect(resource.ask))
    until(lambda: future.status().state == "resting")
    assert future.stop("not needed")
    until(future.cancelled)
    resource.up.set()


def test_a_coroutine_in_a_task_rests_with_its_loop(pool, db, resource):
    """``async with``, ``async for`` and the decorator, in a task that runs an event loop."""
    resource.up.clear()

    @db.protect
    async def work():
        async with db:
            return resource.ask()

    async def main():
        answers = [await work()]
        async for attempt in db.attempts():
            with attempt:
                answers.append(resource.ask())
        return answers

    future = pool.submit(lambda: asyncio.run(main()))
    until(lambda: future.status().state == "resting")
    resource.up.set()
    assert future.result(10) == ["answer", "answer"]


def test_a_coroutine_outside_any_task_blocks_no_loop(db, resource):
    """The loop runs on while one of its tasks waits for the recovery."""
    resource.up.clear()
    turns = 0

    @db.protect
    async def work():
        return resource.ask()

    async def main():
        nonlocal turns
        waiting = asyncio.create_task(work())
        while db.status().probes < 2:
            turns += 1
            await asyncio.sleep(0.001)
        resource.up.set()
        return await waiting

    assert asyncio.run(main()) == "answer"
    assert turns


def test_a_coroutine_gives_up_after_so_many_seconds(db, resource):
    """With the last error."""
    resource.up.clear()

    @db.protect(timeout=0.02)
    async def work():
        return resource.ask()

    with pytest.raises(ConnectionError):
        asyncio.run(work())
    resource.up.set()


def test_an_error_is_not_kept_by_what_it_came_through(pool, db, resource):
    """Once its future is gone, so is the error, without the garbage collector."""
    resource.up.clear()
    references = []

    @db.protect(timeout=0)
    def work():
        error = Refused("refused")
        references.append(weakref.ref(error))
        try:
            raise error
        finally:
            del error

    future = pool.submit(work)
    assert future.exception(10) is references[0]()
    gc.disable()
    try:
        del future
        pool.submit(str).result(10)
        until(lambda: references[0]() is None)
    finally:
        gc.enable()
        resource.up.set()


def test_a_protected_function_keeps_its_name(db):
    """And its docstring."""

    @db.protect
    def store():
        """Store."""

    assert (store.__name__, store.__doc__) == ("store", "Store.")
    assert store() is None


def test_blocks_of_two_guards_nest(pool, db, resource):
    """Each counts its own errors."""
    mail = Guard("mail", resource.probe, trip_on=TimeoutError, **QUICK)

    def task():
        with db, mail:
            raise TimeoutError("slow")

    resource.up.clear()
    assert isinstance(pool.submit(task).exception(10), TimeoutError)
    assert (db.status().trips, mail.status().trips) == (0, 1)
    resource.up.set()


def test_many_tasks_and_an_outage(make_pool, db, resource):
    """Each of 8 tasks is refused once at most in each outage, and all get their answers."""
    pool = make_pool(8, guards=[db])
    go = threading.Event()

    def task(number):
        go.wait(10)
        for attempt in db.attempts():
            with attempt:
                resource.ask()
        return number

    futures = [pool.submit(task, number) for number in range(200)]
    resource.up.clear()
    go.set()
    until(lambda: pool.is_paused() and pool.is_quiescent())
    resource.up.set()
    assert [each.result(20) for each in futures] == list(range(200))
    assert resource.refused <= 8


@pytest.mark.parametrize(
    ("limits", "error"),
    [
        ({"tries": 0}, ValueError),
        ({"tries": 1.5}, TypeError),
        ({"timeout": -1}, ValueError),
        ({"timeout": "x"}, TypeError),
    ],
)
def test_bad_limits_are_refused(db, limits, error):
    """At the call, also of the decorator."""
    with pytest.raises(error, match=next(iter(limits))):
        db.attempts(**limits)
    with pytest.raises(error, match=next(iter(limits))):
        db.protect(**limits)


def test_what_cannot_be_protected_is_refused(db):
    """A generator's call does no work yet; what is no function has none."""

    def generator():
        yield 1

    with pytest.raises(TypeError, match="generator"):
        db.protect(generator)
    with pytest.raises(TypeError, match="decorates functions"):
        db.protect(3)
