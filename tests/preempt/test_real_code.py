"""Real code, of the standard library and of others, gives the same results however it is paused."""

from __future__ import annotations

import os
import random
import threading
from typing import TYPE_CHECKING

import pytest
from helpers import until
from preempt.form import PATIENCE
from preempt.real_work import JOBS, SOURCES

if TYPE_CHECKING:
    from pausable import ThreadPoolExecutor

SEED = os.environ.get("PAUSABLE_SEED", "8")
PAUSES = 200


def expected() -> dict[str, list[str]]:
    """Run all jobs one after the other, on this thread."""
    return {name: [job(source) for source in SOURCES] for name, job in JOBS.items()}


def pause_at_random(pool: ThreadPoolExecutor, rng: random.Random) -> int:
    """Pause a pool at a random moment; return how many tasks rested then."""
    threading.Event().wait(rng.random() * 0.005)
    with pool.pause("look", timeout=PATIENCE):
        return pool.status().resting


def test_there_are_packages_from_elsewhere() -> None:
    """The packages of the test group that are real code are there."""
    assert {"render_markdown", "render_template"} <= set(JOBS)


@pytest.mark.timeout(300)
def test_two_hundred_pauses_do_not_change_a_result(make_pool) -> None:
    """All jobs over all input, with random pauses until 200 have met work: as one after the other."""
    results = expected()
    rng = random.Random(SEED)
    pool = make_pool(4)
    met = 0
    while met < PAUSES:
        futures = {
            name: [pool.submit(job, source) for source in SOURCES] for name, job in JOBS.items()
        }
        while pool.tasks():
            met += bool(pause_at_random(pool, rng))
        found = {name: [each.result(PATIENCE) for each in futures[name]] for name in futures}
        assert found == results


@pytest.mark.parametrize("job", JOBS)
def test_one_job_that_is_paused_all_the_time(pool, job) -> None:
    """Each job, paused again and again until it has ended, gives its results."""
    work, rng = JOBS[job], random.Random(SEED)

    def over_all_input() -> list[str]:
        return [work(source) for source in SOURCES]

    results, rested = over_all_input(), 0
    while not rested:  # a short job may be over before it is paused
        futures = [pool.submit(over_all_input) for _ in range(2)]
        while pool.tasks():
            rested += pause_at_random(pool, rng)
        assert [future.result(PATIENCE) for future in futures] == [results] * 2


@pytest.mark.parametrize("job", JOBS)
def test_a_job_that_is_stopped(pool, job) -> None:
    """A stop in the middle ends it, and leaves what it uses fit for the next."""
    work, source = JOBS[job], SOURCES[0]
    result = work(source)

    began = threading.Event()

    def repeat() -> None:
        while True:
            work(source)
            began.set()

    future = pool.submit(repeat)
    assert began.wait(PATIENCE)
    assert future.stop("enough")
    until(future.done)
    assert future.cancelled()
    assert pool.submit(work, source).result(PATIENCE) == result
