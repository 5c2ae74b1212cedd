"""`status()`: a frozen snapshot of a pool, a group or a task."""

from __future__ import annotations

import dataclasses
import tracemalloc

import pytest
from helpers import until
from workloads import Loop, Stuck

from pausable import resting, sleep

FIELDS = {
    "name",
    "is_paused",
    "is_quiescent",
    "max_workers",
    "running",
    "resting",
    "queued",
    "done",
    "holds",
    "groups",
    "tasks",
}


def counts(scope) -> tuple[int, int, int, int]:
    """Return how many tasks of a scope run, rest, are queued and are done."""
    status = scope.status()
    return status.running, status.resting, status.queued, status.done


def test_an_unused_pool(pool) -> None:
    """All zero, open, quiescent, and with the fields that it promises."""
    status = pool.status()
    assert {field.name for field in dataclasses.fields(status)} >= FIELDS
    assert counts(pool) == (0, 0, 0, 0)
    assert (status.name, status.max_workers) == (pool.name, 2)
    assert not status.is_paused
    assert status.is_quiescent
    assert (status.holds, dict(status.groups), list(status.tasks)) == ((), {}, [])


def test_the_life_of_a_pool(pool) -> None:
    """The counts at each point of a little story."""
    loops = [Loop(), Loop()]
    for loop in loops:
        pool.submit(loop)
        assert loop.began.wait(10)
    queued = [pool.submit(int) for _ in range(3)]
    assert counts(pool) == (2, 0, 3, 0)
    with pool.pause("x", timeout=10):
        assert counts(pool) == (0, 2, 3, 0)
        queued[0].cancel()
        assert counts(pool) == (0, 2, 2, 1)
    until(lambda: counts(pool) == (2, 0, 2, 1))
    loops[0].go.set()
    until(lambda: counts(pool) == (1, 0, 0, 4))
    loops[1].go.set()
    until(lambda: counts(pool) == (0, 0, 0, 5))


def test_a_snapshot_does_not_change(pool) -> None:
    """What was taken while paused still says so after the resume."""
    loop = Loop()
    pool.submit(loop)
    assert loop.began.wait(10)
    with pool.pause("x", timeout=10):
        pool.submit(int)
        status = pool.status()
    loop.go.set()
    until(lambda: pool.status().done == 2)
    assert (status.running, status.resting, status.queued, status.done) == (0, 1, 1, 0)
    assert status.is_paused
    assert status.holds[0].reason == "x"
    assert status.tasks[0].state == "resting"


@pytest.mark.parametrize("scope", ["pool", "group", "task"])
def test_it_is_frozen(pool, scope) -> None:
    """No field of it can be set, and changing what is in it changes nothing of the pool."""
    group = pool.group("g")
    future = group.submit(Loop())
    status = {"pool": pool, "group": group, "task": future}[scope].status()
    for field in dataclasses.fields(status):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(status, field.name, None)
    with pytest.raises((AttributeError, TypeError, dataclasses.FrozenInstanceError)):
        status.something_new = 1


def test_groups_are_in_it(make_pool) -> None:
    """A pool's counts include its groups'; each group's own are in `groups`, nested ones in those."""
    pool = make_pool(3)
    group = pool.group("g", limit=2)
    nested = group.group("n")
    loops = {scope: Loop() for scope in (pool, group, nested)}
    for scope, loop in loops.items():
        scope.submit(loop)
        assert loop.began.wait(10)
    nested.submit(int)
    group.pause("x")
    assert group.wait_quiescent(10)
    nested.submit(int)
    status = pool.status()
    assert (status.running, status.resting) == (1, 2)
    assert set(status.groups) == {"g"}
    inner = status.groups["g"]
    assert (inner.running, inner.resting, inner.max_workers) == (0, 2, 2)
    assert inner.is_paused
    assert inner.is_quiescent
    assert [hold.reason for hold in inner.holds] == ["x"]
    assert set(inner.groups) == {"n"}
    assert inner.groups["n"].is_paused
    assert inner.groups["n"].holds == ()
    assert inner.groups["n"].resting == 1
    assert not status.is_paused


def test_twenty_thousand_queued_tasks(pool) -> None:
    """The counts are numbers; a snapshot lists some of the queue, and says how many it leaves out."""
    pool.pause("x")
    number = 20_000
    for _ in range(number):
        pool.submit(int)
    pool.status()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        status = pool.status()
        grown = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    assert grown < 50_000, "a list of the queue would take eight bytes a task"
    assert status.queued == number
    assert len(status.tasks) + status.unlisted == number
    assert 0 < len(status.tasks) <= 100
    assert [task.name for task in status.tasks[:3]] == ["int-1", "int-2", "int-3"]
    assert pool.stop("enough") == number
    assert pool.status().queued == 0


def test_the_list_of_tasks(make_pool) -> None:
    """Started ones come first, as they were; then the queued ones."""
    pool = make_pool(2)
    group = pool.group("g")
    loop, stuck = Loop(), Stuck()
    pool.options(name="a").submit(loop)
    group.options(name="b").submit(stuck)
    for each in (loop, stuck):
        assert each.began.wait(10)
    for name in ("c", "d"):
        pool.options(name=name).submit(int)
    held = group.options(name="e").submit(int)
    held.pause("x")
    tasks = pool.status().tasks
    assert len(tasks) == 5
    assert pool.status().unlisted == 0
    assert {task.name for task in tasks[:2]} == {"a", "b"}
    assert {task.name for task in tasks} == {"a", "b", "c", "d", "e"}
    assert [task.state for task in tasks] == ["running"] * 2 + ["queued"] * 3
    assert {task.name for task in tasks if task.is_paused} == {"e"}
    assert {task.scope for task in tasks} == {pool.name, "g"}
    assert {task.name for task in group.status().tasks} == {"b", "e"}


def test_tasks_as_futures(make_pool) -> None:
    """`tasks()` lists the unfinished futures themselves, groups' included."""
    pool = make_pool(1)
    group = pool.group("g")
    loop = Loop()
    futures = [pool.submit(loop), pool.submit(int), group.submit(int)]
    assert loop.began.wait(10)
    assert pool.tasks()[0] is futures[0]
    assert set(pool.tasks()) == set(futures)
    assert group.tasks() == [futures[2]]
    futures[1].cancel()
    assert set(pool.tasks()) == {futures[0], futures[2]}
    loop.go.set()
    futures[2].result(10)
    until(lambda: pool.tasks() == [])


def test_the_states_of_a_task(make_pool) -> None:
    """Each word of a task's state at its time."""
    pool = make_pool(1)
    stuck = Stuck()
    future, queued = pool.submit(stuck), pool.submit(int)
    assert stuck.began.wait(10)
    assert (future.status().state, queued.status().state) == ("running", "queued")
    hold = pool.pause("x")
    assert future.status().state == "pausing"
    assert future.status().is_paused
    assert queued.status().is_paused
    stuck.go.set()
    assert hold.wait(10)
    assert future.status().state == "resting"
    queued.cancel()
    assert queued.status().state == "cancelled"
    hold.release()
    assert future.result(10) == "let go"
    until(lambda: future.status().state == "done")
    other = Stuck()
    stopping = pool.submit(other)
    assert other.began.wait(10)
    stopping.stop("enough")
    assert stopping.status().state == "stopping"
    assert stopping.status().stop_reason == "enough"
    other.go.set()
    until(stopping.done)
    assert stopping.status().state == "stopped"


def test_the_status_of_a_task(pool) -> None:
    """Its name, scope, own holds, times and line."""
    loop = Loop()
    future = pool.group("g").options(name="job").submit(loop)
    assert loop.began.wait(10)
    with future.pause("look", timeout=10):
        status = future.status()
    assert (status.name, status.scope) == ("job", "g")
    assert [hold.reason for hold in status.holds] == ["look"]
    assert status.active_time > 0
    assert status.where is not None
    assert status.where.function.endswith("Loop.__call__")
    loop.go.set()
    future.result(10)
    until(lambda: future.status().state == "done")
    assert future.status().where is None
    assert future.status().holds == ()


def test_names_of_tasks(pool) -> None:
    """A given name, or the function's with a number that tells its calls apart."""

    def work() -> None: ...

    names = [pool.submit(work).name for _ in range(3)]
    assert len(set(names)) == 3
    assert all("work" in name for name in names)
    assert pool.options(name="given").submit(work).name == "given"
    future = pool.submit(work)
    before = future.name
    future.result(10)
    assert future.name == before


def test_a_pool_is_shown(make_pool) -> None:
    """Its representation has its name and says whether it is open, paused or shut down."""
    pool = make_pool(3, thread_name_prefix="crew")
    assert "crew" in repr(pool)
    hold = pool.pause("x")
    assert "paused" in repr(pool)
    hold.release()
    assert "paused" not in repr(pool)
    pool.shutdown()
    assert "shut down" in repr(pool)


def test_a_status_under_load(make_pool) -> None:
    """Snapshots taken while tasks come and go add up: no negative count, never more than submitted."""
    pool = make_pool(4)
    group = pool.group("g", limit=2)

    def work() -> None:
        with resting():
            pass
        sleep(0)

    futures = []
    for number in range(1000):
        futures.append((group if number % 2 else pool).submit(work))
        if number % 10 == 0:
            status = pool.status()
            parts = (status.running, status.resting, status.queued, status.done)
            assert min(parts) >= 0
            assert sum(parts) == number + 1
            assert status.running <= 4
            assert status.groups["g"].running <= 2
    for future in futures:
        future.result(20)
    until(lambda: counts(pool) == (0, 0, 0, 1000))


def items(status) -> tuple[int, int, int]:
    """Return what is counted by items."""
    return status.items, status.items_done, status.items_held


def test_items_of_chunks(make_pool) -> None:
    """A task that `map` has made of many items counts as these, also while it runs."""
    pool = make_pool(1)
    group = pool.group("g")
    seen: list[tuple[int, int, int]] = []
    hold = group.pause("until all are submitted")
    results = group.map(lambda _: seen.append(items(pool.status())), range(10), chunksize=4)
    hold.release()
    assert len(list(results)) == 10
    until(lambda: not pool.tasks())
    assert [each[1] for each in seen] == list(range(10))
    assert {each[0] for each in seen} == {10}
    assert items(pool.status()) == items(group.status()) == (10, 10, 0)
    pool.submit(int).result(10)
    assert items(pool.status()) == (11, 11, 0)
    assert group.shutdown()
    pool.group("g")
    assert items(pool.status()) == (11, 11, 0)


@pytest.mark.parametrize("how", ["fails", "is cancelled", "is stopped"])
def test_items_of_chunks_that_do_not_end_well(pool, how) -> None:
    """Whatever becomes of a chunk, all of its items are over then; also while its error is kept."""
    loop, kept = Loop(), []

    def call(item: int) -> None:
        if item == 2 and how == "fails":
            raise LookupError
        if item == 2:
            loop()

    if how == "is cancelled":
        pool.pause("x")
    results = pool.map(call, range(10), chunksize=10)
    if how == "is cancelled":
        assert items(pool.status()) == (10, 0, 10)
        (future,) = pool.tasks()
        assert future.cancel()
    elif how == "is stopped":
        assert loop.began.wait(10)
        assert items(pool.status()) == (10, 2, 0)
        pool.stop()
    until(lambda: not pool.tasks())
    try:
        list(results)
    except BaseException as error:  # noqa: BLE001 - whatever it is
        kept.append(error)
    assert kept
    until(lambda: items(pool.status()) == (10, 10, 0))


def test_items_that_are_held(make_pool) -> None:
    """Of a group, by its items; of single tasks, those whose own gate is closed."""
    pool = make_pool(1)
    group = pool.group("g")
    group.pause("x")
    results = group.map(abs, range(7), chunksize=3)
    with pool.pause("until it is held on its own"):
        held = pool.submit(int)
        held.pause("y")
    done = pool.submit(int)
    assert done.result(10) == 0
    assert items(pool.status()) == (9, 1, 8)
    assert items(group.status()) == (7, 0, 7)
    held.resume()
    assert held.result(10) == 0
    group.resume()
    assert list(results) == list(range(7))
    until(lambda: items(pool.status()) == (9, 9, 0))


def test_a_submit_while_the_queue_is_looked_through(pool) -> None:
    """Others append to the queue without the lock: a status counts what it finds."""
    pool.pause("x")
    futures = [pool.submit(int) for _ in range(3)]
    node = pool._p_node

    class Busy(type(node.queue)):  # the queue: somebody submits as soon as one goes through it
        def __iter__(self):
            found = super().__iter__()
            futures.append(pool.submit(int))
            return found

    usual, node.queue = node.queue, Busy(node.queue)
    try:
        assert len(pool.status().tasks) >= 3
    finally:
        node.queue = usual
    pool.resume()
    assert [future.result(10) for future in futures[:3]] == [0, 0, 0]
