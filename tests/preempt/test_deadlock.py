"""No lock is held at rest: whatever tasks do with locks, others can do too while the tasks rest."""

from __future__ import annotations

import random
import threading

import pytest
from helpers import until
from preempt.contention import Contention, lazy_modules
from preempt.form import PATIENCE
from workloads import background

from pausable import checkpoint

SEED = random.Random(4)


def moment() -> None:
    """Let threads run for a random moment: the pause is to come anywhere."""
    threading.Event().wait(SEED.random() * 0.004)


def deadlocks(pool, threads: int, pauses: int) -> None:
    """Pause tasks that use locks again and again, and use the same locks meanwhile."""
    contention = Contention()
    with lazy_modules():
        for number in range(threads):
            pool.submit(contention.work, number)
        until(lambda: len(contention.moves) == threads, PATIENCE)
        for _ in range(pauses):
            moment()
            with pool.pause("look", timeout=PATIENCE):
                before = dict(contention.moves)
                background(contention.everything).result(PATIENCE)
                assert contention.moves == before
                assert sum(contention.balance) == 1000
                assert pool.is_quiescent()
        before = dict(contention.moves)
        until(lambda: all(contention.moves[n] > before[n] for n in before), PATIENCE)
        assert pool.stop("over") == threads
        assert pool.shutdown(timeout=PATIENCE)
        contention.everything()  # nor has a stop left a lock behind


@pytest.mark.parametrize(("threads", "pauses"), [(8, 100), (32, 30)])
def test_nobody_waits_for_a_task_that_rests(make_pool, threads, pauses) -> None:
    """In each pause all come to rest, nothing moves, and another thread gets every lock."""
    deadlocks(make_pool(threads), threads, pauses)


@pytest.mark.stress
@pytest.mark.timeout(0)
@pytest.mark.parametrize(("threads", "pauses"), [(8, 15_000), (32, 5_000)])
def test_nobody_waits_for_a_task_that_rests_in_many_pauses(make_pool, threads, pauses) -> None:
    """As above, 20,000 times."""
    deadlocks(make_pool(threads), threads, pauses)


def test_the_test_finds_a_task_that_rests_with_a_lock(pool) -> None:
    """A task that rests with a lock, as one with a checkpoint under it does, is found out."""
    contention = Contention()

    def task() -> None:
        with contention.lock:
            began.set()
            while True:
                checkpoint()

    began = threading.Event()
    pool.submit(task)
    assert began.wait(PATIENCE)
    with pool.pause("look", timeout=PATIENCE):
        stuck = background(contention.transfer)
        with pytest.raises(TimeoutError):
            stuck.result(0.05)
    pool.stop("over")
    stuck.result(PATIENCE)
