"""Processes are killed at random, while tasks run, rest, are frozen, or none is there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from processes.carnage import rounds
from start_methods import METHODS

SEED = os.environ.get("PAUSABLE_SEED", "carnage")

pytestmark = pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="looks at what Linux shows")


def test_a_few_rounds(method):
    """Every future ends, and no process, file descriptor, semaphore or shared memory is left."""
    rounds(method, 16 if method == "fork" else 8, SEED)


@pytest.mark.stress
@pytest.mark.parametrize("each", METHODS)
def test_many_rounds(each):
    """The same, 200 times."""
    assert sum(rounds(each, 200, SEED).values()) >= 200
