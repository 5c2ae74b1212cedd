"""Checkpoints, sleeps and timeouts in coroutines; and asyncio's own timeouts at rest."""

from __future__ import annotations

import asyncio
import contextlib
import math
import re
from typing import Any

import anyio
import pytest
import trio
from aio.loops import Ticks, run, true, turns

from pausable import aio, shield
from pausable.aio.anyio_group import AnyioGroup


def test_a_checkpoint_rests_where_nothing_is_awaited():
    """It does not let others run while nothing is paused; it rests, and it stops."""
    count = [0]

    async def works(tasks):
        for _ in range(10):
            await aio.checkpoint()
            count[0] += 1
        tasks.pause("by itself")
        while True:
            await aio.checkpoint()
            count[0] += 1

    async def main():
        await aio.checkpoint()  # of no task of ours
        async with aio.TaskGroup() as tasks:
            task = tasks.create_task(works(tasks))
            assert await tasks.wait_quiescent()
            await true(lambda: tasks.status().resting)
            assert count == [10]
            where = aio.future_of(task).where()
            assert where is not None
            assert where.function.endswith("works")
            aio.future_of(task).stop("enough")
        assert task.cancelled()

    run(main)


def test_a_checkpoint_of_a_task_that_a_task_has_made():
    """It rests with the task that has made it, and its loop is not blocked."""
    ticks, count = Ticks(), [0]

    async def child():
        while True:
            await aio.checkpoint()
            count[0] += 1
            await asyncio.sleep(0)

    async def parent():
        await asyncio.create_task(child())

    async def main():
        other = asyncio.create_task(ticks.tick("other"))
        async with aio.TaskGroup() as tasks:
            task = tasks.create_task(parent())
            await true(lambda: count[0])
            tasks.pause("a while")
            await true(lambda: tasks._p_node.pool.others.guests)
            before = count[0]
            await ticks.go_on("other")
            assert count[0] == before
            tasks.resume()
            await true(lambda: count[0] > before)
            task.cancel()
        other.cancel()

    run(main)


def test_a_sleep_does_not_count_rest():
    """What was left of it at the pause is slept after the resume."""

    async def main():
        loop = asyncio.get_running_loop()
        await aio.sleep(0)  # of no task of ours
        async with aio.TaskGroup() as tasks:
            task = tasks.create_task(aio.sleep(0.1))
            await turns()
            tasks.pause("a while")
            await asyncio.sleep(0.3)  # the time that does not count
            assert not task.done()
            future = aio.future_of(task)
            used = future.active_time
            assert used < 0.1
            tasks.resume()
            began = loop.time()
            await task
            assert loop.time() - began >= 0.1 - used - 0.01
            assert future.active_time >= 0.099

    run(main)


NOW, NEVER, REFUSED = "at once", "not at all", "ValueError"
NUMBERS = {0: NOW, -1: NOW, -math.inf: NOW, None: NEVER, math.inf: NEVER, math.nan: REFUSED}


async def when(awaited):
    """Say when what is waited for has come."""
    try:
        async with asyncio.timeout(0.05):
            await awaited
    except TimeoutError:
        return NEVER
    except ValueError as error:
        assert "seconds must be zero or more seconds" in str(error)  # noqa: PT017
        return REFUSED
    return NOW


async def until_it_ends(limited, seconds):
    """Wait in the block until it is used up."""
    turned = []
    with contextlib.suppress(TimeoutError):
        async with limited(seconds):
            turned.append(await asyncio.sleep(0))
            turned.append(await asyncio.sleep(3600))
    assert len(turned) < 2


async def in_a_task(awaited):
    """Say it in a task of ours."""
    async with aio.TaskGroup() as tasks:
        return await tasks.create_task(when(awaited))


@pytest.mark.parametrize("seconds", NUMBERS)
@pytest.mark.parametrize("place", [when, in_a_task])
def test_the_seconds_of_a_timeout(seconds, place):
    """As asyncio's, for what is past and what never comes, but NaN is refused."""
    assert run(lambda: place(until_it_ends(aio.timeout, seconds))) == NUMBERS[seconds]
    if NUMBERS[seconds] != REFUSED:
        assert run(lambda: place(until_it_ends(asyncio.timeout, seconds))) == NUMBERS[seconds]


@pytest.mark.parametrize("seconds", [each for each in NUMBERS if each is not None])
@pytest.mark.parametrize("place", [when, in_a_task])
def test_the_seconds_of_a_sleep(seconds, place):
    """As asyncio's, which refuses NaN from Python 3.13 on."""
    assert run(lambda: place(aio.sleep(seconds))) == NUMBERS[seconds]
    if NUMBERS[seconds] != REFUSED:
        assert run(lambda: place(asyncio.sleep(seconds))) == NUMBERS[seconds]


@pytest.mark.parametrize("seconds", [-1, -math.inf, math.nan])
def test_the_seconds_of_a_sleep_on_trio(seconds):
    """As there, less than nothing is refused; in a task of ours and elsewhere."""

    async def main():
        with pytest.raises(ValueError, match=r"seconds|deadline"):
            await trio.sleep(seconds)
        with pytest.raises(ValueError, match="seconds must be zero or more"):
            await aio.sleep(seconds)
        async with AnyioGroup() as tasks:
            future = tasks.start_soon(fails)
        assert future.result() == "refused"

    async def fails():
        with pytest.raises(ValueError, match="seconds must be zero or more"):
            await aio.sleep(seconds)
        return "refused"

    trio.run(main)


def test_a_timeout_does_not_count_rest():
    """Ours does not come in a pause, and comes after it; asyncio's comes, and its block rests."""
    said: list[Any] = []

    async def ours():
        try:
            async with aio.timeout(0.05) as limit:
                await asyncio.sleep(3600)
        except TimeoutError:
            said.append(("ours", limit.expired()))

    async def asyncios():
        try:
            async with asyncio.timeout(0.05):
                await asyncio.sleep(3600)
        except TimeoutError:
            said.append("asyncio's")
        await asyncio.sleep(0)
        said.append(("after", asyncio.current_task().cancelling()))

    async def main():
        async with aio.TaskGroup() as tasks:
            tasks.create_task(ours())
            tasks.create_task(asyncios())
            await turns()
            tasks.pause("a while")
            await true(lambda: said)
            await asyncio.sleep(0.1)  # the time that does not count
            assert (said, tasks.status().resting) == (["asyncio's"], 2)
            tasks.resume()
        assert said[1:] in ([("after", 0), ("ours", True)], [("ours", True), ("after", 0)])

    run(main)


def test_a_timeout_that_is_not_used_up():
    """The block goes on; in a task of no scope of ours it is as asyncio's."""

    async def main():
        async with aio.timeout(None), aio.timeout(3600) as limit:
            await asyncio.sleep(0)
        assert not limit.expired()
        with pytest.raises(TimeoutError):
            async with aio.timeout(0.01):
                await asyncio.sleep(3600)
        async with aio.TaskGroup() as tasks:

            async def work():
                async with aio.timeout(3600):
                    await asyncio.sleep(0)
                assert not asyncio.current_task().cancelling()
                return "done"

            assert await tasks.create_task(work()) == "done"

    run(main)


class Use:
    """A use of a timeout in all ways that are right, and in some that are not, and what it says."""

    def __init__(self, limited):
        self.limited = limited
        self.limit = limited(None)
        self.said = []

    async def __call__(self):
        self.tell("made")
        self.reschedule(1e9)
        await self.enter_and_leave()
        self.reschedule(None)
        with contextlib.suppress(AssertionError):
            await self.limit.__aexit__(None, None, None)
        await self.enter("again")
        await self.expire()
        return self.said

    def tell(self, when):
        limit = self.limit
        self.said.append((when, repr(limit), limit.when(), limit.expired()))

    def reschedule(self, when):
        try:
            self.limit.reschedule(when)
        except RuntimeError as error:
            self.said.append(str(error))
        self.tell(f"rescheduled to {when}")

    async def enter(self, when):
        try:
            async with self.limit as entered:
                assert entered is self.limit
                self.tell(f"entered {when}")
                await asyncio.sleep(3600)
        except (RuntimeError, TimeoutError) as error:
            self.said.append(repr(error))
            self.said.append(repr(error.__cause__))
        self.tell(f"left {when}")

    async def enter_and_leave(self):
        async with self.limit:
            for when in (1e9, None, -7.0, math.inf):  # all are taken back before they come
                self.reschedule(when)
            await turns()
            await self.enter("twice")

    async def expire(self):
        time = asyncio.get_running_loop().time
        before = time()
        self.limit = self.limited(3600)
        assert before <= self.limit.when() - 3600 <= time() + 1e-6
        async with contextlib.AsyncExitStack() as stack:
            stack.enter_context(contextlib.suppress(TimeoutError))
            await stack.enter_async_context(self.limit)
            self.reschedule(-7.0)
            try:
                await asyncio.sleep(3600)
            finally:
                self.tell("comes")
                self.reschedule(1e9)
        self.tell("came")
        self.limit = self.limited(0.001)
        await asyncio.sleep(0.002)  # it counts from the call on
        async with asyncio.timeout(60):
            with contextlib.suppress(TimeoutError):
                async with self.limit:
                    self.said.append("entered late")
                    await turns()
                    self.said.append("not reached")


def test_a_timeout_is_used_as_asyncios():
    """In a task of ours, in any other, and in none: `when`, `reschedule`, its state, its errors."""

    async def main():
        expected = await Use(asyncio.timeout)()
        assert len(expected) > 10
        assert await Use(aio.timeout)() == expected
        async with aio.TaskGroup() as tasks:
            assert await tasks.create_task(Use(aio.timeout)()) == expected

    run(main)


def test_a_timeout_in_no_task_and_on_no_loop():
    """It is refused as asyncio's."""

    def enter(told):
        try:
            for limited in (asyncio.timeout, aio.timeout):
                with pytest.raises(RuntimeError, match="Timeout should be used inside a task"):
                    limited(1).__aenter__().send(None)
        except BaseException as error:  # noqa: BLE001 - it is shown elsewhere
            told.set_exception(error)
        else:
            told.set_result(None)

    async def main():
        loop = asyncio.get_running_loop()
        told = loop.create_future()
        loop.call_soon(enter, told)
        await told

    run(main)
    for limited in (asyncio.timeout, aio.timeout):
        with pytest.raises(RuntimeError, match="no running event loop"):
            limited(1)


def test_a_timeout_comes_later_by_each_rest():
    """So `when` says, before the block and in it; after it no more. It is not so at once at rest."""
    limits: list[Any] = []

    async def work():
        limits.append(aio.timeout(3600))
        await asyncio.sleep(0)
        try:
            async with limits[0]:
                await asyncio.sleep(3600)
        except TimeoutError:
            await asyncio.sleep(3600)

    async def rest(tasks):
        assert await tasks.wait_quiescent()
        before, since = limits[0].when(), asyncio.get_running_loop().time()
        await asyncio.sleep(0.01)  # the time that does not count
        later = limits[0].when() - before
        assert later == 0 or later >= asyncio.get_running_loop().time() - since - 0.001
        return later

    async def main():
        time = asyncio.get_running_loop().time
        async with aio.TaskGroup() as tasks:
            task = tasks.create_task(work())
            await true(lambda: limits)
            async with tasks.pause("before the block"):
                assert await rest(tasks)
            when = limits[0].when()
            await turns()
            assert limits[0].when() == when > time() + 3590
            assert "[active]" in repr(limits[0])
            async with tasks.pause("in the block"):
                assert await rest(tasks)
                least = limits[0].when()
                said = float(re.search(r"when=([\d.]+)>", repr(limits[0]))[1])
                assert round(least, 3) <= said <= round(limits[0].when(), 3)
                limits[0].reschedule(time())
                await turns()
                assert not limits[0].expired()
            await true(limits[0].expired)
            await true(lambda: "[expired]" in repr(limits[0]))
            async with tasks.pause("after the block"):
                assert not await rest(tasks)
            task.cancel()

    run(main)


def test_a_scope_of_anyios_at_rest():
    """It cancels again and again, in each turn of the loop: so the cancellation passes at once."""
    said: list[Any] = []

    async def work():
        with anyio.move_on_after(0.02) as scope:
            await asyncio.sleep(3600)
        said.append(("cancelled", scope.cancelled_caught))
        await asyncio.sleep(0)
        said.append("after")

    async def main():
        async with aio.TaskGroup() as tasks:
            task = tasks.create_task(work())
            await turns()
            tasks.pause("a while")
            await true(lambda: said)
            await turns(20)
            assert (said, tasks.status().resting) == ([("cancelled", True)], 1)
            assert task.cancelling() == 0
            tasks.resume()
        assert said == [("cancelled", True), "after"]

    run(main)


def test_a_group_of_anyios_in_a_task():
    """Coroutines that are driven in it rest; a cancel of it ends them at rest."""
    ticks = Ticks()

    async def main():
        async with aio.TaskGroup() as tasks, anyio.create_task_group() as group:
            for name in "ab":
                group.start_soon(lambda name=name: tasks.drive(ticks.tick(name), name=name))
            await true(lambda: len(ticks.count) == 2)
            tasks.pause("a while")
            assert await tasks.wait_quiescent()
            before = dict(ticks.count)
            await turns(20)
            assert ticks.count == before
            group.cancel_scope.cancel()
        assert sorted(ticks.ended) == ["a", "b"]
        assert tasks.status().stopped == 2

    run(main)


def test_a_shield_passes_the_gate():
    """In `shield()` a task neither rests at its awaits nor counts as at rest."""
    said = []

    async def work(tasks):
        with shield():
            tasks.pause("by itself")
            await asyncio.sleep(0)
            said.append("shielded")
        await asyncio.sleep(0)
        said.append("never")

    async def main():
        async with aio.TaskGroup() as tasks:
            task = tasks.create_task(work(tasks))
            await true(lambda: tasks.status().resting)
            assert said == ["shielded"]
            task.cancel()

    run(main)


def test_asyncio_run_ends_a_program_at_rest():
    """Its end cancels all tasks and waits for them: they clean up, and it does not hang."""
    ticks = Ticks()

    async def work():
        try:
            await ticks.tick("a")
        finally:
            await asyncio.sleep(0)
            ticks.ended.append("cleaned up")

    async def main():
        tasks = aio.TaskGroup()
        tasks._keep = asyncio.create_task(tasks.drive(work()))  # type: ignore[attr-defined]
        await true(lambda: ticks.count)
        tasks.pause("for ever")
        assert await tasks.wait_quiescent()
        return tasks

    tasks = run(main)
    tasks.resume()
    assert ticks.ended == ["a", "cleaned up"]
