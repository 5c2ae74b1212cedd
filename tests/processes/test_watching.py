"""The thread that watches the processes of a pool: it is woken when there is something to see."""

from __future__ import annotations

import threading

import pytest
from helpers import call_at_once
from processes import errands

from pausable.processes import process_watch
from pausable.processes.worker_process import WorkerProcess


def test_tasks_do_not_wake_the_watch(pool, monkeypatch):
    """Not those that find a process, however they come: that would take as long as the task."""
    looks = []
    monkeypatch.setattr(process_watch.ProcessWatch, "look", lambda _: looks.append("look"))
    for number in range(10):
        assert pool.submit(errands.add, number).result() == number + 1
    assert list(pool.map(errands.add, range(10))) == list(range(1, 11))
    assert looks == []


def test_processes_that_were_started_before_one_failed_are_used(make_pool, monkeypatch):
    """And watched: the pool ends with all of them."""
    pool, start, started, failures = make_pool(3), WorkerProcess.start, [], []

    def start_two(worker):
        if len(started) == 2 and not failures:
            failures.append(worker)
            raise OSError("no more processes")
        started.append(worker)
        start(worker)

    monkeypatch.setattr(WorkerProcess, "start", start_two)
    with pytest.raises(OSError, match="no more processes"):
        for _ in range(4):  # with fork the first submit starts them all
            pool.submit(errands.wait_a_moment)
    assert failures
    assert pool.submit(errands.add, 1).result(30) == 2
    assert pool.shutdown(timeout=30)
    assert not any(worker.process.is_alive() for worker in started)


def test_who_submits_first_at_once_starts_no_more_than_there_are_to_be(make_pool):
    """Eight threads, each with the first task of the pool."""
    pool, ready = make_pool(3), threading.Barrier(8)

    def submit():
        ready.wait()
        pool.submit(errands.wait_a_moment).result(30)

    call_at_once(submit, 8, 60)
    assert len(pool._processes) <= 3
