"""How tasks have ended: each is counted once, as its future says, whoever has ended it and when."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import CancelledError, InvalidStateError
from contextlib import suppress
from functools import partial
from random import Random

import pytest
from helpers import until
from workloads import Loop

from pausable import Stopped, TaskEnded, TaskSubmitted, checkpoint

HOW = ("succeeded", "failed", "cancelled", "stopped")


def ends(scope) -> dict[str, int]:
    """Return how the tasks of a scope have ended; what did not happen is left out."""
    status = scope.status()
    found = {how: getattr(status, how) for how in HOW if getattr(status, how)}
    assert sum(found.values()) == status.done
    return found


def counted(scope, **expected: int) -> None:
    """Wait until the tasks of a scope have ended so."""
    until(lambda: ends(scope) == expected, what=f"{expected}")


def fail() -> None:
    """Raise what is no stop."""
    raise LookupError("on purpose")


def test_each_way_to_end(pool) -> None:
    """A result, an exception, a cancel before the start, a stop of what runs and of what is queued."""
    loops = [Loop(), Loop()]
    running = [pool.submit(loop) for loop in loops]
    for loop in loops:
        assert loop.began.wait(10)
    queued = [pool.submit(int) for _ in range(4)]
    queued[0].cancel()
    queued[1].stop("not needed")
    counted(pool, cancelled=1, stopped=1)
    running[0].stop("enough")
    loops[1].go.set()
    counted(pool, cancelled=1, stopped=2, succeeded=3)
    with suppress(LookupError):
        pool.submit(fail).result(10)
    counted(pool, cancelled=1, stopped=2, succeeded=3, failed=1)


def test_a_task_that_stops_itself(pool) -> None:
    """It is stopped; one that raises a `CancelledError` has failed, as its future says."""

    def stop() -> None:
        raise Stopped("done early")

    def cancel() -> None:
        raise CancelledError

    stopped, failed = pool.submit(stop), pool.submit(cancel)
    counted(pool, stopped=1, failed=1)
    assert stopped.cancelled()
    assert isinstance(failed.exception(10), CancelledError)


def test_a_swallowed_stop(pool) -> None:
    """A task that catches its stop, and returns, has succeeded."""
    began = threading.Event()

    def stubborn() -> str:
        try:
            while True:
                began.set()
                checkpoint()
        except Stopped:
            return "all the same"

    future = pool.submit(stubborn)
    assert began.wait(10)
    future.stop()
    assert future.result(10) == "all the same"
    counted(pool, succeeded=1)


@pytest.mark.parametrize("observed", [False, True], ids=["alone", "observed"])
@pytest.mark.parametrize("by_hand", ["result", "exception"])
@pytest.mark.parametrize("when", ["queued", "running", "taken out"])
def test_what_is_concluded_by_hand(make_pool, observed, by_hand, when) -> None:
    """`set_result` and `set_exception` count once, as what they are, whatever the function does."""
    pool, go, events = make_pool(1), threading.Event(), []
    if observed:
        pool.observe(events.append)
    blocker = pool.submit(go.wait, 20)
    until(lambda: pool.status().running == 1)
    future = blocker if when == "running" else pool.submit(fail)
    if when == "taken out":
        assert future.set_running_or_notify_cancel()
    if by_hand == "result":
        future.set_result(1)
    else:
        future.set_exception(LookupError())
    with pytest.raises(InvalidStateError):
        future.set_result(2)
    go.set()
    expected = {"succeeded" if by_hand == "result" else "failed": 1}
    if future is not blocker:
        expected["succeeded"] = expected.get("succeeded", 0) + 1
    pool.shutdown()
    assert ends(pool) == expected
    if observed and when != "taken out":
        until(lambda: sum(type(event) is TaskEnded for event in events) == pool.status().done)
        (told,) = [
            each.outcome for each in events if type(each) is TaskEnded and each.task_id == future.id
        ]
        assert told == by_hand


@pytest.mark.parametrize(
    "decision", ["fail", "resolve", "skip", "retry", "cancel", "stop", "shut down"]
)
def test_faults(make_pool, decision) -> None:
    """A fault is nobody's end until it is decided; a retry counts as what comes of it."""
    pool = make_pool(1, on_fault="hold")
    answers = iter([fail, int])
    future = pool.submit(lambda: next(answers)())
    until(pool.faults)
    assert ends(pool) == {}
    (fault,) = pool.faults()
    expected = {
        "fail": "failed",
        "resolve": "succeeded",
        "skip": "cancelled",
        "retry": "succeeded",
        "cancel": "cancelled",
        "stop": "stopped",
        "shut down": "cancelled",
    }[decision]
    if decision == "resolve":
        fault.resolve(1)
    elif decision == "cancel":
        future.cancel()
    elif decision == "stop":
        future.stop()
    elif decision == "shut down":
        pool.shutdown(cancel_futures=True)
    else:
        getattr(fault, decision)()
    counted(pool, **{expected: 1})


def test_a_shutdown_that_cancels(make_pool) -> None:
    """What has not started is cancelled; a stop of the pool stops both kinds."""
    pool, loop = make_pool(1), Loop()
    pool.submit(loop)
    assert loop.began.wait(10)
    for _ in range(5):
        pool.submit(int)
    pool.shutdown(wait=False, cancel_futures=True)
    counted(pool, cancelled=5)
    pool.stop()
    counted(pool, cancelled=5, stopped=1)


def test_chunks_are_tasks(pool) -> None:
    """A chunk of `map` is one task; one whose item raises has failed."""

    def item(number: int) -> int:
        return 1 // (number - 4)

    results = pool.map(item, range(9), chunksize=3)
    with pytest.raises(ZeroDivisionError):
        list(results)
    counted(pool, succeeded=2, failed=1)


def test_groups_count_above(pool) -> None:
    """A pool counts its groups' tasks too, also of a group that is gone and was made again."""
    group = pool.group("g")
    group.submit(int).result(10)
    with suppress(LookupError):
        group.submit(fail).result(10)
    counted(group, succeeded=1, failed=1)
    pool.pause("x")
    pool.submit(int).cancel()
    nested = group.group("n")
    nested.submit(int).cancel()
    group.submit(int).stop()
    pool.resume()
    counted(group, succeeded=1, failed=1, cancelled=1, stopped=1)
    counted(pool, succeeded=1, failed=1, cancelled=2, stopped=1)
    group.shutdown()
    again = pool.group("g")
    assert ends(again) == {}
    counted(pool, succeeded=1, failed=1, cancelled=2, stopped=1)


def test_callbacks_find_it_counted(pool) -> None:
    """When a done callback runs, its task is counted."""
    seen = []
    future = pool.submit(int)
    future.add_done_callback(lambda _: seen.append(pool.status().succeeded))
    until(lambda: seen)
    assert seen == [1]


class Scramble:
    """Threads that cancel, stop and conclude tasks at random, until they are told to end."""

    def __init__(self) -> None:
        self.futures: list = []
        self.is_over = threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(number,)) for number in range(3)]

    def run(self, number: int) -> None:
        """Go on, as one of the threads."""
        dice = Random(number)
        while not self.is_over.is_set():
            if self.futures:
                future = self.futures[dice.randrange(len(self.futures))]
                with suppress(InvalidStateError):
                    dice.choice([future.cancel, future.stop, partial(conclude, future, dice)])()

    def __enter__(self) -> list:
        for thread in self.threads:
            thread.start()
        return self.futures

    def __exit__(self, *_: object) -> None:
        self.is_over.set()
        for thread in self.threads:
            thread.join(20)


def conclude(future, dice) -> None:
    """Set what it returned, or raised, by hand."""
    if dice.random() < 0.5:
        future.set_result(1)
    else:
        future.set_exception(LookupError())


def how(future) -> str:
    """Say how a future has ended, as it says itself."""
    if future.cancelled():
        return "stopped" if future.status().stop_reason else "cancelled"
    return "succeeded" if future.exception() is None else "failed"


@pytest.mark.parametrize("observed", [False, True], ids=["alone", "observed"])
@pytest.mark.parametrize("seed", range(3))
def test_a_scramble(make_pool, seed, observed) -> None:
    """Threads that cancel, stop and conclude the same tasks at once: each counts once, as it ended."""
    pool, events, dice = make_pool(3), [], Random(seed)
    if observed:
        pool.observe(events.append)
    with Scramble() as futures:
        for _ in range(600):
            futures.append(pool.submit(dice.choice([int, fail, checkpoint])))
            if dice.random() < 0.3:
                futures[-1].add_done_callback(id)
    pool.shutdown()
    assert ends(pool) == dict(Counter(map(how, futures)))
    for kind in (TaskSubmitted, TaskEnded) if observed else ():
        until(lambda kind=kind: sum(type(each) is kind for each in events) == len(futures))
