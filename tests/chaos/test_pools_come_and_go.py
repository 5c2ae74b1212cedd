"""Threads make, use and drop pools while another pauses and resumes the process.

Checked: what was submitted while the process was paused does not start before a resume; when a
pause waits, nothing moves in its block; every task runs, once; nothing is left in the end.

``PAUSABLE_SEED=...`` makes other choices, and `make stress` others each time; the same seed repeats them
(not, of course, the threads' timing).
"""

from __future__ import annotations

import gc
import os
import sys
import threading
from itertools import count
from random import Random
from typing import TYPE_CHECKING

import pytest
from helpers import until
from workloads import background

import pausable
from pausable import ThreadPoolExecutor, checkpoint
from pausable._core.attention import attention

if TYPE_CHECKING:
    from collections.abc import Iterator

SEED = os.environ.get("PAUSABLE_SEED", "4")
MAKERS = 4
MOST_POOLS = 30  # that are there at once, so that those who make them do not run away
ROUNDS, STRESS_ROUNDS = 300, 10_000


@pytest.fixture(params=[None, 1e-5], ids=["usual switches", "many switches"])
def switching(request) -> Iterator[None]:
    """Let the interpreter switch threads as it does, or all the time."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(request.param or usual)
    yield
    sys.setswitchinterval(usual)


class Ledger:
    """What was submitted, what has run, and whether it might."""

    def __init__(self) -> None:
        self.epoch = 0  # odd while the process is paused: from after the pause to before the resume
        self.over = threading.Event()
        self.submitted, self.begun, self.ended, self.moves = count(), count(), count(), count()
        self.wrong: list[str] = []
        self.paused_submits = 0

    def task(self, epoch: int, steps: int) -> None:
        """Be a task that was submitted in an epoch."""
        next(self.begun)
        if epoch % 2 and self.epoch == epoch:
            self.wrong.append(f"a task of epoch {epoch} has started in it")
        for _ in range(steps):
            next(self.moves)
            checkpoint()
        next(self.ended)

    def submit(self, pool: ThreadPoolExecutor, steps: int) -> None:
        """Submit one."""
        epoch = self.epoch
        self.paused_submits += epoch % 2
        pool.submit(self.task, epoch, steps)
        next(self.submitted)


def total(counter: count[int]) -> int:
    """Read a counter."""
    return int(repr(counter)[len("count(") : -1])


def make_pools(ledger: Ledger, choices: Random) -> int:
    """Make pools, use them, and let them go in the ways that programs do."""
    made = 0
    while not ledger.over.is_set():
        if len(pausable.pools()) > MOST_POOLS:
            ledger.over.wait(0.001)
            continue
        pool = ThreadPoolExecutor(choices.randint(1, 3))
        made += 1
        for _ in range(choices.randint(0, 4)):
            ledger.submit(pool, choices.choice([0, 0, 3, 20]))
        way = choices.random()
        if way < 0.3:
            pool.shutdown(wait=False)
        elif way < 0.4:
            pool.shutdown()
        elif way < 0.6:
            pool.me = pool  # it goes in a cycle
        del pool
    return made


def pause_and_resume(ledger: Ledger, choices: Random, rounds: int) -> int:
    """Pause and resume the process; now and then see that nothing moves."""
    waits = 0
    for _ in range(rounds):
        hold = pausable.pause("come and go")
        ledger.epoch += 1
        if choices.random() < 0.1:
            waits += 1
            if not hold.wait(60):
                ledger.wrong.append(f"not quiescent: {pausable.stragglers()[:3]}")
            before = total(ledger.moves), total(ledger.begun), total(ledger.ended)
            for _ in range(20):
                ledger.over.wait(0)  # let others run, if any can
            if before != (total(ledger.moves), total(ledger.begun), total(ledger.ended)):
                ledger.wrong.append("something moves in a quiescent process")
        ledger.epoch += 1
        if not hold.release():
            ledger.wrong.append("somebody else has ended the hold")
    return waits


def come_and_go(rounds: int) -> str:
    """Let it all happen; return the numbers."""
    ledger = Ledger()
    seeds = Random(SEED)
    makers = [background(make_pools, ledger, Random(seeds.random())) for _ in range(MAKERS)]
    waits = background(pause_and_resume, ledger, Random(seeds.random()), rounds).result(900)
    ledger.over.set()
    made = sum(each.result(60) for each in makers)
    gone = lambda: gc.collect() is not None and not pausable.pools()  # noqa: E731 - some are in cycles
    until(gone, 60, "all pools have gone")
    submitted, ended = total(ledger.submitted), total(ledger.ended)
    assert ledger.wrong == [], SEED
    assert ended == submitted == total(ledger.begun), f"{ended} of {submitted} have run ({SEED})"
    assert not attention
    return (
        f"{rounds} pauses, {waits} of which have waited; {made} pools, {submitted} tasks, "
        f"{ledger.paused_submits} of which were submitted while paused"
    )


@pytest.mark.usefixtures("switching")
def test_nothing_starts_while_pools_come_and_go() -> None:
    """Whatever pools are made and dropped meanwhile, a pause of the process holds all of them."""
    come_and_go(ROUNDS)


@pytest.mark.stress
@pytest.mark.timeout(1200)
def test_nothing_starts_in_ten_thousand_pauses(capsys) -> None:
    """The same for long."""
    said = come_and_go(STRESS_ROUNDS)
    with capsys.disabled():
        sys.stdout.write(f"\n{said} (seed {SEED})\n")
