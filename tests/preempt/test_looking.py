"""While it rests: the exact line, the stack, the locals, and a step to the next line."""

from __future__ import annotations

import traceback

import pytest
from helpers import until
from preempt.exercise import Exercise
from preempt.form import PATIENCE
from preempt.forms import FORMS
from preempt.freethreaded import needs_frames
from preempt.resting import caller, counting, rests, within
from preempt.spin import line_of, spinning
from workloads import Loop, background


def test_where(pool) -> None:
    """The innermost line of the task's own code, and it stays the same for as long as it rests."""
    future, _ = rests(pool, caller)
    where = future.where()
    assert within(counting, where)
    background(int).result(PATIENCE)
    assert future.where() == where
    (status,) = pool.status().tasks
    assert status.where == where


def test_where_agrees_with_what_has_run(pool) -> None:
    """Of two lines in turn it rests before the first or the second, or between them and the loop."""
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


@needs_frames
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
        table = {n: dict.fromkeys(range(100), "z" * 10**4) for n in range(100)}
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
