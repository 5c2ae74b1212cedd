"""How a program with threads ends, and what a fork leaves of them."""

from __future__ import annotations

import os

import pytest
from scripts import run

SCRIPT = """
from pausable import Thread

began = threading.Event()

def walk():
    began.set()
    try:
        while True:
            checkpoint()
            time.sleep(0.001)
    finally:
        say("cleaned up")

def start(**options):
    began.clear()
    thread = Thread(target=walk, **options)
    thread.start()
    assert began.wait(20)
    return thread

"""


def test_the_exit_waits_for_a_thread():
    """As with the stdlib's, for one that is no daemon; one that is held and that nobody resumes is stopped."""
    said = run(
        SCRIPT
        + """
logging.disable()
Thread(target=lambda: (time.sleep(0.1), say("over"))).start()
thread = start()
thread.pause("for a test")
waiting = Thread(target=say, args=["never"])
waiting.pause("for a test")
waiting.start()
say("the end of the program")
"""
    )
    assert said[0] == "the end of the program"
    assert sorted(said[1:]) == ["cleaned up", "over"]


def test_a_thread_that_may_resume_is_waited_for():
    """As any thread: what it resumes goes on to its end."""
    said = run(
        SCRIPT
        + """
logging.disable()
held = Thread(target=say, args=["resumed"])
held.pause("for a test")
held.start()

def resume():
    time.sleep(0.3)
    held.resume()

Thread(target=resume).start()
say("the end of the program")
"""
    )
    assert said == ["the end of the program", "resumed"]


@pytest.mark.parametrize("then", ["", "thread.pause('for a test')", "thread.stop('for a test')"])
@pytest.mark.parametrize("scope", ["None", "ThreadPoolExecutor(1).group('daemons')"])
def test_nobody_waits_for_a_daemon(then, scope):
    """In whatever scope it is, held or not; nor for one in a block that counts as rest."""
    program = """
def wait():
    with resting():
        time.sleep(1e6)

Thread(target=wait, daemon=True).start()
late = Thread(target=say, args=["never"], daemon=True)
late.pause("for a test")
late.start()
thread = start(daemon=True, group={scope})
{then}
say("the end of the program")
"""
    said = run(SCRIPT + program.format(then=then, scope=scope))
    assert said[0] == "the end of the program" or "stop" in then
    assert "never" not in said


def test_a_thread_may_wait_for_the_main_one():
    """And start one more, which nothing pauses: as in the stdlib."""
    said = run(
        SCRIPT
        + """
def first():
    while threading.main_thread().is_alive():
        time.sleep(0.01)
    last = Thread(target=say, args=["the last one"])
    try:
        last.start()
    except RuntimeError:  # CPython 3.12 starts none any more
        last.run()

Thread(target=first).start()
say("the end of the program")
"""
    )
    assert said == ["the end of the program", "the last one"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_in_a_child_all_begin_anew():
    """The threads of the parent are not there, its holds neither; one that was not started can be."""
    said = run(
        SCRIPT
        + """
import warnings
warnings.simplefilter("ignore", DeprecationWarning)
thread = start(daemon=True)
assert Thread.threads.pause("in the parent").wait(20)
unstarted, stdlibs = (kind(target=say, args=["in the child"]) for kind in (Thread, threading.Thread))
child = os.fork()
if not child:
    say(thread.status().state, Thread.threads.is_paused(), len(Thread.threads.tasks()))
    for each in (stdlibs, unstarted):
        try:
            each.start()
            each.join(20)
        except RuntimeError as error:  # on CPython 3.13
            say(error)
    with Thread.threads.pause("in the child", timeout=20):
        say(unstarted.is_alive())
    os._exit(0)
say(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
say(thread.status().state, Thread.threads.is_paused())
"""
    )
    assert said[1] == said.pop(2)
    assert said[2:] == ["False", "0", "resting True"]
    assert said[0] == "stopped False 0"
