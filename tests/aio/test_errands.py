"""What coroutines hand to threads: where asked, tasks of a pool that rests with the group."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ProcessPoolExecutor as StdlibProcesses
from concurrent.futures import ThreadPoolExecutor as StdlibThreads

import pytest
from aio.loops import run, true, turns, until
from workloads import Loop

import pausable
from pausable import ThreadPoolExecutor, aio
from pausable.errors import NotSupported
from pausable.futures import ProcessPoolExecutor


async def to_thread(call):
    """Hand a call to a thread."""
    return await asyncio.to_thread(call)


async def by_a_library(call):
    """Hand a call to the default executor, as libraries do, in a task that somebody else makes."""
    loop = asyncio.get_running_loop()
    return await asyncio.ensure_future(asyncio.wait_for(loop.run_in_executor(None, call), 20))


@pytest.mark.parametrize("way", [to_thread, by_a_library])
def test_they_rest_with_the_group(way):
    """A pause waits until the function rests, too, and a resume lets it go on."""
    work = Loop()

    async def main():
        with ThreadPoolExecutor(2, "errands") as pool:
            async with aio.TaskGroup("crawler", threads=pool) as tasks:
                task = tasks.create_task(way(work))
                await true(work.began.is_set)
                await true(lambda: tasks.status().running == 2)
                async with tasks.pause("a backup", timeout=20):
                    rounds = work.rounds
                    await turns(20)
                    assert work.rounds == rounds
                    status = tasks.status()
                    assert (status.running, status.resting) == (0, 2)
                    assert status.groups["errands"].resting == 1
                await true(lambda: work.rounds > rounds)
                work.go.set()
                assert await task == work.rounds

    run(main)


def test_a_stop_ends_them():
    """The function is stopped at its next checkpoint, as the coroutine at its await."""
    work = Loop()

    async def main():
        with ThreadPoolExecutor(1) as pool:
            async with aio.TaskGroup("crawler", threads=pool) as tasks:
                task = tasks.create_task(to_thread(work))
                await true(work.began.is_set)
                assert tasks.stop("enough") == 2
            assert task.cancelled()
            assert await pool.wait_quiescent_async(20)
            await true(lambda: pool.status().stopped == 1)

    run(main)


def test_a_function_that_was_not_begun_does_not_begin():
    """Handed over just before the pause: it waits in the queue of the pool."""
    ran = threading.Event()

    async def main():
        with ThreadPoolExecutor(1) as pool:
            async with aio.TaskGroup(threads=pool) as tasks:
                hold = tasks.pause("a while")
                future = asyncio.get_running_loop().run_in_executor(pool, ran.set)
                task = tasks.create_task(to_thread(ran.set))
                await turns(20)
                assert not ran.is_set()
                assert tasks.status().queued == 2
                hold.release()
                await task
                await future

    run(main)
    assert ran.is_set()


@pytest.mark.parametrize("has_own", [False, True], ids=["none", "one of the user's"])
def test_others_use_what_they_used(has_own):
    """Calls of tasks that are not of the group go where they went; afterwards all do."""

    def name():
        return threading.current_thread().name.partition("_")[0]

    async def main():
        loop = asyncio.get_running_loop()
        if has_own:
            loop.set_default_executor(StdlibThreads(1, "mine"))
        theirs = "mine" if has_own else "asyncio"
        with ThreadPoolExecutor(1, "errands") as pool:
            async with aio.TaskGroup(threads=pool) as tasks:
                task = tasks.create_task(to_thread(name))
                assert await asyncio.to_thread(name) == theirs
                hold = tasks.pause("a while")
                assert await asyncio.to_thread(name) == theirs
                hold.release()
                assert await task == "errands"
        assert await asyncio.to_thread(name) == theirs
        assert not has_own or isinstance(loop._default_executor, StdlibThreads)

    run(main)


@pytest.mark.parametrize("is_replaced", [False, True], ids=["", "replaced"])
def test_the_default_executor_ends_as_ever(is_replaced):
    """The loop's own one, which others have used, is shut down with the loop, and not the pool.

    One that was replaced meanwhile is nobody's: its thread goes after the last who had it, as
    without a group, and that is a moment later.
    """
    before = set(threading.enumerate())

    def left():
        new = set(threading.enumerate()) - before
        return [each for each in new if each.name.startswith("asyncio_")]

    with ThreadPoolExecutor(1) as pool:

        async def main():
            async with aio.TaskGroup(threads=pool) as tasks:
                await asyncio.to_thread(int)
                assert len(left()) == 1
                tasks.create_task(to_thread(int))
                if is_replaced:
                    asyncio.get_running_loop().set_default_executor(StdlibThreads(1))

        run(main)
        assert pool.submit(abs, -1).result() == 1
    if is_replaced:
        until(lambda: not left())
    assert not left()


def test_below_a_pool():
    """A group that hangs below a pool, and has one below it: a pause of the first rests all three."""
    work = Loop()

    async def main():
        with ThreadPoolExecutor(1, "shop") as shop, ThreadPoolExecutor(1, "errands") as pool:
            async with aio.TaskGroup("pages", below=shop, threads=pool) as tasks:
                task = tasks.create_task(to_thread(work))
                await true(work.began.is_set)
                async with shop.pause("a backup", timeout=20):
                    assert (shop.status().resting, shop.status().running) == (2, 0)
                    (shown,) = [each for each in pausable.status().pools if each.name == "shop"]
                    assert shown.groups["pages"].groups["errands"].resting == 1
                assert shop.stop("enough") == 2
            assert task.cancelled()

    run(main)


@pytest.mark.parametrize("wrong", [1, StdlibThreads, StdlibProcesses, "a group"])
def test_what_is_no_pool_of_ours(wrong):
    """Is refused, with a sentence."""
    if wrong == "a group":
        wrong = ThreadPoolExecutor(1).group("part")
    with pytest.raises(TypeError, match="threads must be a pool of threads"):
        aio.TaskGroup(threads=wrong() if isinstance(wrong, type) else wrong)


def test_processes_are_not_supported():
    """Their functions would run where no coroutine is."""
    with (
        ProcessPoolExecutor(1) as pool,
        pytest.raises(NotSupported, match="run in other processes"),
    ):
        aio.TaskGroup(threads=pool)
