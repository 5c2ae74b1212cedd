"""Chaos: everything at once, at random from a seed, and nothing is lost, doubled or out of turn.

Threads submit, pause, resume, stop, cancel, resize and shut down; tasks rest, sleep, wait for each
other, pause their own pool and fail. Checked meanwhile: a task runs once at most; never more than
`max_workers` run at once, nor of a group more than its limit; nothing moves in a scope that is
quiescent and held; the pool's books are right. Checked at the end: all tasks are over, with an
outcome that somebody asked for; nothing is left.

``PAUSABLE_SEED=...`` makes other choices, and `make stress` others each time; the same seed repeats them
(not, of course, the threads' timing).
"""

from __future__ import annotations

import faulthandler
import os
import sys
import tempfile
import threading
from contextlib import suppress
from random import Random
from typing import TYPE_CHECKING

import pytest
from chaos.storm import PATIENCE, Storm

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SEED = os.environ.get("PAUSABLE_SEED", "3")
OPERATIONS = 1_000  # of one pool, from its making to its shutdown
POOLS = 12
STRESS_POOLS = 1_000


@pytest.fixture(params=[None, 1e-5], ids=["usual switches", "many switches"])
def switching(request) -> Iterator[None]:
    """Let the interpreter switch threads as it does, or all the time."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(request.param or usual)
    yield
    sys.setswitchinterval(usual)


def resume_everything(storm: Storm) -> None:
    """Release all that storms and tasks have placed and left."""
    for book in storm.books:
        with suppress(RuntimeError):  # it has shut down; the holds that it had are in the ledger
            storm.scope(book).resume()
    while storm.ledger.holds:
        storm.ledger.holds.pop().release()
    for entry in tuple(storm.ledger.books["pool"].live):
        if entry.future is not None:
            entry.future.resume()


def resume_and_shut_down(storm: Storm) -> bool:
    """End a pool as programs do."""
    resume_everything(storm)
    return storm.pool.shutdown(timeout=PATIENCE)


def shut_down_paused(storm: Storm) -> bool:
    """End a pool while it is paused: the shutdown waits for the resume."""
    storm.pool.pause("over the end")
    ended: list[bool] = []
    thread = threading.Thread(target=lambda: ended.append(storm.pool.shutdown(timeout=PATIENCE)))
    thread.start()
    storm.pool.shutdown(wait=False)
    resume_everything(storm)
    thread.join()
    return ended == [True]


def stop_and_shut_down(storm: Storm) -> bool:
    """End a pool at once, paused or not."""
    storm.ledger.books["pool"].asked_to_stop += 1
    storm.pool.pause("over the stop")
    storm.pool.stop("the end")
    resume_everything(storm)
    return storm.pool.shutdown(timeout=PATIENCE)


def cancel_and_shut_down(storm: Storm) -> bool:
    """End a pool that forgets what it has not begun."""
    storm.ledger.books["pool"].asked_to_cancel += 1
    storm.pool.shutdown(wait=False, cancel_futures=True)
    resume_everything(storm)
    return storm.pool.shutdown(timeout=PATIENCE)


ENDS: list[Callable[[Storm], bool]] = [
    resume_and_shut_down,
    shut_down_paused,
    stop_and_shut_down,
    cancel_and_shut_down,
]


def stacks() -> str:
    """Return what all threads are doing."""
    with tempfile.TemporaryFile("w+") as file:
        faulthandler.dump_traceback(file, all_threads=True)
        file.seek(0)
        return file.read()


def weather(seed: str, operations: int = OPERATIONS) -> None:
    """Let one storm pass over one pool, and look at what it has left."""
    storm = Storm(seed, operations)
    ledger, end = storm.ledger, Random(seed).choice(ENDS)
    try:
        storm.run()
        assert not ledger.problems
        assert end(storm), f"{end.__name__}: it did not end: {storm.pool.status()}"
        live = tuple(ledger.books["pool"].live)
        assert ledger.audit(live) == len(live), "some tasks are lost"
        assert not ledger.problems
        status = storm.pool.status()
        assert (status.queued, status.running, status.resting) == (0, 0, 0)
        assert status.done == next(ledger.numbers) - 1 - len(ledger.refused)
        assert not [each for each in threading.enumerate() if each.name.startswith("chaos")]
        storm.look(storm.rng)
        assert not ledger.problems
    except AssertionError as error:
        said = "\n".join(ledger.problems[:10])
        error.add_note(f"PAUSABLE_SEED={seed}\n{said}\n{stacks()}")
        raise


@pytest.mark.usefixtures("switching")
@pytest.mark.timeout(600)
@pytest.mark.parametrize("number", range(POOLS))
def test_nothing_goes_wrong_in_a_storm(number):
    """Twelve pools, each through a thousand operations on five threads."""
    weather(SEED if number == 0 else f"{SEED}-{number}")


@pytest.mark.stress
@pytest.mark.usefixtures("switching")
@pytest.mark.timeout(0)
def test_nothing_goes_wrong_in_a_million_operations(capsys):
    """As above, for as long as it takes."""
    for number in range(STRESS_POOLS):
        weather(f"{SEED}-stress-{number}")
        if number % 50 == 49:
            with capsys.disabled():
                sys.stdout.write(
                    f"\n{(number + 1) * OPERATIONS:,} operations, PAUSABLE_SEED={SEED}"
                )
