"""joblib's `Parallel` on a pool: it rests between items, and its errors and results are joblib's."""

from __future__ import annotations

import multiprocessing
import os
import threading
import time

import pytest
from helpers import until
from start_methods import METHODS, servers_of_multiprocessing  # noqa: F401 - a fixture

import pausable
from pausable import ProcessPoolExecutor, TaskStopped, ThreadPoolExecutor, checkpoint
from pausable._core.derived import validate

joblib = pytest.importorskip("joblib", reason="needs the extra joblib")
Backend = pytest.importorskip("pausable.joblib").Backend

SOON = 20.0


@pytest.fixture
def pool():
    with ThreadPoolExecutor(3) as pool:
        yield pool
        pool.resume()
    assert not validate(pool._p_node.pool)


@pytest.fixture
def configured(pool):
    with joblib.parallel_config("pausable", pool=pool):
        yield pool


def calls(fn, items):
    return (joblib.delayed(fn)(item) for item in items)


def square(number):
    return number * number


class Walk:
    """Goes round over a checkpoint for each item, until it is let go."""

    def __init__(self):
        self.rounds = 0
        self.go = threading.Event()

    def __call__(self, item):
        while not self.go.is_set():
            checkpoint()
            self.rounds += 1
            time.sleep(0.0005)
        return item


class Call(threading.Thread):
    """A call of `Parallel` on a thread of its own, where the pool is configured."""

    def __init__(self, pool, fn, items, **options):
        super().__init__(daemon=True)
        self.call = (pool, fn, items, options)
        self.outcome = None
        self.start()

    def run(self):
        pool, fn, items, options = self.call
        with joblib.parallel_config("pausable", pool=pool):
            try:
                self.outcome = joblib.Parallel(**options)(calls(fn, items))
            except BaseException as error:  # noqa: BLE001 - the test looks at it
                self.outcome = error

    def result(self):
        self.join(SOON)
        return self.outcome


def test_it_gives_what_joblib_gives(configured):
    """In order, as a generator, unordered, and for no items; on the threads of the pool."""
    parallel = joblib.Parallel()
    expected = [square(number) for number in range(50)]
    assert parallel(calls(square, range(50))) == expected
    assert parallel([]) == []
    assert list(joblib.Parallel(return_as="generator")(calls(square, range(50)))) == expected
    unordered = joblib.Parallel(return_as="generator_unordered")(calls(square, range(50)))
    assert sorted(unordered) == expected
    names = joblib.Parallel()(
        joblib.delayed(lambda: threading.current_thread().name)() for _ in "abc"
    )
    assert all(name.startswith(configured.name) for name in names)
    assert configured.status().groups["joblib of 3"].done > 0


def test_no_more_run_at_once_than_it_is_asked_for(pool):
    """And no more than the pool lets."""
    for asked, count in ((2, 2), (99, 3), (-1, 3), (-2, 2), (None, 3)):
        with joblib.parallel_config("pausable", pool=pool):
            assert joblib.Parallel(n_jobs=asked)._effective_n_jobs() == count
    walk = Walk()
    call = Call(pool, walk, range(5), n_jobs=2)
    until(lambda: pool.status().running == 2 and walk.rounds, SOON)
    assert pool.status().groups["joblib of 2"].running == 2
    walk.go.set()
    assert call.result() == list(range(5))
    with (
        pytest.raises(ValueError, match="has no meaning"),
        joblib.parallel_config("pausable", pool=pool),
    ):
        joblib.Parallel(n_jobs=0)([])


def test_it_rests_in_the_midst_and_loses_nothing(pool):
    """Under a hold of the pool no item starts, and those that run rest."""
    walk = Walk()
    call = Call(pool, walk, range(9), n_jobs=2)
    until(lambda: pool.status().running == 2 and walk.rounds, SOON)
    with pool.pause("a look", timeout=SOON):
        rounds, status = walk.rounds, pool.status()
        assert (status.running, status.resting) == (0, 2)
        walk.go.set()
        assert (walk.rounds, call.is_alive()) == (rounds, True)
    assert call.result() == list(range(9))


def test_a_batch_rests_between_its_items(pool):
    """Also where the code of the items never asks."""
    seen, go = [], threading.Event()

    def item(number):
        seen.append(number)
        if number == 3:
            assert go.wait(SOON)
        return number

    call = Call(pool, item, range(8), n_jobs=1, batch_size=8)
    until(lambda: len(seen) == 4, SOON)
    hold = pool.pause("in the midst")
    go.set()
    assert hold.wait(SOON)
    assert seen == [0, 1, 2, 3]
    hold.release()
    assert call.result() == list(range(8))


def test_an_error_stops_the_others(pool):
    """The first is raised; what has not started never does, and what runs ends at its checkpoint."""
    walk = Walk()

    def item(number):
        if number == 1:
            until(lambda: walk.rounds, SOON)
            raise ValueError("a bad item")
        return walk(number)

    call = Call(pool, item, range(9), n_jobs=2)
    error = call.result()
    assert (type(error), str(error)) == (ValueError, "a bad item")
    until(lambda: not pool.tasks(), SOON)
    assert not walk.go.is_set()
    with joblib.parallel_config("pausable", pool=pool):
        assert joblib.Parallel()(calls(square, range(3))) == [0, 1, 4]


def test_a_stop_of_the_pool_ends_the_call(pool):
    """With the reason."""
    walk = Walk()
    call = Call(pool, walk, range(4), n_jobs=2)
    until(lambda: walk.rounds, SOON)
    pool.stop("not needed")
    error = call.result()
    assert type(error) is TaskStopped
    assert "not needed" in str(error)


def test_a_call_in_a_task_has_no_threads_of_its_own(configured):
    """Nested or not: all that runs is in the tasks of the pool."""
    before = set(threading.enumerate())
    seen = set()

    def inner(number):
        seen.add(threading.current_thread())
        return number

    def outer(number):
        return sum(joblib.Parallel(n_jobs=4)(calls(inner, range(number))))

    assert joblib.Parallel(n_jobs=2)(calls(outer, range(5))) == [0, 0, 1, 3, 6]
    # One that is too many, after a task has waited, leaves: so by their names.
    new = seen | (set(threading.enumerate()) - before)
    assert {each.name.rpartition("_")[0] for each in new} == {configured._p_crew.prefix}


def test_a_group_is_a_pool_too(pool):
    """With the limit that it has."""
    group = pool.group("search", limit=2)
    with joblib.parallel_config("pausable", pool=group):
        assert joblib.Parallel()(calls(square, range(5))) == [0, 1, 4, 9, 16]
    assert list(group.status().groups) == ["joblib of 2"]


def test_without_a_pool_each_call_has_one():
    """For as long as it takes; the process holds it."""
    walk = Walk()
    call = Call(None, walk, range(3), n_jobs=2)
    until(lambda: walk.rounds, SOON)
    with pausable.pause("all", timeout=SOON):
        assert "joblib" in [each.name.partition("-")[0] for each in pausable.pools()]
        walk.go.set()
    assert call.result() == [0, 1, 2]


def where_it_runs(number):
    checkpoint()
    return os.getpid(), number * number


def nested(number):
    return sum(joblib.Parallel(n_jobs=2)(calls(square, range(number))))


def raises(number):
    raise ValueError("a bad item")


@pytest.mark.parametrize("method", METHODS)
def test_a_pool_of_processes_is_a_pool_too(method):
    """Items run there, in the processes that it has; and they rest."""
    with (
        ProcessPoolExecutor(2, multiprocessing.get_context(method)) as pool,
        joblib.parallel_config("pausable", pool=pool),
    ):
        results = joblib.Parallel(batch_size=1)(calls(where_it_runs, range(30)))
        assert [square for _, square in results] == [number * number for number in range(30)]
        pids = {pid for pid, _ in results}
        assert len(pids) <= 2
        assert os.getpid() not in pids
        assert joblib.Parallel()(calls(nested, range(4))) == [0, 0, 1, 5]
        with pytest.raises(ValueError, match="a bad item"):
            joblib.Parallel()(calls(raises, range(4)))
        until(lambda: not pool.tasks(), SOON)  # what the error has stopped
        with pool.pause("a look", timeout=SOON):
            waiting = joblib.Parallel(return_as="generator")(calls(where_it_runs, range(4)))
            assert (pool.status().running, pool.status().queued > 0) == (0, True)
        assert [square for _, square in waiting] == [0, 1, 4, 9]


def test_what_needs_shared_memory_is_not_sent_to_processes():
    """Joblib takes a backend that has some."""
    with ProcessPoolExecutor(1) as pool, joblib.parallel_config("pausable", pool=pool):
        assert not isinstance(joblib.Parallel(require="sharedmem")._backend, Backend)
        assert isinstance(joblib.Parallel()._backend, Backend)


def test_what_is_no_pool_is_refused():
    """Where it is given."""
    with pytest.raises(TypeError, match="pool must be a pool or a group"):
        joblib.parallel_config("pausable", pool=3)


def test_a_search_of_scikit_learn_is_paused_in_the_midst():
    """Its scores are those that it has undisturbed."""
    pytest.importorskip("sklearn", reason="scikit-learn is large, and only in the group `programs`")
    from sklearn.datasets import load_digits  # noqa: PLC0415 - seldom there
    from sklearn.ensemble import RandomForestClassifier  # noqa: PLC0415
    from sklearn.model_selection import GridSearchCV  # noqa: PLC0415

    data, target = load_digits(return_X_y=True)

    def search(jobs):
        forest = RandomForestClassifier(n_estimators=10, random_state=0)
        grid = {"max_depth": [3, 5], "min_samples_leaf": [1, 3]}
        return GridSearchCV(forest, grid, cv=3, n_jobs=jobs).fit(data, target)

    plain = search(1)
    done = []
    with ThreadPoolExecutor(2) as pool:

        def pause():
            until(lambda: 2 < pool.status().done < 10, SOON)
            with pool.pause("the machine is needed", timeout=SOON):
                done.append(pool.status())
                time.sleep(0.2)  # the workload goes on, if it does
                done.append(pool.status())

        pauser = threading.Thread(target=pause)
        pauser.start()
        with joblib.parallel_config("pausable", pool=pool):
            found = search(2)
        pauser.join()
    assert done[0].done == done[1].done
    assert (done[0].running, done[0].done < 12) == (0, True)
    assert found.best_params_ == plain.best_params_
    scores = [each.cv_results_["mean_test_score"].tolist() for each in (plain, found)]
    assert scores[0] == scores[1]
