"""`step()`: one line of a task that rests, and then it rests again."""

from __future__ import annotations

import threading
import time

import pytest
from helpers import until
from preempt.form import PATIENCE
from preempt.resting import counting, rests, within
from preempt.spin import line_of, spinning
from workloads import Loop

from pausable import TaskStopped, shield


def test_a_step(pool) -> None:
    """One line runs, no more; then the task rests again, at the line after it."""
    numbers: list[str] = []

    def work() -> None:
        while True:
            numbers.append("a")  # a
            numbers.append("b")  # b
            numbers.append("c")  # c

    future = pool.submit(work)
    until(lambda: numbers)
    assert future.pause("look").wait(PATIENCE)
    lines = {line_of(work, name): name for name in "abc"}
    until(lambda: future.step(PATIENCE).line in lines)
    for _ in range(30):
        at = lines[future.where().line]
        before = len(numbers)
        where = future.step(PATIENCE)
        assert where == future.where()
        assert future.status().state == "resting"
        if where.line in lines:
            assert lines[where.line] == {"a": "b", "b": "c", "c": "a"}[at]
        else:  # the line of the `while`
            assert at == "c"
            assert len(numbers) == before + 1
            where = future.step(PATIENCE)
            assert lines[where.line] == "a"
        assert numbers[before:] == [at]
    assert future.is_paused()


def test_a_step_into_the_end(pool) -> None:
    """A step of the last line returns None, and the result is there."""

    def short(numbers) -> str:
        while not over:
            numbers.append(1)
        return "over"

    over: list[bool] = []
    future, _ = rests(pool, short)
    over.append(True)
    for _ in range(10):
        where = future.step(PATIENCE)
        if where is None:
            break
        assert within(short, where)
    assert where is None
    assert future.result(PATIENCE) == "over"


def test_a_step_out_of_a_call(pool) -> None:
    """After the last line of a function the task rests in its caller."""

    def inner(numbers) -> None:
        while not over:
            numbers.append(1)

    def outer(numbers) -> None:
        inner(numbers)
        numbers.append(2)  # after
        while True:
            numbers.append(3)

    over: list[bool] = []
    future, _ = rests(pool, outer)
    over.append(True)
    until(lambda: future.step(PATIENCE).function == outer.__qualname__)
    assert future.where().function.endswith("outer")


def test_a_step_of_a_whole_pool(make_pool) -> None:
    """Each task of a paused pool runs a line of its own, while the pool stays paused."""
    pool = make_pool(4)
    numbers = [[] for _ in range(4)]
    futures = [pool.submit(counting, each) for each in numbers]
    until(lambda: all(numbers))
    with pool.pause("look", timeout=PATIENCE):
        for _ in range(20):
            before = [future.where() for future in futures]
            after = [future.step(PATIENCE) for future in futures]
            assert pool.is_quiescent()
            assert pool.status().resting == 4
            assert all(within(counting, where) for where in after)
            assert all(a != b for a, b in zip(before, after, strict=True))


def test_a_step_over_a_line_that_takes_its_time(pool) -> None:
    """`TimeoutError` when it has not come to its next line; it rests there when it does."""
    go, is_long, numbers = threading.Event(), [], []

    def task() -> None:
        while True:
            numbers.append(1)
            if is_long:
                go.wait(PATIENCE)  # long
                numbers.append(2)  # after

    future = pool.submit(task)
    until(lambda: numbers)
    assert future.pause("look").wait(PATIENCE)
    is_long.append(True)
    until(lambda: future.step(PATIENCE).line == line_of(task, "long"))
    with pytest.raises(TimeoutError):
        future.step(0.01)
    assert not future.is_quiescent()
    go.set()
    until(future.is_quiescent)
    assert future.where().line == line_of(task, "after")
    assert numbers[-1] == 1


def test_a_step_at_a_checkpoint(pool) -> None:
    """A cooperative task goes on to its next checkpoint."""
    loop = Loop()
    future = pool.options(preemptive=False).submit(loop)
    assert loop.began.wait(PATIENCE)
    assert future.pause("look").wait(PATIENCE)
    for _ in range(20):
        before = loop.rounds
        assert future.step(PATIENCE) is not None
        assert loop.rounds == before + 1
        assert future.status().state == "resting"


@pytest.mark.parametrize("state", ["running", "pausing", "queued", "over"])
def test_a_step_of_what_does_not_rest(pool, state) -> None:
    """An error that says what to do first."""
    spin, future = spinning(pool)
    if state == "pausing":
        future.pause("drain", running="finish")
    if state == "queued":
        future = pool.submit(int)
        future.pause("early")
        spin.is_over = True
    if state == "over":
        spin.is_over = True
        future.result(PATIENCE)
        until(lambda: not pool.tasks())
    with pytest.raises(RuntimeError, match="rest"):
        future.step(PATIENCE)


def test_a_stop_of_a_task_that_was_stepped(pool) -> None:
    """Steps, a resume and a stop leave nothing behind."""
    future, numbers = rests(pool, counting)
    for _ in range(5):
        assert future.step(PATIENCE)
    future.resume()
    before = len(numbers)
    numbers.clear()
    until(lambda: numbers)
    assert before <= 11
    future.pause("again").wait(PATIENCE)
    assert future.step(PATIENCE)
    future.stop("enough")
    with pytest.raises(TaskStopped, match="enough"):
        future.result(PATIENCE)


def test_a_step_over_a_shield(pool) -> None:
    """A shielded block is one step: the task rests after it."""
    numbers: list[int] = []

    def task() -> None:
        while True:
            with shield():
                numbers.append(1)
                time.sleep(0)
                numbers.append(2)
            numbers.append(3)

    future = pool.submit(task)
    until(lambda: numbers)
    assert future.pause("look").wait(PATIENCE)
    for _ in range(20):
        future.step(PATIENCE)
        assert numbers[-1] in {2, 3}
