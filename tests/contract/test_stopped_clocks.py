"""Programs that hold the clock in their tests, or replace threads: deadlines pass, nothing hangs."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import threading

import pytest
from contract.implementations import SOON
from helpers import until
from scripts import run
from workloads import Loop

from pausable import TaskTimeout, ThreadPoolExecutor, sleep


@pytest.fixture(params=["freezegun", "time_machine"])
def held_clock(request):
    """Hold the clock for the test."""
    library = pytest.importorskip(request.param)
    if request.param == "freezegun":
        with library.freeze_time("2026-01-01"):
            yield
    else:
        with library.travel("2026-01-01", tick=False):
            yield


def test_the_clock_is_held(held_clock):
    """Else the other tests would show nothing."""
    assert dt.datetime.now(dt.UTC).date() == dt.date(2026, 1, 1)


def test_deadlines_pass(make_submitter, latch, held_clock):
    """Of `result()` and `exception()`."""
    future = make_submitter(1).submit(latch)
    with pytest.raises(TimeoutError):
        future.result(0.01)
    with pytest.raises(TimeoutError):
        future.exception(0.01)


def test_all_that_takes_time_goes_on(held_clock):
    """Waits for quiescence, holds that expire, sleeps, time limits, times in statuses."""
    loop, began = Loop(), threading.Event()

    def far_from_a_checkpoint() -> bool:
        began.set()
        return loop.go.wait(SOON)

    with ThreadPoolExecutor(2) as pool:
        stuck = pool.submit(far_from_a_checkpoint)
        assert began.wait(SOON)
        assert not pool.pause("for a test", duration=0.02).wait(0.01)
        until(lambda: not pool.is_paused())
        assert pool.submit(sleep, 0.01).result(SOON) is None
        with pytest.raises(TaskTimeout):
            pool.options(timeout=0.02).submit(loop).result(SOON)
        assert pool.status().active_time > 0
        loop.go.set()
        assert stuck.result(SOON)


USED = """
from pausable.futures import ThreadPoolExecutor
try:
    with ThreadPoolExecutor(2) as pool:
        print(pool.submit(abs, -1).result(20))
        hold = pool.pause("for a test")
        queued = pool.submit(abs, -2)
        print(hold.wait(20), queued.done())
        pool.resume()
        print(queued.result(20))
except RuntimeError as error:
    print(error)
"""
PATCH = "import gevent.monkey; gevent.monkey.patch_all()\n"


def test_gevent_after_the_import_is_refused_with_a_word():
    """A worker would park on a lock that blocks all greenlets: it does not come to that."""
    pytest.importorskip("gevent")
    assert (
        "patch_all(): let that be called first" in run(PATCH + USED)[0]
    )  # it has imported pausable


def test_gevent_before_the_import_works():
    """The workers are greenlets, as the stdlib's are then."""
    pytest.importorskip("gevent")
    done = subprocess.run(
        [sys.executable, "-c", PATCH + USED], capture_output=True, text=True, timeout=90, check=True
    )
    assert done.stdout.split() == ["1", "True", "False", "2"]


OUTLIVES = """
import time
from pausable.futures import ThreadPoolExecutor
pool, seen = ThreadPoolExecutor(1), []
print(pool.submit(abs, -1).result(20))
import gevent.monkey; gevent.monkey.patch_all()
pool.observe(seen.append)
pool.pause("for a moment", duration=0.05)
print(pool.submit(abs, -2).result(20), bool(seen))
"""


def test_gevent_after_the_import_loses_no_alarm():
    """The thread of a pool goes on, and so do the timer and the herald: its hold ends in time."""
    pytest.importorskip("gevent")
    done = subprocess.run(
        [sys.executable, "-c", OUTLIVES], capture_output=True, text=True, timeout=90, check=False
    )
    assert done.stdout.splitlines() == ["1", "2 True"]  # gevent may complain at the exit, on stderr
