"""`map(buffersize=)`: as in the stdlib from 3.14 on, and on every Python."""

from __future__ import annotations

import gc
import itertools
import threading
import weakref

import pytest
from contract.implementations import SOON


class Counted:
    """An endless iterator that counts how many items were taken from it."""

    def __init__(self) -> None:
        """Begin with none."""
        self.taken = 0

    def __iter__(self):
        """Be one's own iterator."""
        return self

    def __next__(self) -> int:
        """Take the next."""
        self.taken += 1
        return self.taken


def test_no_more_items_are_taken_than_the_buffer_has_room_for(make_buffered):
    """So many items are taken at once, and one more with each result."""
    executor, items = make_buffered(2), Counted()
    results = executor.map(str, items, buffersize=3)
    assert items.taken == 3
    for number in range(1, 20):
        assert next(results) == str(number)
        assert items.taken == 3 + number
    results.close()


def test_no_more_calls_run_than_the_buffer_has_room_for(make_buffered, latch):
    """A call that is not submitted does not run, though workers are idle."""
    executor = make_buffered(4)
    results = executor.map(latch, itertools.count(), buffersize=2)
    latch.wait_begun(2)
    assert executor.submit(abs, -1).result(SOON) == 1  # a worker was free; nothing was waiting
    latch.go()
    assert list(itertools.islice(results, 50)) == list(range(50))
    results.close()


@pytest.mark.parametrize("size", [1, 2, 3, 4, 1000])
def test_all_results_come_in_order_whatever_the_size(make_buffered, size):
    """The buffer may be smaller or larger than what there is to map."""
    executor = make_buffered(2)
    assert list(executor.map(pow, range(10), itertools.repeat(2), buffersize=size)) == [
        number**2 for number in range(10)
    ]
    assert list(executor.map(abs, [], buffersize=size)) == []


def test_an_exception_is_raised_at_its_place(make_buffered):
    """What comes after it is neither taken from the iterable nor run."""
    executor, items = make_buffered(1), Counted()

    def call(number):
        if number == 3:
            raise LookupError(number)
        return number

    results = executor.map(call, items, buffersize=2)
    assert (next(results), next(results)) == (1, 2)
    with pytest.raises(LookupError):
        next(results)
    assert next(results, "ended") == "ended"
    assert items.taken == 5


def test_what_the_iterable_raises_comes_with_the_result_that_asks_for_it(make_buffered):
    """An iterable that raises in the middle ends the iterator there."""

    def items():
        yield from (1, 2, 3)
        raise LookupError

    executor = make_buffered(1)
    results = executor.map(abs, items(), buffersize=2)
    assert next(results) == 1  # took 3
    with pytest.raises(LookupError):
        next(results)  # asks for the fourth


def test_closing_the_iterator_cancels_what_has_not_started(make_buffered, latch):
    """An endless map ends when its iterator is closed."""
    ran = []

    def call(number):
        ran.append(number)
        return latch(number) if number else number

    executor = make_buffered(1)
    results = executor.map(call, itertools.count(), buffersize=4)
    latch.wait_begun()
    assert next(results) == 0
    results.close()
    latch.go()
    assert executor.submit(abs, -1).result(SOON) == 1
    assert ran == [0, 1]


def test_the_timeout_is_kept(make_buffered, latch):
    """*timeout* and *buffersize* go together."""
    executor = make_buffered(1)
    results = executor.map(latch, itertools.count(), timeout=0, buffersize=2)
    latch.wait_begun()
    with pytest.raises(TimeoutError):
        next(results)


def test_the_iterable_is_asked_by_the_thread_that_takes_results(make_buffered):
    """No item is fetched behind the back of whoever iterates."""
    asked = set()

    def items():
        for number in range(6):
            asked.add(threading.get_ident())
            yield number

    executor = make_buffered(2)
    assert list(executor.map(abs, items(), buffersize=2)) == list(range(6))
    assert asked == {threading.get_ident()}


@pytest.mark.parametrize(
    ("size", "error", "words"),
    [
        (0, ValueError, "buffersize must be None or > 0"),
        (-1, ValueError, "buffersize must be None or > 0"),
        (1.5, TypeError, "buffersize must be an integer or None"),
        ("2", TypeError, "buffersize must be an integer or None"),
    ],
)
def test_a_size_that_is_none_is_refused_before_anything_is_submitted(
    make_buffered, size, error, words
):
    """The errors are those of the stdlib, and come at the call."""
    items = Counted()
    with pytest.raises(error, match=words):
        make_buffered(1).map(abs, items, buffersize=size)
    assert items.taken == 0


def test_none_is_no_buffer(make_buffered):
    """buffersize=None is the default: everything is submitted at once."""
    items = iter(range(10))
    results = make_buffered(1).map(abs, items, buffersize=None)
    assert next(items, "none left") == "none left"
    assert list(results) == list(range(10))


def test_a_collected_pool_takes_no_more(make_pausable):
    """What was submitted by then is given; the rest nobody can run any more.

    In the stdlib this is so, too, but its iterator keeps the pool from one result to the next.
    """
    pool, items = make_pausable(1), Counted()
    reference = weakref.ref(pool)
    results = pool.map(abs, items, buffersize=3)
    assert next(results) == 1
    del pool
    gc.collect()
    assert reference() is None
    assert list(results) == [2, 3, 4]


def test_a_group_that_is_referred_to_by_nobody_goes_on(make_pausable):
    """A group is a part of its pool, which lives: no result is left out."""
    pool = make_pausable(2)
    results = pool.group("part").map(abs, range(10), buffersize=2)
    assert list(results) == list(range(10))


def test_a_view_that_is_referred_to_by_nobody_goes_on(make_pausable):
    """``pool.options(...).map(...)`` is how a view is used: no result is left out."""
    pool = make_pausable(2)
    results = pool.options(name="n").map(abs, range(10), buffersize=2)
    assert list(results) == list(range(10))


def test_a_pool_is_collected_though_its_groups_iterator_lives(make_pausable):
    """The iterator of a group or a view does not keep the pool."""
    pool = make_pausable(2)
    reference = weakref.ref(pool)
    results = [
        pool.group("part").map(abs, itertools.count(), buffersize=2),
        pool.options(name="n").map(abs, itertools.count(), buffersize=2),
    ]
    del pool
    gc.collect()
    assert reference() is None
    assert [list(each) for each in results] == [[0, 1], [0, 1]]
