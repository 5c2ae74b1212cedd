"""Preemptive tasks at odd hours: fork, exit, Ctrl-C, collection, and a pause that is given up."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import weakref

import pytest
from helpers import until
from preempt.exercise import Exercise
from preempt.form import PATIENCE
from preempt.forms import FORMS
from preempt.in_c import FlagInC
from preempt.instrumentation import leftovers, tools
from preempt.spin import spinning
from scripts import finish, run, start, wait_for

from pausable import NotQuiescent, TaskStopped, ThreadPoolExecutor

PROGRAM = """
import warnings
warnings.simplefilter("ignore", DeprecationWarning)
from preempt.instrumentation import leftovers, tools

counts = [0, 0]
def spin(number):
    try:
        while True:
            counts[number] += 1
    finally:
        say("cleaned", number)

def go_to(seconds):
    time.sleep(seconds)

def in_a_child(function):
    child = os.fork()
    if not child:
        code = 1
        try:
            function()
            code = 0
        finally:
            os._exit(code)
    say("child", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))

def see_nothing_left():
    until(lambda: tools() == [None] * 6)
    assert not leftovers(), leftovers()

pool = ThreadPoolExecutor(3, thread_name_prefix="crew", preemptive=True)
futures = [pool.submit(spin, number) for number in range(2)]
until(lambda: all(counts))
"""

ENDING = """
pool.resume()
pool.stop()
pool.shutdown()
see_nothing_left()
say("parent over")
"""

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

CHILD = """
def child():
    assert not pool.is_paused()
    assert pool.status().running == 0
    see_nothing_left()
    future = pool.submit(spin, 0)
    before = counts[0]
    until(lambda: counts[0] > before)
    for _ in range(3):
        with pool.pause("mine", timeout=20):
            assert future.status().state == "resting"
    future.stop()
    assert pool.shutdown(timeout=20)
    see_nothing_left()
"""


@needs_fork
@pytest.mark.parametrize(
    "situation",
    [
        "pass",
        "pool.pause('x').wait(20)",
        "pool.pause('x')",
        "stuck = pool.submit(go_to, 1); until(stuck.running); pool.pause('x').wait(0.05)",
        "pool.stop()",
    ],
    ids=["running", "paused", "being paused", "with a straggler", "being stopped"],
)
def test_a_fork(situation) -> None:
    """In the child nothing is instrumented, and its new tasks rest and stop; the parent goes on."""
    said = run(PROGRAM + CHILD + f"\n{situation}\nin_a_child(child)\n" + ENDING)
    assert "child 0" in said
    assert said[-1] == "parent over"
    assert "cleaned 1" in said


@needs_fork
def test_forks_while_it_is_paused_and_resumed() -> None:
    """Children that are forked at any moment of many pauses do not hang."""
    said = run(
        PROGRAM
        + CHILD
        + """
over = False
def hammer():
    while not over:
        with pool.pause("x", timeout=20):
            pass
thread = threading.Thread(target=hammer)
thread.start()
for _ in range(10):
    in_a_child(child)
over = True
thread.join()
"""
        + ENDING
    )
    assert said.count("child 0") == 10
    assert said[-1] == "parent over"


@pytest.mark.parametrize(
    "situation",
    [
        "pool.pause('x').wait(20)",
        "pool.pause('x')",
        "futures[0].pause('x').wait(20); futures[1].pause('x').wait(20)",
        "stuck = pool.submit(go_to, 0.5); until(stuck.running); pool.pause('x')",
    ],
    ids=["paused", "being paused", "each on its own", "with a straggler"],
)
def test_the_interpreters_exit(situation) -> None:
    """Tasks that rest at safe points are stopped, and clean up; the program ends."""
    assert sorted(run(PROGRAM + situation)) == ["cleaned 0", "cleaned 1"]


@pytest.mark.parametrize("leave", ["sys.exit(7)", "raise SystemExit(7)"])
def test_an_exit_in_the_with_block_of_a_paused_pool(leave) -> None:
    """Nobody could resume: tasks without a checkpoint are stopped and clean up, and that is said."""
    process = start(PROGRAM + f"with pool:\n    pool.pause('x').wait(20)\n    {leave}\n")
    said = finish(process)
    assert process.returncode == 7, said
    lines = sorted(said.splitlines())
    assert "nobody is there to resume: 2 tasks are stopped" in lines[0]
    assert lines[1:] == ["cleaned 0", "cleaned 1"]


@pytest.mark.parametrize("leave", ["sys.exit(7)", "raise SystemExit(7)"])
def test_an_exit_in_the_with_block_of_one_that_runs(leave) -> None:
    """As with the stdlib's, what has been submitted runs to its end."""
    process = start(
        PROGRAM + f"with pool:\n    pool.stop()\n    pool.submit(say, 'ran')\n    {leave}\n"
    )
    said = finish(process)
    assert process.returncode == 7, said
    assert sorted(said.splitlines()) == ["cleaned 0", "cleaned 1", "ran"]


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
@pytest.mark.parametrize("paused", [False, True])
def test_ctrl_c_in_the_with_block(paused) -> None:
    """One is enough, though no task has a checkpoint: each is stopped and cleans up."""
    pause = "pool.pause('x').wait(20)" if paused else "pass"
    process = start(
        PROGRAM + f"with pool:\n    {pause}\n    say('ready')\n    while True: time.sleep(0.05)\n"
    )
    wait_for(process, "ready")
    process.send_signal(signal.SIGINT)
    said = finish(process)
    assert "KeyboardInterrupt" in said
    assert "cleaned 0" in said
    assert "cleaned 1" in said


@pytest.mark.parametrize("at_rest", [False, True])
def test_a_pool_that_is_collected_while_paused(at_rest) -> None:
    """Nobody can resume it any more: its tasks are stopped, its threads leave, nothing is left."""
    pool = ThreadPoolExecutor(2, preemptive=True)
    exercises = [Exercise(pool, form).under_way() for form in FORMS[:2]]
    hold = pool.pause("look")
    if at_rest:
        assert hold.wait(PATIENCE)
    reference, threads = weakref.ref(pool), list(pool._threads)
    futures, runs = [each.future for each in exercises], [each.run for each in exercises]
    del pool, hold, exercises
    until(lambda: gc.collect() is not None and reference() is None, what="it is collected")
    for future, each in zip(futures, runs, strict=True):
        with pytest.raises(TaskStopped, match="collected"):
            future.result(PATIENCE)
        assert each.finals == 1
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()


def see_nothing_left() -> None:
    """See that the engine has let go of everything."""
    until(lambda: tools() == [None] * 6, what="the tool id is given back")
    assert not leftovers()


def test_a_pause_that_is_given_up_after_its_timeout(pool) -> None:
    """`NotQuiescent`, and nothing is left instrumented; those that rested go on."""
    began, go = threading.Event(), FlagInC()

    def task() -> str:
        began.set()
        go.wait(timeout=PATIENCE)
        return "undisturbed"

    future = pool.submit(task)
    spin, _ = spinning(pool)
    assert began.wait(PATIENCE)
    for _ in range(5):
        with pytest.raises(NotQuiescent), pool.pause("look", timeout=0.01):
            pytest.fail("it was not quiescent")
        see_nothing_left()
        spin.wait_moved()
    go.set()
    assert future.result(PATIENCE) == "undisturbed"


def test_a_resume_at_once(pool) -> None:
    """A pause that is over before anything could rest leaves nothing behind."""
    spin, _ = spinning(pool)
    for _ in range(100):
        pool.pause("look")
        pool.resume()
    spin.wait_moved()
    see_nothing_left()


def test_pauses_from_many_threads(make_pool) -> None:
    """Threads that pause and resume one pool at once, its groups and its tasks, leave it open."""
    pool = make_pool(4)
    group = pool.group("g")
    spins = [spinning(scope) for scope in (pool, pool, group, group)]
    scopes = [pool, group, spins[0][1], spins[2][1]]
    problems = []

    def hammer(scope) -> None:
        try:
            for _ in range(50):
                with scope.pause("look", timeout=PATIENCE):
                    if not scope.is_quiescent():
                        problems.append(scope)
        except BaseException as error:  # noqa: BLE001 - it is reported
            problems.append(error)

    threads = [threading.Thread(target=hammer, args=(scope,)) for scope in scopes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()
    assert not problems
    for spin, _ in spins:
        spin.wait_moved()
    see_nothing_left()
