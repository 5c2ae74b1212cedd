"""What is only about processes, of pauses of their tasks; all else is in `remote`."""

from __future__ import annotations

import pytest
from helpers import until
from processes import errands
from processes.signs import is_there


@pytest.mark.filterwarnings("ignore:.*fork")
def test_a_child_that_a_task_has_forked(pool, tmp_path):
    """What it pauses is its own, and is not seen by the process that has forked it."""
    assert pool.submit(errands.fork_and_pause, tmp_path).result(30) == (0, False)


def test_what_others_do_with_a_signal_is_theirs(pool, tmp_path):
    """A task that handles SIGURG itself rests at its checkpoints."""
    future = pool.submit(errands.handle_urgent_data, tmp_path)
    until(is_there(tmp_path, "begun"))
    with pool.pause("to look", timeout=30):
        assert pool.status().resting == 1
    errands.touch(tmp_path, "end")
    future.result(30)


def test_a_signal_that_comes_while_the_pool_is_looked_at(pool, tmp_path):
    """It costs the task nothing, and the task rests."""
    future = pool.submit(errands.look_when_the_signal_comes, tmp_path)
    until(is_there(tmp_path, "begun"))
    pool.pause("to look")
    errands.touch(tmp_path, "go")
    assert pool.wait_quiescent(30)
    assert is_there(tmp_path, "out")()
    pool.resume()
    assert future.result(30) == "went on"
