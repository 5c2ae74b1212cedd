"""Locks of the system, of packages and of databases, in preemptive tasks that are paused at random."""

from __future__ import annotations

import gc
import os
import random
import threading

import pytest
from helpers import until

pytest.importorskip("fcntl", reason="the locks of files that are tried are those of POSIX")

from preempt.form import PATIENCE
from preempt.real_locks import KINDS

SEED = os.environ.get("PAUSABLE_SEED", "9")
every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda each: each.__name__)


def pause_at_random(make_pool, kind, pauses: int) -> None:
    """Pause three tasks at random moments: all rest, and none of them holds anything then."""
    rng = random.Random(SEED)
    pool = make_pool(3)
    futures = [pool.submit(kind.run) for _ in range(3)]
    for _ in range(pauses):
        threading.Event().wait(rng.random() * 0.01)
        with pool.pause("look", timeout=PATIENCE):
            assert not [each.done() for each in futures if each.done()]
            assert not kind.is_held()
    kind.over.set()
    for future in futures:
        future.result(PATIENCE)


@every_kind
def test_nothing_is_held_at_rest(make_pool, tmp_path, kind) -> None:
    """Under some random pauses everything rests, and nothing is held then."""
    pause_at_random(make_pool, kind(tmp_path), 15)


@pytest.mark.stress
@pytest.mark.timeout(900)
@every_kind
def test_nothing_is_held_at_rest_in_two_hundred_pauses(make_pool, tmp_path, kind) -> None:
    """Under two hundred random pauses everything rests, and nothing is held then."""
    pause_at_random(make_pool, kind(tmp_path), 200)


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # fasteners' acquire() keeps it
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # the same, told so
@every_kind
def test_it_is_stopped(make_pool, tmp_path, kind) -> None:
    """Tasks that hold something nearly all the time are stopped, and have given it back."""
    made = kind(tmp_path)
    pool = make_pool(3)
    futures = [pool.submit(made.run) for _ in range(3)]
    until(lambda: pool.status().running == 3)
    pool.stop("enough")
    until(lambda: not pool.tasks())
    assert all(each.cancelled() for each in futures)
    assert not made.is_held()
    gc.collect()
