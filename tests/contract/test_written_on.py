"""Programs keep their own facts on futures and pools; what they write is theirs, and changes nothing."""

from __future__ import annotations

from concurrent.futures import Future as StdlibFuture
from concurrent.futures import ThreadPoolExecutor as StdlibPool

import pytest
from contract.implementations import SOON
from workloads import Loop

from pausable import Future, TaskStopped, ThreadPoolExecutor

ON_FUTURES = {
    name
    for cls in Future.__mro__
    for name in {**vars(cls), **dict.fromkeys(getattr(cls, "__slots__", ()))}
    if not name.startswith("_") and not hasattr(StdlibFuture, name)
} | {"args", "kwargs", "fn", "context", "node", "gate", "rest", "seat", "label", "number", "task"}

# A pool's `max_workers` is more than a word of its own: see below.
ON_POOLS = {
    name
    for cls in ThreadPoolExecutor.__mro__
    for name in vars(cls)
    if not name.startswith("_") and not hasattr(StdlibPool, name) and name != "max_workers"
} | {"_node", "_crew", "_groups", "_name", "_parent", "_lock", "_limits", "node", "state"}


@pytest.mark.parametrize("name", sorted(ON_FUTURES))
def test_what_is_written_on_a_future_is_the_programs(make_submitter, latch, name):
    """Whatever its name is: the call is made as it was submitted, and it ends."""
    executor = make_submitter(1)
    executor.submit(latch)
    queued = executor.submit(divmod, 7, 2)
    setattr(queued, name, [name])
    latch.go()
    assert queued.result(SOON) == (3, 1)
    assert getattr(queued, name) == [name]
    over = executor.submit(abs, -1)
    setattr(over, name, None)
    assert over.result(SOON) == 1


@pytest.mark.parametrize("name", sorted(ON_FUTURES))
def test_it_does_not_disturb_a_pause_either(name):
    """Neither a pause of the pool, nor a status, nor a stop."""
    loop = Loop()
    with ThreadPoolExecutor(1) as pool:
        running, queued = pool.submit(loop), pool.submit(abs, -1)
        assert loop.began.wait(SOON)
        for future in (running, queued):
            setattr(future, name, [name])
        with pool.pause("for a test", timeout=SOON):
            pool.submit(abs, -2).cancel()
            assert pool.tasks() == [running, queued]
            assert [task.state for task in pool.status().tasks] == ["resting", "queued"]
        assert pool.stop("for a test") == 2
        for future in (running, queued):
            with pytest.raises(TaskStopped, match="for a test"):
                future.result(SOON)


@pytest.mark.parametrize("name", sorted(ON_POOLS))
def test_what_a_subclass_keeps_is_its_own(make_pool, name):
    """Before its constructor calls ours, and after: as with the stdlib's."""
    base = make_pool.implementation.make_pool

    class Before(base):
        def __init__(self) -> None:
            setattr(self, name, "before")
            super().__init__(1)

    class After(base):
        def __init__(self) -> None:
            super().__init__(1)
            setattr(self, name, "after")

    class Defined(base):
        pass

    setattr(Defined, name, "defined")
    for cls, kept in ((Before, "before"), (After, "after"), (Defined, "defined")):
        with cls() as executor:
            assert executor.submit(abs, -1).result(SOON) == 1
            assert list(executor.map(abs, [-1, -2])) == [1, 2]
            assert getattr(executor, name) == kept
            assert cls.__name__ in repr(executor)


@pytest.mark.parametrize("own", [None, 3, 2.0, "as many as it takes", 0, object()])
def test_a_subclass_may_have_a_max_workers_of_its_own(make_pool, own):
    """It reads what it has written, whatever that is."""
    base = make_pool.implementation.make_pool

    class Before(base):
        def __init__(self) -> None:
            self.max_workers = own
            super().__init__(2)

    class After(base):
        def __init__(self) -> None:
            super().__init__(2)
            self.max_workers = own

    for cls in (Before, After):
        with cls() as executor:
            assert executor.max_workers is own
            assert executor.submit(abs, -1).result(SOON) == 1


def test_a_subclass_may_have_a_property_of_that_name(make_pool):
    """One that says what the stdlib's private attribute says."""

    class Telling(make_pool.implementation.make_pool):
        @property
        def max_workers(self) -> int:
            return self._max_workers

    with Telling(3) as executor:
        assert executor.max_workers == 3
        assert repr(executor)
        assert executor.submit(abs, -1).result(SOON) == 1


def test_a_subclass_of_ours_is_resized_all_the_same():
    """As a pool is; what it reads is what it has set."""

    class Mine(ThreadPoolExecutor):
        pass

    with Mine(1) as pool:
        pool.max_workers = 4
        assert (pool.max_workers, pool._max_workers, pool.status().max_workers) == (4, 4, 4)
