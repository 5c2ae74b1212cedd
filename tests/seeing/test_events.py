"""Events: what happened, in the order in which it happened, as frozen plain data."""

from __future__ import annotations

import dataclasses
import pickle
import threading
import time

import pytest
from helpers import until
from workloads import Loop, Stuck

from pausable import (
    HoldPlaced,
    HoldReleased,
    ScopeQuiescent,
    ScopeShutDown,
    Stopped,
    StopRequested,
    TaskEnded,
    TaskEvent,
    TaskRested,
    TaskResumed,
    TaskStarted,
    TaskSubmitted,
    resting,
    sleep,
)


@pytest.fixture
def seen(pool) -> list:
    """Collect the events of the pool."""
    events: list[object] = []
    pool.observe(events.append)
    return events


def kinds(events, *, of=None) -> list[str]:
    """Name the kinds of events, of one task if so asked."""
    return [
        type(event).__name__
        for event in events
        if of is None or (isinstance(event, TaskEvent) and event.task == of)
    ]


def only(events, kind):
    """Return the one event of a kind."""
    (event,) = [event for event in events if isinstance(event, kind)]
    return event


def ended(events, number: int = 1) -> None:
    """Wait until so many tasks have been seen to end."""
    until(lambda: sum(isinstance(event, TaskEnded) for event in events) == number)


def test_a_task_that_just_runs(pool, seen) -> None:
    """Submitted, started, ended: with its name, its scope, its outcome and its times."""
    before = time.time()
    future = pool.options(name="job").submit(int)
    future.result(10)
    ended(seen)
    after = time.time()
    assert kinds(seen) == ["TaskSubmitted", "TaskStarted", "TaskEnded"]
    assert all(event.task == "job" and event.scope == pool.name for event in seen)
    assert before <= seen[0].at <= seen[1].at <= seen[2].at <= after
    assert seen[2].outcome == "result"
    assert seen[2].active_time == future.active_time >= 0
    assert seen[2].paused_time == 0


def test_a_task_that_was_paused(pool, seen) -> None:
    """The whole story of a pause around one task, each event in its place."""
    loop = Loop()
    future = pool.submit(loop)
    assert loop.began.wait(10)
    with pool.pause("backup", timeout=10):
        pass
    loop.go.set()
    future.result(10)
    ended(seen)
    assert kinds(seen) == [
        "TaskSubmitted",
        "TaskStarted",
        "HoldPlaced",
        "TaskRested",
        "ScopeQuiescent",
        "HoldReleased",
        "TaskResumed",
        "TaskEnded",
    ]
    rested, resumed = only(seen, TaskRested), only(seen, TaskResumed)
    assert rested.where is not None
    assert rested.where.function.endswith("Loop.__call__")
    assert 0 <= resumed.seconds <= resumed.at - rested.at + 0.1
    assert only(seen, TaskEnded).paused_time == future.paused_time > 0
    assert only(seen, HoldPlaced).hold.reason == "backup"
    assert only(seen, ScopeQuiescent).scope == pool.name


def test_a_task_that_was_paused_twice(pool, seen) -> None:
    """Each rest has its own pair of events."""
    loop = Loop()
    future = pool.submit(loop)
    assert loop.began.wait(10)
    for _ in range(3):
        with pool.pause("x", timeout=10):
            pass
        rounds = loop.rounds
        until(lambda rounds=rounds: loop.rounds > rounds)
    loop.go.set()
    future.result(10)
    ended(seen)
    assert kinds(seen, of=future.name)[2:-1] == ["TaskRested", "TaskResumed"] * 3


@pytest.mark.parametrize("how", ["resting", "result", "sleep"])
def test_rests_of_all_kinds_come_in_pairs(pool, seen, how) -> None:
    """A `resting()` block, a wait for another task and a paused sleep begin and end their rests."""
    go = threading.Event()

    def quiet() -> None:
        with resting():
            assert go.wait(20)

    stuck = Stuck()
    other = pool.submit(stuck)
    assert stuck.began.wait(10)
    task = {"resting": quiet, "result": lambda: other.result(20), "sleep": lambda: sleep(0.05)}[how]
    future = pool.submit(task)
    if how == "sleep":
        until(lambda: future.running() or future.done())
        with future.pause("x", timeout=10):
            pass
    else:
        until(lambda: pool.status().resting == 1)
    go.set()
    stuck.go.set()
    future.result(10)
    ended(seen, 2)
    of_task = kinds(seen, of=future.name)
    assert of_task.count("TaskRested") == of_task.count("TaskResumed") <= 1
    assert of_task[:2] == ["TaskSubmitted", "TaskStarted"]
    assert of_task[-1] == "TaskEnded"
    if how != "sleep":
        assert of_task.count("TaskRested") == 1


@pytest.mark.parametrize(
    ("outcome", "fn"), [("result", int), ("exception", lambda: 1 / 0), ("stopped", None)]
)
def test_outcomes(pool, seen, outcome, fn) -> None:
    """The end says how it ended, as the future does."""
    future = pool.submit(fn or Loop())
    if outcome == "stopped":
        until(future.running)
        future.stop("enough")
    until(future.done)
    ended(seen)
    assert only(seen, TaskEnded).outcome == outcome


def test_a_stop_that_was_swallowed(pool, seen) -> None:
    """It ends as what it did: with a result."""

    def stubborn() -> str:
        try:
            sleep(3600)
        except Stopped:
            return "a result"

    future = pool.submit(stubborn)
    until(future.running)
    future.stop("enough")
    assert future.result(10) == "a result"
    ended(seen)
    assert only(seen, TaskEnded).outcome == "result"
    assert only(seen, StopRequested).reason == "enough"


def test_a_stopped_task(pool, seen) -> None:
    """The request with its reason, once, however often it is asked, then the end."""
    future = pool.submit(sleep, 3600)
    until(future.running)
    for _ in range(3):
        future.stop("enough")
    ended(seen)
    assert kinds(seen, of=future.name) == [
        "TaskSubmitted",
        "TaskStarted",
        "StopRequested",
        "TaskEnded",
    ]
    assert only(seen, StopRequested).reason == "enough"


@pytest.mark.parametrize("how", ["cancel", "stop"])
def test_a_task_that_never_started(pool, seen, how) -> None:
    """Submitted and ended, cancelled or stopped, and never started."""
    pool.pause("x")
    future = pool.submit(int)
    getattr(future, how)()
    ended(seen)
    assert kinds(seen, of=future.name) == ["TaskSubmitted", "TaskEnded"]
    end = only(seen, TaskEnded)
    assert end.outcome == {"cancel": "cancelled", "stop": "stopped"}[how]
    assert (end.active_time, end.paused_time) == (0, 0)


def test_holds(pool, seen) -> None:
    """Each hold is placed and released once, by release, resume and expiry; it says which."""
    first, second = pool.pause("first", owner="me"), pool.pause("second", duration=0.01)
    until(lambda: second.is_released())
    until(lambda: any(isinstance(event, HoldReleased) for event in seen))
    first.release()
    first.release()
    pool.pause("third")
    pool.resume()
    placed = [event.hold.reason for event in seen if isinstance(event, HoldPlaced)]
    assert placed == ["first", "second", "third"]
    released = [(e.hold.reason, e.expired) for e in seen if isinstance(e, HoldReleased)]
    assert released == [("second", True), ("first", False), ("third", False)]
    assert seen[0].hold.owner == "me"
    assert seen[0].hold.place.file == __file__


def test_a_hold_on_a_task(pool, seen) -> None:
    """The event is the scope's, the hold in it the task's."""
    loop = Loop()
    future = pool.submit(loop)
    assert loop.began.wait(10)
    with future.pause("look", timeout=10):
        pass
    assert only(seen, HoldPlaced).scope == pool.name
    assert only(seen, HoldPlaced).hold.scope == future.name
    assert only(seen, HoldReleased).hold.scope == future.name


def test_a_hold_on_a_task_that_is_over(pool, seen) -> None:
    """Nothing was placed, and nothing is said."""
    future = pool.submit(int)
    future.result(10)
    ended(seen)
    seen.clear()
    future.pause("too late").release()
    assert seen == []


def test_quiescence_of_an_idle_scope(pool, seen) -> None:
    """A scope of which nothing runs is quiescent as soon as it is held; after the hold's own event."""
    pool.pause("x")
    assert kinds(seen) == ["HoldPlaced", "ScopeQuiescent"]


def test_quiescence_when_the_last_one_rests_or_ends(pool, seen) -> None:
    """It is said once, at the last of several, whether that one rests or ends."""
    loop, stuck = Loop(), Stuck()
    pool.submit(loop)
    pool.submit(stuck)
    for each in (loop, stuck):
        assert each.began.wait(10)
    hold = pool.pause("x")
    until(lambda: pool.status().resting == 1)
    assert "ScopeQuiescent" not in kinds(seen)
    stuck.go.set()
    assert hold.wait(10)
    until(lambda: "ScopeQuiescent" in kinds(seen))
    assert kinds(seen).count("ScopeQuiescent") == 1
    hold.release()


def test_shutting_down(make_pool) -> None:
    """A scope that takes no more tasks says so, once, and so do its groups."""
    pool = make_pool(1)
    pool.group("g")
    seen: list[ScopeShutDown] = []
    pool.observe(seen.append)
    pool.shutdown(wait=False)
    pool.shutdown()
    assert sorted(event.scope for event in seen if isinstance(event, ScopeShutDown)) == sorted(
        [pool.name, "g"]
    )


def test_events_of_groups_are_seen_above_and_not_beside(make_pool) -> None:
    """A group's observer sees the group and what is below; the pool's sees all; a sibling's nothing."""
    pool = make_pool(2)
    group, beside = pool.group("g"), pool.group("beside")
    nested = group.group("nested")
    seen: dict[str, list] = {}
    for scope in (pool, group, nested, beside):
        seen[scope.name] = []
        scope.observe(seen[scope.name].append)
    nested.submit(int).result(10)
    ended(seen[pool.name])
    assert kinds(seen["nested"]) == kinds(seen["g"]) == kinds(seen[pool.name])
    assert {event.scope for event in seen[pool.name]} == {"nested"}
    assert seen["beside"] == []
    group.pause("x")
    group.resume()
    assert "HoldPlaced" in kinds(seen["g"])
    assert "HoldPlaced" not in kinds(seen["nested"])


def test_events_are_frozen_plain_data(pool, seen) -> None:
    """They cannot be changed, can be compared, hashed where their parts can, and pickled."""
    loop = Loop()
    future = pool.submit(loop)
    assert loop.began.wait(10)
    with pool.pause("x", timeout=10):
        pass
    future.stop("enough")
    ended(seen)
    for event in seen:
        assert dataclasses.is_dataclass(event)
        with pytest.raises(dataclasses.FrozenInstanceError):
            event.at = 0
        assert pickle.loads(pickle.dumps(event)) == event
        assert hash(event) == hash(pickle.loads(pickle.dumps(event)))


def test_one_at_a_time_and_in_order(make_pool) -> None:
    """Of 300 tasks on 4 threads, paused and resumed: no two events at once, each story in order."""
    pool = make_pool(4)
    inside = [0]
    overlapped: list[object] = []
    seen: list[object] = []

    def observer(event: object) -> None:
        inside[0] += 1
        if inside[0] != 1:
            overlapped.append(event)
        seen.append(event)
        inside[0] -= 1

    pool.observe(observer)
    futures = [pool.submit(sleep, 0.0005) for _ in range(300)]
    for _ in range(20):
        with pool.pause("x", timeout=10):
            pass
    for future in futures:
        future.result(20)
    ended(seen, 300)
    assert not overlapped
    for future in futures:
        story = kinds(seen, of=future.name)
        assert story[:2] == ["TaskSubmitted", "TaskStarted"]
        assert story[-1] == "TaskEnded"
        assert story[2:-1] == ["TaskRested", "TaskResumed"] * ((len(story) - 3) // 2)


def test_no_task_runs_between_quiescence_and_release(make_pool) -> None:
    """As told by the events alone: nobody starts or resumes while a scope is held and quiescent."""
    pool = make_pool(3)
    seen: list[object] = []
    pool.observe(seen.append)
    loops = [Loop() for _ in range(3)]
    futures = [pool.submit(loop) for loop in loops]
    for loop in loops:
        assert loop.began.wait(10)
    for _ in range(50):
        with pool.pause("x", timeout=10):
            pool.submit(int)
    for loop in loops:
        loop.go.set()
    for future in futures:
        future.result(10)
    ended(seen, 53)
    quiet = False
    for event in seen:
        if isinstance(event, ScopeQuiescent):
            quiet = True
        elif isinstance(event, HoldReleased):
            quiet = False
        assert not (quiet and isinstance(event, (TaskStarted, TaskResumed))), event


def test_submitted_comes_first(make_pool) -> None:
    """Even where a task is started by another thread before `submit` has returned."""
    pool = make_pool(2)
    seen: list[object] = []
    pool.observe(seen.append)
    futures = [pool.submit(int) for _ in range(200)]
    for future in futures:
        future.result(10)
    ended(seen, 200)
    submitted = [event.task for event in seen if isinstance(event, TaskSubmitted)]
    assert submitted == [future.name for future in futures]
