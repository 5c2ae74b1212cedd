"""The interpreter's exit waits for what is held as long as somebody can still resume it.

A hold that ends by itself is somebody, a thread that is neither ours nor a daemon is, and what is
registered as one. Real interpreters run to their end.
"""

from __future__ import annotations

import sys

import pytest
from scripts import finish, run, start

PROGRAM = """
import atexit
from pausable.guards import Guard
futures, down, go = [], [], threading.Event()

def work(number):
    assert go.wait(60)  # until it is held
    for _ in range(5):
        checkpoint()
        time.sleep(0.01)
    return number

def probe():
    if down and time.monotonic() < down[0]:
        raise ConnectionError("down")

guard = Guard("db", probe, trip_on=ConnectionError, every=0.05)

@guard.protect
def ask(number):
    probe()
    return number

pool = ThreadPoolExecutor(2)
guarded = ThreadPoolExecutor(2, guards=[guard])
def outcome(future):
    return "cancelled" if future.cancelled() else future.exception() or future.result()
atexit.register(lambda: say(*map(outcome, futures)))
logging.getLogger("pausable").addHandler(logging.NullHandler())
"""

ENDS = {
    "a duration, of tasks that have started": """
futures += [pool.submit(work, number) for number in range(4)]
until(lambda: pool.status().running == 2)
pool.pause("429", duration=0.3)
""",
    "a duration, before the pool had a thread": """
pool.pause("429", duration=0.3)
futures += [pool.submit(work, number) for number in range(4)]
""",
    "a duration, of a group and of a task": """
group = pool.group("g")
group.pause("429", duration=0.3)
futures += [group.submit(work, 0), *(pool.submit(work, number) for number in range(1, 4))]
futures[3].pause("later", duration=0.3)
""",
    "a duration, of a hold that a task places after the main thread": """
def limited(number):
    until(lambda: pool._p_node.pool.end.is_exiting)
    pool.pause("429", duration=0.2)
    return work(number)
futures += [pool.submit(limited, 0), *(pool.submit(work, number) for number in range(1, 4))]
""",
    "a task that resumes what it has paused": """
def limited(number):
    until(lambda: pool._p_node.pool.end.is_exiting)
    pool.pause("429")
    time.sleep(0.3)
    pool.resume()
    return work(number)
futures += [pool.submit(limited, 0), *(pool.submit(work, number) for number in range(1, 4))]
""",
    "a task in the block of its hold": """
def alone(number):
    until(lambda: pool._p_node.pool.end.is_exiting)
    with pool.pause("alone"):
        time.sleep(0.3)
    return work(number)
futures += [pool.submit(alone, 0), *(pool.submit(work, number) for number in range(1, 4))]
""",
    "a guard, in an outage that began before": """
down.append(time.monotonic() + 0.5)
futures += [guarded.submit(ask, number) for number in range(4)]
until(guard.is_tripped)
""",
    "a guard, in an outage that begins after the main thread": """
def job(number):
    until(lambda: pool._p_node.pool.end.is_exiting)
    if number == 1:
        down.append(time.monotonic() + 0.5)
    return ask(number)
futures += [guarded.submit(job, number) for number in range(4)]
""",
    "a thread that resumes": """
def ui():
    futures.extend(pool.submit(work, number) for number in range(4))
    pool.pause("the user asked")
    until(lambda: pool._p_node.pool.end.is_exiting)
    time.sleep(0.3)
    pool.resume()
threading.Thread(target=ui).start()
until(lambda: pool.is_paused())
""",
    "a thread that decides a fault": """
faulty = ThreadPoolExecutor(1, on_fault="hold")
def fails():
    raise ValueError("first")
futures += [faulty.submit(fails), *(faulty.submit(work, number) for number in range(1, 4))]
until(faulty.faults)
def decide():
    until(lambda: pool._p_node.pool.end.is_exiting)
    time.sleep(0.3)
    faulty.faults()[0].resolve(0)
threading.Thread(target=decide).start()
""",
    "a server that takes commands": """
from pausable.scopes.resumers import resumers
futures += [pool.submit(work, number) for number in range(4)]
pool.pause("the user asked")
up = threading.Event()
up.set()
resumers.add(up.is_set)
def serve():
    until(lambda: pool._p_node.pool.end.is_exiting)
    time.sleep(0.3)
    pool.resume()
    up.clear()
threading.Thread(target=serve, daemon=True).start()
""",
}


@pytest.mark.parametrize("end", ENDS)
def test_what_can_still_be_resumed_runs_to_its_end(end) -> None:
    """All of it, as it would in the stdlib."""
    assert run(PROGRAM + ENDS[end] + "\ngo.set()\n") == ["0 1 2 3"]


NOBODY = {
    "nobody": "",
    "a daemon": "threading.Thread(target=time.sleep, args=(3600,), daemon=True).start()",
    "an idle worker of the stdlib": """
import concurrent.futures
idle = concurrent.futures.ThreadPoolExecutor(1)
idle.submit(int).result()
""",
    "an idle process pool": """
import concurrent.futures
idle = concurrent.futures.ProcessPoolExecutor(1)
idle.submit(int).result()
""",
    "one that joins the main thread": """
threading.Thread(target=threading.main_thread().join).start()
""",
    "one that waits for what is held": """
def consumer():
    try:
        futures[0].result()
    except pausable.TaskStopped:
        pass
threading.Thread(target=consumer).start()
until(lambda: futures[0]._p_waiting is not None)
""",
    "one that waits for several that are held": """
from pausable.futures import wait
threading.Thread(target=wait, args=(futures,)).start()
until(lambda: all(each._p_waiting is not None and each._waiters for each in futures))
""",
    "one that takes them as they complete": """
from pausable.futures import as_completed
threading.Thread(target=lambda: list(as_completed(futures))).start()
until(lambda: all(each._p_waiting is not None and each._waiters for each in futures))
""",
    "another worker of ours": """
other = ThreadPoolExecutor(1)
other.submit(int).result()
""",
}


@pytest.mark.parametrize("who", NOBODY)
def test_what_nobody_can_resume_is_stopped(who) -> None:
    """Threads that cannot resume before the exit has gone on do not count."""
    script = """
futures += [pool.submit(sleep, 3600), pool.submit(sleep, 3600), pool.submit(int)]
until(lambda: pool.status().running == 2)
pool.pause("the user asked").wait(10)
"""
    assert run(PROGRAM + script + NOBODY[who]) == ["cancelled cancelled cancelled"]


def test_one_hold_of_two_ends_by_itself() -> None:
    """Then nobody can resume: the other one stays."""
    script = """
futures += [pool.submit(sleep, 3600), pool.submit(sleep, 3600), pool.submit(int)]
until(lambda: pool.status().running == 2)
pool.pause("429", duration=3600)
pool.pause("the user asked").wait(10)
"""
    assert run(PROGRAM + script) == ["cancelled cancelled cancelled"]


def test_a_thread_that_ends_without_having_resumed() -> None:
    """While it is alive the exit waits; then what is held is stopped."""
    script = """
futures += [pool.submit(sleep, 3600)]
until(lambda: pool.status().running == 1)
pool.pause("the user asked").wait(10)
def ui():
    until(lambda: pool._p_node.pool.end.is_exiting)
    say("still there", futures[0].done())
threading.Thread(target=ui).start()
"""
    assert run(PROGRAM + script) == ["still there False", "cancelled"]


def test_a_fault_that_nobody_decides_fails() -> None:
    """The task fails with what it has raised, and the rest runs."""
    script = """
faulty = ThreadPoolExecutor(1, on_fault="hold")
def fails():
    raise ValueError("first")
futures += [faulty.submit(fails), *(faulty.submit(work, number) for number in range(1, 4))]
until(faulty.faults)
go.set()
"""
    assert run(PROGRAM + script) == ["first 1 2 3"]


def test_it_says_what_it_waits_for() -> None:
    """A warning with the tasks, their lines, the hold and what ends it."""
    script = """
from pausable.scopes import patience
patience._AT_FIRST = 0.05
class Said(logging.Handler):
    def emit(self, record):
        say(record.levelname, record.getMessage())
        if "exit" in record.getMessage():
            pool.resume()
logging.getLogger("pausable").addHandler(Said())
futures += [pool.submit(work, number) for number in range(3)]
until(lambda: pool.status().running == 2)
pool.pause("429", duration=60)
go.set()
"""
    said = "\n".join(run(PROGRAM + script))
    assert "WARNING at the interpreter's exit" in said
    assert "work-1 at <string>:" in said
    assert "work-3 has not started" in said
    assert "'429' by MainThread" in said
    assert "ends by itself in " in said


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
def test_ctrl_c_ends_the_wait() -> None:
    """What is waited for at the exit is stopped, and the program ends."""
    script = """
futures += [pool.submit(sleep, 3600), pool.submit(sleep, 3600), pool.submit(int)]
until(lambda: pool.status().running == 2)
pool.pause("429", duration=3600).wait(10)
def interrupt():
    until(lambda: pool._p_node.waiters.shutdowns, what="the exit waits")
    time.sleep(0.1)  # see test_ctrl_c
    os.kill(os.getpid(), signal.SIGINT)
threading.Thread(target=interrupt, daemon=True).start()
"""
    assert "cancelled cancelled cancelled" in finish(start(PROGRAM + script))


def test_pools_that_are_made_while_it_looks_at_all() -> None:
    """Between any two lines of the look another thread may make a pool, or let go of one."""
    script = """
from pausable.scopes.pools import crews
pools = [ThreadPoolExecutor(1) for _ in range(3)]
def trace(frame, event, argument):
    pools.append(ThreadPoolExecutor(1))
    return trace
sys.settrace(trace)
seen = crews()
sys.settrace(None)
say(len(seen) >= 4, len(pools) > 3)
"""
    assert run(PROGRAM + script)[0] == "True True"
