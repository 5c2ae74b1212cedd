"""Ctrl-C at the terminal: once, twice, three times, and where there is nothing to pause."""

from __future__ import annotations

import sys

from terminal.shell import CTRL_C
from terminal.test_keys import begin, end

CLEANS_UP = """
    import signal
    take_keys()
    loops = [Loop(), Loop()]
    when_told("go", *loops)
    def work(loop):
        try:
            loop()
        finally:
            print("cleaned up")
    try:
        with ThreadPoolExecutor(2) as pool:
            futures = [pool.submit(work, each) for each in loops]
            for each in loops:
                each.began.wait()
            print("begun")
    except KeyboardInterrupt:
        print("interrupted", *(each.cancelled() for each in futures))
        raise
    print("ended", *("stopped" if each.cancelled() else "done" for each in futures))
"""
OFFER = (
    r"\[pausable\] Ctrl-C: space resumes, q stops the tasks, Ctrl-C again interrupts the program\r"
)


def test_once(shell):
    """It pauses, and offers what can be done; space resumes, and nothing has happened."""
    begin(shell)
    shell.type(CTRL_C)
    shell.wait(OFFER)
    shell.wait(r"\[pausable\] paused: 2 tasks at rest")
    shell.type(" ")
    shell.wait("resumed")
    end(shell)


def test_once_then_stop(shell):
    """After the first, `q` stops the tasks without asking again, and the program goes on."""
    begin(shell)
    shell.type(CTRL_C)
    shell.wait(OFFER)
    shell.type("q")
    shell.wait("ended stopped stopped\r")
    shell.prompt()


def test_twice(shell):
    """The second is SIGINT: the program is interrupted, its tasks are stopped where they rest."""
    begin(shell, CLEANS_UP)
    shell.type(CTRL_C)
    shell.wait(r"\[pausable\] paused: 2 tasks at rest")
    shell.type(CTRL_C)
    shell.wait(r"\[pausable\] Ctrl-C: the program is interrupted; once more within 5 s ends it\r")
    for _ in range(2):
        shell.wait("cleaned up")
    shell.wait("interrupted True True")
    shell.wait("KeyboardInterrupt")
    shell.prompt()
    assert shell.ask("echo $?") == "130"


def test_twice_in_a_program_that_does_not_wait(shell):
    """Tasks that an interrupted program leaves behind are stopped; the stdlib would run them all."""
    begin(
        shell,
        """
        take_keys()
        loops = [Loop() for _ in range(40)]
        pool = ThreadPoolExecutor(2)
        futures = [pool.submit(each) for each in loops]
        for each in loops[:2]:
            each.began.wait()
        print("begun")
        futures[0].result()
        """,
    )
    shell.type(CTRL_C)
    shell.wait("paused: 2")
    shell.type(CTRL_C)
    shell.wait("KeyboardInterrupt")
    shell.prompt()


def test_three_times(shell):
    """The third ends the process at once, as SIGINT does, whatever it is at; a loop of the shell ends."""
    shell.program(
        """
        take_keys()
        stuck = Stuck()
        with ThreadPoolExecutor(1) as pool:
            pool.submit(stuck)
            stuck.began.wait()
            print("begun")
        """
    )
    shell.run(f"for n in 1 2; do {sys.executable} program.py; echo next; done")
    shell.wait("begun")
    shell.type(CTRL_C)
    shell.wait("space resumes")
    shell.type(CTRL_C)
    shell.wait("ends it")
    shell.type(CTRL_C)
    shell.prompt()
    assert "next" not in shell.seen.rpartition("begun")[2]


def test_with_nothing_to_pause(shell):
    """Where no pool has a task, the first goes to the program, as it would without the keys."""
    begin(
        shell,
        """
        take_keys()
        try:
            print("begun")
            threading.Event().wait(100)
        except KeyboardInterrupt:
            print("ended", "interrupted")
        """,
    )
    shell.type(CTRL_C)
    shell.wait(r"\[pausable\] Ctrl-C: no task to pause, so the program is interrupted\r")
    end(shell, "interrupted")


def test_a_program_that_handles_it(shell):
    """A program that ends in its own way gets one SIGINT, and what has started runs to its end."""
    begin(
        shell,
        """
        take_keys()
        loop = Loop()
        when_told("go", loop)
        asked = threading.Event()
        signal.signal(signal.SIGINT, lambda *_: asked.set())
        pool = ThreadPoolExecutor(1)
        first, second = pool.submit(loop), pool.submit(abs, -1)
        loop.began.wait()
        print("begun")
        asked.wait()
        pool.shutdown(cancel_futures=True)
        print("ended", second.cancelled(), first.result() > 0)
        """,
    )
    shell.type(CTRL_C)
    shell.wait("paused: 1")
    shell.type(CTRL_C)
    shell.wait("is interrupted")
    end(shell, "True True")


def test_in_asyncio(shell):
    """The main coroutine is cancelled by the second, as by Ctrl-C without the keys."""
    begin(
        shell,
        """
        import asyncio
        take_keys()
        loop = Loop()
        when_told("go", loop)
        async def main():
            pool = ThreadPoolExecutor(1)
            future = asyncio.wrap_future(pool.submit(loop))
            await asyncio.to_thread(loop.began.wait)
            print("begun")
            try:
                await asyncio.sleep(100)
            except asyncio.CancelledError:
                print("cancelled inside")
                raise
            finally:
                pool.stop("the end")
        asyncio.run(main())
        """,
    )
    shell.type(CTRL_C)
    shell.wait("paused: 1")
    shell.type(CTRL_C)
    shell.wait("cancelled inside")
    shell.wait("KeyboardInterrupt")
    shell.prompt()
