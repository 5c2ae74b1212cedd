"""While it rests: the exact line, the stack, the locals, and a step to the next line."""

from __future__ import annotations

import threading
import time
import traceback
from pathlib import Path

import pytest
from helpers import until
from preempt.exercise import Exercise
from preempt.form import PATIENCE
from preempt.forms import FORMS
from preempt.spin import line_of, spinning
from workloads import Loop, background

from pausable import Location, TaskStopped, ThreadPoolExecutor, shield


def counting(numbers: list[int]) -> None:
    while True:
        n = len(numbers)  # loop
        numbers.append(n)
        del numbers[:-10]  # last


def callee(numbers: list[int], depth: int) -> None:
    if depth:
        callee(numbers, depth - 1)
    counting(numbers)


def caller(numbers: list[int]) -> None:
    callee(numbers, 3)  # call


def rests(pool: ThreadPoolExecutor, task, *args):
    """Submit a task and have it rest, in its loop."""
    numbers: list[int] = []
    future = pool.submit(task, numbers, *args)
    until(lambda: numbers)
    assert future.pause("look").wait(PATIENCE)
    return future, numbers


def within(function, where: Location | None) -> bool:
    """Say whether a place is on a line of the body of a function."""
    code = function.__code__
    last = max(line for _, _, line in code.co_lines() if line)
    return (
        where is not None
        and Path(where.file) == Path(__file__)
        and where.function == code.co_qualname
        and code.co_firstlineno < where.line <= last
    )


def test_where(pool) -> None:
    """The innermost line of the task's own code, and it stays the same for as long as it rests."""
    future, _ = rests(pool, caller)
    where = future.where()
    assert within(counting, where)
    background(int).result(PATIENCE)
    assert future.where() == where
    (status,) = pool.status().tasks
    assert status.where == where


def test_where_is_the_line_that_has_not_run(pool) -> None:
    """The line at which it rests is the next to run, not the last that has run."""
    numbers: list[int] = []

    def alternate() -> None:
        while True:
            numbers.append(1)  # first
            numbers.append(2)  # second

    future = pool.submit(alternate)
    until(lambda: numbers)
    seen = set()
    for _ in range(60):
        with future.pause("look", timeout=PATIENCE):
            line = future.where().line
            if line == line_of(alternate, "first"):
                assert numbers[-1] == 2
            elif line == line_of(alternate, "second"):
                assert numbers[-1] == 1
            seen.add(line)
        before = len(numbers)
        until(lambda before=before: len(numbers) > before)
    assert seen & {line_of(alternate, "first"), line_of(alternate, "second")}


@pytest.mark.parametrize("form", FORMS[::7], ids=str)
def test_where_in_every_kind_of_code(pool, form) -> None:
    """Of whatever form: a line of its own code, or of its event loop; the last of `stack()`."""
    exercise = Exercise(pool, form).under_way()
    exercise.rest()
    where, stack = exercise.future.where(), exercise.future.stack()
    assert where is not None
    assert (where.file, where.line) == (stack[-1].filename, stack[-1].lineno)
    names = {each.name for each in stack}
    assert names & {form.name, form.name.removeprefix("asyncio_"), "_run_once"}


def test_the_stack(pool) -> None:
    """From the task's function to the line where it rests; nothing of the pool is in it."""
    future, _ = rests(pool, caller)
    stack = future.stack()
    assert isinstance(stack, traceback.StackSummary)
    assert [each.name for each in stack] == ["caller", *["callee"] * 4, "counting"]
    assert stack[0].lineno == line_of(caller, "call")
    assert stack[-1].lineno == future.where().line
    assert "callee(numbers, 3)" in "".join(stack.format())


def test_the_stack_of_what_does_not_rest(pool) -> None:
    """Of a running task it is where it is just now; it is empty before the start and at the end."""
    spin, future = spinning(pool)
    assert future.stack()[0].name == "__call__"
    with pool.pause("look", timeout=PATIENCE):
        queued = pool.submit(int)
        assert queued.stack() == []
        assert queued.where() is None
    spin.is_over = True
    future.result(PATIENCE)
    until(lambda: not pool.tasks())
    assert future.stack() == []
    assert future.where() is None


def test_the_locals(pool) -> None:
    """Names and representations of the innermost frame, as text."""
    future, numbers = rests(pool, counting)
    shown = future.locals()
    assert shown["numbers"] == repr(numbers)
    assert all(isinstance(each, str) for each in shown.values())
    assert set(shown) <= {"numbers", "n"}


class Loud:
    """An object whose representation would be code of the program."""

    calls = 0

    def __repr__(self) -> str:
        Loud.calls += 1
        return "loud"

    __str__ = __format__ = __repr__


class LoudList(list):
    """A container whose representation and items would be code of the program."""

    def __repr__(self) -> str:
        Loud.calls += 1
        return "loud"

    def __iter__(self):
        Loud.calls += 1
        return super().__iter__()

    def __len__(self) -> int:
        Loud.calls += 1
        return super().__len__()


def test_locals_run_no_code_of_the_program(pool) -> None:
    """No `__repr__`, `__iter__` or property is called, at any depth."""

    def task(numbers) -> None:
        loud, inside = Loud(), [Loud(), {"key": Loud(), Loud: (Loud(),)}]
        odd = LoudList([1, 2])
        while True:
            numbers.append(len(inside) + bool(loud) + (odd is None))
            del numbers[:-10]

    future, _ = rests(pool, task)
    shown = future.locals()
    assert Loud.calls == 0
    assert "Loud" in shown["loud"]
    assert "Loud" in shown["inside"]
    assert "LoudList" in shown["odd"]


def test_locals_are_limited_in_size(pool) -> None:
    """Large and deep and recursive values are cut short."""

    def task(numbers) -> None:
        text, data, big = "x" * 10**6, b"y" * 10**6, 1 << 10**6
        wide = list(range(10**6))
        table = {n: {m: "z" * 10**4 for m in range(100)} for n in range(100)}
        deep = []
        for _ in range(10_000):
            deep = [deep]
        itself = [1]
        itself.append(itself)
        while True:
            numbers.append(len(text) + len(data) + bool(big) + len(wide) + len(table) + len(deep))
            del numbers[:-10]

    future, _ = rests(pool, task)
    shown = future.locals()
    assert {"text", "data", "big", "wide", "table", "deep", "itself"} <= set(shown)
    for name, value in shown.items():
        assert len(value) < 100_000, f"{name} has {len(value)} characters"
    for name in ("text", "data", "big", "wide", "deep"):
        assert len(shown[name]) < 1_000, name
    assert shown["text"].startswith("'xxx")


def test_locals_of_what_does_not_rest(pool) -> None:
    """They change under one's eyes: an error, for a running task, a queued one and one that is over."""
    spin, future = spinning(pool)
    with pytest.raises(RuntimeError, match="rest"):
        future.locals()
    with pool.pause("look", timeout=PATIENCE), pytest.raises(RuntimeError):
        pool.submit(int).locals()
    spin.is_over = True
    future.result(PATIENCE)
    with pytest.raises(RuntimeError):
        future.locals()


def test_locals_at_a_checkpoint(pool) -> None:
    """A task that rests at a checkpoint shows those of the code that has called it."""
    loop = Loop()
    future = pool.options(preemptive=False).submit(loop)
    assert loop.began.wait(PATIENCE)
    with pool.pause("look", timeout=PATIENCE):
        assert "self" in future.locals()
        assert future.stack()[-1].name == "__call__"


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
