"""Ctrl-C in the `with` block: one is enough, paused or not, and `finally` blocks run.

Real interpreters get a real SIGINT.
"""

from __future__ import annotations

import signal
import sys

import pytest
from scripts import finish, start, wait_for

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")

TASKS = """
begun = []

def task(number):
    try:
        begun.append(number)
        while True:
            checkpoint()
            time.sleep(0.001)
    finally:
        say("cleaned", number)

def never(number):
    say("started too late", number)

def announce(fact):
    def wait_and_say():
        until(fact)
        # CPython does not see a signal that comes after a thread's last look and before its
        # system call: the main thread gets a moment to be in that.
        time.sleep(0.1)
        say("ready")
    threading.Thread(target=wait_and_say, daemon=True).start()

def wait_for_it():
    while True:
        time.sleep(0.05)

def free(future):
    future.done()
    return future._p_waiting is None or not future._p_waiting.parkers

pool = ThreadPoolExecutor(2)
group = pool.group("g")
try:
    with pool:
        for number in range(2):
            group.submit(task, number)
        until(lambda: len(begun) == 2)
        queued = [pool.submit(never, number) for number in range(5)]
        {situation}
        tasks = pool.tasks()
        {waiting}
except KeyboardInterrupt:
    say("interrupted", all(each.cancelled() for each in queued))
    say("threads", sum(thread.is_alive() for thread in pool._threads))
    raise
"""

SITUATIONS = {
    "running": "pass",
    "paused": "pool.pause('x').wait(10)",
    "group paused": "[each.cancel() for each in queued];"
    " [pool.submit(task, n) for n in (7, 8)]; group.pause('x').wait(10)",
    "tasks paused": "[each.cancel() for each in queued];"
    " [each.pause('x').wait(10) for each in pool.tasks()]",
    "finishing": "pool.pause('x', running='finish')",
    "shut down": "pool.shutdown(wait=False); pool.pause('x')",
    "asleep": "[pool.submit(sleep, 3600) for _ in range(2)]",
}
WAITS = {
    "in the block": "say('ready'); wait_for_it()",
    "in the wait at its end": "announce(lambda: pool._p_node.waiters.shutdowns)",
    "in shutdown()": "announce(lambda: pool._p_node.waiters.shutdowns); pool.shutdown()",
    "in result()": "announce(lambda: tasks[0]._p_waiting); tasks[0].result()",
    # Not before wait() has let go of the locks of all futures: until then the stdlib's is not
    # safe from a Ctrl-C.
    "in wait()": "announce(lambda: tasks[-1]._waiters and all(map(free, tasks)));"
    " pausable.futures.wait(tasks)",
}


def interrupted(situation: str, waiting: str) -> list[str]:
    """Run the program, interrupt it once, and return what it has said."""
    script = TASKS.format(situation=SITUATIONS[situation], waiting=WAITS[waiting])
    process = start("import pausable.futures\n" + script)
    wait_for(process, "ready")
    process.send_signal(signal.SIGINT)
    said = finish(process)
    assert process.returncode in (-signal.SIGINT, 1, 130), said
    assert "KeyboardInterrupt" in said
    return said.splitlines()


@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("waiting", ["in the block", "in the wait at its end"])
def test_one_is_enough(situation, waiting) -> None:
    """What has not started is cancelled, what has is stopped and cleans up; the program ends."""
    said = interrupted(situation, waiting)
    assert "cleaned 0" in said
    assert "cleaned 1" in said
    assert not any("started too late" in line for line in said)
    assert "interrupted True" in said
    assert "threads 0" in said


@pytest.mark.parametrize("waiting", ["in result()", "in wait()", "in shutdown()"])
def test_wherever_the_main_thread_waits(waiting) -> None:
    """The main thread may be waiting for a future, for several, or in `shutdown`, all paused."""
    said = interrupted("paused", waiting)
    assert "cleaned 0" in said
    assert "cleaned 1" in said
    assert "interrupted True" in said


def test_while_it_waits_for_quiescence() -> None:
    """In `with pool.pause()` inside `with pool:`, waiting for a straggler that takes its time."""
    process = start(
        """
        stuck = Stuck()
        pool = ThreadPoolExecutor(1)
        threading.Timer(2.0, stuck.go.set).start()
        with pool:
            future = pool.submit(stuck)
            stuck.began.wait()
            threading.Timer(0.2, say, ["ready"]).start()
            with pool.pause("x"):
                say("entered")
                time.sleep(60)
        """
    )
    wait_for(process, "ready")
    process.send_signal(signal.SIGINT)
    said = finish(process)
    assert "KeyboardInterrupt" in said


def test_in_the_with_block_of_a_group() -> None:
    """A group's block ends the group's tasks; the pool is paused, and the program still ends."""
    process = start(
        """
        pool = ThreadPoolExecutor(2)
        pool.submit(Loop())
        with pool.group("g") as group:
            loop = Loop()
            future = group.submit(loop)
            loop.began.wait()
            pool.pause("x").wait(10)
            try:
                say("ready")
                while True:
                    time.sleep(0.05)
            finally:
                say("leaving")
        """
    )
    wait_for(process, "ready")
    process.send_signal(signal.SIGINT)
    said = finish(process)
    assert "leaving" in said
    assert "KeyboardInterrupt" in said


@pytest.mark.parametrize("paused", [False, True])
def test_without_a_with_block(paused) -> None:
    """A program that does not use `with` ends by one Ctrl-C while paused; its tasks clean up."""
    process = start(
        f"""
        pool = ThreadPoolExecutor(1)
        begun = []
        def task():
            try:
                begun.append(True)
                sleep({3600 if paused else 0.5})
            finally:
                say("cleaned")
        pool.submit(task)
        until(lambda: begun)
        if {paused}:
            pool.pause("x").wait(10)
        say("ready")
        while True:
            time.sleep(0.05)
        """
    )
    wait_for(process, "ready")
    process.send_signal(signal.SIGINT)
    said = finish(process)
    assert "cleaned" in said
    assert "KeyboardInterrupt" in said


@pytest.mark.parametrize("leave", ["sys.exit(7)", "raise SystemExit(7)"])
def test_system_exit_in_the_block(leave) -> None:
    """An exit in the block, paused, ends the tasks and keeps its code."""
    process = start(
        f"""
        began = []
        def task():
            try:
                began.append(True)
                sleep(3600)
            finally:
                say("cleaned")
        with ThreadPoolExecutor(1) as pool:
            pool.submit(task)
            until(lambda: began)
            queued = pool.submit(say, "started too late")
            pool.pause("x").wait(10)
            {leave}
        """
    )
    said = finish(process)
    assert process.returncode == 7, said
    assert "cleaned" in said
    assert "started too late" not in said


def test_in_the_middle_of_many_submits() -> None:
    """Interrupted anywhere in a loop of submits, pauses and resumes, the program ends."""
    process = start(
        """
        say("ready")
        pool = ThreadPoolExecutor(4)
        with pool:
            while True:
                for _ in range(50):
                    pool.submit(int)
                with pool.pause("x", timeout=10):
                    pass
        """
    )
    wait_for(process, "ready")
    process.send_signal(signal.SIGINT)
    assert "KeyboardInterrupt" in finish(process)
