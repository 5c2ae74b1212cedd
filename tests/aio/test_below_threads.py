"""A task group below a pool of threads: one hold rests both, one wait waits for both."""

from __future__ import annotations

import asyncio
import threading

import pytest
from aio.loops import Ticks, assert_valid, run, true, turns

import pausable
from pausable import NotQuiescent, ThreadPoolExecutor, aio, checkpoint
from pausable._core.derived import validate


class Beats:
    """Tasks on threads that count their turns."""

    def __init__(self) -> None:
        """Begin at 0."""
        self.count = 0
        self.is_over = threading.Event()

    def beat(self) -> None:
        """Count."""
        while not self.is_over.wait(0.0005):
            checkpoint()
            self.count += 1


@pytest.mark.parametrize("is_group", [False, True], ids=["pool", "group"])
def test_one_hold_rests_both(is_group):
    """And one resume lets both go; the status lists both; coroutines take no slots of threads."""
    ticks, beats = Ticks(), Beats()

    async def main():
        with ThreadPoolExecutor(1, thread_name_prefix="mixed") as pool:
            scope = pool.group("images") if is_group else pool
            scope.submit(beats.beat)
            async with aio.TaskGroup("crawler", below=scope) as tasks:
                made = [tasks.create_task(ticks.tick(name)) for name in "ab"]
                await true(lambda: len(ticks.count) == 2 and beats.count)
                assert pool.status().running == 3
                async with pool.pause("a backup", timeout=10):
                    before = (beats.count, dict(ticks.count))
                    await turns(20)
                    assert before == (beats.count, ticks.count)
                    status = pool.status()
                    assert (status.resting, status.running, status.is_quiescent) == (3, 0, True)
                    assert len(status.tasks) == len(pool.tasks()) == 3
                    found = status.groups["images"] if is_group else status
                    assert found.groups["crawler"].resting == 2
                    assert tasks.resume() == 0  # it is not its own
                    assert [hold.kind for hold in tasks.holds()] == ["above"]
                    assert pausable.status().resting == 3
                    late = tasks.create_task(ticks.tick("late"))
                    await turns()
                    assert "late" not in ticks.count
                await ticks.go_on("late")
                await true(lambda: beats.count > before[0])
                assert not tasks.is_paused()
                tasks.pause("only these")
                assert await tasks.wait_quiescent()
                await true(lambda: beats.count > before[0] + 5)
                tasks.resume()
                assert pool.stop("over") == 4
                await asyncio.wait([*made, late])
            assert pool.status().groups.keys() == ({"images"} if is_group else set())
            assert not validate(pool._p_node.pool)
            assert_valid(tasks)

    run(main)


def test_who_waits_for_the_threads_waits_for_the_coroutines():
    """On another thread; there the coroutine that goes on is named. On the loop it is refused."""
    ticks, found = Ticks(), []
    entered, is_over = threading.Event(), threading.Event()

    async def computes():
        entered.set()
        is_over.wait(20)

    def pauses(pool):
        entered.wait()
        try:
            with pool.pause("a backup", timeout=0.05):
                pass
        except NotQuiescent as error:
            found.extend(error.stragglers)
        is_over.set()
        with pool.pause("a backup", timeout=10):
            before = dict(ticks.count)
            found.append(before == ticks.count)

    async def main():
        with ThreadPoolExecutor(1) as pool:
            async with aio.TaskGroup(below=pool) as tasks:
                tasks.create_task(ticks.tick("a"))
                await true(lambda: ticks.count)
                with pytest.raises(RuntimeError, match="would block the event loop"):
                    pool.wait_quiescent()
                thread = threading.Thread(target=pauses, args=[pool])
                thread.start()
                tasks.create_task(computes())
                await asyncio.to_thread(thread.join)
                await ticks.go_on("a")
                tasks.stop("over")

    run(main)
    *stragglers, was_still = found
    assert "computes-2" in [straggler.task for straggler in stragglers]
    assert was_still is True


def test_one_that_is_made_under_a_hold_is_born_under_it():
    """Whatever holds there are, and however they end."""
    ticks = Ticks()

    async def main():
        with ThreadPoolExecutor(1) as pool:
            pool.pause("a while")
            moment = pool.pause("a moment", duration=0.05)
            async with aio.TaskGroup(below=pool) as tasks:
                task = tasks.create_task(ticks.tick("a", 3))
                await true(moment.is_released)
                await turns()
                assert ([hold.reason for hold in tasks.holds()], ticks.count) == (["a while"], {})
                pool.resume()
                assert await task == "a"

    run(main)


def test_threads_of_the_loop_and_its_coroutines_under_one_hold():
    """The default executor may be a pool of ours: what `asyncio.to_thread` runs rests, too."""
    ticks, beats = Ticks(), Beats()

    async def main():
        with ThreadPoolExecutor(2) as pool:
            asyncio.get_running_loop().set_default_executor(pool)
            async with aio.TaskGroup(below=pool) as tasks:
                tasks.create_task(ticks.tick("a"))
                thread = tasks.create_task(asyncio.to_thread(beats.beat))
                await true(lambda: ticks.count and beats.count)
                async with pool.pause("a backup", timeout=10):
                    before = (beats.count, dict(ticks.count))
                    assert pool.status().resting == 3
                    await turns(20)
                    assert before == (beats.count, ticks.count)
                beats.is_over.set()
                await thread
                tasks.stop("over")

    run(main)
