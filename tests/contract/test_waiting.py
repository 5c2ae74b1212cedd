"""`wait` and `as_completed`: the stdlib's and ours, with futures of anybody."""

from __future__ import annotations

import concurrent.futures
import gc
import itertools
import threading
import weakref
from concurrent.futures import ALL_COMPLETED, FIRST_COMPLETED, FIRST_EXCEPTION

import pytest
from contract.implementations import SOON, Latch
from helpers import until

import pausable.futures


@pytest.fixture(params=[concurrent.futures, pausable.futures], ids=lambda each: each.__name__)
def functions(request):
    """Give the module whose `wait` and `as_completed` are used."""
    return request.param


def test_wait_for_all(functions, make, latch):
    """wait() returns when the last is done, with all of them in `done`."""
    executor = make(2)
    futures = [executor.submit(abs, -1), executor.submit(latch), executor.submit(divmod, 1, 0)]
    releaser = threading.Thread(
        target=lambda: (
            until(lambda: futures[0].done() and futures[2].done(), what="the others are done"),
            latch.go(),
        )
    )
    releaser.start()
    result = functions.wait(futures, SOON)
    releaser.join(SOON)
    assert (result.done, result.not_done) == (set(futures), set())
    assert result == functions.wait(futures, timeout=0, return_when=ALL_COMPLETED)


def test_wait_for_all_does_not_stop_at_an_exception(functions, make, latch):
    """ALL_COMPLETED means all."""
    executor = make(2)
    bad, late = executor.submit(divmod, 1, 0), executor.submit(latch)
    bad.exception(SOON)
    assert functions.wait([bad, late], 0.01) == ({bad}, {late})
    latch.go()
    assert functions.wait([bad, late], SOON) == ({bad, late}, set())


def test_wait_for_the_first(functions, make, latch):
    """FIRST_COMPLETED returns with the first that is done, however it ended."""
    executor = make(2)
    late = executor.submit(latch)
    for call in ((abs, -1), (divmod, 1, 0)):
        early = executor.submit(*call)
        done, not_done = functions.wait([late, early], SOON, FIRST_COMPLETED)
        assert (done, not_done) == ({early}, {late})


def test_wait_for_the_first_that_is_cancelled(functions, make, latch):
    """A cancelled future is done; with the stdlib's pool as soon as a worker comes by it."""
    executor = make(1)
    late = Latch()
    running = executor.submit(latch)
    latch.wait_begun()
    queued, last = executor.submit(abs, -1), executor.submit(late)
    queued.cancel()
    waited = [queued, last]
    latch.go()
    assert functions.wait(waited, SOON, return_when=FIRST_COMPLETED).done == {queued}
    late.go()
    assert functions.wait([*waited, running], SOON).not_done == set()


def test_ours_tells_of_a_cancel_at_once(functions, make_ours, latch):
    """In a paused pool no worker would come by to do it."""
    executor = make_ours(1)
    executor.submit(latch)
    latch.wait_begun()
    queued = executor.submit(abs, -1)
    queued.cancel()
    assert functions.wait([queued], SOON) == ({queued}, set())
    assert list(functions.as_completed([queued], SOON)) == [queued]


def test_wait_for_the_first_exception(functions, make, latch):
    """FIRST_EXCEPTION passes over results and returns at the exception."""
    executor, go = make(3), threading.Event()

    def fail():
        assert go.wait(SOON)
        raise LookupError

    good, bad, late = executor.submit(abs, -1), executor.submit(fail), executor.submit(latch)
    good.add_done_callback(lambda _: go.set())
    done, not_done = functions.wait([good, bad, late], SOON, FIRST_EXCEPTION)
    assert (done, not_done) == ({good, bad}, {late})


def test_wait_for_the_first_exception_when_there_is_none(functions, make, latch):
    """Without an exception it waits for all; a cancel is no exception."""
    executor = make(1)
    futures = [executor.submit(latch, number) for number in range(3)]
    latch.wait_begun()
    futures[1].cancel()
    latch.go()
    assert functions.wait(futures, SOON, return_when=FIRST_EXCEPTION) == (set(futures), set())


def test_wait_for_the_first_exception_when_it_was_raised_before(functions, make, latch):
    """An exception that is there already ends the wait at once."""
    executor = make(2)
    bad, late = executor.submit(divmod, 1, 0), executor.submit(latch)
    bad.exception(SOON)
    assert functions.wait([bad, late], SOON, FIRST_EXCEPTION) == ({bad}, {late})


@pytest.mark.parametrize("return_when", [ALL_COMPLETED, FIRST_COMPLETED, FIRST_EXCEPTION])
def test_a_wait_ends_in_time(functions, make, latch, return_when):
    """When time is up wait() returns what is done and what is not; it raises nothing."""
    future = make(1).submit(latch)
    latch.wait_begun()
    for timeout in (0, 0.01):
        assert functions.wait([future], timeout, return_when) == (set(), {future})


def test_wait_for_nothing(functions):
    """No futures are all done."""
    assert functions.wait([], SOON) == (set(), set())
    assert list(functions.as_completed([], SOON)) == []


def test_an_unknown_condition_is_refused(functions, make, latch):
    """As by the stdlib."""
    future = make(1).submit(latch)
    with pytest.raises(ValueError, match="Invalid return condition"):
        functions.wait([future], SOON, "SECOND_COMPLETED")


def test_any_iterable_and_duplicates_are_taken(functions, make):
    """Futures may come from a generator, and more than once; each counts once."""
    executor = make(2)
    futures = [executor.submit(abs, -number) for number in range(4)]
    doubled = [*futures, *futures]
    assert functions.wait(iter(doubled), SOON) == (set(futures), set())
    completed = list(functions.as_completed(iter(doubled), SOON))
    assert sorted(future.result(0) for future in completed) == [0, 1, 2, 3]


def test_as_completed_gives_futures_in_the_order_of_their_ends(functions, make):
    """What ends first comes first, whenever it was submitted."""
    executor = make(3)
    latches = [Latch() for _ in range(3)]
    futures = [executor.submit(latch, number) for number, latch in enumerate(latches)]
    completed = functions.as_completed(futures, SOON)
    order = []
    for number in (1, 2, 0):
        latches[number].go()
        order.append(next(completed).result(0))
    assert order == [1, 2, 0]
    assert next(completed, "ended") == "ended"


def test_as_completed_gives_first_what_was_done_before(functions, make, latch):
    """Done futures come at once, also with no time to wait; then time is up."""
    executor = make(2)
    done, late = executor.submit(abs, -1), executor.submit(latch)
    done.result(SOON)
    completed = functions.as_completed([late, done], timeout=0)
    assert next(completed) is done
    with pytest.raises(TimeoutError, match=r"1 \(of 2\) futures unfinished"):
        next(completed)


def test_as_completed_gives_failed_and_cancelled_futures_too(functions, make, latch):
    """However a future ends, it is given."""
    executor = make(1)
    executor.submit(latch)
    latch.wait_begun()
    futures = [executor.submit(abs, -1), executor.submit(divmod, 1, 0), executor.submit(abs, -1)]
    futures[2].cancel()
    latch.go()
    assert set(functions.as_completed(futures, SOON)) == set(futures)


def test_as_completed_lets_go_of_what_it_has_given(functions, make):
    """A loop over many futures keeps none of their results."""
    executor = make(1)
    futures = [executor.submit(set) for _ in range(4)]
    concurrent.futures.wait(futures, SOON)
    completed = functions.as_completed(futures, SOON)
    del futures
    for _ in range(4):
        reference = weakref.ref(next(completed))
        gc.collect()
        until(lambda ref=reference: ref() is None, what="the future was let go")


def test_an_abandoned_as_completed_disturbs_nobody(functions, make, latch):
    """A loop that was left early takes its waiter back."""
    executor = make(2)
    futures = [executor.submit(abs, -1), executor.submit(latch, 2)]
    completed = functions.as_completed(futures, SOON)
    assert next(completed) is futures[0]
    completed.close()
    latch.go()
    assert futures[1].result(SOON) == 2


def test_many_threads_may_wait_for_the_same_future(functions, make, latch):
    """All of them are told: in result(), wait() and as_completed()."""
    future, told = make(1).submit(latch, 42), []
    waits = [
        lambda: future.result(SOON),
        lambda: functions.wait([future], SOON).done.pop().result(0),
        lambda: next(functions.as_completed([future], SOON)).result(0),
    ]
    threads = [
        threading.Thread(target=lambda call=call: told.append(call()))
        for call in itertools.chain(waits, waits, waits)
    ]
    for thread in threads:
        thread.start()
    latch.go()
    for thread in threads:
        thread.join(SOON)
    assert told == [42] * 9


def test_futures_of_everybody_can_be_waited_for_together(functions, latch):
    """Of the stdlib's pool, of ours, of a group, and made by hand, in one wait."""
    with (
        concurrent.futures.ThreadPoolExecutor(1) as theirs,
        pausable.futures.ThreadPoolExecutor(2) as ours,
    ):
        lone, theirs_lone = pausable.futures.Future(), concurrent.futures.Future()
        futures = [
            theirs.submit(latch, 1),
            ours.submit(latch, 2),
            ours.group("part").submit(latch, 3),
            lone,
            theirs_lone,
        ]
        assert functions.wait(futures, 0).not_done == set(futures)
        completed = functions.as_completed(futures, SOON)
        lone.set_result(4)
        assert next(completed) is lone
        theirs_lone.set_result(5)
        assert next(completed) is theirs_lone
        latch.go()
        assert sorted(future.result(0) for future in completed) == [1, 2, 3]
        assert functions.wait(futures, SOON).done == set(futures)
