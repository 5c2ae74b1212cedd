"""The ends of pools of interpreters, and of their tasks: nothing is left, and nobody waits for ever."""

from __future__ import annotations

import concurrent.futures
import gc
import threading
import weakref
from pathlib import Path

import pytest
from helpers import until
from processes import errands
from processes.signs import is_there

from pausable import NotSupported, futures


def interpreters():
    """Return those there are beside the main one."""
    from concurrent.interpreters import list_all  # noqa: PLC0415 - not everywhere

    return {each.id for each in list_all()} - {0}


def descriptors():
    return {int(each.name) for each in Path("/proc/self/fd").iterdir()}


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="the system does not say")
def test_nothing_is_left_of_many_pools(make_pool):
    """No interpreter, no thread, no descriptor, and none of our objects, after twenty pools."""
    make = make_pool.func
    make(1).submit(abs, -1).result(60)
    before = None
    gone = []
    for number in range(20):
        with futures.InterpreterPoolExecutor(1) as pool:
            assert pool.submit(abs, -number).result(60) == number
            gone += map(weakref.ref, pool._p_crew._workers)
        assert not interpreters() - (before[0] if before else interpreters())
        before = before or (interpreters(), threading.active_count(), len(descriptors()))
    assert (interpreters(), threading.active_count(), len(descriptors())) == before
    del pool
    gc.collect()
    assert len(gone) == 20
    assert not any(each() for each in gone)


def test_what_no_process_of_its_own_can_do(pool):
    """Nothing can be frozen or killed: it is said at the call."""
    with pytest.raises(NotSupported, match="freeze"):
        pool.pause("to look", running="freeze")
    with pytest.raises(NotSupported, match="kill_after"):
        pool.stop("enough", kill_after=1)


def lose_the_wire():
    """Leave whoever waits for this task without a word."""
    import os  # noqa: PLC0415 - as it is sent
    from pathlib import Path  # noqa: PLC0415

    from pausable._core.attention import here  # noqa: PLC0415

    with Path(os.devnull).open("wb") as nothing:
        os.dup2(nothing.fileno(), here.seat.channel.writes)


def test_an_interpreter_that_is_lost(make_pool):
    """Its task fails, the pool goes on with another, which is initialized as the first one was."""
    pool = make_pool(1)
    pool.submit(errands.add, 1).result(60)
    with pytest.raises(RuntimeError, match="has ended"):
        pool.submit(lose_the_wire).result(60)
    assert pool.submit(errands.add, 1).result(60) == 2


class Interrupted(BaseException):
    """An exception that was sent to a thread of the pool."""


def test_a_thread_that_is_interrupted(make_pool, tmp_path, monkeypatch):
    """The future has what was sent, the task is stopped at its next checkpoint, the pool goes on."""
    from pausable.interpreters import interpreter_seat  # noqa: PLC0415 - not everywhere

    pool = make_pool(1)
    pool.submit(errands.add, 1).result(60)

    def converse(_seat, _worker):
        until(is_there(tmp_path, "begun"))
        monkeypatch.undo()
        raise Interrupted

    monkeypatch.setattr(interpreter_seat, "converse", converse)
    future = pool.submit(errands.clean_up_when_stopped, tmp_path)
    with pytest.raises(Interrupted):
        future.result(60)
    until(is_there(tmp_path, "cleaned"))
    assert pool.submit(errands.add, 1).result(60) == 2
    until(lambda: len(pool._p_crew._workers) == 1)


def test_what_was_put_down_and_not_called(make_pool, monkeypatch):
    """An exception between the two: the next call is made, and not the one before."""
    from pausable.interpreters.worker_interpreter import WorkerInterpreter  # noqa: PLC0415

    pool = make_pool(1)
    pool.submit(errands.add, 1).result(60)
    put = WorkerInterpreter.put

    def interrupted(worker, call):
        put(worker, call)
        monkeypatch.undo()
        raise Interrupted

    monkeypatch.setattr(WorkerInterpreter, "put", interrupted)
    with pytest.raises(Interrupted):
        pool.submit(errands.add, 10).result(60)
    assert pool.submit(errands.add, 1).result(60) == 2


def test_a_checkpoint_is_a_look_at_shared_memory(make_pool):
    """While nothing is paused, it asks nobody."""

    def kind():
        from pausable.scopes import attendance  # noqa: PLC0415 - as it is sent

        return type(attendance.flag).__name__, bool(attendance.flag)

    assert make_pool(1).submit(kind).result(60) == ("c_ushort", False)


def hold_for_an_hour():
    """Hold a pool for an hour: a thread waits for the end of that."""
    from pausable.futures import ThreadPoolExecutor  # noqa: PLC0415 - as it is sent

    inner = ThreadPoolExecutor(1)
    inner.pause("for long", duration=3600)
    return inner.is_paused()


def test_what_is_to_happen_later_does_not_keep_an_interpreter(make_pool):
    """No thread is a daemon there, and those of timers end all the same."""
    pool = make_pool(1)
    assert pool.submit(hold_for_an_hour).result(60)
    assert pool.shutdown()


def test_a_task_that_raises_leaves_its_interpreter(pool):
    """However often, and whatever it raises."""
    for _ in range(20):
        with pytest.raises(ValueError, match="wrong"):
            pool.submit(errands.fail, "wrong").result(60)
    assert len(pool._threads) == 2
    assert isinstance(pool, concurrent.futures.InterpreterPoolExecutor)
