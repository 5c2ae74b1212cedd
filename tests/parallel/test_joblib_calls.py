"""Calls of joblib end as those of its own threads, and do not come into each other's way."""

from __future__ import annotations

import multiprocessing
import signal
import threading
import time
import warnings
from concurrent.futures import CancelledError

import pytest
from helpers import call_at_once, until

import pausable
from pausable import ProcessPoolExecutor, TaskStopped, ThreadPoolExecutor, checkpoint
from pausable._core.derived import validate

joblib = pytest.importorskip("joblib", reason="needs the extra joblib")
pytest.importorskip("pausable.joblib")

from pausable.joblib import Backend  # noqa: E402
from pausable.joblib import backend as made_of  # noqa: E402

SOON = 20.0
ITEMS = range(40)


@pytest.fixture
def pool():
    with ThreadPoolExecutor(4) as pool:
        yield pool
        pool.resume()
    assert not validate(pool._p_node.pool)
    assert pool.path not in dict(made_of._leases)  # its calls are over


@pytest.fixture(params=["threading", "a pool", "a pool for each"])
def as_with_threads(request, pool):
    """Configure joblib's own threads, which say what is right, and ours."""
    options = {"pool": pool} if request.param == "a pool" else {}
    name = "threading" if request.param == "threading" else "pausable"
    with joblib.parallel_config(name, **options):
        yield


@pytest.fixture(params=["a pool", "a pool for each"])
def configured(request, pool):
    options = {"pool": pool} if request.param == "a pool" else {}
    with joblib.parallel_config("pausable", **options):
        yield


def calls(fn, items=ITEMS):
    return (joblib.delayed(fn)(item) for item in items)


def step(number):
    checkpoint()
    time.sleep(0.001)
    return number


def fail_at_3(number):
    if number == 3:
        raise ValueError("a bad item") from KeyError("the cause")
    return number


# As joblib's threads.


def test_an_error_has_the_traceback_of_its_item(as_with_threads):
    """As the text of its cause, since joblib takes the traceback off."""
    with pytest.raises(ValueError, match="a bad item") as raised:
        joblib.Parallel(n_jobs=2)(calls(fail_at_3))
    said = str(raised.value.__cause__)
    assert "in fail_at_3" in said
    assert "KeyError: 'the cause'" in said


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("return_as", ["list", "generator", "generator_unordered"])
def test_what_an_item_raises_is_raised(as_with_threads, error, return_as):
    """Whatever it is, and however results are wanted."""

    def item(number):
        if number == 3:
            raise error
        return number

    with pytest.raises(error):
        list(joblib.Parallel(n_jobs=2, return_as=return_as)(calls(item)))


@pytest.mark.parametrize("return_as", ["list", "generator", "generator_unordered"])
def test_what_the_items_raise_is_raised(as_with_threads, return_as):
    """Those are made on threads of the pool, too."""

    def items():
        yield from calls(step, range(7))
        raise LookupError("no more")

    with pytest.raises(LookupError, match="no more"):
        list(joblib.Parallel(n_jobs=2, return_as=return_as)(items()))


@pytest.mark.parametrize("n_jobs", [1, 2, -1, None])
@pytest.mark.parametrize("pre_dispatch", ["all", "2*n_jobs", 1])
@pytest.mark.parametrize("batch_size", ["auto", 1, 7, 100])
def test_no_item_is_lost(as_with_threads, n_jobs, pre_dispatch, batch_size):
    """Whatever is sent out at once, and however early."""
    options = {"n_jobs": n_jobs, "pre_dispatch": pre_dispatch, "batch_size": batch_size}
    assert joblib.Parallel(**options)(calls(int)) == list(ITEMS)


def test_a_timeout_ends_a_call(as_with_threads):
    """The next one is as if nothing had been."""
    parallel, go = joblib.Parallel(n_jobs=2, timeout=0.05), threading.Event()
    try:
        with pytest.raises(multiprocessing.TimeoutError):
            parallel(calls(lambda _: go.wait(0.5), range(4)))
    finally:
        go.set()
    assert parallel(calls(int, range(3))) == [0, 1, 2]


def test_one_that_has_not_ended_is_not_called_again(as_with_threads):
    """And goes on."""
    parallel = joblib.Parallel(n_jobs=2, return_as="generator")
    results = parallel(calls(step))
    with pytest.raises(RuntimeError, match="already running"):
        parallel(calls(step))
    assert list(results) == list(ITEMS)


def test_nested_calls(as_with_threads):
    """Three levels, and one that asks for threads."""

    def outer(count):
        return joblib.Parallel(n_jobs=2)(calls(inner, range(count)))

    def inner(count):
        with joblib.parallel_config("threading", n_jobs=2):
            return sum(joblib.Parallel()(calls(step, range(count))))

    assert joblib.Parallel(n_jobs=2)(calls(outer, range(4))) == [[], [0], [0, 0], [0, 0, 1]]


def test_many_threads_call(pool):
    """Each with its own configuration, on one pool."""
    results = []

    def call():
        with joblib.parallel_config("pausable", pool=pool):
            results.extend(joblib.Parallel(n_jobs=2)(calls(step, range(9))) for _ in range(5))

    call_at_once(call, 5, SOON)
    assert results == [list(range(9))] * 25


# What is given up.


def give_up_by_error(parallel):
    with pytest.raises(ZeroDivisionError):
        list(parallel(calls(lambda number: 1 / (number - 3))))


def give_up_by_dropping(parallel):
    results = parallel(calls(step))
    next(iter(results))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # joblib says that items were lost
        del results


@pytest.mark.parametrize("give_up", [give_up_by_error, give_up_by_dropping])
@pytest.mark.parametrize("is_managed", [True, False])
def test_nothing_of_a_call_that_was_given_up_comes_into_the_next(configured, give_up, is_managed):
    """Neither a batch that was not sent out, nor one that ends just then: with joblib's threads both do."""
    for _ in range(20):
        parallel = joblib.Parallel(n_jobs=2, return_as="generator")
        if is_managed:
            with parallel:
                give_up(parallel)
                assert list(parallel(calls(step))) == list(ITEMS)
        else:
            give_up(parallel)
            assert list(parallel(calls(step))) == list(ITEMS)


def test_a_call_that_is_interrupted_while_all_is_held_leaves_nothing(pool):
    """Ctrl-C in the thread that waits."""

    def interrupt(*_):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGUSR1, interrupt)
    ready = threading.Thread(
        target=lambda: (
            until(lambda: pool.status().queued == 4, SOON),
            signal.pthread_kill(threading.main_thread().ident, signal.SIGUSR1),
        )
    )
    try:
        with pool.pause("held"), joblib.parallel_config("pausable", pool=pool):
            ready.start()
            with pytest.raises(KeyboardInterrupt):
                joblib.Parallel(n_jobs=2)(calls(step))
            assert pool.status().queued == 0
    finally:
        signal.signal(signal.SIGUSR1, before)
        ready.join(SOON)
    with joblib.parallel_config("pausable", pool=pool):
        assert joblib.Parallel(n_jobs=2)(calls(step)) == list(ITEMS)


@pytest.mark.parametrize("cancel_futures", [False, True])
@pytest.mark.parametrize("return_as", ["list", "generator_unordered"])
def test_the_end_of_the_pool_ends_a_call(cancel_futures, return_as):
    """It does not wait for batches that nobody takes."""
    pool = ThreadPoolExecutor(2)

    def item(number):
        if number == 5:
            pool.shutdown(wait=False, cancel_futures=cancel_futures)
        return step(number)

    with joblib.parallel_config("pausable", pool=pool):
        parallel = joblib.Parallel(n_jobs=2, batch_size=1, return_as=return_as)
        with pytest.raises((RuntimeError, CancelledError)):
            list(parallel(calls(item)))
        with pytest.raises(RuntimeError, match="has shut down"):
            parallel(calls(item))
    assert pool.shutdown()
    assert pool.path not in dict(made_of._leases)


# Several calls at once.


def test_calls_of_one_thread_may_go_on_at_the_same_time(configured):
    """One ends, fails, or is dropped: the others go on."""
    for other in (None, give_up_by_error, give_up_by_dropping):
        results = joblib.Parallel(n_jobs=2, return_as="generator")(calls(step))
        assert next(results) == 0
        second = joblib.Parallel(n_jobs=2, return_as="generator")
        if other is None:
            assert list(second(calls(step, range(9)))) == list(range(9))
        else:
            other(second)
        assert list(results) == list(ITEMS[1:])
    pairs = [joblib.Parallel(n_jobs=2, return_as="generator")(calls(step)) for _ in "ab"]
    assert list(zip(*pairs, strict=True)) == list(zip(ITEMS, ITEMS, strict=True))


def test_threads_may_share_a_backend(pool):
    """That was made by hand."""
    backend, results = Backend(pool), []

    def call():
        options = {"n_jobs": 2, "backend": backend}
        results.extend(joblib.Parallel(**options)(calls(step, range(9))) for _ in range(5))

    call_at_once(call, 3, SOON)
    assert results == [list(range(9))] * 15


def test_each_call_has_the_jobs_that_it_asks_for(pool):
    """Two of two jobs each are four; when they are over, their groups are taken again."""
    go, running = threading.Event(), threading.Barrier(4)

    def item(number):
        if not go.is_set():
            running.wait(SOON)
            go.set()
        return number

    def call():
        with joblib.parallel_config("pausable", pool=pool):
            outcomes.append(joblib.Parallel(n_jobs=2, batch_size=1)(calls(item, range(6))))

    outcomes = []
    call_at_once(call, 2, SOON)
    assert outcomes == [list(range(6))] * 2
    call()
    assert set(pool.status().groups) == {"joblib of 2", "joblib of 2, 2"}


def test_a_pool_may_be_given_to_one_call(pool):
    """As joblib hands on what it does not know."""
    parallel = joblib.Parallel(n_jobs=2, backend="pausable", pool=pool)
    names = parallel(calls(lambda _: threading.current_thread().name))
    assert all(each.startswith(pool.name) for each in names)
    with pytest.raises(TypeError, match="pool must be a pool"):
        joblib.Parallel(n_jobs=2, backend="pausable", pool="images")(calls(step))


# One job.


@pytest.mark.parametrize("is_managed", [True, False])
def test_one_job_is_held_too(pool, is_managed):
    """It runs on the pool, as more would: not on the thread that calls."""
    seen, outcome = [], []

    def item(number):
        seen.append(threading.current_thread())
        if number == 3:
            assert go.wait(SOON)
        return number

    def call():
        with joblib.parallel_config("pausable", pool=pool):
            parallel = joblib.Parallel(n_jobs=1, batch_size=8)
            if is_managed:
                with parallel:
                    outcome.extend(parallel(calls(item, range(8))))
            else:
                outcome.extend(parallel(calls(item, range(8))))

    go = threading.Event()
    caller = threading.Thread(target=call)
    caller.start()
    until(lambda: len(seen) == 4, SOON)
    hold = pool.pause("in the midst")
    go.set()
    assert hold.wait(SOON)
    assert (len(seen), caller in seen) == (4, False)
    hold.release()
    caller.join(SOON)
    assert outcome == list(range(8))


def test_below_one_job_there_are_as_many_as_before(configured):
    """As with joblib's threads, where one job is none: a search of one job has forests of two."""
    together = threading.Barrier(2)

    def outer(_):
        return joblib.Parallel(n_jobs=2, batch_size=1)(calls(inner, range(2)))

    def inner(number):
        together.wait(SOON)
        return number, len(joblib.Parallel(n_jobs=2)(calls(step, range(3))))

    assert joblib.Parallel(n_jobs=1)(calls(outer, range(3))) == [[(0, 3), (1, 3)]] * 3


def test_a_pool_of_one_is_held_too():
    """So is one that a call makes for itself."""
    with ThreadPoolExecutor(1) as one:
        for options in ({"pool": one}, {}):
            with joblib.parallel_config("pausable", **options):
                threads = joblib.Parallel()(calls(lambda _: threading.current_thread(), range(3)))
                assert joblib.effective_n_jobs(1) == joblib.effective_n_jobs(None) == 1
            assert threading.current_thread() not in threads
    assert not [each for each in pausable.pools() if each.name.startswith("joblib")]


# Calls by tasks of the pool itself.


@pytest.mark.parametrize(("workers", "n_jobs"), [(1, 1), (1, 2), (2, 2), (3, -1)])
def test_a_task_that_calls_takes_no_slot_meanwhile(workers, n_jobs):
    """So that it does not wait for itself."""

    def call():
        with joblib.parallel_config("pausable", pool=pool):
            return joblib.Parallel(n_jobs=n_jobs)(calls(step, range(9)))

    with ThreadPoolExecutor(workers) as pool:
        futures = [pool.submit(call) for _ in range(3)]
        assert [each.result(SOON) for each in futures] == [list(range(9))] * 3


def test_a_task_that_calls_rests_and_stops():
    """With its batches."""
    with ThreadPoolExecutor(2) as pool:

        def call():
            with joblib.parallel_config("pausable", pool=pool):
                return joblib.Parallel(n_jobs=2)(calls(goes_round, range(4)))

        def goes_round(_):
            while True:
                step(0)

        future = pool.submit(call)
        try:
            # It waits, which is rest, and has two batches.
            until(lambda: (pool.status().running, pool.status().resting) == (2, 1), SOON)
            with pool.pause("a look", timeout=SOON):
                assert (pool.status().running, pool.status().resting) == (0, 3)
        finally:
            future.stop("not needed")
        with pytest.raises(TaskStopped, match="not needed"):
            future.result(SOON)
        until(lambda: not pool.tasks(), SOON)


# Under holds that come and go.


@pytest.mark.parametrize("batch_size", [1, 7, "auto"])
def test_nothing_is_lost_while_holds_come_and_go(pool, batch_size):
    """While batches are sent out, run and end."""
    over = threading.Event()

    def toggle():
        while not over.is_set():
            with pool.pause("a moment"):
                time.sleep(0.001)
            time.sleep(0.001)

    toggling = threading.Thread(target=toggle)
    toggling.start()
    try:
        with joblib.parallel_config("pausable", pool=pool):
            parallel = joblib.Parallel(n_jobs=2, batch_size=batch_size)
            assert parallel(calls(step, range(100))) == list(range(100))
    finally:
        over.set()
        toggling.join(SOON)


def test_a_stop_ends_each_call_and_none_after_it(pool):
    """Also of a `Parallel` that is called again."""

    def goes_round(_):
        while True:
            step(0)

    def call():
        with joblib.parallel_config("pausable", pool=pool):
            parallel = joblib.Parallel(n_jobs=2)
            for _ in range(8):
                with pytest.raises(TaskStopped, match="not needed"):
                    parallel(calls(goes_round))
                results.append(parallel(calls(step, range(3))))

    results = []
    caller = threading.Thread(target=call)
    caller.start()
    for at in range(8):
        until(lambda at=at: len(results) == at and pool.status().running == 2, SOON)
        pool.stop("not needed")
    caller.join(SOON)
    assert results == [[0, 1, 2]] * 8


def one(number):
    return number


def test_one_job_of_a_pool_of_processes():
    """Runs there, and its errors have their tracebacks."""
    with ProcessPoolExecutor(1) as pool, joblib.parallel_config("pausable", pool=pool):
        assert joblib.Parallel(n_jobs=1)(calls(one, range(5))) == list(range(5))
        with pytest.raises(ValueError, match="a bad item") as raised:
            joblib.Parallel(n_jobs=1)(calls(fail_at_3))
        assert "in fail_at_3" in str(raised.value.__cause__)
