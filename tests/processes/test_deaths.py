"""What becomes of tasks whose process dies, and of all others."""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import pickle
import signal
import threading
import time
from concurrent.futures.process import BrokenProcessPool

import pytest
from helpers import until
from processes import errands
from processes.signs import is_there

from pausable import WorkerDied
from pausable.futures import ProcessPoolExecutor


def kill_all(pool, number=signal.SIGKILL):
    for pid in list(pool._processes):
        with contextlib.suppress(ProcessLookupError):  # killed before, and not noted yet
            os.kill(pid, number)


# By default the pool is broken.


def test_a_death_breaks_the_pool(pool, tmp_path):
    """As in the stdlib: what runs and what is queued fails, and nothing more is accepted."""
    running = [pool.submit(errands.ask_forever, tmp_path, str(number)) for number in range(2)]
    queued = pool.submit(errands.add, 1)
    for number in range(2):
        until(is_there(tmp_path, str(number)))
    os.kill(next(iter(pool._processes)), signal.SIGKILL)
    for future in (*running, queued):
        with pytest.raises(BrokenProcessPool, match="while the future was running or pending"):
            future.result(30)
    for scope in (pool, pool.options(name="named")):
        with pytest.raises(BrokenProcessPool, match="the process pool is not usable anymore"):
            scope.submit(errands.add, 1)
    assert "not usable" in pool._broken
    assert pool.shutdown(timeout=30)


def test_the_death_of_an_idle_process_breaks_the_pool(pool):
    """Also where nobody speaks with it."""
    os.kill(next(iter(pool._processes)), signal.SIGKILL)
    until(lambda: pool._broken)
    with pytest.raises(BrokenProcessPool):
        pool.submit(errands.add, 1)


def test_a_death_at_rest_breaks_the_pool(pool, tmp_path):
    """Those that rest in other processes are woken, and fail: nobody waits for a resume."""
    futures = [pool.submit(errands.ask_forever, tmp_path, str(number)) for number in range(2)]
    for number in range(2):
        until(is_there(tmp_path, str(number)))
    pool.pause("to look")
    assert pool.wait_quiescent(30)
    os.kill(next(iter(pool._processes)), signal.SIGKILL)
    for future in futures:
        with pytest.raises(BrokenProcessPool):
            future.result(30)
    assert pool.shutdown(timeout=30)


# With on_death="fail" it is not.


@pytest.fixture
def lenient(make_pool):
    """Make a pool of two processes that survives their deaths."""
    pool = make_pool(on_death="fail")
    for future in [pool.submit(errands.pid_of) for _ in range(2)]:
        future.result()
    return pool


def test_a_death_costs_its_task(lenient, tmp_path):
    """The task fails with what is known of the end of its process; all others go on."""
    other = lenient.submit(errands.begin_and_wait_for, tmp_path, "end")
    until(is_there(tmp_path, "begun"))
    future = lenient.submit(errands.die)
    with pytest.raises(WorkerDied, match=r"ran die-\d+, has ended by signal 9") as caught:
        future.result(30)
    assert caught.value.exitcode == -signal.SIGKILL
    assert caught.value.task.startswith("die-")
    copy = pickle.loads(pickle.dumps(caught.value))
    assert (str(copy), copy.pid) == (str(caught.value), caught.value.pid)
    assert lenient.submit(errands.add, 1).result(30) == 2
    errands.touch(tmp_path, "end")
    assert other.result(30) == "end"


def test_an_exit_costs_its_task(lenient):
    """Who leaves by os._exit(0) has not returned anything either."""
    with pytest.raises(WorkerDied, match="with exit code 0"):
        lenient.submit(os._exit, 0).result(30)
    assert lenient.submit(errands.add, 1).result(30) == 2


def test_a_death_at_rest_costs_its_task(lenient, tmp_path):
    """It fails at once, though its pool is paused, and the hold stays."""
    future = lenient.submit(errands.ask_forever, tmp_path)
    until(is_there(tmp_path, "begun"))
    lenient.pause("to look")
    assert lenient.wait_quiescent(30)
    kill_all(lenient)
    with pytest.raises(WorkerDied):
        future.result(30)
    assert lenient.is_paused()
    later = lenient.submit(errands.add, 1)
    lenient.resume()
    assert later.result(30) == 2


def test_a_death_in_a_quiet_block_costs_its_task(lenient, tmp_path):
    """Also where the task counts as at rest, paused or not."""
    future = lenient.submit(errands.wait_in_quiet, tmp_path)
    until(lambda: lenient.status().resting == 1)
    lenient.pause("to look")
    kill_all(lenient)
    with pytest.raises(WorkerDied):
        future.result(30)


def test_the_death_of_idle_processes_costs_nothing(lenient):
    """What comes next is done by others."""
    for _ in range(3):
        kill_all(lenient)
        assert list(lenient.map(errands.add, range(4))) == [1, 2, 3, 4]


def test_a_fault_may_be_a_death(make_pool, tmp_path):
    """A task whose process has died is tried again by who holds on faults, in another process."""
    pool = make_pool(on_death="fail", on_fault="hold")
    future = pool.submit(errands.die_once, tmp_path)
    until(pool.faults)
    assert isinstance(pool.faults()[0].exception, WorkerDied)
    pool.faults()[0].retry()
    assert future.result(30) == "lived"


def test_processes_that_cannot_begin(lenient, monkeypatch):
    """A process that ends before it has said that it is there costs a task, and no other follows."""
    kill_all(lenient)
    until(lambda: not lenient._processes)
    monkeypatch.setattr("pausable.processes.worker_process.serve", errands.die_with)
    with pytest.raises(WorkerDied):
        lenient.submit(errands.add, 1).result(60)
    monkeypatch.undo()
    assert lenient.submit(errands.add, 1).result(60) == 2


def test_a_new_process_is_there_for_what_rests(lenient, tmp_path):
    """While a task rests with its process, others die and are replaced."""
    resting = lenient.submit(errands.ask_forever, tmp_path)
    until(is_there(tmp_path, "begun"))
    with resting.pause("this one", timeout=30):
        for _ in range(3):
            with pytest.raises(WorkerDied):
                lenient.submit(errands.die).result(30)
        assert lenient.submit(errands.add, 1).result(30) == 2
    assert resting.running()
    resting.stop()


def test_an_outcome_that_cannot_be_read_says_why(make_pool):
    """As in the stdlib: the pool is broken, and the cause tells what could not be unpickled."""
    future = make_pool(1).submit(errands.raise_what_cannot_arrive)
    with pytest.raises(BrokenProcessPool) as caught:
        future.result(30)
    assert "missing 1 required positional argument: 'other'" in str(caught.value.__cause__)


def test_a_death_after_the_pool_has_gone_is_no_matter(method):
    """The watch sees the end of a process whose pool is collected, and looks for no tasks."""
    faults = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(threading, "excepthook", faults.append)
        for _ in range(10):
            pool = ProcessPoolExecutor(2, multiprocessing.get_context(method))
            future = pool.submit(time.sleep, 100)
            until(future.running)
            kill_all(pool)
            with pytest.raises(BrokenProcessPool):
                future.result(30)
            watch = pool._p_crew.stable.watch
            del pool, future
            gc.collect()
            if watch is not None:
                watch.join()
    assert faults == []
