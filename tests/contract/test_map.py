"""`map`: the results of many calls, in the order of the items."""

from __future__ import annotations

import gc
import operator
import threading
import weakref

import pytest
from contract.implementations import SOON
from helpers import until


def test_results_come_in_the_order_of_the_items(make_submitter):
    """The first result is that of the first item, also when that is the last to end."""
    turns = [threading.Event() for _ in range(4)]

    def call(number):
        assert turns[number].wait(SOON)
        if number:
            turns[number - 1].set()
        return number

    results = make_submitter(4).map(call, range(4))
    turns[3].set()
    assert list(results) == [0, 1, 2, 3]


def test_several_iterables_are_taken_in_step(make_submitter):
    """The shortest iterable ends it, as with the builtin map."""
    executor = make_submitter(2)
    assert list(executor.map(pow, [2, 3, 4], [5, 2])) == [32, 9]
    assert list(executor.map(operator.add, iter("abc"), "xyz")) == ["ax", "by", "cz"]


def test_nothing_to_map_gives_nothing(make_submitter):
    """An empty iterable, and none at all, give no results."""
    executor = make_submitter(1)
    assert list(executor.map(abs, [])) == []
    assert list(executor.map(abs)) == []


def test_all_calls_are_submitted_at_once(make_submitter, latch):
    """map() takes all items when it is called, and the calls run though nobody takes results."""
    items = iter(range(4))
    results = make_submitter(4).map(latch, items)
    latch.wait_begun(4)
    assert next(items, "none left") == "none left"
    latch.go()
    assert list(results) == [0, 1, 2, 3]


def test_an_exception_is_raised_at_its_place(make_submitter):
    """The results before it come first; after it the iterator has ended."""
    results = make_submitter(2).map(divmod, [7, 8, 9, 10], [2, 3, 0, 5])
    assert (next(results), next(results)) == ((3, 1), (2, 2))
    with pytest.raises(ZeroDivisionError):
        next(results)
    assert next(results, "ended") == "ended"


def test_after_an_exception_what_has_not_started_is_cancelled(make_submitter, latch):
    """An exception that was taken cancels the calls that still wait for a worker."""
    ran = []

    def call(number):
        ran.append(number)
        if number == 0:
            raise LookupError(number)
        latch(number)

    executor = make_submitter(1)
    results = executor.map(call, range(4))
    latch.wait_begun()  # call 1 runs, so call 0 is over
    with pytest.raises(LookupError):
        next(results)
    latch.go()
    assert executor.submit(abs, -1).result(SOON) == 1  # comes after all of map's
    assert ran == [0, 1]


def test_results_that_are_there_are_given_also_when_time_is_up(make_submitter, latch):
    """*timeout* ends the wait for those that are not there yet, and cancels the rest."""
    ran = []

    def call(number):
        ran.append(number)
        return latch(number) if number else number

    executor = make_submitter(1)
    results = executor.map(call, range(4), timeout=0)
    latch.wait_begun()
    assert next(results) == 0
    with pytest.raises(TimeoutError):
        next(results)
    assert next(results, "ended") == "ended"
    latch.go()
    assert executor.submit(abs, -1).result(SOON) == 1
    assert ran == [0, 1]


def test_the_timeout_counts_from_the_call_of_map(make_submitter, latch):
    """A timeout that is over when the result is asked for has run out."""
    results = make_submitter(1).map(latch, [1], timeout=0.01)
    latch.wait_begun()
    threading.Event().wait(0.02)
    with pytest.raises(TimeoutError):
        next(results)


def test_closing_the_iterator_cancels_what_has_not_started(make_submitter, latch):
    """Whoever leaves the loop early need not wait for the rest."""
    ran = []

    def call(number):
        ran.append(number)
        return latch(number) if number else number

    executor = make_submitter(1)
    results = executor.map(call, range(4))
    latch.wait_begun()
    assert next(results) == 0
    results.close()
    latch.go()
    assert executor.submit(abs, -1).result(SOON) == 1
    assert ran == [0, 1]


def test_an_iterable_that_raises_makes_map_raise(make_submitter):
    """What the iterable raises comes out of map() itself; the calls submitted before it run."""
    ran = []

    def items():
        yield 1
        raise LookupError

    executor = make_submitter(1)
    with pytest.raises(LookupError):
        executor.map(ran.append, items())
    assert executor.submit(abs, -1).result(SOON) == 1
    assert ran == [1]


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_the_chunksize_does_not_change_the_results(make, size):
    """They are those of the stdlib's pool, which takes no notice of it: in order, item by item."""
    executor = make(2)
    assert list(executor.map(abs, [-1, -2, -3], chunksize=size)) == [1, 2, 3]
    assert list(executor.map(pow, [2, 3, 4], [5, 2], chunksize=size)) == [32, 9]
    assert list(executor.map(abs, [], chunksize=size)) == []
    assert list(executor.map(abs, chunksize=size)) == []


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_with_chunks_an_exception_is_raised_at_its_place_too(make, size):
    """The results before it come first, those of its own chunk included; then it has ended."""
    results = make(2).map(divmod, [7, 8, 9, 10], [2, 3, 0, 5], chunksize=size)
    assert (next(results), next(results)) == ((3, 1), (2, 2))
    with pytest.raises(ZeroDivisionError):
        next(results)
    assert next(results, "ended") == "ended"


class Thing:
    """Something that can be weakly referred to."""

    def __init__(self, number: int) -> None:
        """Keep the number."""
        self.number = number


def test_results_are_let_go_as_they_are_taken(make_submitter):
    """The iterator keeps no result that it has given, so that a long loop needs little memory."""
    executor = make_submitter(2)
    taken = []
    for thing in executor.map(Thing, range(5)):
        taken.append(thing.number)
        reference = weakref.ref(thing)
        del thing
        until(lambda ref=reference: ref() is None, what="the result was let go")
    assert taken == list(range(5))


def test_the_executor_may_be_collected_while_the_iterator_lives(make):
    """map() does not keep its executor; all results come nevertheless."""
    executor = make(2)
    reference = weakref.ref(executor)
    results = executor.map(abs, [-1, -2, -3])
    assert next(results) == 1
    del executor
    gc.collect()
    assert reference() is None
    assert list(results) == [2, 3]
