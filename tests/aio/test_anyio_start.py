"""`start()` of a group of anyio's, its parts, and its time limits: on asyncio and on trio."""

from __future__ import annotations

import anyio
import anyio.lowlevel
import pytest
from aio.backends import Ticks, in_thread, true

from pausable import TaskStopped, TaskTimeout, aio
from pausable._core.derived import validate
from pausable.aio.anyio_group import AnyioGroup


class Server:
    """What says when it has started, and serves then."""

    def __init__(self):
        self.seen = []
        self.go = None  # an event, if it is to wait before it has started

    async def serve(self, port, *, task_status):
        """Serve until it is cancelled."""
        self.seen.append("begun")
        if self.go is not None:
            await self.go.wait()
        await aio.checkpoint()
        task_status.started(port + 1)
        try:
            while True:
                self.seen.append("turn")
                await anyio.lowlevel.checkpoint()
                await aio.checkpoint()
        finally:
            self.seen.append("ended")

    async def fail(self, error, *, task_status):
        """Fail before it has started."""
        del task_status
        raise error

    async def forget(self, *, task_status):
        """Return without having said that it has started."""

    async def hang(self, *, task_status):
        """Never say that it has started."""
        del task_status
        self.seen.append("hangs")
        try:
            await anyio.sleep_forever()
        finally:
            self.seen.append("ended")


def test_start_returns_what_the_task_says(run):
    """As anyio's; the task is one of the group, and rests and stops as any."""
    server = Server()

    async def main():
        async with AnyioGroup("servers") as tasks:
            assert await tasks.start(server.serve, 80, name="http") == 81
            await true(lambda: "turn" in server.seen)
            async with tasks.pause("a backup", timeout=20):
                assert [task.name for task in tasks.status().tasks] == ["http"]
                before = list(server.seen)
                await anyio.sleep(0.01)
                assert server.seen == before
            assert tasks.stop("enough") == 1
        assert server.seen[-1] == "ended"
        assert not validate(tasks._p_node.pool)

    run(main)


def test_start_waits_while_the_task_is_held(run):
    """Before it begins, and where it rests before it has said that it has started."""
    server, found = Server(), []

    async def main():
        async with AnyioGroup("servers") as tasks, anyio.create_task_group() as others:

            async def ask():
                found.append(await tasks.start(server.serve, 80))
                tasks.cancel_scope.cancel()

            server.go = anyio.Event()
            hold = tasks.pause("not yet")
            others.start_soon(ask)
            await true(lambda: tasks.status().queued == 1)
            await anyio.sleep(0.01)
            assert not server.seen
            hold.release()
            await true(lambda: server.seen)
            hold = tasks.pause("before it says so")
            server.go.set()
            await true(lambda: tasks.status().resting)
            assert not found
            hold.release()
            await true(lambda: found)
        assert found == [81]

    run(main)


@pytest.mark.parametrize("held", [False, True])
def test_who_starts_is_cancelled(run, held):
    """So is the task, whether it has begun or not; the group goes on."""
    server = Server()

    async def main():
        async with AnyioGroup("servers") as tasks:
            hold = tasks.pause("not yet") if held else None
            with anyio.move_on_after(0.02) as scope:
                await tasks.start(server.hang)
            assert scope.cancelled_caught
            assert server.seen == ([] if held else ["hangs", "ended"])
            assert not tasks.status().queued
            if hold:
                hold.release()
            assert await tasks.start(server.serve, 1) == 2
            tasks.stop("enough")
        assert not validate(tasks._p_node.pool)

    run(main)


@pytest.mark.parametrize("held", [False, True])
def test_a_task_is_stopped_before_it_has_started(run, held):
    """Who starts it learns why, and goes on."""
    server = Server()

    async def main():
        async with AnyioGroup("servers") as tasks, anyio.create_task_group() as others:

            async def stop():
                await true(lambda: tasks.status().queued if held else server.seen)
                tasks.stop("enough")

            hold = tasks.pause("not yet") if held else None
            others.start_soon(stop)
            with pytest.raises(TaskStopped, match="enough"):
                await tasks.start(server.hang)
            if hold:
                hold.release()
        assert not validate(tasks._p_node.pool)

    run(main)


def test_a_task_ends_before_it_has_started(run):
    """As with anyio: its error is raised there, and does not end the group."""
    server = Server()

    async def main():
        async with AnyioGroup("servers") as tasks:
            with pytest.raises(ValueError, match="no port"):
                await tasks.start(server.fail, ValueError("no port"))
            with pytest.raises(RuntimeError, match="without calling task_status"):
                await tasks.start(server.forget)
            with pytest.raises(TypeError):
                await tasks.start(server.fail)
            assert tasks.start_soon(aio.sleep, 0)

    run(main)


def test_a_part_is_paused_alone(run):
    """Its tasks rest and others go on; its limit counts its own; the block waits for them."""
    one, other, more = Ticks(), Ticks(), Ticks()

    async def main():
        async with AnyioGroup("crawler") as tasks:
            part = tasks.group("pages", limit=1)
            below = part.group("images")
            first, second = part.start_soon(one.tick), below.start_soon(more.tick)
            tasks.start_soon(other.tick)
            await one.go_on()
            assert (second.status().state, repr(part)) == (
                "queued",
                "<AnyioSubgroup 'pages' of 'crawler'>",
            )
            async with part.pause("a while", timeout=20):
                before = one.count
                await other.go_on()
                assert one.count == before
            await one.go_on()
            assert not more.count
            part.limit = 2
            await more.go_on()
            assert "/pages/images/" in second.path
            await in_thread(part.stop, "enough")
            await true(lambda: first.cancelled() and second.cancelled())
            await other.go_on()
            tasks.stop("enough")
        assert not validate(tasks._p_node.pool)
        with pytest.raises(RuntimeError, match="has shut down"):
            part.start_soon(aio.sleep, 0)

    run(main)


def test_a_part_starts(run):
    """`start()` of a part, which waits for the limit of that."""
    server = Server()

    async def main():
        over = anyio.Event()
        async with AnyioGroup("crawler") as tasks:
            part = tasks.group("servers", limit=1)
            first = part.start_soon(over.wait)
            with anyio.move_on_after(0.01) as scope:
                await part.start(server.serve, 80)
            assert scope.cancelled_caught
            assert not server.seen
            over.set()
            assert await part.start(server.serve, 80) == 81
            assert first.done()
            tasks.stop("enough")

    run(main)


@pytest.mark.parametrize("of_part", [False, True])
def test_a_time_limit(run, of_part):
    """A task that has used it up in active time fails with it, which ends the group, as any error."""

    async def main():
        async with AnyioGroup("crawler", **({} if of_part else {"timeout": 0.05})) as tasks:
            scope = tasks.group("part", timeout=0.05) if of_part else tasks
            future = scope.start_soon(aio.sleep, 3600)
            found.append(future)
            await anyio.sleep(0.01)
            tasks.pause("a while")
            await true(lambda: future.status().state == "resting")
            await anyio.sleep(0.2)  # the time that does not count
            assert not future.done()
            tasks.resume()
            await anyio.sleep(3600)

    found = []
    with pytest.raises(ExceptionGroup) as caught:
        run(main)
    assert caught.group_contains(TaskTimeout, match="active time; its limit is 0.05 s")
    assert isinstance(found[0].exception(0), TaskTimeout)


def test_a_deadline(run):
    """It is wall time, and comes at rest, too."""

    async def main():
        async with AnyioGroup("crawler", deadline=0.05) as tasks:
            tasks.start_soon(aio.sleep, 3600)
            await anyio.lowlevel.checkpoint()
            tasks.pause("a while")
            await anyio.sleep(3600)

    with pytest.raises(ExceptionGroup) as caught:
        run(main)
    assert caught.group_contains(TaskTimeout, match="wall time")


def test_a_time_limit_that_is_not_used_up(run):
    """The task returns what it returns, and nobody watches any more."""

    async def work():
        await aio.checkpoint()
        return "done"

    async def main():
        async with AnyioGroup("crawler", timeout=3600) as tasks:
            future = tasks.start_soon(work)
        assert future.result() == "done"
        with pytest.raises(ValueError, match="timeout must be more than zero"):
            AnyioGroup(timeout=0)

    run(main)


def test_a_timeout_of_ours_in_a_task():
    """On asyncio it does not count the rest, and comes after that."""
    said = []

    async def work():
        try:
            async with aio.timeout(0.05) as limit:
                await aio.sleep(3600)
        except TimeoutError:
            said.append(limit.expired())

    async def main():
        async with AnyioGroup("crawler") as tasks:
            tasks.start_soon(work)
            await anyio.sleep(0.01)
            tasks.pause("a while")
            await true(lambda: tasks.status().resting)
            await anyio.sleep(0.2)  # the time that does not count
            assert not said
            tasks.resume()
        assert said == [True]

    anyio.run(main)
