"""After a fork: in the child a group is empty and held by nobody; the parent's goes on."""

from __future__ import annotations

import asyncio
import os

import pytest
from aio.loops import Ticks, run, turns

import pausable
from pausable import aio

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork"),
    pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning"),
]


def in_a_child(look):
    """Fork, and return what *look* returns in the child, as text."""
    reader, writer = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            said = look()
        except BaseException as error:  # noqa: BLE001 - it is told
            said = repr(error)
        os.write(writer, str(said).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        said = pipe.read()
    os.waitpid(pid, 0)
    return said


@pytest.mark.parametrize("held", ["the group", "the process", "nobody"])
def test_while_a_group_rests(held):
    """The child's is empty, its tasks are stopped, its gate is open; the parent's rests on."""
    ticks = Ticks()

    async def main():
        async with aio.TaskGroup("crawler", limit=1) as tasks:
            made = [tasks.create_task(ticks.tick(name)) for name in "ab"]
            await ticks.go_on("a")
            scope = {"the group": tasks, "the process": pausable}.get(held)
            if scope is not None:
                scope.pause("a while")
                assert await tasks.wait_quiescent(20)
            futures = [aio.future_of(task) for task in made]

            def look():
                status = tasks.status()
                return (
                    [future.cancelled() for future in futures],
                    [future._p_stop_reason for future in futures],
                    (tasks.is_paused(), pausable.is_paused(), status.holds),
                    (status.running, status.resting, status.queued, tasks.is_quiescent()),
                    pausable.wait_quiescent(0),
                    tasks.stop(),
                )

            reason = "the process has forked; this task belongs to the parent"
            assert in_a_child(look) == str(
                (
                    [True, True],
                    [reason] * 2,
                    (False, False, ()),
                    (0, 0, 0, True),
                    True,
                    0,
                )
            )
            assert [future.done() for future in futures] == [False, False]
            if scope is not None:
                assert scope.is_paused()
                assert scope.resume() == 1
            await ticks.go_on("a")
            tasks.stop()

    run(main)


def test_a_loop_of_the_child():
    """Groups of the child's own loop are paused and resumed as any; those of the parent's are not there."""
    ticks = Ticks()

    async def in_child():
        async with aio.TaskGroup("child") as tasks:
            tasks.create_task(ticks.tick("c"))
            await ticks.go_on("c")
            async with tasks.pause("a while", timeout=20):
                before = ticks.count["c"]
                await turns()
                assert ticks.count["c"] == before
            await ticks.go_on("c")
            names = [each.name for each in pausable.pools() if each.status().tasks]
            tasks.stop()
        return names

    async def main():
        async with aio.TaskGroup("parent") as tasks:
            tasks.create_task(ticks.tick("p"))
            await ticks.go_on("p")
            tasks.pause("a while")
            assert in_a_child(lambda: asyncio.run(in_child())) == "['child']"
            tasks.resume()
            await ticks.go_on("p")
            tasks.stop()

    run(main)


def test_a_coroutine_that_goes_on_in_the_child():
    """What a coroutine forks and goes on with is no task of ours any more: it neither rests nor stops."""

    async def main():
        said: list[str] = []

        async def forks():
            said.append(in_a_child(lambda: (pausable.current_task(), pausable.checkpoint())))
            await asyncio.sleep(0)

        async with aio.TaskGroup("crawler") as tasks:
            tasks.create_task(forks())
        assert said == ["(None, None)"]

    run(main)
