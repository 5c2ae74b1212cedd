"""Threads pause, resume, stop and resize at random, while coroutines come, go and are cancelled."""

from __future__ import annotations

import asyncio
import os
import random
import sys
import threading

import pytest
from aio.loops import assert_valid, run

from pausable import ThreadPoolExecutor, aio
from pausable._core.derived import validate

OPERATIONS = 300
SEED = os.environ.get("PAUSABLE_SEED", "7")


@pytest.fixture
def quick_switches():
    """Let threads switch often."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def pester(scope, task_group, chance, is_over):
    """Do what others do to a scope, from a thread of their own."""
    holds = []
    while not is_over.is_set():
        what = chance.randrange(6)
        if what == 0:
            holds.append(scope.pause("pestered", duration=chance.choice([None, 0.002])))
        elif what == 1 and holds:
            holds.pop(chance.randrange(len(holds))).release()
        elif what == 2:
            scope.resume()
        elif what == 3:
            task_group.limit = chance.choice([1, 3, 10, None])
        elif what == 4:
            for future in scope.tasks()[:1]:
                chance.choice([future.stop, future.pause, future.cancel])()
        else:
            scope.status()
        is_over.wait(0.0005)
    for hold in holds:
        hold.release()
    scope.resume()
    for future in scope.tasks():
        future.resume()
    task_group.limit = None


async def come_and_go(tasks, queue, consume):
    """Put items, and make a consumer for each; cancel some of those at random."""
    chance, made = random.Random(SEED), []
    for number in range(OPERATIONS):
        queue.put_nowait(number)
        made.append(tasks.create_task(consume(queue)))
        if chance.random() < 0.5:
            chance.choice(made).cancel()
        await asyncio.sleep(chance.choice([0, 0, 0.001]))
    return made


@pytest.mark.usefixtures("quick_switches")
@pytest.mark.parametrize("is_below", [False, True], ids=["alone", "below threads"])
def test_hammered(is_below):
    """All tasks end, no item is lost, and the books are right."""
    got: list[int] = []

    async def consume(queue):
        while True:
            got.append(await queue.get())
            await asyncio.sleep(0)

    async def main():
        queue: asyncio.Queue[int] = asyncio.Queue()
        is_over = threading.Event()
        with ThreadPoolExecutor(2) as pool:
            async with aio.TaskGroup("hammered", below=pool if is_below else None) as tasks:
                scopes = [pool, tasks] if is_below else [tasks, tasks]
                threads = [
                    threading.Thread(
                        target=pester,
                        args=[scope, tasks, random.Random(f"{SEED}-{number}"), is_over],
                    )
                    for number, scope in enumerate(scopes)
                ]
                for thread in threads:
                    thread.start()
                made = await come_and_go(tasks, queue, consume)
                is_over.set()
                await asyncio.to_thread(lambda: [thread.join() for thread in threads])
                for scope in {*scopes}:
                    scope.resume()
                for future in tasks.tasks():
                    future.resume()
                last = tasks.create_task(consume(queue))
                while queue.qsize():
                    await asyncio.sleep(0)
                await asyncio.sleep(0)
                for task in [*made, last]:
                    task.cancel()
            status = tasks.status()
            assert (status.running, status.resting, status.queued) == (0, 0, 0)
            assert status.done == OPERATIONS + 1
            assert_valid(tasks)
            assert not validate(pool._p_node.pool)
        assert all(task.done() for task in made)
        assert sorted(got) == list(range(OPERATIONS))

    run(main)
