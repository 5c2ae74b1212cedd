"""Identity: paths and ids, which no other scope of the process ever has, whatever the names."""

from __future__ import annotations

import threading
from random import Random

import pytest
from helpers import until
from workloads import Loop, end

from pausable import TaskStarted, ThreadPoolExecutor
from pausable.futures import Future


@pytest.fixture
def named():
    """Make pools by name, and end them, paused or not."""
    pools = []

    def make(name: str) -> ThreadPoolExecutor:
        pools.append(ThreadPoolExecutor(2, name))
        return pools[-1]

    yield make
    for pool in pools:
        end(pool)


def test_a_path_is_made_of_names(named) -> None:
    """Pool, group, task: the names, and of a task its number."""
    pool = named("path-shop")
    group = pool.group("images")
    future = group.submit(len, "")
    assert (pool.path, group.path) == ("path-shop", "path-shop/images")
    assert future.path == f"path-shop/images/{future.name}" == "path-shop/images/len-1"
    assert group.group("deep").path == "path-shop/images/deep"


def test_pools_of_one_name(named) -> None:
    """The second gets a number, the first keeps its own; both keep their names."""
    pools = [named("twice") for _ in range(3)]
    assert [pool.path for pool in pools] == ["twice", "twice-2", "twice-3"]
    assert {pool.name for pool in pools} == {"twice"}


def test_a_pool_that_is_gone_keeps_its_path(named) -> None:
    """A name that is given again after its owner has gone still gives a new path."""
    first = ThreadPoolExecutor(1, "only-here-and-gone")
    path = first.path
    first.shutdown()
    del first
    assert path == "only-here-and-gone"
    assert named("only-here-and-gone").path == "only-here-and-gone-2"


@pytest.mark.parametrize(
    "names",
    [
        ["a", "a-2", "a", "a", "a-2"],
        ["b-2", "b", "b-2", "b-3", "b"],
        ["c-1", "c", "c-1", "c-0"],
        ["d-02", "d-2", "d-02", "d-02-2", "d"],
        ["e/f", "e%2Ff", "e", "e%252Ff", "e/f"],
        [".", "..", "%2E", "."],
        [f"g-{'9' * 600}", "g", "g", f"g-1{'0' * 600}"],
        ["é\n", "é%0A", "#", "%23", " "],
    ],
    ids=lambda names: ascii(names[0][:8]),
)
def test_names_of_pools_that_look_alike(named, names) -> None:
    """Whatever names are like, no two paths are the same, and none has a slash."""
    paths = [named(name).path for name in names]
    assert len(set(paths)) == len(names), paths
    assert not any("/" in path or not path.isprintable() for path in paths)


def test_a_group_that_is_made_again(named) -> None:
    """It has its name, and a path and an id of its own."""
    pool = named("again")
    first = pool.group("g")
    first.shutdown()
    second = pool.group("g")
    assert second.name == first.name == "g"
    assert second.path != first.path == "again/g"
    assert second.id != first.id
    assert second.status().path == second.path


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_group_that_is_named_as_a_task(named, when) -> None:
    """A group `len-1` and the task `len-1` have two paths, whichever came first, and keep them."""
    pool = named(f"rivals-{when}")
    made = [] if when == "after" else [pool.group("len-1")]
    future = pool.submit(len, "")
    before = future.path
    made = made or [pool.group("len-1")]
    assert future.name == made[0].name == "len-1"
    assert future.path == before != made[0].path
    assert made[0].submit(len, "").path.startswith(f"{made[0].path}/len-2")


def test_groups_with_numbers_keep_their_names(named) -> None:
    """Those that no task can be confused with have plain paths."""
    pool = named("shards")
    groups = [pool.group(f"shard-{number}") for number in (1, 2, 30)]
    assert [group.path for group in groups] == [f"shards/shard-{n}" for n in (1, 2, 30)]


NASTY = [
    "f",
    "f-1",
    "f-2",
    "f-3",
    "f-3-3",
    "f#1",
    "f#2",
    "/",
    "f/1",
    "%",
    "%2F",
    "-1",
    "-",
    "..",
    "f-1-1",
]


@pytest.mark.parametrize("seed", range(20))
def test_no_path_is_used_twice(seed) -> None:
    """Pools, groups and tasks under names that are made to collide: all paths differ, and stay."""
    dice = Random(seed)
    with ThreadPoolExecutor(2, "nasty") as pool:
        pool.pause("so that all are there")
        scopes, seen = [pool], {}
        for _ in range(60):
            scope, name = dice.choice(scopes), dice.choice(NASTY)
            made = dice.choice(["group", "task", "named", "again"])
            if made == "group":
                one = scope.group(name)
                scopes.append(one)
            elif made == "again":
                one = scope.group(name)
                one.shutdown(wait=False, cancel_futures=True)
                scopes = [each for each in scopes if not each.path.startswith(one.path)]
            elif made == "named":
                one = scope.options(name=name).submit(int)
            else:
                function = lambda: None  # noqa: E731
                function.__name__ = name
                one = scope.submit(function)
            seen[one.id] = seen.get(one.id, (one, one.path))
        assert len({path for _, path in seen.values()}) == len(seen)
        assert all(one.path == path for one, path in seen.values())
        pool.resume()


def test_ids_are_never_shared(named) -> None:
    """Many threads that ask at once for the ids of the same tasks are all told the same."""
    pool = named("ids")
    pool.pause("x")
    futures = [pool.submit(int) for _ in range(300)]
    told, begin = [], threading.Barrier(4)

    def ask() -> None:
        begin.wait(20)
        told.append([future.id for future in futures])

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert told[0] == told[1] == told[2] == told[3]
    assert len({pool.id, pool.group("g").id, *told[0]}) == 302
    assert all(type(number) is int for number in told[0])


def test_many_threads_that_make_pools_of_one_name() -> None:
    """Each has a path of its own."""
    paths, begin = [], threading.Barrier(8)

    def make() -> None:
        begin.wait(20)
        paths.extend(ThreadPoolExecutor(1, "crowd").path for _ in range(50))

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(paths) == len(set(paths)) == 400


def test_the_path_and_the_id_stay(named) -> None:
    """A task has the same while it is queued, runs, and is over, when its function was let go."""
    pool, loop = named("stays"), Loop()
    future = pool.submit(loop)
    before = (future.path, future.id, future.status().path, future.status().id)
    assert loop.began.wait(10)
    running = (future.path, future.id)
    loop.go.set()
    future.result(10)
    assert before == (*running, *running) == (future.path, future.id) * 2


def test_events_and_statuses_name_the_same(named) -> None:
    """What an event, a status, a straggler and a hold say is what the scopes themselves say."""
    pool, loop, events = named("same"), Loop(), []
    group = pool.group("g")
    pool.observe(events.append, kinds=TaskStarted)
    future = group.submit(loop)
    assert loop.began.wait(10)
    until(lambda: events)
    (started,) = events
    assert (started.path, started.id) == (group.path, group.id)
    assert (started.task_path, started.task_id) == (future.path, future.id)
    status = pool.status()
    assert (status.path, status.id) == (pool.path, pool.id)
    assert (status.groups["g"].path, status.groups["g"].id) == (group.path, group.id)
    assert [(task.path, task.id) for task in status.tasks] == [(future.path, future.id)]
    hold, own = group.pause("x").status(), future.pause("y").status()
    assert (hold.path, hold.id) == (group.path, group.id)
    assert (own.path, own.id) == (future.path, future.id)
    pool.resume()
    loop.go.set()


def test_a_future_that_no_pool_owns() -> None:
    """It is nowhere: its path is empty. It has an id."""
    first, second = Future(), Future()
    assert first.path == second.path == ""
    assert first.id != second.id == second.id


def test_programs_may_use_the_words_themselves(named) -> None:
    """What a program writes on a future or a pool under these names is what it reads."""
    pool = named("words-of-theirs")
    future = pool.submit(int)
    for each in (pool, future):
        each.path, each.id = "/tmp/mine", "mine"
        assert (each.path, each.id) == ("/tmp/mine", "mine")
    assert pool.status().path == "words-of-theirs"
    assert future.status().path == "words-of-theirs/int-1"
