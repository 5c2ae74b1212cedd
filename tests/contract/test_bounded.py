"""`queue_size`: a submit waits while so many tasks are queued; nobody is forgotten."""

from __future__ import annotations

import queue
import threading

import pytest
from contract.implementations import SOON
from helpers import until
from workloads import background

from pausable import TaskStopped, ThreadPoolExecutor, current_task
from pausable._core.room import Room


def submit_in_background(pool, *calls):
    """Submit on a thread of its own; what came of it is in `.said`, call by call."""
    said = []

    def run() -> None:
        for call in calls:
            try:
                said.append(pool.submit(*call))
            except RuntimeError as error:
                said.append(error)

    thread = threading.Thread(target=run)
    thread.said = said
    thread.start()
    return thread


def waiting(pool) -> int:
    """Count who waits for room."""
    return len(pool._p_node.pool.room._waiters)


@pytest.fixture
def full(latch):
    """Give a pool of one worker with two tasks in a queue of two, and what lets its first task go."""
    with ThreadPoolExecutor(1, queue_size=2) as pool:
        pool.submit(latch)
        latch.wait_begun()
        pool.submit(int)
        pool.submit(int)
        yield pool
        latch.go()
        pool.resume()


def test_a_submit_waits_for_room(full, latch):
    """It is done when a task has started."""
    thread = submit_in_background(full, (abs, -1))
    until(lambda: waiting(full) == 1)
    assert thread.said == []
    assert full.status().queued == 2
    latch.go()
    thread.join(SOON)
    assert thread.said[0].result(SOON) == 1


def test_a_cancel_makes_room(full):
    """Of any that is queued."""
    thread = submit_in_background(full, (abs, -1))
    until(lambda: waiting(full) == 1)
    assert full.tasks()[-1].cancel()
    thread.join(SOON)
    assert len(thread.said) == 1


def test_a_stop_of_the_pool_makes_room(full):
    """All that is queued is cancelled."""
    threads = [submit_in_background(full, (abs, -1)) for _ in range(2)]
    until(lambda: waiting(full) == 2)
    full.stop()
    for thread in threads:
        thread.join(SOON)
        assert len(thread.said) == 1


def test_the_end_of_the_pool_ends_the_wait(full):
    """The submit is refused, as any other."""
    thread = submit_in_background(full, (abs, -1))
    until(lambda: waiting(full) == 1)
    full.shutdown(wait=False)
    thread.join(SOON)
    assert "after shutdown" in str(thread.said[0])


def test_while_it_is_paused_nothing_makes_room(latch):
    """A resume does."""
    with ThreadPoolExecutor(1, queue_size=1) as pool:
        pool.pause("for a test")
        pool.submit(int)
        thread = submit_in_background(pool, (abs, -1))
        until(lambda: waiting(pool) == 1)
        pool.resume()
        thread.join(SOON)
        assert thread.said[0].result(SOON) == 1


def test_groups_count(full):
    """The bound is that of the pool."""
    thread = submit_in_background(full.group("part"), (abs, -1))
    until(lambda: waiting(full) == 1)
    full.tasks()[-1].cancel()
    thread.join(SOON)
    assert len(thread.said) == 1


def test_a_task_that_waits_for_room_counts_as_at_rest_and_gives_its_slot():
    """Else a pool of one would wait for itself."""

    def more(left: int) -> int:
        return pool.submit(more, left - 1) and left if left else 0

    with ThreadPoolExecutor(1, queue_size=1) as pool:

        def flood() -> list[object]:
            return [pool.submit(abs, -number) for number in range(20)]

        futures = pool.submit(flood).result(SOON)
        assert [future.result(SOON) for future in futures] == list(range(20))
        assert pool.submit(more, 20).result(SOON) == 20


def test_a_task_that_waits_for_room_can_be_stopped():
    """The wait ends, and nobody waits for its sake any more."""
    with ThreadPoolExecutor(1, queue_size=1) as pool:
        held, is_full = pool.group("held"), threading.Event()
        held.pause("so that the queue stays full")

        def flood() -> None:
            assert is_full.wait(SOON)
            while True:
                pool.submit(int)

        future = pool.submit(flood)
        held.submit(int)
        is_full.set()
        until(lambda: waiting(pool) == 1)
        future.stop("for a test")
        with pytest.raises(TaskStopped):
            future.result(SOON)
        assert waiting(pool) == 0
        held.resume()


def test_room_that_a_stopped_task_has_found_is_for_the_next(full, monkeypatch):
    """Who is stopped after he has found it does not take it with him."""
    monkeypatch.setattr("pausable.scopes.patience._AT_FIRST", 3600.0)
    take = Room.take

    def stopping(*given) -> bool:
        has_room = take(*given)
        if has_room and current_task() is future:
            future.stop("for a test")
        return has_room

    with ThreadPoolExecutor(1) as other:
        future = other.submit(full.submit, abs, -1)
        until(lambda: waiting(full) == 1)
        late = background(full.submit, abs, -2)
        until(lambda: waiting(full) == 2)
        monkeypatch.setattr(Room, "take", stopping)
        full.tasks()[-1].cancel()
        with pytest.raises(TaskStopped):
            future.result(SOON)
        assert late.result(SOON)


def test_who_waits_is_let_in_when_the_bound_is_taken_away(full, monkeypatch):
    """As by a program that gives the pool a queue without one."""
    monkeypatch.setattr("pausable.scopes.patience._AT_FIRST", 3600.0)
    waiters = [background(full.submit, abs, -1) for _ in range(3)]
    until(lambda: waiting(full) == 3)
    full._work_queue = queue.SimpleQueue()
    for each in waiters:
        assert each.result(SOON)


@pytest.mark.parametrize("workers", [1, 4])
def test_many_submitters_and_never_more_than_the_bound(workers):
    """All tasks run, and at no look are there more in the queue."""
    most, ran = 0, []
    with ThreadPoolExecutor(workers, queue_size=3) as pool:

        def look(number: int) -> None:
            nonlocal most
            most = max(most, pool._work_queue.qsize())
            ran.append(number)

        threads = [
            submit_in_background(pool, *[(look, 100 * n + i) for i in range(100)]) for n in range(6)
        ]
        for thread in threads:
            thread.join(SOON)
        cancelled = sum(future.cancelled() for thread in threads for future in thread.said)
    assert sorted(ran) == list(range(600))
    assert cancelled == 0
    assert most <= 3


def test_map_waits_for_room_too():
    """It submits as others do."""
    with ThreadPoolExecutor(2, queue_size=2) as pool:
        assert list(pool.map(abs, range(200))) == list(range(200))
        assert list(pool.map(abs, range(200), chunksize=7)) == list(range(200))


def test_ctrl_c_while_waiting_leaves_nobody_waiting(full, monkeypatch):
    """Those behind are not kept."""
    from pausable.scopes import submission as submitting  # noqa: PLC0415

    class Interrupted:
        def park(self, _timeout: float | None = None) -> None:
            raise KeyboardInterrupt

        def wake(self) -> None:
            pass

    monkeypatch.setattr(submitting, "Parker", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        full.submit(abs, -1)
    assert waiting(full) == 0
    monkeypatch.undo()
    late = background(full.submit, abs, -1)
    until(lambda: waiting(full) == 1)
    full.tasks()[-1].cancel()
    assert late.result(SOON)


@pytest.mark.parametrize("size", [0, -1, 2.5, "3", []])
def test_bad_sizes(size):
    """They are refused where they are given."""
    with pytest.raises((TypeError, ValueError), match="queue_size"):
        ThreadPoolExecutor(1, queue_size=size)
