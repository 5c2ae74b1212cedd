"""The initializer of a process runs when that has started, as in the stdlib; not under a hold."""

from __future__ import annotations

import concurrent.futures
import multiprocessing
import time
from concurrent.futures.process import BrokenProcessPool
from types import SimpleNamespace

import pytest
from helpers import until
from processes import errands

from pausable import NotQuiescent, WorkerDied
from pausable.futures import ProcessPoolExecutor
from pausable.processes.novices import Novices

WORKERS = 3


@pytest.fixture(params=[concurrent.futures.ProcessPoolExecutor, ProcessPoolExecutor])
def executor(request):
    """Name a class: what is promised here the stdlib's promises, too."""
    return request.param


def started_for(method, tasks):
    """Count the processes that so many tasks have started, none of which has ended."""
    return WORKERS if method == "fork" else tasks


def initialized(folder):
    return len(list(folder.glob("initializ*")))


def test_it_runs_where_no_task_comes(executor, method, tmp_path):
    """In all processes that were started, whatever became of the tasks."""
    context = multiprocessing.get_context(method)
    with executor(WORKERS, context, errands.initialize, (tmp_path, "set")) as pool:
        assert pool.submit(errands.add, 1).result(30) == 2
        until(lambda: initialized(tmp_path) == started_for(method, 1))
    assert initialized(tmp_path) == started_for(method, 1)


def test_initializers_run_at_once(executor, method):
    """They may wait for one another."""
    context = multiprocessing.get_context(method)
    barrier = context.Barrier(started_for(method, 2))
    with executor(WORKERS, context, errands.meet, (barrier,)) as pool:
        futures = [pool.submit(errands.add, number) for number in range(2)]
        assert [future.result(30) for future in futures] == [1, 2]


def test_one_that_fails_breaks_the_pool_at_once(executor, method, tmp_path):
    """Also while the only task runs elsewhere, in a process whose initializer has not failed."""
    if executor is not ProcessPoolExecutor and method != "fork":
        pytest.skip("the stdlib's class may look for the ends of others meanwhile, and not see it")
    context = multiprocessing.get_context(method)
    with executor(WORKERS, context, errands.initialize_the_first, (tmp_path,)) as pool:
        tasks = 1 if method == "fork" else 2  # another one may be refused
        for future in [pool.submit(errands.ask_forever, tmp_path) for _ in range(tasks)]:
            with pytest.raises(BrokenProcessPool):
                future.result(30)


def test_a_pause_waits_for_those_that_run(make_pool, method, tmp_path):
    """Where their process has a task, and where it has none; it says what it waits for."""
    pool = make_pool(WORKERS, initializer=errands.initialize_when_told, initargs=(tmp_path,))
    future = pool.submit(errands.add, 1)
    until(lambda: initialized(tmp_path) == started_for(method, 1))
    with pytest.raises(NotQuiescent, match="an initializer"), pool.pause("now", timeout=0):
        pass
    pool.pause("a moment")
    assert len(pool._p_node.pool.seats.initializing) == started_for(method, 1)
    errands.touch(tmp_path, "go")
    assert pool.wait_quiescent(30)
    assert not future.done()
    pool.resume()
    assert future.result(30) == 2
    assert not pool._p_node.pool.seats.initializing


def test_under_a_hold_it_waits_for_a_task(make_pool, method, tmp_path):
    """A process that is started then is there, and has not called it; nobody waits for that."""
    pool = make_pool(WORKERS, initializer=errands.initialize, initargs=(tmp_path, "set"))
    pool.pause("to look")
    futures = [pool.submit(errands.setting_here) for _ in range(2)]
    until(lambda: len(pool._processes) == started_for(method, 2))
    assert pool.wait_quiescent(0)
    pool.resume()
    assert [future.result(30) for future in futures] == ["set", "set"]
    assert 1 <= initialized(tmp_path) <= 2


class Ledger(dict):
    """Where novices are written down, with a pause before or after that."""

    def __init__(self, before, after):
        """Call *before* and *after* around what is written."""
        self.before, self.after = before, after

    def __setitem__(self, worker, since):
        """Write it down."""
        self.before()
        super().__setitem__(worker, since)
        self.after()


class Starting:
    """A process that is about to be started, by what is asked of it."""

    has_started = False

    def __init__(self):
        """Have a board whose byte is down."""
        self.board = SimpleNamespace(asked=SimpleNamespace(value=0))


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_pause_between_the_two_looks_at_the_gate(make_pool, moment):
    """It finds the process among those that it waits for, and that has to wait for a task."""
    made = make_pool(1)
    pool, worker, found = made._p_node.pool, Starting(), []

    def pause():
        made.pause("now")
        found.append(made._p_node.busy())

    pool.seats.initializing = Ledger(**{"before": int, "after": int, moment: pause})
    novices = Novices(pool)
    novices.admit(worker)
    assert worker.board.asked.value
    assert found == [moment == "after"]
    assert made._p_node.busy() == 1
    assert not made.wait_quiescent(0)
    assert not novices.listed()  # nobody can listen to it yet
    novices.release(worker)
    assert made.wait_quiescent(0)


def test_a_pause_holds_those_back_that_have_not_begun(make_pool):
    """Their byte is up from then on, whatever they import meanwhile."""
    made = make_pool(1)
    worker = Starting()
    made._p_crew.novices.admit(worker)
    assert not worker.board.asked.value
    made.pause("now")
    assert worker.board.asked.value
    made._p_crew.novices.forget(worker)


def test_a_process_that_dies_in_it(make_pool, tmp_path):
    """With on_death="fail" its task fails after a few, and does not have one started for ever."""
    pool = make_pool(1, initializer=errands.die_in_initializer, initargs=(tmp_path,))
    with pytest.raises(BrokenProcessPool):
        pool.submit(errands.add, 1).result(30)
    pool = make_pool(
        1, initializer=errands.die_in_initializer, initargs=(tmp_path,), on_death="fail"
    )
    with pytest.raises(WorkerDied, match="exit code 3"):
        pool.submit(errands.add, 1).result(30)
    assert len(list(tmp_path.glob("dead-*"))) <= 6
    assert not pool._p_node.pool.seats.initializing


def test_who_is_told_of_a_death_finds_nobody_in_the_initializer(make_pool, tmp_path, monkeypatch):
    """However long it takes to note that the process is not in it any more."""
    release = Novices.release

    def release_late(novices, worker):
        time.sleep(0.2)
        release(novices, worker)

    monkeypatch.setattr(Novices, "release", release_late)
    pool = make_pool(
        1, initializer=errands.die_in_initializer, initargs=(tmp_path,), on_death="fail"
    )
    with pytest.raises(WorkerDied):
        pool.submit(errands.add, 1).result(30)
    assert not pool._p_node.pool.seats.initializing
