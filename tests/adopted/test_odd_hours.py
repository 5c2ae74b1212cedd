"""Adopted pools at the exit, in a forked child, in event loops, and in a storm of pauses."""

from __future__ import annotations

import asyncio
import os
import random
import textwrap
import threading
import time
import weakref
from concurrent.futures import wait

import pytest
from adopted.conftest import RESTS, SOON, handle
from helpers import until
from scripts import run

import pausable
from pausable._core.gil import HAS_GIL

pytestmark = pytest.mark.skipif(not HAS_GIL, reason="the stacks of threads are read, under the GIL")

PROGRAM = """
import concurrent.futures
log = []
def work(n):
    log.append(n)
    return n
pausable.adopt()
pool = concurrent.futures.ThreadPoolExecutor(2)
def held():
    return [each for each in pausable.pools() if each.status().tasks]
"""


def said(script: str) -> list[str]:
    """Run PROGRAM and *script* to a good end; return what it has said."""
    return run(PROGRAM + textwrap.dedent(script))


def test_an_exit_with_nothing_held() -> None:
    """The stdlib waits for all that was submitted, as without us."""
    lines = said(
        """
        import atexit
        atexit.register(lambda: say(sorted(log) == list(range(50))))
        for n in range(50):
            pool.submit(lambda n: (time.sleep(0.001), work(n)), n)
    """
    )
    assert lines == ["True"]


def test_an_exit_under_a_hold_that_ends_by_itself() -> None:
    """It waits for that, and nothing is lost."""
    lines = said(
        """
        import atexit
        atexit.register(lambda: say(sorted(log) == list(range(50))))
        pausable.pause("a moment", duration=0.5)
        for n in range(50):
            pool.submit(work, n)
        until(lambda: held() or log)  # on a busy machine it may have ended by now
    """
    )
    assert lines[-1] == "True"


def test_an_exit_under_a_hold_that_nobody_ends() -> None:
    """What is held is cancelled, all of it at once, and said in no case to have run."""
    lines = said(
        """
        import atexit
        pausable.pause("for good")
        futures = [pool.submit(work, n) for n in range(2000)]
        atexit.register(lambda: say(log, all(each.cancelled() for each in futures)))
        until(held)
    """
    )
    assert lines[-1] == "[] True"


@pytest.mark.skipif(not RESTS, reason="before 3.12 what runs does not rest")
def test_an_exit_while_a_call_rests() -> None:
    """It is stopped, and cleans up."""
    lines = said(
        """
        def goes_on():
            try:
                while True:
                    time.sleep(0.001)
            finally:
                say("cleaned up")
        future = pool.submit(goes_on)
        until(held)
        assert pausable.pause("for good").wait(20)
    """
    )
    assert "cleaned up" in lines


def test_a_pool_that_is_used_on_when_the_main_thread_has_ended() -> None:
    """It can be paused and resumed while the interpreter waits for it."""
    lines = said(
        """
        # At the exit CPython 3.12 starts no threads any more, not even that of the timer.
        logging.getLogger("pausable").addHandler(logging.NullHandler())
        go = threading.Event()
        def controls():
            until(lambda: concurrent.futures.thread._shutdown)  # the main thread has ended
            pausable.pause("from outside")
            go.set()
            until(pausable.is_quiescent)
            before = len(log)
            say(pausable.status().queued + before + pausable.status().resting, before == len(log))
            pausable.resume()
        threading.Thread(target=controls, daemon=True).start()
        for n in range(20):
            pool.submit(lambda n: (go.wait(20), work(n)), n)
        import atexit
        atexit.register(lambda: say(len(log)))
    """
    )
    # On 3.12 no thread can be started by then, not even the timer's: the log says so.
    assert lines[-2:] == ["20 True", "20"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_fork_while_held() -> None:
    """In the child nothing is held, and a new pool works, and can be paused."""
    lines = said(
        """
        import warnings
        warnings.simplefilter("ignore")
        pausable.pause("in the parent")
        future = pool.submit(work, 1)
        until(held)
        pid = os.fork()
        if not pid:
            say("child", pausable.is_paused(), len(held()))
            new = concurrent.futures.ThreadPoolExecutor(1)
            say("child", new.submit(work, 2).result(20))
            pausable.pause("in the child")
            other = new.submit(work, 3)
            until(lambda: sum(each.status().queued for each in pausable.pools()) == 1)
            pausable.resume()
            say("child", other.result(20))
            os._exit(0)
        os.waitpid(pid, 0)
        say("parent", future.done())
        pausable.resume()
        say("parent", future.result(20))
    """
    )
    assert lines == [
        "child False 0",
        "child 2",
        "child 3",
        "parent False",
        "parent 1",
    ]


@pytest.mark.usefixtures("adopted")
def test_the_default_executor_of_asyncio() -> None:
    """`asyncio.to_thread` waits for the resume, and its loop runs on meanwhile."""

    async def main() -> list[int]:
        pausable.pause("x")
        calls = [asyncio.create_task(asyncio.to_thread(pow, n, 2)) for n in range(5)]
        while sum(pool.status().queued for pool in pausable.pools()) < 5:
            await asyncio.sleep(0.001)
        assert not any(call.done() for call in calls)
        pausable.resume()
        return await asyncio.gather(*calls)

    assert asyncio.run(main()) == [0, 1, 4, 9, 16]


@pytest.mark.skipif(not RESTS, reason="before 3.12 what runs does not rest")
@pytest.mark.usefixtures("adopted")
def test_a_stop_in_the_default_executor_of_asyncio() -> None:
    """The coroutine that waits is told: it is cancelled."""

    async def main() -> str:
        began = threading.Event()

        def goes_on() -> None:
            began.set()
            while True:
                time.sleep(0.0005)

        call = asyncio.create_task(asyncio.to_thread(goes_on))
        await asyncio.to_thread(began.wait, SOON)
        pausable.stop("not needed")
        try:
            await call
        except asyncio.CancelledError:
            return "cancelled"
        return "went on"

    assert asyncio.run(main()) == "cancelled"


@pytest.mark.usefixtures("adopted")
def test_a_storm(make) -> None:
    """Pauses, resumes and cancels from all sides: each call has run once, or was cancelled."""
    rng = random.Random(7)
    pools, ran, lock = [make(3), make(2)], [], threading.Lock()

    def work(number):
        total = 0
        for each in range(200):
            total += each * number
        with lock:
            ran.append(number)
        return total

    futures = {}
    over = threading.Event()

    def storms() -> None:
        mine = random.Random(threading.get_ident())
        while not over.is_set():
            scope = mine.choice([pausable, *map(handle, pools)])
            hold = scope.pause("storm")
            if mine.random() < 0.5:
                hold.wait(mine.random() * 0.01)
            hold.release()

    threads = [threading.Thread(target=storms) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(1500):
        futures[number] = rng.choice(pools).submit(work, number)
        if rng.random() < 0.1:
            futures[rng.randrange(number + 1)].cancel()
    wait(futures.values(), 60)
    over.set()
    for thread in threads:
        thread.join()
    assert all(future.done() for future in futures.values())
    finished = sorted(number for number, future in futures.items() if not future.cancelled())
    assert sorted(ran) == finished
    assert all(futures[n].result() == 19900 * n for n in finished)


@pytest.mark.usefixtures("adopted")
def test_nothing_is_kept(make) -> None:
    """When all is resumed and over, no call, no argument and no result is kept by us."""

    class Thing:
        pass

    pool, thing = make(1), Thing()
    with pausable.pause("x"):
        future = pool.submit(lambda thing: thing, thing)
        until(lambda: handle(pool).status().tasks)
    assert future.result(SOON) is thing
    reference = weakref.ref(thing)
    del thing, future
    pool.submit(int).result(SOON)  # the worker lets go of the last one
    until(lambda: reference() is None)
