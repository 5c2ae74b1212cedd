"""The task group: asyncio's, whose unmodified coroutines rest at any await."""

from __future__ import annotations

import asyncio
import inspect
import sys
import threading
from itertools import pairwise
from typing import Any

import anyio
import pytest
from aio.loops import Ticks, assert_valid, run, true, turns

import pausable
from pausable import NotQuiescent, TaskStopped, TaskTimeout, aio, checkpoint


@pytest.mark.parametrize("debug", [False, True])
def test_a_pause_rests_coroutines_that_know_nothing_of_it(debug):
    """No turn is done while it is quiescent, and none is lost; in debug mode, too."""
    ticks = Ticks()

    async def main():
        async with aio.TaskGroup("crawler") as tasks:
            made = [tasks.create_task(ticks.tick(name)) for name in "abc"]
            await true(lambda: len(ticks.count) == 3)
            tasks.pause("a while")
            assert await tasks.wait_quiescent()
            before, status = dict(ticks.count), tasks.status()
            assert (status.resting, status.running, status.is_quiescent) == (3, 0, True)
            await turns(20)
            assert ticks.count == before
            assert_valid(tasks)
            tasks.resume()
            for name in "abc":
                await ticks.go_on(name)
            for task in made:
                task.cancel()
        assert all(task.cancelled() for task in made)
        assert_valid(tasks)

    run(main, debug=debug)
    assert sorted(ticks.ended) == ["a", "b", "c"]


def test_it_is_asyncios(caplog):
    """Results, errors, names, contexts and refusals are those of `asyncio.TaskGroup`."""

    async def answer():
        await asyncio.sleep(0)
        return 42

    async def fail():
        raise ValueError("bad page")

    async def main():
        async with aio.TaskGroup() as tasks:
            task = tasks.create_task(answer(), name="the answer")
            assert isinstance(tasks, asyncio.TaskGroup)
            assert isinstance(task, asyncio.Task)
        assert (task.result(), task.get_name()) == (42, "the answer")
        with pytest.raises(RuntimeError, match="has shut down"):
            tasks.create_task(answer())
        with pytest.raises(ExceptionGroup) as caught:
            async with aio.TaskGroup() as tasks:
                other = tasks.create_task(asyncio.sleep(3600))
                tasks.create_task(fail())
        assert [str(error) for error in caught.value.exceptions] == ["bad page"]
        assert other.cancelled()
        with pytest.raises(TypeError, match="must be a coroutine"):
            aio.TaskGroup().create_task(answer)
        with pytest.raises(RuntimeError, match="has not been entered"):
            aio.TaskGroup().create_task(answer())

    run(main)
    assert not caplog.records


def test_what_is_awaited_is_not_waited_for():
    """A task that awaits something for an hour is at rest as soon as its gate is closed."""

    async def main():
        async with aio.TaskGroup() as tasks:
            task = tasks.create_task(asyncio.sleep(3600))
            await turns()
            async with tasks.pause("a backup", timeout=10):
                assert tasks.status().resting == 1
            assert tasks.status().running == 1
            task.cancel()

    run(main)


def test_nothing_starts_under_a_pause():
    """A task that is made then is queued, and begins after the resume; its cancel works before."""
    ticks = Ticks()

    async def main():
        async with aio.TaskGroup() as tasks:
            tasks.pause("not yet")
            first = tasks.create_task(ticks.tick("a", 3))
            second = tasks.create_task(ticks.tick("b"))
            third = tasks.create_task(ticks.tick("c"))
            assert (tasks.status().queued, tasks.status().is_quiescent) == (3, True)
            await turns()
            assert not ticks.count
            second.cancel()
            assert aio.future_of(third).stop("not needed")
            await turns()
            assert second.cancelled()
            assert third.cancelled()
            tasks.resume()
            assert await first == "a"
            assert_valid(tasks)
        assert list(ticks.count) == ["a"]

    run(main)


def test_a_pause_between_the_making_and_the_first_line():
    """What was made has a slot, and comes to its first line after the resume."""
    ticks = Ticks()

    async def main():
        async with aio.TaskGroup() as tasks:
            task = tasks.create_task(ticks.tick("a", 3))
            tasks.pause("not yet")
            assert await tasks.wait_quiescent()
            await turns()
            assert not ticks.count
            assert tasks.status().resting == 1
            tasks.resume()
            assert await task == "a"

    run(main)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="there are no eager tasks")
def test_eager_tasks():
    """One begins inside `create_task`, but not under a pause; one that ends at once is over."""
    ticks = Ticks()

    async def at_once():
        return 1

    async def main():
        asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
        async with aio.TaskGroup() as tasks:
            eager = tasks.create_task(at_once())
            assert eager.result() == 1
            task = tasks.create_task(ticks.tick("a"))
            assert ticks.count == {"a": 1}
            assert tasks.status().done == 1
            tasks.pause("not yet")
            late = tasks.create_task(ticks.tick("b", 3))
            assert await tasks.wait_quiescent()
            assert "b" not in ticks.count
            tasks.resume()
            assert await late == "b"
            task.cancel()

    run(main)


def test_a_limit_counts_coroutines():
    """So many run at once; one that rests alone makes room; a higher limit takes effect."""
    ticks = Ticks()

    async def main():
        async with aio.TaskGroup("pages", limit=2) as tasks:
            made = {name: tasks.create_task(ticks.tick(name)) for name in "abcd"}
            await true(lambda: len(ticks.count) == 2)
            await turns()
            assert (tasks.limit, tasks.status().running, tasks.status().queued) == (2, 2, 2)
            aio.future_of(made["a"]).pause("only this one")
            await ticks.go_on("c")
            assert aio.future_of(made["a"]).status().state == "resting"
            tasks.limit = 3
            await ticks.go_on("d")
            assert_valid(tasks)
            aio.future_of(made["a"]).resume()
            await turns()
            assert aio.future_of(made["a"]).status().state == "resting"  # there is no slot
            made["b"].cancel()
            await ticks.go_on("a")
            tasks.stop("over")
        assert_valid(tasks)

    run(main)


def test_a_group_has_a_gate_and_a_limit_of_its_own():
    """Its tasks rest while others go on, and are tasks of the task group."""
    ticks = Ticks()

    async def main():
        async with aio.TaskGroup("shop") as tasks:
            images = tasks.group("images", limit=1)
            inside = [images.create_task(ticks.tick(name)) for name in "ab"]
            tasks.create_task(ticks.tick("out"))
            await true(lambda: len(ticks.count) == 2)
            images.pause("the disk is full")
            assert await images.wait_quiescent()
            before = ticks.count["a"]
            await ticks.go_on("out")
            assert (ticks.count["a"], images.status().resting) == (before, 1)
            assert repr(images) == "<Subgroup 'images' of 'shop'>"
            with pytest.raises(ValueError, match="there is a group 'images'"):
                tasks.group("images")
            images.resume()
            await ticks.go_on("a")
            inside[0].cancel()
            await ticks.go_on("b")
            tasks.stop("over")
            assert_valid(tasks)
        assert all(task.cancelled() for task in inside)

    run(main)


def test_a_task_group_below_another():
    """Who pauses the one above pauses it; it ends alone, and its name is free again."""
    ticks = Ticks()

    async def main():
        async with aio.TaskGroup("service") as service:
            for _ in range(2):
                async with aio.TaskGroup("request", below=service) as request:
                    task = request.create_task(ticks.tick("a"))
                    await true(lambda: ticks.count.get("a"))
                    service.pause("a while")
                    assert await service.wait_quiescent()
                    assert request.status().resting == 1
                    service.resume()
                    await ticks.go_on("a")
                    task.cancel()
            with pytest.raises(TypeError, match="below must be"):
                aio.TaskGroup(below=3)
        assert_valid(service)

    run(main)


def test_the_process_holds_coroutines():
    """`pausable.pause()` rests them like all tasks, and its status lists them."""
    ticks = Ticks()

    async def main():
        async with aio.TaskGroup("crawler") as tasks:
            tasks.create_task(ticks.tick("a"))
            await true(lambda: ticks.count.get("a"))
            async with pausable.pause("a backup", timeout=10):
                before = dict(ticks.count)
                await turns()
                assert ticks.count == before
                listed = {each.name: each for each in pausable.status().pools}
                assert listed["crawler"].resting == 1
                async with aio.TaskGroup("born later") as later:
                    late = later.create_task(ticks.tick("b", 1))
                    await turns()
                    assert later.status().queued == 1
                    late.cancel()
            await ticks.go_on("a")
            assert pausable.stop("over") == 1

    run(main)


def test_another_thread_pauses_and_resumes():
    """All verbs may come from any thread."""
    ticks = Ticks()

    async def main():
        async with aio.TaskGroup() as tasks:
            task = tasks.create_task(ticks.tick("a"))
            await true(lambda: ticks.count.get("a"))
            await asyncio.to_thread(tasks.pause, "from elsewhere")
            assert await tasks.wait_quiescent()
            future = aio.future_of(task)
            where = await asyncio.to_thread(future.where)
            assert where is not None
            assert where.function == "Ticks.tick"
            await asyncio.to_thread(tasks.resume)
            await ticks.go_on("a")
            assert await asyncio.to_thread(future.stop, "not needed")
            with pytest.raises(TaskStopped, match="not needed"):
                await asyncio.to_thread(future.result)

    run(main)


# Stops.


def test_a_stop_is_asyncios_cancellation():
    """Also at rest it passes at once; cleaning up does not rest; the reason is the message."""
    said: list[Any] = []

    async def work():
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError as error:
            said.append(error.args)
            await asyncio.sleep(0)
            said.append("cleaned up")
            raise

    async def main():
        async with aio.TaskGroup() as tasks:
            task = tasks.create_task(work())
            await turns()
            tasks.pause("a while")
            assert await tasks.wait_quiescent()
            assert tasks.stop("not needed") == 1
            await asyncio.wait([task])
            assert tasks.is_paused()
        assert task.cancelled()
        assert said == [("not needed",), "cleaned up"]
        assert aio.future_of(task).cancelled()
        assert (tasks.status().stopped, tasks.status().done) == (1, 1)

    run(main)


def test_a_checkpoint_below_a_coroutine_never_blocks_the_loop():
    """It passes while the gate is closed, and raises `Stopped` on a stop: to asyncio a cancel."""
    passed = []

    async def work():
        await asyncio.sleep(0)
        tasks_of["it"].pause("by itself")
        checkpoint()
        with pausable.resting():
            passed.append("checkpoint")
        pausable.current_task().stop("by itself")
        checkpoint()
        passed.append("never")

    tasks_of: dict[str, Any] = {}

    async def main():
        async with aio.TaskGroup() as tasks:
            tasks_of["it"] = tasks
            task = tasks.create_task(work())
        assert task.cancelled()
        assert passed == ["checkpoint"]
        assert str(aio.future_of(task)._p_stop_reason) == "by itself"

    run(main)


def test_what_would_block_the_loop_is_refused():
    """Waits of threads for what runs on this very loop; a sleep; a coroutine for itself."""

    async def inside(tasks):
        with pytest.raises(RuntimeError, match=r"await aio\.sleep"):
            pausable.sleep(1)
        with pytest.raises(RuntimeError, match="cannot wait until"):
            await tasks.wait_quiescent()
        await asyncio.sleep(3600)

    async def main():
        async with aio.TaskGroup("crawler") as tasks:
            task = tasks.create_task(inside(tasks))
            await turns()
            future = aio.future_of(task)
            with pytest.raises(RuntimeError, match="would block the event loop"):
                future.result()
            with pytest.raises(TimeoutError):
                future.result(0)
            with (
                pytest.raises(RuntimeError, match="would block the event loop"),
                tasks.pause("x"),
            ):
                pass
            with pytest.raises(RuntimeError, match="would block the event loop"):
                pausable.wait_quiescent()
            assert not task.done()
            task.cancel()

    run(main)


def test_a_time_limit_of_active_time():
    """A task that has used it up fails with `TaskTimeout`, which aborts the group as any error."""

    async def main():
        async with aio.TaskGroup(timeout=0.05) as tasks:
            task = tasks.create_task(asyncio.sleep(3600))
            tasks.pause("a while")
            await asyncio.sleep(0.2)
            assert not task.done()
            tasks.resume()

    with pytest.raises(ExceptionGroup) as caught:
        run(main)
    assert caught.group_contains(TaskTimeout)


# Tasks of others.


def test_offspring_of_tasks_is_driven():
    """What a library makes in a task rests with it; what others make does not; all is put back."""
    ticks = Ticks()

    async def library():
        async with asyncio.TaskGroup() as inner:
            inner.create_task(ticks.tick("inner"))

    async def main():
        loop = asyncio.get_running_loop()
        other = asyncio.create_task(ticks.tick("other"))
        async with aio.TaskGroup("crawler", offspring=True) as tasks:
            task = tasks.create_task(library())
            await true(lambda: len(ticks.count) == 2)
            stranger = asyncio.create_task(ticks.tick("stranger", 3))
            tasks.pause("a while")
            assert await tasks.wait_quiescent()
            assert tasks.status().resting == 2
            before = ticks.count["inner"]
            await ticks.go_on("other")
            assert await stranger == "stranger"
            assert ticks.count["inner"] == before
            tasks.resume()
            await ticks.go_on("inner")
            task.cancel()
        assert loop.get_task_factory() is None
        other.cancel()

    run(main)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="there are no eager tasks")
def test_offspring_over_an_eager_factory():
    """Tasks begin at once as before, and anyio's do not, whose scopes could not be left then."""
    ticks = Ticks()

    async def at_once():
        return 1

    async def library():
        assert asyncio.create_task(at_once()).done()
        with anyio.fail_after(20):
            async with anyio.create_task_group() as inner:
                inner.start_soon(ticks.tick, "inner", 30)

    async def main():
        loop = asyncio.get_running_loop()
        loop.set_task_factory(asyncio.eager_task_factory)
        async with aio.TaskGroup("outer", offspring=True) as outer:
            async with aio.TaskGroup("inner", below=outer, offspring=True) as tasks:
                tasks.create_task(library())
                await true(lambda: ticks.count)
                tasks.pause("a while")
                assert await tasks.wait_quiescent()
                assert tasks.status().resting == 2
                tasks.resume()
            assert outer.status().done == 3
        assert loop.get_task_factory() is asyncio.eager_task_factory
        assert ticks.ended == ["inner"]

    run(main)


def test_what_others_run_is_driven():
    """`drive` is for what makes the tasks itself; a coroutine that never ran ends when closed."""
    ticks = Ticks()

    async def main():
        async with aio.TaskGroup() as tasks:
            driven = [tasks.drive(ticks.tick(name, 1000), name=name) for name in "ab"]
            gathered = asyncio.gather(*driven)
            await true(lambda: len(ticks.count) == 2)
            tasks.pause("a while")
            assert await tasks.wait_quiescent()
            assert {each.name for each in tasks.status().tasks} == {"a", "b"}
            tasks.resume()
            assert await gathered == ["a", "b"]
            unused = tasks.drive(ticks.tick("c"))
            unused.close()

            async def outer():
                return await tasks.drive(ticks.tick("d", 3))

            assert await asyncio.create_task(outer()) == "d"
            assert (tasks.status().running, tasks.status().stopped) == (0, 1)
            assert_valid(tasks)

    run(main)


def test_a_thread_of_a_task_rests_with_it():
    """`asyncio.to_thread` takes the context along, so a checkpoint there finds the task."""
    beats, is_over = [], threading.Event()

    def in_thread():
        while not is_over.is_set():
            checkpoint()
            beats.append(1)
            is_over.wait(0.001)
        return "done"

    async def main():
        async with aio.TaskGroup() as tasks:
            task = tasks.create_task(asyncio.to_thread(in_thread))
            await true(lambda: beats)
            tasks.pause("a while")
            await true(lambda: tasks._p_node.pool.others.guests)
            count = len(beats)
            await turns()
            assert len(beats) == count
            tasks.resume()
            await true(lambda: len(beats) > count)
            is_over.set()
            assert await task == "done"

    run(main)


def test_a_loop_sees_to_a_portion_at_a_time():
    """Of many that may go on, some do in one turn of the loop, and others come in between."""
    number, woken = 1000, []

    async def sleeper():
        await asyncio.Event().wait()

    async def main():
        async with aio.TaskGroup() as tasks:
            for _ in range(number):
                tasks.create_task(sleeper())
            tasks.pause("a while")
            assert await tasks.wait_quiescent()
            assert_valid(tasks)
            tasks.resume()
            while tasks.status().resting:
                woken.append(tasks.status().resting)
                assert_valid(tasks)
                await asyncio.sleep(0)
            tasks.stop("over")
        assert_valid(tasks)

    run(main)
    assert len(woken) >= 3
    assert max(one - other for one, other in pairwise(woken)) <= 300


def test_events_come_on_a_thread_of_their_own():
    """An observer that blocks does not block the loop."""
    told, go = [], threading.Event()
    names = []

    def observer(event):
        names.append(threading.current_thread().name)
        go.wait()
        told.append(type(event).__name__)

    async def main():
        async with aio.TaskGroup() as tasks:
            tasks.observe(observer)
            task = tasks.create_task(asyncio.sleep(3600))
            await turns()
            tasks.pause("a while")
            assert await tasks.wait_quiescent()
            tasks.resume()
            task.cancel()
            await asyncio.wait([task])
            go.set()
            await true(lambda: "TaskEnded" in told)

    run(main)
    assert set(names) == {"pausable-herald"}
    assert told[:5] == [
        "TaskSubmitted",
        "TaskStarted",
        "HoldPlaced",
        "TaskRested",
        "ScopeQuiescent",
    ]


def test_one_group_has_one_loop():
    """Tasks of the same tree on two loops are refused."""

    async def begin():
        async with tasks:
            pass

    async def again():
        tasks.drive(coro)

    tasks = aio.TaskGroup()
    run(begin)
    coro = asyncio.sleep(0)
    with pytest.raises(RuntimeError, match="another event loop"):
        run(again)
    assert inspect.getcoroutinestate(coro) == inspect.CORO_CLOSED  # as one that comes too late


def test_a_pause_names_its_stragglers():
    """A coroutine that never awaits is named, with its line, by who waits on another thread."""
    is_over, in_loop = threading.Event(), threading.Event()
    found: list[Any] = []

    async def computes():
        in_loop.set()
        is_over.wait(20)

    def pauser(tasks):
        in_loop.wait()
        try:
            with tasks.pause("a backup", timeout=0.05):
                pass
        except NotQuiescent as error:
            found.extend(error.stragglers)
        is_over.set()

    async def main():
        async with aio.TaskGroup() as tasks:
            thread = threading.Thread(target=pauser, args=[tasks])
            thread.start()
            tasks.create_task(computes())
            await turns()
        thread.join()

    run(main)
    (straggler,) = found
    assert straggler.where.function.endswith("computes")
    assert straggler.task == "computes-1"
