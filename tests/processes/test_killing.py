"""A stop that kills: what does not listen ends with its process, and nothing else does."""

from __future__ import annotations

import pytest
from helpers import until
from processes import errands
from processes.signs import is_there

from pausable import NotSupported, TaskStopped, ThreadPoolExecutor


@pytest.mark.parametrize("on_death", ["break", "fail"])
def test_one_that_does_not_listen(make_pool, tmp_path, on_death):
    """It is stopped with its process; a new one comes, and no other task is lost."""
    pool = make_pool(on_death=on_death)
    other = pool.submit(errands.begin_and_wait_for, tmp_path, "end")
    until(is_there(tmp_path, "begun"))
    deaf = pool.submit(errands.spin, tmp_path)
    queued = [pool.submit(errands.add, number) for number in range(5)]
    until(deaf.running)
    assert deaf.stop("enough", kill_after=0.1)
    with pytest.raises(TaskStopped, match="enough"):
        deaf.result(30)
    assert [future.result(30) for future in queued] == list(range(1, 6))
    assert other.running()
    errands.touch(tmp_path, "end")
    assert other.result(30) == "end"
    assert pool.status().stopped == 1


def test_one_that_listens_is_not_killed(pool, tmp_path):
    """Its finally blocks run, and its process goes on."""
    pids = {*pool._processes}
    future = pool.submit(errands.clean_up_when_stopped, tmp_path)
    until(is_there(tmp_path, "begun"))
    future.stop("enough", kill_after=3)
    with pytest.raises(TaskStopped):
        future.result(30)
    assert is_there(tmp_path, "cleaned")()
    assert {*pool._processes} == pids


def test_a_whole_pool(pool, tmp_path):
    """All that runs is killed, what is queued is cancelled, and the pool goes on."""
    futures = [pool.submit(errands.begin_and_wait_for, tmp_path, "never") for _ in range(4)]
    until(lambda: pool.status().running == 2)
    assert pool.stop("enough", kill_after=0.05) == 4
    for future in futures:
        with pytest.raises(TaskStopped):
            future.result(30)
    assert list(pool.map(errands.add, range(4))) == [1, 2, 3, 4]


def test_a_task_after_another(make_pool, tmp_path):
    """Whenever the kill comes, the tasks that come after on the same process are not lost."""
    pool = make_pool(1)
    for number in range(30):
        first = pool.submit(errands.toil, 5)
        after = [pool.submit(errands.add, each) for each in range(3)]
        until(lambda first=first: first.running() or first.done())
        first.stop("enough", kill_after=number / 10_000)
        assert [future.result(30) for future in after] == [1, 2, 3]
        assert first.done()


def test_one_whose_process_only_begins(make_pool):
    """Killed before its process has come, it is stopped all the same."""
    pool = make_pool()
    future = pool.submit(errands.add, 1)
    future.stop("never mind", kill_after=0)
    until(future.done)
    assert pool.submit(errands.add, 1).result(30) == 2


def test_threads_cannot_be_killed():
    """It is said at the call, and nothing is stopped."""
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(errands.add, 1)
        for scope in (pool, pool.group("some"), future):
            with pytest.raises(NotSupported, match="no processes"):
                scope.stop(kill_after=1)
        assert future.result() == 2


def test_the_number_is_checked(pool):
    """At the call."""
    with pytest.raises(ValueError, match="kill_after"):
        pool.stop(kill_after=-1)
    with pytest.raises(TypeError, match="kill_after"):
        pool.stop(kill_after="soon")
