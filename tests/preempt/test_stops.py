"""A stop at any moment ends a task by the exception, with one clean-up, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import random
import shutil
import textwrap
import threading
from functools import partial
from types import SimpleNamespace

import pytest
from helpers import until
from preempt.exercise import Exercise
from preempt.forms import FORMS, PATIENCE
from preempt.instrumentation import leftovers, tools

from pausable import TaskStopped
from pausable._core.gil import HAS_GIL

SEED = os.environ.get("PAUSABLE_SEED", "5")
WORKERS = 4


def moment(rng: random.Random) -> None:
    """Let the task run for a random moment: the stop is to come anywhere."""
    if rng.random() < 0.7:
        threading.Event().wait(rng.random() * 0.003)


def stop_at_random(exercise: Exercise, rng: random.Random) -> None:
    """Stop a task that runs, is being paused, rests, or goes on after a rest."""
    moment(rng)
    kind = rng.randrange(4)
    hold = exercise.future.pause("first") if kind else None
    if hold is not None and kind > 1:
        assert hold.wait(PATIENCE), exercise.pool.stragglers()
    if hold is not None and kind > 2:
        hold.release()
    exercise.stop()


def stops(pool, count: int) -> None:
    """Stop so many tasks of all forms, in turn, and look at what they leave."""
    rng = random.Random(SEED)
    forms = [FORMS[number % len(FORMS)] for number in range(count)]
    rng.shuffle(forms)
    for number in range(0, count, WORKERS):
        exercises = [Exercise(pool, form) for form in forms[number : number + WORKERS]]
        for each in exercises:
            each.under_way()
        for each in exercises:
            stop_at_random(each, rng)
    see_all_workers(pool)
    assert pool.wait_quiescent(PATIENCE)
    until(lambda: tools() == [None] * 6, what="the tool id is given back")
    assert not leftovers()


def see_all_workers(pool) -> None:
    """See that as many tasks as ever run at once: no thread was lost."""
    meeting = threading.Barrier(WORKERS)
    futures = [pool.submit(meeting.wait, PATIENCE) for _ in range(WORKERS)]
    assert sorted(future.result(PATIENCE) for future in futures) == list(range(WORKERS))


@pytest.mark.timeout(900)
def test_stops_at_random_moments(make_pool) -> None:
    """Two hundred stops over all forms: one clean-up each, no thread lost, nothing instrumented."""
    stops(make_pool(WORKERS), 200 if HAS_GIL else 60)


@pytest.mark.stress
@pytest.mark.timeout(0)
def test_a_thousand_stops_at_random_moments(make_pool) -> None:
    """As above, a thousand and more."""
    stops(make_pool(WORKERS), 1_500)


def test_a_pool_of_all_forms_is_stopped_as_a_whole(make_pool) -> None:
    """`stop()` of a pool ends all of its tasks, each once, running or at rest."""
    for _ in range(2):
        pool = make_pool(16)
        exercises = [Exercise(pool, form).under_way() for form in FORMS[::9]]
        exercises[0].future.pause("first")
        assert pool.stop("all") == len(exercises)
        for each in exercises:
            each.see_stopped("all")
    until(lambda: tools() == [None] * 6, what="the tool id is given back")
    assert not leftovers()


def test_a_shutdown_by_an_exception_stops_tasks(make_pool) -> None:
    """Leaving `with pool:` by Ctrl-C stops tasks that have no checkpoint."""
    pool = make_pool(2)
    exercises = []
    with pytest.raises(KeyboardInterrupt), pool:
        exercises += [Exercise(pool, form).under_way() for form in FORMS[:2]]
        raise KeyboardInterrupt
    for each in exercises:
        assert each.future.cancelled()
        assert each.run.finals == 1


def locked_for(lock: threading.Lock, account: list[int], *, turns: int | None) -> None:
    """Take from one place and, some time later, put it into another one, under a lock."""
    while True:
        with lock:
            account[0] -= 1
            for _ in itertools.count() if turns is None else range(turns):
                pass
            account[1] += 1


def test_what_is_done_under_a_lock_is_done_to_its_end(make_pool) -> None:
    """Tasks that are under a lock nearly all the time are stopped when they have released it."""
    lock, account = threading.Lock(), [1000, 0]
    for _ in range(30):
        pool = make_pool(2)
        futures = [pool.submit(locked_for, lock, account, turns=100) for _ in range(2)]
        threading.Event().wait(0.002)
        pool.stop("enough")
        for future in futures:
            with pytest.raises(TaskStopped):
                future.result(PATIENCE)
        assert sum(account) == 1000
        assert lock.acquire(timeout=PATIENCE)
        lock.release()


def test_a_lock_that_is_never_released_does_not_keep_a_task(pool) -> None:
    """A task that goes on for ever under a lock is stopped there, after a while."""
    lock, account = threading.Lock(), [1000, 0]
    future = pool.submit(locked_for, lock, account, turns=None)
    until(lambda: account[0] == 999)
    future.stop("enough")
    with pytest.raises(TaskStopped, match="enough"):
        future.result(PATIENCE)
    assert not lock.locked()


def test_what_the_stdlib_does_for_itself_is_stopped_after_a_while(pool) -> None:
    """A copy by `shutil`, whose source computes in `textwrap`, rests at once and stops in time."""
    source = SimpleNamespace(read=partial(textwrap.fill, "some words " * 50))
    future = pool.submit(shutil.copyfileobj, source, SimpleNamespace(write=len))
    until(lambda: future.where() is not None)  # it has begun
    assert future.pause("first").wait(PATIENCE)
    assert future.where().file in {textwrap.__file__, shutil.__file__}
    future.stop("enough")
    with pytest.raises(TaskStopped, match="enough"):
        future.result(PATIENCE)


def on_one_line_in_a_try(over) -> None:
    n = 0
    try:
        n = 1
        while not over: n += 1  # fmt: skip # noqa: E701
    finally:
        n = 0


def on_one_line_in_a_with(over) -> None:
    n = 0
    with contextlib.nullcontext():
        while not over: n += 1  # fmt: skip # noqa: E701


@pytest.mark.parametrize("task", [on_one_line_in_a_try, on_one_line_in_a_with])
def test_a_loop_on_one_line_is_stopped_where_its_jump_leads(pool, task) -> None:
    """No handler covers the jump back, on 3.13, and there is no other event in such a loop."""
    over = []
    future = pool.submit(task, over)
    until(future.running)
    try:
        future.stop("enough")
        with pytest.raises(TaskStopped):
            future.result(20)
    finally:
        over.append(True)


def test_a_loop_that_is_about_to_end_does(pool) -> None:
    """A stop that comes when `asyncio.run` has its result waits until the loop has ended.

    Else the callback that ends the loop would stay in its queue, and end its clean-up instead.
    """
    cleaned, raised = [], []

    async def numbers():
        try:
            while True:
                yield 1
        finally:
            await asyncio.sleep(0)
            cleaned.append(True)

    async def main(generator) -> None:
        await anext(generator)
        future.stop("enough")

    def task() -> None:
        generator = numbers()
        try:
            asyncio.run(main(generator))
        except BaseException as error:
            raised.append(error)
            raise
        while True:
            pass

    with pool.pause("until it has its name"):
        future = pool.submit(task)
    with pytest.raises(TaskStopped, match="enough"):
        future.result(PATIENCE)
    assert not raised
    assert cleaned == [True]


def test_a_task_that_swallows_it_is_stopped_again(pool) -> None:
    """A bare `except` that goes on gets the exception again, after a while."""
    caught = []
    began = threading.Event()

    def stubborn() -> None:
        while True:
            try:
                began.set()
                while True:
                    pass
            except BaseException as error:
                caught.append(error)
                if len(caught) == 3:
                    raise

    future = pool.submit(stubborn)
    assert began.wait(PATIENCE)
    future.stop("enough")
    with pytest.raises(BaseException, match="enough"):
        future.result(PATIENCE)
    assert len(caught) == 3


@pytest.mark.parametrize("pause", [False, True])
def test_a_clean_up_is_not_disturbed(pool, pause) -> None:
    """A `finally` that takes its time runs to its end once, stopped again and again meanwhile."""
    began, cleaned, rounds = threading.Event(), [], []

    def task() -> None:
        try:
            began.set()
            while True:
                pass
        finally:
            for n in range(20_000):
                rounds.append(n)
                future.stop("again") if n % 5_000 == 0 else None
            cleaned.append(True)

    future = pool.submit(task)
    assert began.wait(PATIENCE)
    if pause:
        assert future.pause("first").wait(PATIENCE)
    future.stop("enough")
    with pytest.raises(BaseException, match="enough"):
        future.result(PATIENCE)
    assert cleaned == [True]
    assert len(rounds) == 20_000
