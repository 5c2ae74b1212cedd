"""Tasks in interpreters that never ask: the engine there lets them rest and stop, when it is rung."""

from __future__ import annotations

import pytest
from helpers import until
from processes import errands
from processes.signs import is_there

from pausable import TaskStopped


@pytest.mark.parametrize("errand", [errands.spin, errands.spin_and_call])
def test_unmodified_code_rests(make_pool, tmp_path, errand):
    """Loops that never ask come to rest between two lines, and go on."""
    pool = make_pool(preemptive=True)
    future = pool.submit(errand, tmp_path)
    until(is_there(tmp_path, "begun"))
    for _ in range(10):
        with pool.pause("to look", timeout=30):
            assert pool.status().resting == 1
            assert future.where().file.endswith("errands.py")
    errands.touch(tmp_path, "end")
    assert future.result(30) >= 0


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
    """A loop that never asks is stopped, cleans up, and its interpreter goes on."""
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
        future = scope.submit(errands.spin, tmp_path)
        until(is_there(tmp_path, "begun"))
        with pool.pause("to look", timeout=30):
            assert pool.status().resting == 1
        errands.touch(tmp_path, "end")
        assert future.result(30) >= 0
        for name in ("begun", "end"):
            (tmp_path / name).unlink()


def test_stragglers_say_why(make_pool, tmp_path):
    """One that waits in C code is named, with its line."""
    pool = make_pool(1, preemptive=True)
    future = pool.submit(errands.wait_in_one_call, tmp_path)
    until(is_there(tmp_path, "begun"))
    pool.pause("to look")
    assert not pool.wait_quiescent(0.2)
    (straggler,) = pool.stragglers()
    assert straggler.is_preemptive
    assert "C code" in straggler.why
    assert straggler.where.function == "wait_in_one_call"
    with (tmp_path / "pipe").open("w"):
        pool.resume()
        assert future.result(30) is None


def test_many_pauses_lose_nothing(make_pool):
    """Results are right, however often a pause comes in between."""
    pool = make_pool(preemptive=True)
    expected = errands.three_rounds(None)
    results = pool.map(errands.three_rounds, range(60))
    for _ in range(40):
        with pool.pause("again", timeout=60):
            pass
    assert list(results) == [expected] * 60
