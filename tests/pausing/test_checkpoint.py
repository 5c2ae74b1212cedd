"""`checkpoint()`: the place where a task may rest; a no-op outside any task."""

from __future__ import annotations

import functools
import threading

import pytest
from helpers import until
from workloads import Loop, Stuck, background

from pausable import checkpoint, each, resting, shield, sleep


def everything() -> list[int]:
    """Call the whole family, as a function that is used anywhere does."""
    checkpoint()
    sleep(0)
    with resting(), shield():
        checkpoint()
    return list(each([1, 2, 3]))


def test_outside_any_task_it_does_nothing(pool) -> None:
    """On the main thread and on another one, while a pool is paused and a task is stopped."""
    stuck = Stuck()
    future = pool.submit(stuck)
    assert stuck.began.wait(10)
    pool.pause("x")
    future.stop("x")
    assert everything() == [1, 2, 3]
    assert background(everything).result(10) == [1, 2, 3]


def test_a_task_rests_for_its_own_scopes_only(make_pool) -> None:
    """Another pool's pause, another group's and another task's do not hold it up."""
    pool, other = make_pool(3), make_pool(1)
    paused = pool.submit(Loop())
    paused.pause("x")
    other.pause("x")
    pool.group("elsewhere").pause("x")
    assert pool.submit(everything).result(10) == [1, 2, 3]
    assert pool.group("here").submit(everything).result(10) == [1, 2, 3]


def test_it_returns_nothing(pool) -> None:
    """It is a statement: None inside and outside a task, after a rest, too."""
    assert checkpoint() is None
    future = pool.submit(lambda: [checkpoint() for _ in range(1000)])
    assert set(future.result(10)) == {None}


def test_deep_in_other_code(pool) -> None:
    """It finds its task through any number of calls: callbacks of C code, generators, partials."""

    class Odd:
        def __lt__(self, other: object) -> bool:
            checkpoint()
            return False

        def __del__(self) -> None:
            checkpoint()

    def task() -> str:
        began.set()
        while not go.is_set():
            sorted([Odd(), Odd(), Odd()])
            list(map(functools.partial(lambda _: checkpoint()), range(3)))
            sum(1 for _ in each(range(3)))
        return "done"

    began, go = threading.Event(), threading.Event()
    future = pool.submit(task)
    assert began.wait(10)
    for _ in range(20):
        with pool.pause("x", timeout=10):
            assert future.status().state == "resting"
    go.set()
    assert future.result(10) == "done"


def test_locals_and_exceptions_survive_a_rest(pool) -> None:
    """What a task was doing, an exception being handled included, is there after the resume."""

    def task() -> str:
        try:
            raise ValueError("kept")
        except ValueError as error:
            began.set()
            while not go.is_set():
                checkpoint()
            return str(error)

    began, go = threading.Event(), threading.Event()
    future = pool.submit(task)
    assert began.wait(10)
    with pool.pause("x", timeout=10):
        assert future.status().state == "resting"
    go.set()
    assert future.result(10) == "kept"


def test_an_exception_handler_for_exceptions_does_not_eat_a_stop(pool) -> None:
    """`except Exception` around a checkpoint, as in a retry loop, lets a stop through."""

    def task() -> None:
        began.set()
        while True:
            try:
                checkpoint()
            except Exception:  # noqa: BLE001 - the mistake that people make
                continue

    began = threading.Event()
    future = pool.submit(task)
    assert began.wait(10)
    future.stop("enough")
    until(future.done)
    assert future.cancelled()


def test_a_task_without_a_checkpoint_does_not_rest(pool) -> None:
    """It runs to its end under a pause, and is a straggler until then."""
    go = threading.Event()
    future = pool.submit(go.wait, 20)
    until(lambda: go._cond._waiters, what="it has begun")
    hold = pool.pause("x")
    assert future.status().state == "pausing"
    assert [each.task for each in pool.stragglers()] == [future.name]
    go.set()
    assert future.result(10) is True
    assert hold.wait(10)


def test_a_task_that_was_taken_but_not_begun_runs_no_line(make_pool) -> None:
    """Paused right after its submit, a task either has begun or not a line of it runs."""
    pool = make_pool(4)
    for _ in range(300):
        lines: list[int] = []
        future = pool.submit(lines.append, 1)
        with pool.pause("x", timeout=10):
            before = list(lines)
            assert future.done() == bool(before)
            assert lines == before
        future.result(10)
        assert lines == [1]


@pytest.mark.parametrize("count", [1, 8])
def test_pausing_again_and_again_loses_no_wake_up(make_pool, count) -> None:
    """Hundreds of pauses and resumes in a row; in each pause all rest, and in the end all go on."""
    pool = make_pool(count)
    loops = [Loop() for _ in range(count)]
    futures = [pool.submit(loop) for loop in loops]
    for loop in loops:
        assert loop.began.wait(10)
    for _ in range(300):
        with pool.pause("x", timeout=10):
            assert pool.status().resting == count
    for loop in loops:
        loop.go.set()
    assert [future.result(10) for future in futures] == [loop.rounds for loop in loops]
