"""`submit`: a call becomes a future, and runs once."""

from __future__ import annotations

import asyncio
import functools
import inspect
import operator
import threading
from collections import Counter
from concurrent.futures import Future

import pytest
from contract.implementations import SOON


def everything(*args: object, **kwargs: object) -> tuple[tuple[object, ...], dict[str, object]]:
    """Return what it was called with."""
    return args, kwargs


def test_a_call_gets_its_arguments_and_its_result_is_the_futures(make_submitter):
    """The function is called with the arguments given to submit()."""
    future = make_submitter(1).submit(everything, 1, "two", three=3)
    assert isinstance(future, Future)
    assert future.result(SOON) == ((1, "two"), {"three": 3})
    assert future.exception(SOON) is None
    assert (future.done(), future.running(), future.cancelled()) == (True, False, False)


@pytest.mark.parametrize(
    "name", ["self", "fn", "args", "kwargs", "name", "task", "timeout", "reason", "context"]
)
def test_no_keyword_is_taken_from_the_function(make_submitter, name):
    """Each keyword argument reaches the function, whatever submit() calls its own parameters."""
    assert make_submitter(1).submit(everything, **{name: 1}).result(SOON) == ((), {name: 1})


@pytest.mark.parametrize("arguments", [{}, {"fn": int}])
def test_the_function_is_positional_and_required(make_submitter, arguments):
    """As in the stdlib, submit() without a function, or with one by keyword, is a TypeError."""
    with pytest.raises(TypeError):
        make_submitter(1).submit(**arguments)


class Adder:
    """A callable without a name."""

    def __call__(self, one, other):
        """Add."""
        return one + other

    def method(self, one, other):
        """Add."""
        return one + other


CALLABLES = {
    "builtin": operator.add,
    "lambda": lambda one, other: one + other,
    "partial": functools.partial(operator.add),
    "nested partial": functools.partial(functools.partial(operator.add)),
    "object": Adder(),
    "method": Adder().method,
    "slot": int.__add__,
    "cached": functools.lru_cache(operator.add),
}


@pytest.mark.parametrize("function", CALLABLES.values(), ids=CALLABLES)
def test_anything_callable_can_be_submitted(make_submitter, function):
    """Functions, partials, methods, builtins and callable objects are all called."""
    assert make_submitter(1).submit(function, 40, 2).result(SOON) == 42


def test_a_class_is_called_too(make_submitter):
    """The result of a class is its instance."""
    assert make_submitter(1).submit(Counter, "aab").result(SOON) == {"a": 2, "b": 1}


def test_a_coroutine_function_returns_its_coroutine(make_submitter):
    """An executor calls; what the call returns is the result, awaited by nobody."""

    async def forty_two():
        return 42

    coroutine = make_submitter(1).submit(forty_two).result(SOON)
    assert inspect.iscoroutine(coroutine)
    assert asyncio.run(coroutine) == 42


def test_one_worker_runs_calls_in_their_order(make_submitter):
    """Within an executor the order of the starts is that of the submissions."""
    order = []
    executor = make_submitter(1)
    futures = [executor.submit(order.append, number) for number in range(100)]
    assert [future.result(SOON) for future in futures] == [None] * 100
    assert order == list(range(100))


def test_as_many_calls_run_at_once_as_there_are_workers(make_submitter):
    """Three calls that wait for each other all end, with three workers."""
    barrier = threading.Barrier(3)
    executor = make_submitter(3)
    futures = [executor.submit(barrier.wait, SOON) for _ in range(3)]
    assert sorted(future.result(SOON) for future in futures) == [0, 1, 2]


def test_never_more_calls_run_at_once_than_there_are_workers(make_submitter):
    """The number of calls that are inside at the same time does not exceed max_workers."""
    lock, inside, most = threading.Lock(), 0, 0

    def call():
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        threading.Event().wait(0.001)
        with lock:
            inside -= 1

    executor = make_submitter(3)
    for future in [executor.submit(call) for _ in range(60)]:
        future.result(SOON)
    assert 1 <= most <= 3


def test_calls_submitted_by_many_threads_run_once_each(make_submitter):
    """No call is lost and none runs twice, whoever submits at the same time."""
    executor, calls, lock = make_submitter(4), Counter(), threading.Lock()
    barrier = threading.Barrier(5)
    futures = []

    def count(key):
        with lock:
            calls[key] += 1
        return key

    def submit(thread):
        barrier.wait(SOON)
        mine = [executor.submit(count, (thread, number)) for number in range(100)]
        futures.extend(mine)

    threads = [threading.Thread(target=submit, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SOON)
    assert len({future.result(SOON) for future in futures}) == 500
    assert set(calls.values()) == {1}


def test_each_submit_makes_a_future_of_its_own(make_submitter):
    """The same call submitted twice runs twice."""
    ran = []
    executor = make_submitter(1)
    one, other = executor.submit(ran.append, 1), executor.submit(ran.append, 1)
    assert one is not other
    assert (one.result(SOON), other.result(SOON), ran) == (None, None, [1, 1])


def test_a_future_goes_from_pending_over_running_to_done(make_submitter, latch):
    """What a future says of itself, before, while and after its call runs."""
    executor = make_submitter(1)
    first, second = executor.submit(latch, 1), executor.submit(latch, 2)
    latch.wait_begun()
    assert (first.running(), first.done()) == (True, False)
    assert (second.running(), second.done()) == (False, False)
    assert "state=running" in repr(first)
    assert "state=pending" in repr(second)
    latch.go()
    assert (first.result(SOON), second.result(SOON)) == (1, 2)
    assert (first.running(), first.done()) == (False, True)
    assert "state=finished returned int" in repr(second)


@pytest.mark.parametrize("timeout", [0, 0.01, -1])
def test_a_wait_for_the_result_ends_in_time(make_submitter, latch, timeout):
    """result() and exception() raise TimeoutError, and the call goes on."""
    future = make_submitter(1).submit(latch, "late")
    latch.wait_begun()
    with pytest.raises(TimeoutError):
        future.result(timeout)
    with pytest.raises(TimeoutError):
        future.exception(timeout=timeout)
    assert future.running()
    latch.go()
    assert future.result(timeout=SOON) == "late"
    assert future.result(0) == "late"
