"""Nesting: calls that submit to their own executor, and wait for what they have submitted."""

from __future__ import annotations

import threading
from concurrent.futures import wait

import pytest
from contract.implementations import SOON

import pausable.futures


def test_a_call_may_submit_to_its_executor(make_submitter):
    """What it submits runs after it, on a single worker, too."""
    executor = make_submitter(1)
    future = executor.submit(executor.submit, executor.submit, abs, -1)
    assert future.result(SOON).result(SOON).result(SOON) == 1


def test_a_call_may_wait_for_another_worker(make_submitter):
    """With a worker left it gets its result."""
    executor = make_submitter(2)
    future = executor.submit(lambda: executor.submit(abs, -1).result(SOON))
    assert future.result(SOON) == 1


def test_a_tree_of_calls_that_submit_is_done_once_each(make_submitter):
    """Each call submits two more, down to a depth; none is lost."""
    executor, done, lock = make_submitter(3), threading.Event(), threading.Lock()
    count = 0

    def call(depth):
        nonlocal count
        with lock:
            count += 1
            if count == 2**8 - 1:
                done.set()
        if depth:
            executor.submit(call, depth - 1)
            executor.submit(call, depth - 1)

    executor.submit(call, 7)
    assert done.wait(SOON)


@pytest.mark.parametrize(
    "take",
    [
        lambda executor: executor.submit(abs, -1).result(SOON),
        lambda executor: executor.submit(abs, -1).exception(SOON) or 1,
        lambda executor: next(executor.map(abs, [-1, -2, -3])),
        lambda executor: (
            pausable.futures.wait([executor.submit(abs, -1)], SOON).done.pop().result(0)
        ),
        lambda executor: next(
            pausable.futures.as_completed([executor.submit(abs, -1)], SOON)
        ).result(0),
    ],
    ids=["result", "exception", "map", "wait", "as_completed"],
)
def test_a_call_may_wait_for_its_successor_on_the_same_worker(make_ours, take):
    """The stdlib's pool deadlocks here; ours lends the slot of whoever waits."""
    executor = make_ours(1)
    assert executor.submit(take, executor).result(SOON) == 1


def test_a_deep_recursion_of_calls_ends_with_one_slot(make_ours):
    """Each call waits for the next; at most one of them runs at a time."""
    executor = make_ours(1)
    inside, most = 0, 0

    def factorial(number):
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        inside -= 1
        return number * executor.submit(factorial, number - 1).result(SOON) if number else 1

    assert executor.submit(factorial, 20).result(SOON) == 2432902008176640000
    assert most == 1


def test_map_within_map(make_ours):
    """Calls of a map that map on the same executor."""
    executor = make_ours(2)

    def row(number):
        return list(executor.map(pow, range(5), [number] * 5))

    assert list(executor.map(row, range(3))) == [[n**p for n in range(5)] for p in range(3)]


def test_a_call_that_waits_with_the_stdlibs_wait_needs_a_worker(make_submitter):
    """The stdlib's functions take our futures inside a call as well."""
    executor = make_submitter(2)
    future = executor.submit(lambda: wait([executor.submit(abs, -1)], SOON).done.pop().result(0))
    assert future.result(SOON) == 1


def test_executors_may_use_each_other(make_submitter):
    """A call of one waits for a call of another, and that for one of a third."""
    first, second, third = make_submitter(1), make_submitter(1), make_submitter(1)

    def ask(executor, *call):
        return executor.submit(*call).result(SOON)

    assert first.submit(ask, second, ask, third, abs, -1).result(SOON) == 1
