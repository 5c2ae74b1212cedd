"""Submits meet everything else: in the moment between the append and the look, and at any line.

First in steps: the submitter is stopped before or after its append, or where it takes the lock, and
what would have come in between happens then. Then all schedules with one preemption at any line.
"""

from __future__ import annotations

import threading
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from core.fakes import new_task
from core.janky import JankyLock
from futures.interleaving import Interleaving, schedules
from futures.scripted import scripted_pool, use_script
from helpers import until
from workloads import Stuck, background, make_pool

from pausable._core import queue
from pausable._core.gil import HAS_GIL
from pausable._core.pool import Pool
from pausable._core.queue import Queue

if TYPE_CHECKING:
    from collections.abc import Callable

    from pausable import Future, ThreadPoolExecutor

__all__ = ["make_pool"]

pytestmark = pytest.mark.skipif(not HAS_GIL, reason="here submits take the lock")
SOON = 20.0


class ScriptedQueue(Queue):
    """A queue before and after whose next append, and before whose next clearing, others come."""

    def __init__(self) -> None:
        super().__init__()
        self.before_append: Callable[[], object] | None = None
        self.after_append: Callable[[], object] | None = None
        self.before_extendleft: Callable[[], object] | None = None

    def append(self, task: Any) -> None:
        self._step("before_append")
        super().append(task)
        self._step("after_append")

    def extendleft(self, tasks: Any) -> None:
        self._step("before_extendleft")
        super().extendleft(tasks)

    def _step(self, name: str) -> None:
        step = getattr(self, name)
        setattr(self, name, None)
        if step is not None:
            step()


def forget_ring(pool) -> None:
    """Let somebody look who finds a free slot and no task: the scope takes no turns any more."""
    before = pool.max_workers
    pool.max_workers = before + 1
    pool.max_workers = before


class Scene:
    """A pool whose submitter is stopped, the main thread being the submitter."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self.pool = pool
        self.state = pool._p_node.pool
        self.queue = pool._p_node.queue = ScriptedQueue()
        self.ran: list[object] = []
        self.submitted = 0

    def idle_worker(self) -> None:
        """Let the pool have a worker that waits for a task."""
        self.submit().result(SOON)
        until(
            lambda: (
                len(self.state.seats.idle) == len(self.state.seats) and not self.state.seats.called
            )
        )
        self.state.is_plain = False  # or it would be handed the task: `test_handing_over.py`

    def busy_worker(self) -> Stuck:
        """Let a worker be busy."""
        stuck = Stuck()
        self.submitted += 1
        self.pool.submit(stuck).add_done_callback(lambda _: self.ran.append(0))
        assert stuck.began.wait(SOON)
        return stuck

    def forget_ring(self) -> None:
        """Let the scope take no turns: somebody has looked and found nothing."""
        forget_ring(self.pool)
        assert not self.pool._p_node.turn.in_ring

    def submit(self) -> Future[Any]:
        """Submit a task that can be seen to have run."""
        self.submitted += 1
        return self.pool.submit(self.ran.append, self.submitted)

    def stopped(self, meanwhile: Callable[[], object], *, before: bool = False) -> Future[Any]:
        """Submit a task; between its append and the look (or *before*) something else happens."""
        self.state.is_plain = False
        setattr(self.queue, "before_append" if before else "after_append", meanwhile)
        future = self.submit()
        assert self.queue.before_append is self.queue.after_append is None
        return future

    def refused(self, meanwhile: Callable[[], object], *, before: bool = False) -> None:
        """Submit a task that comes too late."""
        with pytest.raises(RuntimeError, match="after shutdown"):
            self.stopped(meanwhile, before=before)
        self.submitted -= 1

    def over(self, *, cancelled: int = 0) -> None:
        """Check that each task ran once, or was cancelled, and that nothing is left."""
        until(lambda: len(self.ran) >= self.submitted - cancelled)
        assert self.pool.shutdown(timeout=SOON), self.pool.status()
        assert len(self.ran) == self.submitted - cancelled
        assert len(set(self.ran) - {0}) == len(self.ran) - self.ran.count(0)
        status = self.pool.status()
        assert (status.queued, status.running, status.resting) == (0, 0, 0)
        assert status.done == self.submitted
        node = self.pool._p_node
        assert (node.slots.taken, node.slots.active, node.queue.tombstones) == (
            0,
            0,
            len(node.queue),
        )
        assert (len(self.state.seats.called), self.state.seats, list(self.state.seats.idle)) == (
            0,
            set(),
            [],
        )


@pytest.fixture
def scene(make_pool) -> Scene:
    """Give a pool of one worker."""
    return Scene(make_pool(1))


# Workers come and go.


def test_the_last_worker_goes_idle_meanwhile(scene) -> None:
    """It did not see the task, whose scope takes no turns: the submitter sees that, and calls it."""
    stuck = scene.busy_worker()
    scene.forget_ring()

    def meanwhile() -> None:
        stuck.go.set()
        until(lambda: scene.state.seats.idle)

    scene.stopped(meanwhile).result(SOON)
    scene.over()


def test_the_last_worker_goes_idle_before_the_append(scene) -> None:
    """The submitter finds a free slot, and calls it."""
    stuck = scene.busy_worker()

    def meanwhile() -> None:
        stuck.go.set()
        until(lambda: scene.state.seats.idle)

    scene.stopped(meanwhile, before=True).result(SOON)
    scene.over()


def test_the_worker_takes_the_task_before_the_submitter_looks(scene) -> None:
    """It has run by then: it does not run again."""
    stuck = scene.busy_worker()
    assert scene.pool._p_node.turn.in_ring

    def meanwhile() -> None:
        stuck.go.set()
        until(lambda: scene.ran == [0, 2])
        until(lambda: scene.state.seats.idle)

    assert scene.stopped(meanwhile).done()
    scene.over()


@pytest.mark.parametrize("is_busy", [False, True])
def test_another_submit_comes_first(scene, is_busy) -> None:
    """Its submitter looks for both: each task runs once, in the order of the queue."""
    if is_busy:
        stuck = scene.busy_worker()
    scene.stopped(scene.submit)
    if is_busy:
        stuck.go.set()
    scene.over()


def test_the_worker_is_called_for_others_and_comes_late(scene) -> None:
    """A worker that is coming has not looked yet: the submitter may rely on it."""
    scene.idle_worker()
    (seat,) = scene.state.seats.idle
    wakes: list[object] = []
    lock = seat._lock
    late = {
        "release": lambda _: wakes.append(1),
        "acquire": lambda _, **given: lock.acquire(**given),
    }
    seat._lock = type("Late", (), late)()
    first = scene.submit()  # calls the worker, which does not hear it yet
    assert len(scene.state.seats.called) == 1
    second = scene.submit()  # relies on that
    assert wakes
    seat._lock = lock
    seat.wake()
    first.result(SOON)
    second.result(SOON)
    scene.over()


@pytest.mark.parametrize("is_alone", [True, False])
def test_a_thread_that_cannot_be_started_meanwhile(make_pool, monkeypatch, is_alone) -> None:
    """Who relied on the worker that was coming, and does not, is not left behind."""
    scene = Scene(make_pool(1 if is_alone else 2))
    if not is_alone:
        stuck = scene.busy_worker()
    relied: list[Future[Any]] = []

    def cannot(thread: threading.Thread) -> None:
        monkeypatch.undo()
        relied.append(scene.submit())  # in time to see the worker coming
        message = "can't start new thread"
        raise RuntimeError(message)

    monkeypatch.setattr(threading.Thread, "start", cannot)
    if is_alone:
        with pytest.raises(RuntimeError, match="can't start new thread"):
            scene.submit()
    else:
        scene.submit()
        stuck.go.set()
    until(lambda: all(future.done() for future in relied), what="the task that relied on it ends")
    assert scene.ran[-1] == scene.submitted
    scene.over(cancelled=int(is_alone))


def test_the_initializer_fails_meanwhile(make_pool) -> None:
    """The task fails with its pool; or it is refused."""
    failing = threading.Event()

    def initialize() -> None:
        assert failing.wait(SOON)
        raise LookupError

    scene = Scene(make_pool(1, initializer=initialize))
    first = scene.submit()

    def meanwhile() -> None:
        failing.set()
        until(first.done)

    second = scene.stopped(meanwhile)
    assert isinstance(second.exception(SOON), RuntimeError)
    assert scene.ran == []
    with pytest.raises(RuntimeError, match="initializer failed"):
        scene.submit()
    assert scene.pool.shutdown(timeout=SOON)
    assert scene.pool.status().queued == 0
    assert scene.pool.status().done == 2


@pytest.mark.parametrize("change", [(1, 2), (2, 1), (1, 3)], ids=str)
def test_max_workers_changes_meanwhile(make_pool, change) -> None:
    """The task runs: at once with the new worker, or when the old one is free."""
    before, after = change
    scene = Scene(make_pool(before))
    stuck = scene.busy_worker()

    def meanwhile() -> None:
        scene.pool.max_workers = after

    future = scene.stopped(meanwhile)
    if after > 1:
        future.result(SOON)
    stuck.go.set()
    scene.over()


# Shutdowns.


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("has_worker", [True, False])
def test_a_shutdown_meanwhile(scene, has_worker, before) -> None:
    """The task has not started: it is refused, nothing of it is left, and workers leave."""
    if has_worker:
        scene.idle_worker()
    scene.refused(lambda: scene.pool.shutdown(wait=False), before=before)
    assert len(scene.queue) == scene.pool._p_node.queue.tombstones
    scene.over()


def test_a_shutdown_meanwhile_and_the_worker_is_busy(scene) -> None:
    """The task is refused, and the worker does not run it."""
    stuck = scene.busy_worker()
    scene.refused(lambda: scene.pool.shutdown(wait=False))
    stuck.go.set()
    scene.over()


def test_a_shutdown_meanwhile_but_the_task_has_run(scene) -> None:
    """The worker was faster than the submitter: the task was accepted."""
    stuck = scene.busy_worker()

    def meanwhile() -> None:
        scene.pool.shutdown(wait=False)
        stuck.go.set()
        until(lambda: len(scene.ran) == 2)

    scene.stopped(meanwhile).result(SOON)
    scene.over()


def test_a_shutdown_meanwhile_has_cancelled_the_task(scene) -> None:
    """It was in time to be cancelled with the others."""
    stuck = scene.busy_worker()

    def meanwhile() -> None:
        scene.pool.shutdown(wait=False, cancel_futures=True)

    assert scene.stopped(meanwhile).cancelled()
    stuck.go.set()
    scene.over(cancelled=1)


@pytest.mark.parametrize("has_worker", [True, False])
def test_a_shutdown_that_waits_has_returned_before_the_append(scene, has_worker) -> None:
    """The task is refused, and nothing of it is left."""
    if has_worker:
        scene.idle_worker()

    def meanwhile() -> None:
        assert background(scene.pool.shutdown).result(SOON)

    scene.refused(meanwhile, before=True)
    scene.over()


@pytest.mark.parametrize("has_worker", [True, False])
def test_a_shutdown_waits_meanwhile(scene, has_worker) -> None:
    """It sees the task, and waits for it until the submitter is refused."""
    if has_worker:
        scene.idle_worker()
    shutdowns = []

    def meanwhile() -> None:
        shutdowns.append(background(scene.pool.shutdown))
        until(lambda: scene.pool._p_node.waiters.shutdowns)

    scene.refused(meanwhile)
    assert shutdowns[0].result(SOON)
    scene.over()


def test_a_shutdown_that_waits_has_returned_after_the_append(scene) -> None:
    """The worker was faster: it has run the task, and has left, when the submitter looks."""
    stuck = scene.busy_worker()

    def meanwhile() -> None:
        shutdown = background(scene.pool.shutdown)
        until(lambda: scene.pool._p_node.waiters.shutdowns)
        stuck.go.set()
        assert shutdown.result(SOON)

    assert scene.stopped(meanwhile).done()
    scene.over()


@pytest.mark.parametrize("has_worker", [True, False])
def test_a_shutdown_after_the_look(scene, has_worker) -> None:
    """It comes when the submitter is about to take the lock: the task is refused."""
    if has_worker:
        scene.idle_worker()
    scene.state.lock = lock = JankyLock(scene.state.lock)

    def meanwhile() -> None:  # the append is over: next it looks, and then comes the lock
        lock.before_acquire = [lambda: scene.pool.shutdown(wait=False)]

    scene.refused(meanwhile)
    assert lock.before_acquire == []
    scene.over()


# Pauses.


def test_paused_meanwhile(scene) -> None:
    """The task does not start before the resume."""
    scene.idle_worker()
    future = scene.stopped(lambda: scene.pool.pause("x"))
    until(lambda: scene.state.seats.idle)
    assert not future.running()
    assert scene.pool.status().queued == 1
    scene.pool.resume()
    future.result(SOON)
    scene.over()


def test_paused_after_the_look(scene) -> None:
    """It comes when the submitter is about to take the lock: the task does not start."""
    scene.idle_worker()
    scene.state.lock = lock = JankyLock(scene.state.lock)

    def meanwhile() -> None:
        lock.before_acquire = [lambda: scene.pool.pause("x")]

    future = scene.stopped(meanwhile)
    assert not future.running()
    assert not scene.state.seats.called
    scene.pool.resume()
    future.result(SOON)
    scene.over()


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("is_busy", [True, False])
def test_resumed_meanwhile(scene, is_busy, before) -> None:
    """The task was not seen, or seen: it runs once."""
    stuck = scene.busy_worker() if is_busy else None
    scene.pool.pause("x")
    future = scene.stopped(scene.pool.resume, before=before)
    if stuck:
        stuck.go.set()
    future.result(SOON)
    scene.over()


@pytest.mark.parametrize("is_busy", [True, False])
def test_paused_and_resumed_meanwhile(scene, is_busy) -> None:
    """As if nothing had happened."""
    stuck = scene.busy_worker() if is_busy else None

    def meanwhile() -> None:
        scene.pool.pause("x")
        scene.pool.resume()

    future = scene.stopped(meanwhile)
    if stuck:
        stuck.go.set()
    future.result(SOON)
    scene.over()


def test_the_task_itself_is_paused_meanwhile(scene) -> None:
    """It is put aside until it is resumed; others run."""
    scene.idle_worker()

    def meanwhile() -> None:
        (task,) = scene.pool.tasks()
        task.pause("x")

    future = scene.stopped(meanwhile)
    scene.submit().result(SOON)
    assert not future.running()
    future.resume()
    future.result(SOON)
    scene.over()


# Cancels and stops.


@pytest.mark.parametrize("is_paused", [True, False])
@pytest.mark.parametrize("end", ["cancel", "stop"])
def test_cancelled_meanwhile(scene, end, is_paused) -> None:
    """Somebody has found the task in the pool's list: it does not run, and is counted once."""
    scene.idle_worker()
    if is_paused:
        scene.pool.pause("x")

    def meanwhile() -> None:
        (task,) = scene.pool.tasks()
        assert getattr(task, end)()

    assert scene.stopped(meanwhile).cancelled()
    scene.pool.resume()
    scene.over(cancelled=1)


def test_another_task_is_cancelled_meanwhile(scene) -> None:
    """Its tombstone does not hide the new task."""
    stuck = scene.busy_worker()
    other = scene.submit()
    future = scene.stopped(other.cancel)
    stuck.go.set()
    future.result(SOON)
    scene.over(cancelled=1)


def test_the_queue_is_cleared_of_tombstones_meanwhile(scene) -> None:
    """The new task stays in it, behind those that were there."""
    scene.pool.pause("x")
    futures = [scene.submit() for _ in range(1100)]

    def meanwhile() -> None:
        for future in futures[20:]:
            assert future.cancel()
        assert len(scene.queue) < 100

    future = scene.stopped(meanwhile)
    assert scene.pool.status().queued == 21
    scene.pool.resume()
    future.result(SOON)
    assert scene.ran == [*range(1, 21), 1101]
    scene.over(cancelled=1080)


@pytest.mark.parametrize("is_busy", [True, False])
def test_submits_while_the_queue_is_being_cleared(scene, is_busy) -> None:
    """The clearer has taken all entries out, and not put back those that stay."""
    stuck = scene.busy_worker() if is_busy else None
    if not is_busy:
        scene.pool.pause("x")
    futures = [scene.submit() for _ in range(1100)]
    first = scene.submitted + 1
    fresh: list[Future[Any]] = []

    def meanwhile() -> None:
        assert len(scene.queue) == 0
        fresh.extend(background(scene.submit).result(SOON) for _ in range(3))  # without the lock

    scene.queue.before_extendleft = meanwhile
    for future in futures[20:]:
        assert future.cancel()
    assert len(fresh) == 3
    assert scene.pool.status().queued == 23
    scene.pool.resume()
    if stuck:
        stuck.go.set()
    for future in fresh:
        future.result(SOON)
    assert scene.ran[-3:] == [first, first + 1, first + 2]
    assert len(scene.ran) == 23 + is_busy
    scene.over(cancelled=1080)


def test_observed_meanwhile(scene) -> None:
    """The task runs once, and ends once for who has come to see it."""
    scene.idle_worker()
    events: list[Any] = []
    future = scene.stopped(lambda: scene.pool.observe(events.append))
    future.result(SOON)
    scene.over()
    assert [type(each).__name__ for each in events].count("TaskEnded") == 1


# All schedules with one preemption, at the lines.

SUBMITTER, WORKER, RIVAL = "submitter", "worker", "rival"


def check(pool, script, ran, futures, plan) -> None:
    """See that what was accepted has run once, or was cancelled."""
    script.wait_over()
    assert all(isinstance(each, RuntimeError) for each in script.errors), (plan, script.errors)
    assert len(futures) + len(script.errors) == 1, plan
    pool.resume()
    for future in futures:
        until(future.done, timeout=SOON, what=f"the task of {plan} ends")
    assert ran == [1 for future in futures if not future.cancelled()], plan


@pytest.mark.parametrize("names", [(SUBMITTER, WORKER), (WORKER, SUBMITTER)], ids="-".join)
@pytest.mark.parametrize("in_ring", [True, False])
def test_a_worker_ends_its_task_between_any_two_lines_of_a_submit(
    monkeypatch, in_ring, names
) -> None:
    """And the other way round: the task that is submitted runs."""

    def run(plan) -> Interleaving:
        script = Interleaving(names, plan, lines=True)
        ran: list[int] = []
        futures: list[Future[Any]] = []
        may_join = threading.Event()

        def first() -> None:
            assert may_join.wait(SOON)
            script.join(WORKER)

        with monkeypatch.context() as patch:
            use_script(patch, script)
            with scripted_pool(script) as pool:
                running = pool.submit(first)
                until(running.running)
                if not in_ring:
                    forget_ring(pool)
                assert pool._p_node.turn.in_ring == in_ring
                may_join.set()
                script.run(SUBMITTER, lambda: futures.append(pool.submit(ran.append, 1)))
                check(pool, script, ran, futures, plan)
                assert script.errors == [], plan
        return script

    assert len(list(schedules(*names, run, inner=False))) > 20


def close(pool) -> None:
    pool.shutdown(wait=False)


def close_and_cancel(pool) -> None:
    pool.shutdown(wait=False, cancel_futures=True)


def pause_and_resume(pool) -> None:
    pool.pause("x")
    pool.resume()


def cancel_all(pool) -> None:
    for task in pool.tasks():
        task.cancel()


def more_workers(pool) -> None:
    pool.max_workers = 2


RIVALS = (close, close_and_cancel, pause_and_resume, cancel_all, more_workers)


@pytest.mark.parametrize("names", [(SUBMITTER, RIVAL), (RIVAL, SUBMITTER)], ids="-".join)
@pytest.mark.parametrize("rival", RIVALS)
def test_somebody_else_comes_between_any_two_lines_of_a_submit(monkeypatch, rival, names) -> None:
    """And the other way round: the task runs or was cancelled, or the submit was refused."""

    def run(plan) -> Interleaving:
        script = Interleaving(names, plan, lines=True)
        ran: list[int] = []
        futures: list[Future[Any]] = []
        with monkeypatch.context() as patch:
            use_script(patch, script)
            with scripted_pool(script) as pool:
                script.run(SUBMITTER, lambda: futures.append(pool.submit(ran.append, 1)))
                script.run(RIVAL, partial(rival, pool))
                check(pool, script, ran, futures, plan)
        return script

    assert len(list(schedules(*names, run, inner=False))) > 20


def test_a_task_that_comes_while_the_queue_is_checked(monkeypatch):
    """1. `validate` counts the tasks. 2. Another thread appends one. 3. It compares: nothing is wrong."""
    pool = Pool("pool", 1)
    node = pool.root
    first, second = new_task(node, 1), new_task(node, 2)
    node.queue.append(first)

    def count(tasks):
        counted = Counter(tasks)
        node.queue.append(second)
        return counted

    monkeypatch.setattr(queue, "Counter", count)
    assert list(queue.wrong_with_queue(node)) == []
    monkeypatch.undo()
    assert list(queue.wrong_with_queue(node)) == []
    node.queue.tombstones = 1
    assert list(queue.wrong_with_queue(node)) == ["1 tasks of 'pool' are pending, counted 2"]
