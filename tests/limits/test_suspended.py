"""What passes while the process is suspended counts for no task, at rest or not."""

from __future__ import annotations

import time

import pytest
from helpers import until
from workloads import Loop, Stuck

from pausable.scopes.suspended import uncounted


def passed(seconds):
    """Let wall time pass: it is what is measured here."""
    began = time.monotonic()
    until(lambda: time.monotonic() > began + seconds)


@pytest.mark.parametrize("workload", [Loop, Stuck])
def test_active_time(make_pool, workload):
    """Of a task that runs the whole time, the block is left out."""
    pool, task = make_pool(1), workload()
    began = time.perf_counter()
    future = pool.submit(task)
    task.began.wait()
    with uncounted():
        passed(0.3)
        assert future.active_time == 0
    assert 0 < future.active_time <= time.perf_counter() - began - 0.3
    task.go.set()
    future.result()
    assert 0 < future.active_time <= time.perf_counter() - began - 0.3


def test_a_time_limit(make_pool):
    """It is not used up by the block, though the timer goes off in it; it is kept afterwards."""
    pool, loop = make_pool(1), Loop()
    future = pool.options(timeout=0.2).submit(loop)
    loop.began.wait()
    with uncounted():
        passed(0.5)
        assert not future.done()
        assert future.status().stop_reason is None
    assert future.exception(20).__class__.__name__ == "TaskTimeout"


def test_who_rests(make_pool):
    """A task that rests when the block begins is not touched."""
    pool, loop = make_pool(1), Loop()
    future = pool.submit(loop)
    loop.began.wait()
    with pool.pause("for a test", timeout=20):
        before = future.active_time
        with uncounted():
            passed(0.05)
        assert future.active_time == before
