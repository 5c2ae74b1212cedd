"""A fork while paused: the child neither hangs nor inherits holds, and can use the pool anew."""

from __future__ import annotations

import os
import sys

import pytest
from scripts import run

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]

PROGRAM = """
import warnings
warnings.simplefilter("ignore", DeprecationWarning)

def loop():
    while True:
        checkpoint()
        time.sleep(0.001)

def in_a_child(function):
    child = os.fork()
    if not child:
        code = 1
        try:
            function()
            code = 0
        finally:
            os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    say("child", code)

pool = ThreadPoolExecutor(2)
group = pool.group("g")
futures = [scope.submit(loop) for scope in (pool, group)]
until(lambda: pool.status().running == 2)
queued = [scope.submit(int) for scope in (pool, group) for _ in range(5)]
"""

ENDING = """
for future in futures:
    future.resume()
pool.resume()
group.resume()
pool.stop()
pool.shutdown()
say("parent over")
"""


def said(script: str, ending: str = ENDING) -> list[str]:
    """Run the program with *script* to a good end; return what it has said."""
    return run(PROGRAM + script + ending)


@pytest.mark.parametrize(
    "pause",
    [
        "pool.pause('x').wait(10)",
        "group.pause('x').wait(10)",
        "futures[0].pause('x').wait(10)",
        "pool.pause('x', duration=3600).wait(10)",
        "pool.pause('x', running='finish')",
        "pool.pause('x')",
        "pass",
    ],
)
def test_the_child_begins_anew(pause) -> None:
    """The pool is empty and open there: tasks run, holds and counts are gone; the parent goes on."""
    lines = said(
        f"""
{pause}
def child():
    assert not pool.is_paused() and not group.is_paused()
    assert pool.holds() == group.holds() == ()
    status = pool.status()
    assert (status.running, status.resting, status.queued) == (0, 0, 0), status
    assert pool.tasks() == []
    assert pool.wait_quiescent(5)
    assert [f.result(5) for f in [s.submit(int) for s in (pool, group) for _ in range(20)]]
    with pool.pause("mine", timeout=5):
        future = pool.submit(len, "four")
    assert future.result(5) == 4
    assert pool.shutdown(timeout=5)
in_a_child(child)
"""
    )
    assert lines == ["child 0", "parent over"]


def test_futures_of_the_parent_are_over_in_the_child() -> None:
    """Nobody would end them there: they are cancelled, with a reason, and nothing waits for them."""
    lines = said(
        """
hold = pool.pause("x")
hold.wait(10)
def child():
    for future in [*futures, *queued]:
        assert future.done() and future.cancelled()
        assert not future.is_paused()
        assert future.cancel() and not future.stop()
        try:
            future.result(5)
        except pausable.TaskStopped as error:
            assert "fork" in error.reason
        else:
            raise AssertionError
    done, not_done = __import__("concurrent.futures").futures.wait([*futures, *queued], 5)
    assert not not_done
    assert hold.is_released() and not hold.release()
    assert pool.resume() == 0
in_a_child(child)
assert not futures[0].done()
assert pool.is_paused() and pool.status().resting == 2
"""
    )
    assert lines == ["child 0", "parent over"]


def test_nobody_waits_for_room_in_the_child() -> None:
    """Who waits for room in the parent, or is about to submit, takes none of the child's."""
    lines = said(
        """
from pausable.scopes import patience
patience._AT_FIRST = 3600.0
bounded = ThreadPoolExecutor(1, queue_size=1)
room = bounded._p_node.pool.room
bounded.pause("x")
bounded.submit(int)
waits = threading.Thread(target=bounded.submit, args=(int,), daemon=True)
waits.start()
until(lambda: room._waiters)
room._coming.add(queued[0])
def child():
    bounded.pause("mine")
    first = bounded.submit(int)
    thread = threading.Thread(target=bounded.submit, args=(int,))
    thread.start()
    until(lambda: room._waiters)
    first.cancel()
    thread.join(10)
    assert not thread.is_alive()
in_a_child(child)
room._coming.clear()
bounded.resume()
waits.join(20)
"""
    )
    assert lines == ["child 0", "parent over"]


def test_outside_any_pool_the_child_does_not_rest() -> None:
    """`checkpoint`, `sleep` and `current_task` in the child know of no task and no pause."""
    lines = said(
        """
pool.pause("x").wait(10)
def child():
    checkpoint()
    sleep(0.01)
    assert pausable.current_task() is None
    with ThreadPoolExecutor(2) as fresh:
        with fresh.pause("x", timeout=5):
            future = fresh.submit(int)
        assert future.result(5) == 0
in_a_child(child)
"""
    )
    assert lines == ["child 0", "parent over"]


@pytest.mark.parametrize("where", ["plain", "in a shield", "in a rest", "in a block"])
def test_a_fork_by_a_task(where) -> None:
    """The child of a task is no task: it passes checkpoints and can use the pool; the parent's goes on."""
    around = {
        "plain": "shield() if False else __import__('contextlib').nullcontext()",
        "in a shield": "shield()",
        "in a rest": "resting()",
        "in a block": "pool.pause('mine', timeout=10)",
    }[where]
    lines = run(
        PROGRAM
        + f"""
pool.stop()
def child():
    checkpoint()
    sleep(0.01)
    assert pausable.current_task() is None
    assert pool.status().running == 0
    assert pool.submit(int).result(5) == 0
    with pool.pause("x", timeout=5):
        future = pool.submit(int)
    assert future.result(5) == 0
def task():
    with {around}:
        in_a_child(child)
    checkpoint()
    return "went on"
say(pool.submit(task).result(20))
pool.shutdown()
"""
    )
    assert lines == ["child 0", "went on"]


def test_a_fork_by_a_task_while_the_pool_is_paused() -> None:
    """A task that has not come to its checkpoint yet forks under the pause; then it rests."""
    lines = run(
        PROGRAM
        + """
pool.stop()
began = threading.Event()
def child():
    checkpoint()
    assert not pool.is_paused()
    assert pool.submit(int).result(5) == 0
def task():
    began.set()
    until(pool.is_paused)
    in_a_child(child)
    checkpoint()
    return "went on"
future = pool.submit(task)
began.wait()
with pool.pause("x", timeout=20):
    say("resting", pool.status().resting)
say(future.result(20))
pool.shutdown()
"""
    )
    assert lines == ["child 0", "resting 1", "went on"]


def test_the_child_of_a_task_may_return_from_it() -> None:
    """A child that does not exit at once, but returns from the task, ends, with its pools."""
    lines = run(
        PROGRAM
        + """
pool.stop()
def task():
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return "in the child"
say("child", pool.submit(task).result(20))
pool.shutdown()
"""
    )
    assert lines == ["child 0"]


def test_the_child_exits_like_any_program() -> None:
    """A child that ends by itself, with the pool in use there and paused, is not kept."""
    lines = said(
        """
pool.pause("x").wait(10)
child = os.fork()
if not child:
    pool.submit(loop)
    until(lambda: pool.status().running == 1)
    pool.pause("mine").wait(10)
    sys.exit(5)
say("child", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    )
    assert lines == ["child 5", "parent over"]


def test_a_child_of_a_child() -> None:
    """The same one generation further, paused in each."""
    lines = said(
        """
pool.pause("x").wait(10)
def grandchild():
    assert not pool.is_paused()
    assert pool.submit(int).result(5) == 0
def child():
    pool.submit(loop)
    until(lambda: pool.status().running == 1)
    pool.pause("mine").wait(10)
    in_a_child(grandchild)
    pool.stop()
in_a_child(child)
"""
    )
    assert lines == ["child 0", "child 0", "parent over"]


def test_while_threads_hammer_the_pool() -> None:
    """Forked at any moment, while the pool's lock is in use: no child hangs."""
    lines = said(
        """
over = False
def hammer():
    while not over:
        with pool.pause("x", timeout=10):
            group.submit(int)
        pool.status()
threads = [threading.Thread(target=hammer) for _ in range(2)]
for thread in threads:
    thread.start()
def child():
    assert pool.submit(int).result(5) == 0
    with pool.pause("x", timeout=5):
        pass
for _ in range(15):
    in_a_child(child)
over = True
for thread in threads:
    thread.join()
"""
    )
    assert lines == ["child 0"] * 15 + ["parent over"]


@pytest.mark.parametrize("where", ["main", "task"])
def test_multiprocessing_by_fork(where) -> None:
    """`multiprocessing` processes, started while paused by the main thread or by a task."""
    start = {"main": "go()", "task": "other.submit(go).result(20)"}[where]
    lines = said(
        f"""
import multiprocessing
context = multiprocessing.get_context("fork")
def child(queue):
    checkpoint()
    queue.put((pool.is_paused(), pool.submit(int).result(5), pausable.current_task()))
def go():
    queue = context.SimpleQueue()
    process = context.Process(target=child, args=(queue,))
    process.start()
    process.join(20)
    say(process.exitcode, *queue.get())
other = ThreadPoolExecutor(1)
pool.pause("x").wait(10)
{start}
other.shutdown()
"""
    )
    assert lines == ["0 False 0 None", "parent over"]


@pytest.mark.skipif(sys.version_info < (3, 12), reason="the stdlib's own pool forks later there")
def test_a_process_pool_by_fork() -> None:
    """The stdlib's process pool, forking while ours is paused, works."""
    lines = said(
        """
import concurrent.futures, multiprocessing
pool.pause("x").wait(10)
context = multiprocessing.get_context("fork")
with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as processes:
    say(processes.submit(len, "four").result(20))
"""
    )
    assert lines == ["4", "parent over"]
