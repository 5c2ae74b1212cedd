"""Coroutines and the process: they rest with all else, by whoever holds that, and no loop is blocked."""

from __future__ import annotations

import asyncio
import gc
import threading

import pytest
from aio.loops import Ticks, run, true, turns, until

import pausable
from pausable import aio
from pausable.errors import NotSupported


def named(name):
    """Find the handle of a pool."""
    return [handle for handle in pausable.pools() if handle.name == name]


@pytest.mark.parametrize("way", ["pause", "switch", "hold"])
def test_held_by_another_thread(way):
    """Whoever pauses the process rests coroutines; the loop goes on, and so do others on it."""
    ticks, others = Ticks(), Ticks()

    def hold():
        if way == "pause":
            with pausable.pause("from a thread", timeout=20):
                return ticks.count["a"], before_and_after()
        if way == "switch":
            switch = pausable.switch("by a button")
            switch.on()
            assert pausable.wait_quiescent(20)
            seen = ticks.count["a"], before_and_after()
            switch.off()
            return seen
        hold = pausable.pause("for a while", duration=3600)
        assert hold.wait(20)
        seen = ticks.count["a"], before_and_after()
        hold.release()
        return seen

    def before_and_after():
        before = others.count["b"]
        until(lambda: others.count["b"] > before + 20)  # the loop turns
        return ticks.count["a"]

    async def main():
        other = asyncio.create_task(others.tick("b"))
        async with aio.TaskGroup("crawler") as tasks:
            tasks.create_task(ticks.tick("a"))
            await ticks.go_on("a")
            before, after = await asyncio.to_thread(hold)
            assert before == after
            await ticks.go_on("a")
            tasks.stop()
        other.cancel()

    run(main)


def test_the_thread_of_the_loop_does_not_wait():
    """Who would block the loop for its own coroutines is told so at once, and awaits instead."""

    async def main():
        async with aio.TaskGroup("crawler") as tasks:
            tasks.create_task(Ticks().tick())
            await turns()
            wrong = pausable.pause("wrong")
            with pytest.raises(RuntimeError, match="would block the event loop"), wrong:
                pass
            assert not pausable.is_paused()
            async with pausable.pause("right", timeout=20):
                assert tasks.is_quiescent()
            hold = pausable.pause("right, too")
            assert await pausable.wait_quiescent_async(20)
            hold.release()
            tasks.stop()

    run(main)


def test_one_that_is_made_meanwhile_is_born_paused():
    """Its tasks wait for the resume."""
    ticks = Ticks()

    async def main():
        hold = pausable.pause("before")
        async with aio.TaskGroup("late") as tasks:
            task = tasks.create_task(ticks.tick("a", 1))
            await turns()
            assert tasks.is_paused()
            assert tasks.status().queued == 1
            assert ticks.count == {}
            hold.release()
            assert await task == "a"

    run(main)


def test_its_handle():
    """It is listed for as long as it is there, and does as the group; calls it refuses."""

    async def main():
        async with aio.TaskGroup("crawler", limit=1) as tasks:
            tasks.create_task(Ticks().tick())
            await turns()
            (handle,) = named("crawler")
            assert [handle] == named("crawler")
            assert handle.status() is not None
            for wrong in (handle.submit, handle.options().submit):
                with pytest.raises(NotSupported, match="create_task"):
                    wrong(int)
            with pytest.raises(NotSupported, match="create_task"):
                handle.map(int, [1])
            switch = handle.switch("by a button")
            switch.on()
            assert tasks.is_paused()
            switch.off()
            assert not await asyncio.to_thread(handle.shutdown, timeout=0)
            with pytest.raises(RuntimeError, match="has shut down"):
                tasks.create_task(asyncio.sleep(0))
            assert handle.stop("enough") == 1
        assert named("crawler") == []
        with pytest.raises(pausable.ScopeEnded):
            handle.pause()

    run(main)


def test_a_loop_that_was_closed_before_its_tasks_had_ended():
    """The group is listed no more, what is left of it is stopped, and a pause does not wait for it."""
    loop, kept = asyncio.new_event_loop(), []

    async def begin():
        group = aio.TaskGroup("left")
        await group.__aenter__()
        kept.append(group)
        kept.extend(group.create_task(asyncio.sleep(3600)) for _ in range(2))
        await turns()

    loop.run_until_complete(begin())
    group, *tasks = kept
    futures = [aio.future_of(task) for task in tasks]
    futures[0].pause("alone")
    loop.run_until_complete(group.wait_quiescent(0))
    assert named("left")
    assert [future.status().state for future in futures] == ["resting", "running"]
    loop.close()
    with pausable.pause("backup", timeout=20):
        assert named("left") == []
        assert "left" not in [pool.name for pool in pausable.status().pools]
    for future in futures:
        with pytest.raises(pausable.TaskStopped, match="its event loop is closed"):
            future.result(0)
    for task in tasks:
        task._log_destroy_pending = False  # asyncio says so of tasks of a closed loop
    del kept[:], group, tasks, task
    gc.collect()


def test_below_a_pool_it_is_shown_there():
    """Once, among the groups of that; its tasks count once."""

    async def main():
        async with pausable.ThreadPoolExecutor(1, thread_name_prefix="shop") as pool:
            net = pool.group("net")
            async with aio.TaskGroup("uploads", below=net) as tasks:
                tasks.create_task(asyncio.sleep(3600))
                await turns()
                pools = {each.name: each for each in pausable.status().pools}
                assert "uploads" not in pools
                shown = pools["shop"].groups["net"].groups["uploads"]
                assert shown.running == pools["shop"].running == 1
                assert [each.name for each in named("uploads")] == ["uploads"]
                tasks.stop()

    run(main)


def test_a_loop_in_a_thread_that_ends():
    """What ran there is over with it, whoever asks from elsewhere."""
    begun, go = threading.Event(), threading.Event()

    async def main():
        async with aio.TaskGroup("visitor") as tasks:
            task = tasks.create_task(asyncio.sleep(3600))
            await turns()
            begun.set()
            await true(go.is_set)
            task.cancel()

    thread = threading.Thread(target=lambda: asyncio.run(main()))
    thread.start()
    assert begun.wait(20)
    (handle,) = named("visitor")
    assert handle.pause("a while").wait(20)
    go.set()
    thread.join()
    assert named("visitor") == []
