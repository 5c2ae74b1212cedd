"""A pool of processes is the stdlib's to a program that never pauses."""

from __future__ import annotations

import concurrent.futures
import gc
import inspect
import multiprocessing
import os
import pickle
import sys
import threading
import weakref
from concurrent.futures.process import _RemoteTraceback

import pytest
from helpers import until
from processes import errands

import pausable
from pausable.futures import ProcessPoolExecutor, as_completed
from pausable.processes.worker_process import WorkerProcess


def test_it_is_the_stdlibs():
    """Its class, and that of its futures, and its arguments are the stdlib's, and more."""
    assert issubclass(ProcessPoolExecutor, concurrent.futures.ProcessPoolExecutor)
    assert (
        pausable.ProcessPoolExecutor is ProcessPoolExecutor is pausable.futures.ProcessPoolExecutor
    )
    theirs = inspect.signature(concurrent.futures.ProcessPoolExecutor).parameters
    ours = inspect.signature(ProcessPoolExecutor).parameters
    assert list(ours)[: len(theirs)] == list(theirs)
    for name in theirs:
        assert ours[name].kind == theirs[name].kind
        assert ours[name].default == theirs[name].default


def test_calls_and_their_outcomes(pool):
    """Results, exceptions with the traceback of their process, and what cannot be sent."""
    future = pool.submit(errands.add, 1, 2, self=3, fn=4)
    assert isinstance(future, concurrent.futures.Future)
    assert future.result() == 10
    with pytest.raises(ValueError, match="wrong") as caught:
        pool.submit(errands.fail, "wrong").result()
    assert "raise ValueError(text)  # here" in str(caught.value.__cause__)
    assert "pausable" not in str(caught.value.__cause__)
    assert pool.submit(errands.fail, "wrong").exception().__traceback__ is None  # none of here
    with pytest.raises((pickle.PicklingError, AttributeError)):
        pool.submit(lambda: None).result()
    with pytest.raises(TypeError, match="not me"):
        pool.submit(errands.add, errands.Unpicklable()).result()
    with pytest.raises(TypeError, match="not me"):
        pool.submit(errands.Unpicklable).result()
    assert pool.submit(errands.add, 1).result() == 2
    assert (
        len({future.result() for future in [pool.submit(errands.pid_of) for _ in range(20)]}) <= 2
    )


class ForAReason:
    """One that cannot be pickled, with a cause of its own."""

    def __reduce__(self):
        raise LookupError("not me") from KeyError("the reason")


@pytest.mark.parametrize("argument", [errands.Unpicklable, ForAReason, threading.Lock])
def test_the_cause_of_what_cannot_be_sent(pool, method, argument):
    """It is the text of the traceback, as in the stdlib, with what has led to it."""
    context = multiprocessing.get_context(method)
    with concurrent.futures.ProcessPoolExecutor(1, context) as theirs:
        told = [each.submit(errands.add, argument()).exception() for each in (theirs, pool)]
    expected, found = told
    assert isinstance(expected, Exception)
    assert (type(found), str(found)) == (type(expected), str(expected))
    assert type(found.__cause__) is type(expected.__cause__) is _RemoteTraceback
    assert type(found.__context__) is type(expected.__context__)
    for cause in (found.__cause__, expected.__cause__):
        lines = str(cause).splitlines()
        assert lines[1] == lines[-1] == '"""'
        assert any(line.endswith(f"{type(found).__name__}: {found}") for line in lines)
        assert ("KeyError: 'the reason'" in lines) == (argument is ForAReason)
    assert pool.submit(errands.add, 1).result() == 2


def test_map(pool):
    """Results come in order, in chunks or not; a chunksize below 1 is an error, as in the stdlib."""
    assert list(pool.map(errands.add, range(10))) == list(range(1, 11))
    assert list(pool.map(pow, range(10), range(10), chunksize=3)) == [n**n for n in range(10)]
    assert list(pool.map(errands.add, range(10), buffersize=2)) == list(range(1, 11))
    with pytest.raises(ValueError, match="chunksize"):
        pool.map(errands.add, range(10), chunksize=0)
    with pytest.raises(ValueError, match="three"):
        list(pool.map(errands.item_that_may_fail, range(10), chunksize=5))


def test_as_completed_and_callbacks(pool):
    """The stdlib's functions and callbacks work on its futures."""
    seen = []
    futures = [pool.submit(errands.add, number) for number in range(10)]
    futures[0].add_done_callback(lambda future: seen.append(future.result()))
    assert sorted(future.result() for future in as_completed(futures)) == list(range(1, 11))
    assert sorted(f.result() for f in concurrent.futures.as_completed(futures)) == list(
        range(1, 11)
    )
    until(lambda: seen == [1])


def test_an_initializer_runs_in_each_process(make_pool, tmp_path):
    """Before the first task of that, and not while the pool is paused."""
    pool = make_pool(initializer=errands.initialize, initargs=(tmp_path, "set"))
    pool.pause("to look")
    futures = [pool.submit(errands.setting_here) for _ in range(4)]
    assert pool.wait_quiescent(30)
    until(lambda: len(pool._processes) >= 1)
    assert not list(tmp_path.iterdir())
    pool.resume()
    assert [future.result() for future in futures] == ["set"] * 4


def test_an_initializer_that_fails(make_pool, caplog):
    """It breaks the pool, also where the death of a process would not."""
    for options in ({}, {"on_death": "fail"}):
        pool = make_pool(initializer=errands.fail_to_initialize, **options)
        with pytest.raises(concurrent.futures.process.BrokenProcessPool):
            pool.submit(errands.add, 1).result()
        with pytest.raises(concurrent.futures.process.BrokenProcessPool):
            pool.submit(errands.add, 1)


def test_processes_are_replaced(make_pool, method):
    """After so many tasks a process ends, and another one comes; not with fork, as in the stdlib."""
    if method == "fork":
        with pytest.raises(ValueError, match="fork"):
            make_pool(max_tasks_per_child=2)
        return
    pool = make_pool(1, max_tasks_per_child=2)
    pids = [pool.submit(errands.pid_of).result() for _ in range(5)]
    assert pids[0] == pids[1] != pids[2] == pids[3] != pids[4]


def test_arguments_are_checked(method):
    """As in the stdlib, at the call."""
    context = multiprocessing.get_context(method)
    for options, error, text in (
        ({"max_workers": 0}, ValueError, "max_workers must be greater than 0"),
        ({"max_workers": 2.5}, TypeError, "max_workers"),
        ({"initializer": 1}, TypeError, "initializer must be a callable"),
        ({"max_tasks_per_child": 0}, ValueError, "max_tasks_per_child must be >= 1"),
        ({"max_tasks_per_child": 1.5}, TypeError, "max_tasks_per_child must be an integer"),
        ({"on_death": "ignore"}, ValueError, "on_death must be 'break' or 'fail'"),
        ({"queue_size": 0}, ValueError, "queue_size must be 1 or more"),
        ({"on_fault": "cry"}, ValueError, "on_fault"),
    ):
        with pytest.raises(error, match=text):
            ProcessPoolExecutor(mp_context=context, **options)


def test_the_number_of_workers(make_pool, tmp_path):
    """It is as in the stdlib by default, and may be set."""
    count = getattr(os, "process_cpu_count", os.cpu_count)()
    with ProcessPoolExecutor() as pool:
        assert pool.max_workers == pool._max_workers == count
    pool = make_pool(1)
    futures = [pool.submit(errands.begin_and_wait_for, tmp_path, "end") for _ in range(2)]
    until(lambda: pool.status().running == 1)
    pool.max_workers = 2
    until(lambda: pool.status().running == 2)
    errands.touch(tmp_path, "end")
    for future in futures:
        future.result()


def test_a_shutdown_ends_processes_and_threads(make_pool):
    """Nothing of it is left, and nothing more is accepted."""
    pool = make_pool()
    future = pool.submit(errands.add, 1)
    processes, watch = dict(pool._processes), pool._executor_manager_thread
    assert pool.shutdown()
    assert future.result() == 2
    assert not watch.is_alive()
    assert not any(process.is_alive() for process in processes.values())
    assert pool._processes is None
    with pytest.raises(RuntimeError, match="cannot schedule new futures after shutdown"):
        pool.submit(errands.add, 1)


def test_a_shutdown_that_does_not_wait(make_pool, tmp_path):
    """What was submitted is done, and then all ends by itself."""
    pool = make_pool()
    futures = [pool.submit(errands.add, number) for number in range(5)]
    processes, watch = pool._processes, pool._executor_manager_thread
    pool.shutdown(wait=False)
    assert [future.result() for future in futures] == list(range(1, 6))
    watch.join(30)
    assert not watch.is_alive()
    assert not processes


def test_a_pool_that_is_not_referred_to(method):
    """What was submitted is done, and its processes end."""
    pool = ProcessPoolExecutor(2, multiprocessing.get_context(method))
    results, watch = pool.map(errands.add, range(5)), pool._executor_manager_thread
    gone = weakref.ref(pool)
    del pool
    gc.collect()
    assert gone() is None
    assert list(results) == list(range(1, 6))
    watch.join(30)
    assert not watch.is_alive()


def test_a_pool_that_was_never_used(method):
    """It has no thread and no process, and its end takes none."""
    pool = ProcessPoolExecutor(2, multiprocessing.get_context(method))
    assert not pool._processes
    assert pool._executor_manager_thread is None
    assert pool.shutdown()


def test_tasks_that_were_cancelled_before_a_process_was_needed(make_pool):
    """Processes that were started for them end with the pool."""
    pool = make_pool()
    pool.pause("not yet")
    future = pool.submit(errands.add, 1)
    watch = pool._executor_manager_thread
    pool.shutdown(wait=False, cancel_futures=True)
    assert future.cancelled()
    watch.join(30)
    assert not watch.is_alive()


@pytest.mark.skipif(sys.version_info < (3, 14), reason="since Python 3.14")
def test_workers_can_be_terminated(make_pool, tmp_path):
    """As in the stdlib: what runs fails, and nothing more is accepted."""
    for end in ("terminate_workers", "kill_workers"):
        pool = make_pool()
        future = pool.submit(errands.begin_and_wait_for, tmp_path, "never")
        until(lambda: (tmp_path / "begun").exists())
        getattr(pool, end)()
        with pytest.raises(concurrent.futures.process.BrokenProcessPool):
            future.result(30)


@pytest.mark.skipif(sys.version_info < (3, 14), reason="since Python 3.14")
@pytest.mark.parametrize("end", ["terminate_workers", "kill_workers"])
def test_workers_that_are_frozen_can_be_terminated(make_pool, tmp_path, end):
    """A process that is stopped takes no SIGTERM: it is made to go on, and so to end."""
    pool = make_pool()
    future = pool.submit(errands.begin_and_wait_for, tmp_path, "never")
    until((tmp_path / "begun").exists)
    watch = pool._executor_manager_thread
    pool.pause("to look around", running="freeze")
    assert pool.wait_quiescent(30)
    getattr(pool, end)()
    with pytest.raises(concurrent.futures.process.BrokenProcessPool):
        future.result(30)
    watch.join(30)
    assert not watch.is_alive()


@pytest.mark.skipif(sys.version_info < (3, 14), reason="since Python 3.14")
@pytest.mark.parametrize("end", ["terminate_workers", "kill_workers"])
def test_nothing_begins_once_workers_are_terminated(make_pool, monkeypatch, tmp_path, end):
    """Not in further processes, either: a task is about to begin in one, which ends under it."""
    pool, has_one, may_go = make_pool(1, on_death="fail"), threading.Event(), threading.Event()
    call = WorkerProcess.call

    def wait_and_call(worker, task, message):
        has_one.set()
        may_go.wait(30)
        call(worker, task, message)

    monkeypatch.setattr(WorkerProcess, "call", wait_and_call)
    future = pool.submit(errands.touch, tmp_path, "begun")
    assert has_one.wait(30)
    watch, processes = pool._executor_manager_thread, list(pool._processes.values())
    getattr(pool, end)()
    for process in processes:
        process.join(30)
    may_go.set()
    assert isinstance(future.exception(30), concurrent.futures.process.BrokenProcessPool)
    watch.join(30)
    assert not watch.is_alive()
    assert not (tmp_path / "begun").exists()


def test_what_callbacks_submit_finds_the_processes(make_pool):
    """A part of a pool that is fed by done callbacks has no more processes than others."""
    pool, left, pids = make_pool(2), iter(range(36)), []
    group = pool.group("part", limit=2)

    def again(future):
        pids.append(future.result())
        if next(left, None) is not None:
            group.submit(errands.pid_of).add_done_callback(again)

    for _ in range(4):
        group.submit(errands.pid_of).add_done_callback(again)
    until(lambda: len(pids) == 40)
    assert len({*pids}) <= 2
    assert len(pool._processes) <= 2
