"""A hold that freezes stops processes as a whole: also what is in one long call rests."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from pathlib import Path

import pytest
from helpers import until
from processes import errands
from processes.signs import Ticking, is_there
from start_methods import METHODS

import pausable
from pausable import NotSupported, TaskStopped, ThreadPoolExecutor, WorkerDied
from pausable.processes import guardian_program
from pausable.processes.frost import stands_still

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="is refused elsewhere")


def test_a_guardian_that_comes_too_late_ends_silently():
    """The process that has started it was killed at once: it watches nothing, and complains not."""
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    found = subprocess.run(
        [sys.executable, "-I", "-S", guardian_program.__file__, str(gone.pid)],
        capture_output=True,
        check=True,
        timeout=30,
    )
    assert (found.stdout, found.stderr) == (b"", b"")


def test_one_long_call_rests(pool, tmp_path):
    """A process that is in C code stands still, and goes on where it was."""
    future = pool.submit(errands.begin_and_wait_for, tmp_path, "end")
    until(is_there(tmp_path, "begun"))
    pid = pool.submit(errands.pid_of).result()
    with pool.pause("all of it", running="freeze", timeout=30):
        assert pool.status().resting == 1
        (frozen,) = [each for each in pool._processes if stands_still(each)]
        assert frozen != pid
        errands.touch(tmp_path, "end")
        assert future.running()
    assert future.result(30) == "end"
    assert not any(map(stands_still, pool._processes))


def test_frozen_again_and_again(make_pool, tmp_path):
    """However quickly: nothing runs while it is quiescent, and it goes on in the end."""
    pool = make_pool(2)
    future = pool.submit(errands.count_up, tmp_path)
    task = Ticking(pool, tmp_path)
    count = tmp_path / "count"
    until(lambda: count.exists() and count.read_text())
    for number in range(60):
        pool.pause("again", running=("freeze", "rest")[number % 3 == 2])
        pool.wait_quiescent(number / 10_000)
        pool.resume()
        with pool.pause("again", running="freeze", timeout=30):
            seen, ticks = count.read_text(), task.count
            assert (count.read_text(), task.count) == (seen, ticks)
    seen = count.read_text()
    until(lambda: count.read_text() != seen)
    task.goes_on()
    task.ends()
    future.stop(kill_after=0)


def test_a_task_alone_is_frozen(pool, tmp_path):
    """A future's, a group's hold and a switch freeze, too; others run in its slot."""
    group = pool.group("some")
    future = group.submit(errands.begin_and_wait_for, tmp_path, "end")
    until(is_there(tmp_path, "begun"))
    for hold in (partial(future.pause, "one"), partial(group.pause, "some")):
        with hold(running="freeze", timeout=30):
            assert sum(map(stands_still, pool._processes)) == 1
            assert list(pool.map(errands.add, range(4))) == [1, 2, 3, 4]
    switch = group.switch(running="freeze")
    switch.on()
    assert group.wait_quiescent(30)
    switch.off()
    errands.touch(tmp_path, "end")
    assert future.result(30) == "end"


def test_two_holds_of_which_one_freezes(pool, tmp_path):
    """It stays frozen until the last one has gone."""
    future = pool.submit(errands.begin_and_wait_for, tmp_path, "end")
    until(is_there(tmp_path, "begun"))
    rest, frost = pool.pause("rest"), pool.pause("all of it", running="freeze")
    assert pool.wait_quiescent(30)
    frost.release()
    assert sum(map(stands_still, pool._processes)) == 1
    rest.release()
    errands.touch(tmp_path, "end")
    assert future.result(30) == "end"


def test_what_rests_is_not_frozen(pool, tmp_path):
    """A task at a checkpoint rests there; the frost comes and goes."""
    task = Ticking(pool, tmp_path)
    pool.pause("to look")
    assert pool.wait_quiescent(30)
    pool.pause("all of it", running="freeze")
    assert pool.wait_quiescent(30)
    assert not any(map(stands_still, pool._processes))
    pool.resume()
    task.goes_on()
    task.ends()


def test_a_stop_of_what_is_frozen(pool, tmp_path):
    """It thaws, and ends at its next checkpoint, whatever the hold says; or it is killed."""
    future = pool.submit(errands.ask_seldom, tmp_path)
    until(is_there(tmp_path, "begun"))
    pool.pause("all of it", running="freeze")
    assert pool.wait_quiescent(30)
    future.stop("enough")
    with pytest.raises(TaskStopped, match="enough"):
        future.result(30)
    pool.resume()
    deaf = pool.submit(errands.one_long_call, tmp_path)
    until(deaf.running)
    pool.pause("all of it", running="freeze")
    deaf.stop("enough", kill_after=0.1)
    with pytest.raises(TaskStopped, match="enough"):
        deaf.result(30)


@pytest.mark.parametrize("on_death", ["break", "fail"])
def test_the_death_of_what_is_frozen(make_pool, tmp_path, on_death):
    """It is seen at once, and breaks the pool, or costs its task."""
    pool = make_pool(on_death=on_death)
    future = pool.submit(errands.one_long_call, tmp_path)
    until(is_there(tmp_path, "begun"))
    pool.pause("all of it", running="freeze")
    assert pool.wait_quiescent(30)
    (frozen,) = [each for each in pool._processes if stands_still(each)]
    os.kill(frozen, signal.SIGKILL)
    with pytest.raises(BrokenProcessPool if on_death == "break" else WorkerDied):
        future.result(30)
    assert pool.is_paused()


def test_a_pool_that_breaks_while_it_is_frozen(pool, tmp_path):
    """The others of it, which are frozen, end with it."""
    futures = [pool.submit(errands.begin_and_wait_for, tmp_path, "never") for _ in range(2)]
    until(lambda: pool.status().running == 2)
    pool.pause("all of it", running="freeze")
    assert pool.wait_quiescent(30)
    processes = list(pool._processes.values())
    processes[0].kill()
    for future in futures:
        with pytest.raises(BrokenProcessPool):
            future.result(30)
    for process in processes:  # the pool waits for it, too: one of the two gets to know its end
        until(lambda: process.exitcode is not None)  # noqa: B023 - it is asked here


def test_where_nothing_can_be_frozen():
    """Threads, and the process as a whole: it is said at the call."""
    with ThreadPoolExecutor(1) as pool:
        for scope in (pool, pool.group("some"), pool.submit(int), pausable):
            with pytest.raises(NotSupported, match="freeze"):
                scope.pause("all of it", running="freeze")
        with pytest.raises(NotSupported, match="freeze"):
            pool.switch(running="freeze")
        assert not pool.is_paused()


PARENT = """
import multiprocessing, sys, time
sys.path[:0] = {paths!r}
from processes import errands
from pausable.futures import ProcessPoolExecutor

if __name__ == "__main__":
    pool = ProcessPoolExecutor(2, multiprocessing.get_context({method!r}))
    futures = [pool.submit(errands.be_deaf, {folder!r}, str(number)) for number in range(2)]
    for number in range(2):
        errands.wait_for({folder!r}, str(number))
    pool.pause("all of it", running="freeze")
    assert pool.wait_quiescent(30)
    print(*pool._processes, flush=True)
    time.sleep(600)
"""


@pytest.mark.parametrize("method", METHODS)
def test_nobody_stays_frozen_behind_a_parent_that_died(method, tmp_path):
    """The parent is killed: its frozen processes are, too, with each way to start them."""
    paths = [path for path in sys.path if path]
    script = tmp_path / "parent.py"
    script.write_text(PARENT.format(paths=paths, method=method, folder=str(tmp_path)))
    parent = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
    pids = list(map(int, parent.stdout.readline().split()))
    assert len(pids) == 2
    assert all(map(stands_still, pids))
    parent.kill()
    parent.wait()
    parent.stdout.close()
    until(lambda: not any(map(is_alive, pids)))


def is_alive(pid):
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return text.rpartition(")")[2].split()[0] not in "ZX"
