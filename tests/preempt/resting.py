"""Tasks that are a stack of three functions, and have come to rest in the innermost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers import until
from preempt.form import PATIENCE

if TYPE_CHECKING:
    from pausable import Future, Location, ThreadPoolExecutor

__all__ = ["callee", "caller", "counting", "rests", "within"]


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


def rests(pool: ThreadPoolExecutor, task, *args) -> tuple[Future, list[int]]:
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
        and where.file == code.co_filename
        and where.function == code.co_qualname
        and code.co_firstlineno < where.line <= last
    )
