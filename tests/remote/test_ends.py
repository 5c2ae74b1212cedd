"""The ends of pools whose tasks run elsewhere, and of programs that have one: nobody waits for ever."""

from __future__ import annotations

import subprocess
import sys

import pytest
from helpers import until
from processes import errands
from processes.signs import is_there

from pausable import TaskStopped


def test_a_shutdown_while_paused(pool, tmp_path):
    """It waits for the resume; what waits meanwhile runs then, and all ends."""
    sent = [pool.submit(errands.tick, tmp_path, name) for name in "ab"]
    for name in "ab":
        until(is_there(tmp_path, name))
    pool.pause("to look").wait(30)
    sent.append(pool.submit(errands.add, 1))
    assert not pool.shutdown(timeout=0.05)
    assert pool.status().resting == 2
    errands.touch(tmp_path, "end")
    pool.resume()
    assert pool.shutdown()
    assert [future.result() >= 0 for future in sent] == [True] * 3


def test_a_shutdown_that_cancels_while_paused(pool, tmp_path):
    """What has not started is cancelled; what rests goes on after the resume."""
    future = pool.submit(errands.tick, tmp_path)
    until(is_there(tmp_path, "ticks"))
    pool.pause("to look").wait(30)
    queued = pool.submit(errands.add, 1)
    pool.shutdown(wait=False, cancel_futures=True)
    assert queued.cancelled()
    errands.touch(tmp_path, "end")
    pool.resume()
    assert future.result(30) >= 0


def test_a_stop_of_a_resting_one_during_a_shutdown(pool, tmp_path):
    """It ends the shutdown, too: nobody has to resume."""
    future = pool.submit(errands.clean_up_when_stopped, tmp_path)
    until(is_there(tmp_path, "begun"))
    pool.pause("for good").wait(30)
    pool.shutdown(wait=False)
    future.stop("enough")
    assert pool.shutdown()
    with pytest.raises(TaskStopped, match="enough"):
        future.result()
    assert is_there(tmp_path, "cleaned")()


PROGRAM = """
import multiprocessing
import pausable
from pausable import futures

def rest():
    from pausable import sleep
    while True:
        sleep(0.01)

if __name__ == "__main__":
    pool = {making}
    pool.submit(int).result()
{way}
"""
WAYS = {
    "nothing": "",
    "a queued task": """
    pool.pause("for good")
    pool.submit(int)
""",
    "a task at rest": """
    task = pool.submit(rest)
    pool.pause("for good").wait(30)
""",
    "the with block of the pool": """
    with pool:
        pool.submit(rest)
        pool.pause("for good")
        raise ValueError("seen")
""",
    "threads, beside workers that are idle": """
    with futures.ThreadPoolExecutor(1) as threads:
        threads.submit(rest)
        threads.pause("for good")
        raise ValueError("seen")
""",
    "all of the process": """
    task = pool.submit(rest)
    pausable.pause("for good")
""",
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_what_nobody_can_resume_is_stopped(remote, way, tmp_path):
    """At the exit: the threads that watch processes, or are in interpreters, resume nothing."""
    program = tmp_path / "program.py"
    program.write_text(PROGRAM.format(making=remote.making, way=way), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, *remote.flags, str(program)],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert ("ValueError: seen" in done.stderr) == ("seen" in way)
    assert "remaining subinterpreters" not in done.stderr
    assert done.returncode == ("seen" in way)
