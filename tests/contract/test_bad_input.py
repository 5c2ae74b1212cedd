"""Bad input: a clear error at the call, and nothing half done."""

from __future__ import annotations

import decimal
import fractions
import math
import re

import pytest
from contract.implementations import SOON
from helpers import until

from pausable import ThreadPoolExecutor


class Index:
    """A whole number that is no int."""

    def __index__(self) -> int:
        """Be 2."""
        return 2


@pytest.mark.parametrize("workers", [0, -1, False, -(10**30)])
def test_a_pool_has_at_least_one_worker(make_pool, workers):
    """The error is the stdlib's."""
    with pytest.raises(ValueError, match="max_workers must be greater than 0"):
        make_pool(workers)
    with pytest.raises(ValueError, match="max_workers must be greater than 0"):
        make_pool(max_workers=workers)


@pytest.mark.parametrize("workers", ["3", "", b"3", [], 3 + 0j, object()])
def test_the_number_of_workers_is_a_number(make_pool, workers):
    """Anything else is a TypeError."""
    with pytest.raises(TypeError):
        make_pool(workers)


@pytest.mark.parametrize("workers", [math.nan, decimal.Decimal("nan"), "3", b"3", 3j, [3]])
def test_the_number_of_workers_is_a_number_of_something(make_pausable, workers):
    """The stdlib lets NaN pass, and never starts a thread; here the error names what was given."""
    words = "max_workers must be a whole number, not "
    with pytest.raises((TypeError, ValueError), match=words):
        make_pausable(workers)
    pool = make_pausable(1)
    with pytest.raises((TypeError, ValueError), match=words):
        pool.max_workers = workers
    assert pool.max_workers == 1


@pytest.mark.parametrize(
    ("workers", "at_once"),
    [
        (4 / 2, 2),
        (2.5, 3),
        (0.5, 1),
        (math.inf, 5),
        (fractions.Fraction(3, 2), 2),
        (decimal.Decimal("1.5"), 2),
        (True, 1),
    ],
)
def test_the_number_of_workers_need_not_be_whole(make_pool, workers, at_once, latch):
    """As with the stdlib's: one more thread is started as long as there are fewer than that."""
    pool = make_pool(workers)
    futures = [pool.submit(latch) for _ in range(5)]
    latch.wait_begun(at_once)
    until(lambda: sum(future.running() for future in futures) == at_once)
    assert pool._work_queue.qsize() == 5 - at_once
    assert pool._max_workers == workers
    latch.go()


def test_any_number_of_workers(make_pausable):
    """Infinity is one, for a status, a bar and a staggered resume, too; it can be lowered."""
    pool = make_pausable(math.inf)
    assert pool.max_workers == pool.status().max_workers == math.inf
    assert "max_workers=inf" in repr(pool)
    pool.pause("to let them go one by one")
    futures = [pool.submit(abs, -1) for _ in range(3)]
    pool.resume(stagger=0.001)
    assert [future.result(SOON) for future in futures] == [1, 1, 1]
    pool.max_workers = 2
    assert pool.max_workers == pool.status().max_workers == 2


@pytest.mark.parametrize("workers", [0, -1])
def test_the_number_of_workers_is_not_set_below_one(make_pausable, workers):
    """The setter refuses what the constructor refuses."""
    pool = make_pausable(2)
    with pytest.raises(ValueError, match="max_workers must be greater than 0"):
        pool.max_workers = workers
    assert pool.max_workers == 2
    assert pool.submit(abs, -1).result(SOON) == 1


def test_whatever_is_a_whole_number_will_do(make_pausable):
    """Numpy's integers, for instance."""
    assert make_pausable(Index()).max_workers == 2


def test_there_may_be_more_workers_than_could_ever_be(make_pool):
    """The number is a limit, not a wish."""
    assert make_pool(10**30).submit(abs, -1).result(SOON) == 1


@pytest.mark.parametrize("initializer", [42, "print", ()])
def test_the_initializer_is_callable(make_pool, initializer):
    """The error is the stdlib's, and comes when the pool is made."""
    with pytest.raises(TypeError, match="initializer must be a callable"):
        make_pool(1, initializer=initializer)


@pytest.mark.parametrize("function", [None, 42, "print", ()])
def test_a_task_is_callable(make_ours, function):
    """In the stdlib the future fails; here submit() and map() do, and nothing is submitted."""
    executor = make_ours(1)
    words = re.escape(f"a task must be callable, not {function!r}")
    items = [1, 2]
    for refuse in (
        lambda: executor.submit(function),
        lambda: executor.options(name="named").submit(function),
        lambda: executor.map(function, items),
        lambda: executor.options(name="named").map(function, items),
        lambda: executor.map(function, items, buffersize=1),
    ):
        with pytest.raises(TypeError, match=words):
            refuse()
    assert executor.status().queued == 0
    assert executor.submit(abs, -1).result(SOON) == 1


def test_map_takes_iterables(make_submitter):
    """What is none is a TypeError of map() itself."""
    with pytest.raises(TypeError):
        make_submitter(1).map(abs, 42)


def test_a_timeout_of_map_is_a_number(make_submitter):
    """A TypeError of map() itself."""
    with pytest.raises(TypeError):
        make_submitter(1).map(abs, [1], timeout="soon")


@pytest.mark.parametrize("timeout", [-1, math.nan, -math.inf])
def test_the_timeout_of_a_shutdown_is_checked_before_anything_is_done(make_ours, timeout):
    """After the error the executor is as open as before."""
    executor = make_ours(1)
    with pytest.raises(ValueError, match="timeout must be zero or more seconds"):
        executor.shutdown(timeout=timeout)
    with pytest.raises(TypeError, match="timeout must be a number of seconds"):
        executor.shutdown(timeout="soon")
    assert executor.submit(abs, -1).result(SOON) == 1


@pytest.mark.parametrize("name", [42, b"name", ["name"]])
def test_the_name_of_a_task_is_text(make_ours, name):
    """options() refuses anything else."""
    with pytest.raises(TypeError, match="name must be text"):
        make_ours(1).options(name=name)


@pytest.mark.parametrize("arguments", [(1, "prefix", None, (), "more"), ()])
def test_an_unknown_argument_is_a_type_error(arguments):
    """The constructor takes what the stdlib's takes, and nothing else."""
    with pytest.raises(TypeError):
        ThreadPoolExecutor(*arguments, no_such_option=1)
