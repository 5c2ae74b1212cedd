"""Tasks elsewhere that never ask: the engine lets them rest and stop there, when it is told to look."""

from __future__ import annotations

import pytest
from helpers import until
from processes import errands
from processes.signs import Ticking, is_there

from pausable import TaskStopped

pytestmark = pytest.mark.usefixtures("preempts")


@pytest.mark.parametrize("errand", [errands.spin, errands.spin_and_call])
def test_unmodified_code_rests(make_pool, tmp_path, errand):
    """Loops that never ask come to rest between two lines, and go on."""
    pool = make_pool(preemptive=True)
    task = Ticking(pool, tmp_path, errand=errand)
    for _ in range(10):
        with pool.pause("to look", timeout=30):
            before = task.count
            assert pool.status().resting == 1
            assert task.future.where().file.endswith("errands.py")
            assert task.count == before
        task.goes_on()
    task.ends()


def test_nothing_runs_at_rest(make_pool, tmp_path):
    """Not a line of it: what it counts stands still."""
    pool = make_pool(1, preemptive=True)
    future = pool.submit(errands.count_up, tmp_path)
    count = tmp_path / "count"
    until(lambda: count.exists() and count.read_text())
    for _ in range(5):
        with pool.pause("to look", timeout=30):
            seen = count.read_text()
            assert all(count.read_text() == seen for _ in range(100))
        until(lambda seen=seen: count.read_text() != seen)
    future.stop("enough")
    with pytest.raises(TaskStopped):
        future.result(30)


def test_a_stop_between_two_lines(make_pool, tmp_path):
    """A loop that never asks is stopped, cleans up, and its worker goes on."""
    pool = make_pool(preemptive=True)
    future = pool.submit(errands.stop_late, tmp_path)
    until(is_there(tmp_path, "begun"))
    future.stop("enough")
    with pytest.raises(TaskStopped, match="enough"):
        future.result(30)
    assert is_there(tmp_path, "cleaned")()
    assert pool.submit(errands.add, 1).result(30) == 2


def test_a_stop_at_rest(make_pool, tmp_path):
    """Also where it rests, and the hold stays."""
    pool = make_pool(preemptive=True)
    future = pool.submit(errands.stop_late, tmp_path)
    until(is_there(tmp_path, "begun"))
    pool.pause("to look")
    assert pool.wait_quiescent(30)
    future.stop("enough")
    with pytest.raises(TaskStopped, match="enough"):
        future.result(30)
    assert pool.is_paused()


def test_by_group_and_by_call(make_pool, tmp_path):
    """It is a term of a group, and an option of a call."""
    pool = make_pool()
    for scope in (pool.group("wild", preemptive=True), pool.options(preemptive=True)):
        task = Ticking(scope, tmp_path, errand=errands.spin)
        with pool.pause("to look", timeout=30):
            assert pool.status().resting == 1
        task.goes_on()
        task.ends()
        for name in ("ticks", "end"):
            (tmp_path / name).unlink()


def test_stragglers_say_why(remote, make_pool, tmp_path):
    """One that waits in C code is named, with its line."""
    pool, errand = make_pool(1, preemptive=True), remote.long_call
    future = pool.submit(errand, tmp_path)
    until(is_there(tmp_path, "begun"))
    call = max(line for *_, line in errand.__code__.co_lines() if line)  # it may rest before that
    until(lambda: future.where().line == call)
    pool.pause("to look")
    assert not pool.wait_quiescent(0.2)
    (straggler,) = pool.stragglers()
    assert straggler.is_preemptive
    assert "C code" in straggler.why
    assert straggler.where.function == errand.__name__
    remote.end_long_call(future, tmp_path)
    assert pool.wait_quiescent(30)
    pool.resume()
    until(future.done)


def test_many_pauses_lose_nothing(make_pool):
    """Results are right, however often a pause comes in between."""
    pool = make_pool(preemptive=True)
    expected = errands.three_rounds(None)
    results = pool.map(errands.three_rounds, range(60))
    for _ in range(40):
        with pool.pause("again", timeout=60):
            pass
    assert list(results) == [expected] * 60
