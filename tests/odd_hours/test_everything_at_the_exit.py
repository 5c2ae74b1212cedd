"""The interpreter's exit, a fork and an exception that leaves `with`, while the process is paused."""

from __future__ import annotations

import os

import pytest
from scripts import run

PROGRAM = """
import atexit
futures, go = [], threading.Event()

def work(number):
    assert go.wait(60)  # until all is held that is to be
    for _ in range(5):
        checkpoint()
        time.sleep(0.01)
    return number

def outcome(future):
    return "stopped" if future.cancelled() else future.exception() or future.result()

atexit.register(lambda: say(*map(outcome, futures)))
logging.getLogger("pausable").addHandler(logging.NullHandler())
pool, other = ThreadPoolExecutor(1), ThreadPoolExecutor(1)
"""


def test_what_nobody_can_resume_is_stopped() -> None:
    """With no other thread that could, the exit stops what is held, and does not hang."""
    lines = run(
        PROGRAM
        + """
futures += [each.submit(sleep, 3600) for each in (pool, other)]
until(lambda: pausable.status().running == 2)
assert pausable.pause("x").wait(10)
futures += [pool.submit(work, 2), ThreadPoolExecutor(1).submit(work, 3)]
"""
    )
    assert lines == ["stopped stopped stopped stopped"]


@pytest.mark.parametrize(
    "end",
    [
        "pausable.pause('429', duration=0.3)",
        """
def ui():
    until(lambda: pool._p_node.pool.end.is_exiting)
    time.sleep(0.2)
    pausable.resume()
threading.Thread(target=ui).start()
pausable.pause("the user asked")
""",
        """
switch = pausable.switch("the user asked")
switch.on()
def ui():
    until(lambda: pool._p_node.pool.end.is_exiting)
    time.sleep(0.2)
    switch.off()
threading.Thread(target=ui).start()
""",
        """
from pausable.scopes.resumers import resumers
up = threading.Event()
up.set()
resumers.add(up.is_set)
def serve():
    until(lambda: pool._p_node.pool.end.is_exiting)
    time.sleep(0.2)
    pausable.resume()
    up.clear()
threading.Thread(target=serve, daemon=True).start()
pausable.pause("the user asked")
""",
        """
def limited(number):
    until(lambda: pool._p_node.pool.end.is_exiting)
    pausable.pause("429", duration=0.2)
    return work(number)
futures += [pool.submit(limited, number) for number in range(-2, 0)]
""",
        """
def alone(number):
    until(lambda: pool._p_node.pool.end.is_exiting)
    with pausable.pause("alone", timeout=10):
        time.sleep(0.1)
    return work(number)
futures += [scope.submit(alone, number) for scope, number in ((pool, -2), (other, -1))]
""",
    ],
    ids=["a duration", "a thread", "a switch", "a server", "a task", "a task in its block"],
)
def test_what_can_still_be_resumed_runs_to_its_end(end) -> None:
    """All of it, as it would in the stdlib; also what is paused after the main thread's end."""
    begin = "futures += [each.submit(work, n) for n, each in enumerate((pool, other) * 2)]\n"
    started = "until(lambda: pausable.status().running == 2)\n"
    script = begin + started + end if "-2" not in end else end + begin
    [line] = run(PROGRAM + script + "\ngo.set()\n")
    assert line.split()[-4:] == ["0", "1", "2", "3"]
    assert "stopped" not in line


def test_a_pause_after_the_end_of_the_main_thread() -> None:
    """What runs on can be paused and resumed by a thread that is there still."""
    lines = run(
        PROGRAM
        + """
loop = Loop()
futures.append(pool.submit(loop))
assert loop.began.wait(10)
def ui():
    until(lambda: pool._p_node.pool.end.is_exiting)
    with pausable.pause("x", timeout=10):
        rounds = loop.rounds
        say(pausable.status().resting, loop.rounds - rounds)
    assert pool.pause("x").wait(10)
    pool.resume()
    loop.go.set()
threading.Thread(target=ui).start()
atexit.register(lambda: say(loop.rounds == futures[0].result()))
"""
    )
    assert lines[0] == "1 0"
    assert lines[1] == "True"


def test_an_exception_that_leaves_the_block() -> None:
    """What is held, and can be resumed by nobody, is stopped; the exception is seen at once."""
    lines = run(
        PROGRAM
        + """
try:
    with pool:
        futures.append(pool.submit(work, 0))
        pausable.pause("x")
        futures.append(pool.submit(work, 1))
        go.set()
        raise ValueError("seen")
except ValueError as error:
    say(error, pausable.is_paused(), pausable.resume())
"""
    )
    assert lines == ["seen True 1", "stopped stopped"]


def test_a_shutdown_waits_for_the_resume() -> None:
    """As for a pool's own pause; and the log says that it is the process that is held."""
    lines = run(
        PROGRAM
        + """
class Say(logging.Handler):
    def emit(self, record):
        if "shutdown" in record.getMessage():
            say("on 'process'" in record.getMessage())
logging.getLogger("pausable").addHandler(Say())
pausable.pause("x")
futures.append(pool.submit(work, 0))
go.set()
def ui():
    until(lambda: pool._p_node.waiters.shutdowns)
    pausable.resume()
threading.Thread(target=ui).start()
pool.shutdown()
"""
    )
    assert lines == ["True", "0"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_fork() -> None:
    """In the child nothing is held, and new pools are open; in the parent all is as before."""
    lines = run(
        PROGRAM
        + """
import warnings
warnings.simplefilter("ignore", DeprecationWarning)
futures.append(pool.submit(work, 0))
hold, switch = pausable.pause("x"), pausable.switch("y")
pausable.pause("z", duration=3600)
switch.on()
futures.append(other.submit(work, 1))
seen = []
pausable.observe(lambda event: seen.append(type(event).__name__))
child = os.fork()
if not child:
    code = 1
    try:
        assert not pausable.is_paused() and pausable.holds() == () and hold.is_released()
        assert not switch.is_on() and not hold.release() and pausable.resume() == 0
        assert not pool.is_paused() and not other.is_paused()
        assert pausable.status().queued == 0 and pausable.wait_quiescent(5)
        new = ThreadPoolExecutor(1)
        assert [each.submit(int).result(5) for each in (pool, other, new)] == [0] * 3
        with pausable.pause("mine", timeout=5):
            mine = new.submit(len, "four")
            assert switch.on() and len(new.holds()) == 2 and switch.off()
        assert mine.result(5) == 4
        until(lambda: "TaskEnded" in seen)
        code = 0
    finally:
        os._exit(code)
say(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
say(len(pausable.holds()), len(pool.holds()), switch.is_on(), pausable.resume())
go.set()
"""
    )
    assert lines == ["0", "3 3 True 3", "0 1"]
