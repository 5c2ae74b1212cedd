"""Groups of anyio's, on asyncio and on trio: their tasks rest at explicit checkpoints, and end as ever."""

from __future__ import annotations

import threading

import anyio
import anyio.lowlevel
import pytest
from aio.backends import SOON, Ticks, in_thread, true
from aio.loops import until

import pausable
from pausable import ThreadPoolExecutor, aio
from pausable._core.derived import validate
from pausable.aio.anyio_group import AnyioGroup
from pausable.errors import NotSupported


def test_pause_and_resume(run):
    """It rests at its next checkpoint, by a pause of any thread, and goes on with the resume."""
    ticks = Ticks()

    async def main():
        async with AnyioGroup("crawler") as tasks:
            future = tasks.start_soon(ticks.tick, name="page")
            await ticks.go_on()
            for pause in (tasks.pause, pausable.pause, future.pause):
                hold = await in_thread(pause, "a while")
                await true(lambda: future.status().state == "resting")
                before = ticks.count
                await anyio.sleep(0.01)
                assert ticks.count == before
                assert (future.name, future.where().function) == ("page", "Ticks.tick")
                assert await in_thread(hold.release)
                await ticks.go_on()
            async with tasks.pause("to wait for it", timeout=SOON):
                assert tasks.status().resting == 1
            assert [each.name for each in pausable.pools() if each.name == "crawler"]
            tasks.stop("enough")
        assert future.cancelled()
        assert ticks.ended
        assert not validate(tasks._p_node.pool)
        assert not [each for each in pausable.pools() if each.name == "crawler"]

    run(main)


def test_with_threads(run):
    """Below a pool of threads, one hold rests both."""
    ticks, is_over = Ticks(), threading.Event()

    def work():
        while not is_over.is_set():
            pausable.checkpoint()
            is_over.wait(0.001)

    async def main():
        with ThreadPoolExecutor(1) as pool:
            pool.submit(work)
            async with AnyioGroup("uploads", below=pool) as tasks:
                tasks.start_soon(ticks.tick)
                await ticks.go_on()
                async with pool.pause("a backup", timeout=SOON):
                    assert pool.status().resting == 2
                await ticks.go_on()
                is_over.set()
                tasks.stop()

    run(main)


@pytest.mark.parametrize("what", ["move_on_after", "fail_after", "CancelScope", "the group"])
def test_scopes_of_anyio_at_rest(run, what):
    """Each cancels the task at once where it rests; the block is left, and what follows rests."""
    seen = []

    async def scoped():
        if what == "move_on_after":
            with anyio.move_on_after(0.02) as scope:
                await rests()
            assert scope.cancelled_caught
        elif what == "fail_after":
            with pytest.raises(TimeoutError), anyio.fail_after(0.02):
                await rests()
        elif what == "CancelScope":
            with anyio.CancelScope() as scope:
                scopes.append(scope)
                await rests()
        else:
            await rests()
        seen.append("left")
        await aio.checkpoint()
        seen.append("went on")

    async def rests():
        try:
            while True:
                await anyio.lowlevel.checkpoint()
                await aio.checkpoint()
        finally:
            seen.append("cleaned up")

    scopes = []

    async def main():
        async with AnyioGroup() as tasks:
            future = tasks.start_soon(scoped)
            await true(lambda: future.status().state == "running")
            hold = tasks.pause("a while")
            if what == "the group":
                await true(lambda: future.status().state == "resting")
                tasks.cancel_scope.cancel()
                return
            if what == "CancelScope":
                await true(lambda: future.status().state == "resting")
                scopes[0].cancel()
            await true(lambda: "left" in seen and future.status().state == "resting")
            await anyio.sleep(0.01)
            assert seen == ["cleaned up", "left"]
            hold.release()
            await true(future.done)

    run(main)
    assert seen == (["cleaned up"] if what == "the group" else ["cleaned up", "left", "went on"])


def test_a_stop_at_rest(run):
    """Is a cancellation, passes at once, and keeps its reason; others go on."""
    one, other = Ticks(), Ticks()

    async def main():
        async with AnyioGroup() as tasks:
            future = tasks.start_soon(one.tick)
            tasks.start_soon(other.tick)
            await other.go_on()
            hold = tasks.pause("a while")
            assert await tasks.wait_quiescent(SOON)
            future.stop("not needed")
            await true(future.done)
            with pytest.raises(pausable.TaskStopped, match="not needed"):
                future.result(0)
            assert tasks.status().resting == 1
            hold.release()
            await other.go_on()
            tasks.stop()

    run(main)


def test_nothing_starts(run):
    """What is made under a hold, or beyond the limit, waits; it may be cancelled there, too."""
    ticks = [Ticks() for _ in range(3)]

    async def main():
        async with AnyioGroup(limit=1) as tasks:
            hold = tasks.pause("first")
            futures = [tasks.start_soon(each.tick, 3) for each in ticks]
            await anyio.sleep(0.01)
            assert [each.count for each in ticks] == [0, 0, 0]
            assert tasks.status().queued == 3
            assert futures[1].cancel()
            hold.release()
            await true(lambda: futures[2].done())
            assert [each.count for each in ticks] == [3, 0, 3]
        assert [each.cancelled() for each in futures] == [False, True, False]

    run(main)


def test_an_exception_is_anyios(run):
    """It ends the group, as anyio has it, and is the future's."""

    async def fail():
        await anyio.lowlevel.checkpoint()
        raise KeyError("wrong")

    async def main():
        ticks = Ticks()
        with pytest.raises(ExceptionGroup) as caught:
            async with AnyioGroup() as tasks:
                other = tasks.start_soon(ticks.tick)
                future = tasks.start_soon(fail)
        assert caught.group_contains(KeyError)
        assert isinstance(future.exception(0), KeyError)
        assert other.cancelled()

    run(main)


def test_sleep_is_active_time(run):
    """It rests in our sleep, whose rest is slept after the resume; a stop ends it at once."""

    async def main():
        async with AnyioGroup() as tasks:
            future = tasks.start_soon(aio.sleep, 0.05)
            await true(lambda: future.status().state == "running")
            hold = tasks.pause("a while")
            assert await tasks.wait_quiescent(SOON)
            await anyio.sleep(0.1)
            assert future.status().state == "resting"
            assert future.status().active_time < 0.05
            hold.release()
            await true(future.done)
            assert future.result(0) is None
            assert future._p_times()[0] >= 0.05
            future = tasks.start_soon(aio.sleep, 3600)
            await true(lambda: future.status().state == "running")
            tasks.pause("for good")
            assert await tasks.wait_quiescent(SOON)
            tasks.stop("enough")

    run(main)


@pytest.mark.parametrize("is_released", [False, True], ids=["at rest", "going on"])
def test_a_task_that_it_makes_by_itself(run, is_released):
    """Rests at the checkpoint with the one that has made it, and stops with that."""
    own, made = Ticks(), Ticks()

    async def makes():
        async with anyio.create_task_group() as group:
            group.start_soon(made.tick)
            await own.tick()

    async def main():
        async with AnyioGroup() as tasks:
            tasks.start_soon(makes)
            await made.go_on()
            hold = tasks.pause("a while")
            assert await tasks.wait_quiescent(SOON)
            await true(lambda: tasks._p_node.pool.others.guests)
            before = made.count
            await anyio.sleep(0.01)
            assert made.count == before
            if not is_released:
                await true(lambda: tasks._p_node.pool.others.guests)
            else:
                hold.release()
                await made.go_on()
            tasks.stop()
        assert own.ended
        assert made.ended

    run(main)


def test_stopped_by_a_checkpoint_below(run):
    """`pausable.checkpoint()` in a function of a coroutine does not rest, and raises on a stop."""
    begun = threading.Event()

    async def loops():
        while True:
            begun.set()
            pausable.checkpoint()
            await anyio.lowlevel.checkpoint()

    async def main():
        async with AnyioGroup() as tasks:
            future = tasks.start_soon(loops)
            await true(begun.is_set)
            tasks.pause("in vain")
            await anyio.sleep(0.01)
            assert future.status().state == "pausing"
            assert [each.path for each in tasks.stragglers()] == [future.path]
            tasks.stop("enough")
        assert future.cancelled()

    run(main)


def test_a_checkpoint_outside(run):
    """In no task of ours it does nothing, also while the process is paused."""

    async def main():
        hold = pausable.pause("others")
        await aio.checkpoint()
        await aio.sleep(0.001)
        hold.release()

    run(main)


def test_what_is_not_supported(run):
    """Says so, in a sentence that says what to do instead."""

    async def main():
        async with AnyioGroup() as tasks:
            coro = aio.sleep(0)
            with pytest.raises(NotSupported, match="use start_soon"):
                tasks.drive(coro)
            coro.close()
            with pytest.raises(NotSupported, match="use start_soon"):
                tasks.group("part").drive(coro)
            with pytest.raises(ValueError, match="there is a group 'part'"):
                tasks.group("part")
            with pytest.raises(TypeError, match="a task must be a function"):
                await tasks.start(1)
            with pytest.raises(TypeError, match="a task must be a function"):
                tasks.start_soon(1)
            with pytest.raises(NotSupported, match="below a pool of threads"):
                AnyioGroup(below=tasks)
        with pytest.raises(RuntimeError, match="has shut down"):
            tasks.start_soon(aio.sleep, 0)
        for group in (AnyioGroup(), AnyioGroup().group("part")):
            with pytest.raises(RuntimeError, match="only in its `async with` block"):
                group.start_soon(aio.sleep, 0)
            with pytest.raises(RuntimeError, match="only in its `async with` block"):
                await group.start(aio.sleep, 0)
        with pytest.raises(TypeError, match="below must be"):
            AnyioGroup(below=1)

    run(main)


def test_what_only_asyncio_has():
    """On trio there are no driven coroutines, and no time limit of ours."""

    async def main():
        with pytest.raises(NotSupported, match=r"pausable\.aio\.anyio_group"):
            await aio.TaskGroup().__aenter__()
        coro = aio.sleep(0)
        with pytest.raises(NotSupported, match=r"pausable\.aio\.anyio_group"):
            aio.TaskGroup().drive(coro)
        coro.close()
        with pytest.raises(NotSupported, match=r"use anyio\.fail_after"):
            aio.timeout(1)

    anyio.run(main, backend="trio")


def test_pools_on_trio():
    """A pool of threads is waited for, and shut down, without blocking the loop."""

    async def main():
        async with ThreadPoolExecutor(1) as pool:
            pool.submit(int)
            async with pool.pause("a while", timeout=SOON):
                assert pool.is_quiescent()
            assert await pool.wait_quiescent_async(SOON)

    anyio.run(main, backend="trio")


def test_from_a_thread_while_trio_runs():
    """Whoever pauses the process from elsewhere rests tasks of trio, too."""
    ticks = Ticks()

    async def main():
        async with AnyioGroup() as tasks:
            tasks.start_soon(ticks.tick)
            await true(lambda: ticks.ended)

    thread = threading.Thread(target=lambda: anyio.run(main, backend="trio"))
    thread.start()
    until(lambda: ticks.count > 10)
    with pausable.pause("a backup", timeout=SOON):
        before = ticks.count
        assert pausable.is_quiescent()
        assert ticks.count == before
    until(lambda: ticks.count > before)
    pausable.stop("enough")
    thread.join()
