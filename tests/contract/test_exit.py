"""The interpreter's exit: what was submitted is finished, and nothing more is accepted."""

from __future__ import annotations

import pytest
from scripts import finish, run, start

# One write a line, so that the lines of several threads do not mix.
SAY = """
def say(*words):
    os.write(1, (" ".join(map(str, words)) + chr(10)).encode())
"""
IMPORTS = {
    "stdlib": "from concurrent.futures import ThreadPoolExecutor",
    "pool": "from pausable.futures import ThreadPoolExecutor",
    "group": """
from pausable.futures import ThreadPoolExecutor as Pool
def ThreadPoolExecutor(*args): return Pool(*args).group("part")
""",
}


@pytest.fixture(params=IMPORTS)
def imports(request) -> str:
    """Give the lines that import the implementation."""
    return IMPORTS[request.param] + SAY


def test_unfinished_work_is_finished(imports):
    """Running and queued calls end before the interpreter does."""
    said = run(
        imports
        + """
import threading, time
began, ends = threading.Event(), threading.Event()
def call(number):
    began.set()
    ends.wait()
    time.sleep(0.02)
    say("call", number)
executor = ThreadPoolExecutor(2)
for number in range(6):
    executor.submit(call, number)
began.wait()
say("the main thread ends")
ends.set()
"""
    )
    assert said[0] == "the main thread ends"
    assert sorted(said[1:]) == [f"call {number}" for number in range(6)]


def test_work_of_an_executor_that_was_dropped_is_finished(imports):
    """Also when nobody refers to the executor at the exit."""
    said = run(
        imports
        + """
import time
def submit():
    executor = ThreadPoolExecutor(1)
    for number in range(3):
        executor.submit(lambda n=number: (time.sleep(0.02), say("call", n)))
submit()
"""
    )
    assert said == ["call 0", "call 1", "call 2"]


def test_callbacks_are_called_at_the_exit(imports):
    """Whoever is to be told is told."""
    said = run(
        imports
        + """
import time
future = ThreadPoolExecutor(1).submit(time.sleep, 0.05)
future.add_done_callback(lambda each: say("told", each.done()))
"""
    )
    assert said == ["told True"]


def test_a_submit_after_the_exit_has_begun_is_refused(imports):
    """In an atexit function the executors are shut down already."""
    said = run(
        imports
        + """
import atexit
executor = ThreadPoolExecutor(1)
executor.submit(abs, -1).result()
@atexit.register
def last():
    try:
        executor.submit(abs, -1)
    except RuntimeError as error:
        say("RuntimeError:", error)
"""
    )
    assert len(said) == 1
    assert said[0].startswith("RuntimeError: cannot schedule new futures after ")


def test_a_call_that_submits_during_the_exit_is_refused(imports):
    """It gets a RuntimeError, and the exit goes on.

    With one worker: a second thread could not be started any more, on some Pythons for a moment
    before the executor knows that there is an exit.
    """
    said = run(
        imports
        + """
import time
executor = ThreadPoolExecutor(1)
def call():
    try:
        for _ in range(2000):
            executor.submit(abs, -1)
            time.sleep(0.005)
    except RuntimeError as error:
        say("RuntimeError:", error)
executor.submit(call)
"""
    )
    assert len(said) == 1
    assert said[0].startswith("RuntimeError: cannot schedule new futures after ")


def test_an_executor_made_during_the_exit_is_of_no_use(imports):
    """submit() raises a RuntimeError; nothing hangs."""
    said = run(
        imports
        + """
import atexit
@atexit.register
def last():
    try:
        ThreadPoolExecutor(1).submit(abs, -1)
    except RuntimeError:
        say("RuntimeError")
"""
    )
    assert said == ["RuntimeError"]


def test_the_status_of_the_exit_is_kept(imports):
    """sys.exit() with work left finishes the work, and exits as it said."""
    process = start(
        imports
        + """
import time
executor = ThreadPoolExecutor(1)
executor.submit(lambda: (time.sleep(0.05), say("finished")))
sys.exit(3)
"""
    )
    assert finish(process) == "finished\n"
    assert process.returncode == 3


def test_an_exception_of_the_main_program_does_not_hang(imports):
    """The traceback is printed, the work finished, the status is 1."""
    process = start(
        imports
        + """
import time
executor = ThreadPoolExecutor(1)
executor.submit(lambda: (time.sleep(0.05), say("finished")))
raise LookupError("of the main program")
"""
    )
    said = finish(process)
    assert "LookupError: of the main program" in said
    assert said.endswith("finished\n")
    assert process.returncode == 1


def test_a_map_that_was_not_taken_is_finished(imports):
    """Its calls were submitted, so they run."""
    said = run(
        imports
        + """
import time
executor = ThreadPoolExecutor(2)
results = executor.map(lambda n: (time.sleep(0.01), say("call")), range(4))
"""
    )
    assert said == ["call"] * 4


def test_an_asyncio_program_ends(imports):
    """asyncio.run() with calls in an executor, and one that is still running."""
    said = run(
        imports
        + """
import asyncio, threading, time
executor, is_closed = ThreadPoolExecutor(1), threading.Event()
async def main():
    loop = asyncio.get_running_loop()
    say(await loop.run_in_executor(executor, abs, -1))
    loop.run_in_executor(
        executor, lambda: (is_closed.wait(), time.sleep(0.05), say("finished"))
    )
asyncio.run(main())
say("the loop is closed")
is_closed.set()
"""
    )
    assert said == ["1", "the loop is closed", "finished"]


def test_an_idle_executor_does_not_hold_up_the_exit(imports):
    """Idle threads leave."""
    assert run(
        imports
        + """
executor = ThreadPoolExecutor(4)
say(list(executor.map(abs, range(4))))
"""
    ) == ["[0, 1, 2, 3]"]
