"""A cluster is one of the pools of the process: what holds those, and who looks at them, reaches it."""

from __future__ import annotations

import asyncio
import signal
import time

import pytest
from helpers import until

import pausable
from pausable import NotQuiescent, NotSupported, TaskStopped, ThreadPoolExecutor
from pausable.events import HoldPlaced, HoldReleased, ScopeQuiescent, ScopeShutDown
from pausable.guards import Backoff, Guard

distributed = pytest.importorskip("distributed", reason="needs the extra dask")

from cluster.conftest import SOON, scheduling  # noqa: E402
from cluster.errands import (  # noqa: E402
    FREE,
    answer_again,
    deaf,
    mute,
    run,
    say_nothing,
    state,
    unmute,
)
from cluster.steps import begin, goes_on  # noqa: E402

from pausable.dask import DaskExecutor  # noqa: E402

NAMES = ("a", "b", "c", "d")  # as many as there are threads

pytestmark = pytest.mark.usefixtures("nothing_is_held")


# The process.


def test_a_hold_of_the_process_reaches_it(executor, client, signs):
    """All rests, nothing starts; one that is made meanwhile is born held, and all are released."""
    begin(executor, signs, *NAMES)
    with pausable.pause("all", timeout=SOON):
        before = [signs.steps(name) for name in NAMES]
        late = executor.submit(run, signs, "late")
        assert {each[0] for each in client.run(state).values()} == {"paused"}
        new = DaskExecutor(client, name="new")
        assert [(each.kind, each.reason) for each in new.holds()] == [("process", "all")]
        assert (pausable.wait_quiescent(SOON), pausable.is_quiescent()) == (True, True)
        assert (executor.resume(), executor.is_paused()) == (0, True)
        assert [signs.steps(name) for name in NAMES] == before
    for name in NAMES:
        goes_on(signs, name)
    signs.leave(FREE)
    assert late.result(SOON) == "late"
    assert new.shutdown()


def test_it_is_listed_with_its_workers(executor, client, signs):
    """By its path and its id; so are its tasks, each with its worker, its line and its times."""
    futures = begin(executor, signs, *NAMES)
    workers = {*client.scheduler_info()["workers"]}
    assert executor.path in [each.path for each in pausable.pools()]
    (taken,) = [each for each in pausable.status().pools if each.path == executor.path]
    assert ({*taken.workers}, taken.processes, taken.max_workers) == (workers, (), 4)
    assert (taken.id, taken.running, taken.is_quiescent) == (executor.id, 4, False)
    assert {each.worker for each in taken.tasks} == workers
    assert {each.path for each in taken.tasks} == {f"{taken.path}/{each.key}" for each in futures}
    assert len({each.id for each in taken.tasks}) == 4
    for each in taken.tasks:
        assert each.state == "running"
        assert each.where is not None
        assert each.active_time > 0
    own = futures[0].status()
    assert own.path in {each.path for each in taken.tasks}
    assert own.id in {each.id for each in taken.tasks}


def test_active_time_stands_still_at_rest(executor, signs):
    """It is what the worker's pool has measured."""
    (future,) = begin(executor, signs, "a")
    with executor.pause("a while", timeout=SOON):
        before, paused = future.status(), future.status().paused_time
        until(lambda: future.status().paused_time > paused, SOON)
        assert future.status().active_time == before.active_time > 0
    until(lambda: future.status().active_time > before.active_time, SOON)


def test_a_handle_holds_it(executor, signs):
    """As any pool's; calls are for the executor, and so is its end."""
    begin(executor, signs, "a")
    (handle,) = [each for each in pausable.pools() if each.path == executor.path]
    with handle.pause("by its handle", timeout=SOON):
        assert (handle.is_paused(), handle.is_quiescent(), executor.is_paused()) == (True,) * 3
        assert [each.reason for each in executor.holds()] == ["by its handle"]
        assert [each.reason for each in handle.holds()] == ["by its handle"]
    goes_on(signs, "a")
    for refused in (lambda: handle.submit(pow, 2, 3), handle.shutdown):
        with pytest.raises(NotSupported, match="executor"):
            refused()
    assert handle.stop("enough") == 1
    until(lambda: signs.has("a.stopped"), SOON)


def test_a_stop_of_the_process_reaches_it(executor, signs):
    """What has begun, and what has not."""
    futures = begin(executor, signs, *NAMES)
    futures += [executor.submit(run, signs, f"late-{number}") for number in range(3)]
    assert pausable.stop("give up") == 7
    for each in futures:
        with pytest.raises(TaskStopped, match="give up"):
            each.result(SOON)


def test_its_holds_and_its_rest_are_told(client, signs):
    """To who observes the process, in their order; not what happens to each task."""
    told = []
    end = pausable.observe(lambda event: told.append((type(event), event.path)))
    executor = DaskExecutor(client, name="told")
    future = begin(executor, signs, "a")[0]
    with executor.pause("a while", timeout=SOON):
        until(lambda: (ScopeQuiescent, executor.path) in told)
    signs.leave(FREE)
    assert future.result(SOON) == "a"
    assert executor.shutdown(timeout=SOON)
    kinds = [kind for kind, path in told if path == executor.path]
    assert kinds == [HoldPlaced, ScopeQuiescent, HoldReleased, ScopeShutDown]
    end()


def test_who_is_late_is_named(executor, signs):
    """With the worker and the line, and with its path; the hold is released."""
    (future,) = begin(executor, signs, "a", fn=deaf)
    with pytest.raises(NotQuiescent) as raised, pausable.pause("all", timeout=0.2):
        pass
    (straggler,) = raised.value.stragglers
    assert (straggler.where.function, straggler.path) == ("deaf", future.status().path)
    assert straggler.task == f"{future.key} on {future.status().worker}"
    assert not executor.is_paused()


def test_from_a_signal_handler_nobody_waits(executor, client, signs):
    """Nor on an event loop: the hold is there at once, and in the cluster soon."""
    begin(executor, signs, "a")
    before = signal.signal(signal.SIGUSR1, lambda *_: pausable.pause("by a signal"))
    try:
        signal.raise_signal(signal.SIGUSR1)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert pausable.is_paused()
    assert pausable.wait_quiescent(SOON)
    assert {each[0] for each in client.run(state).values()} == {"paused"}
    pausable.resume()

    async def pause() -> bool:
        async with pausable.pause("in a coroutine", timeout=SOON):
            return executor._p_node.busy() == 0

    assert asyncio.run(pause())
    goes_on(signs, "a")


# Who does not answer.


def test_a_scheduler_that_does_not_answer_keeps_nobody(client, signs, caplog):
    """Pools are held, the pause returns in time, the log says what is not held; later it is."""
    executor = DaskExecutor(client, name="far", answer_timeout=0.3)
    begin(executor, signs, "a")
    client.run_on_scheduler(say_nothing)
    with ThreadPoolExecutor(1, thread_name_prefix="near") as pool:
        began = time.monotonic()
        hold = pausable.pause("all", timeout=0.1)
        assert time.monotonic() - began < SOON
        late = pool.submit(pow, 2, 3)
        assert (pool.is_paused(), pool.is_quiescent(), late.running()) == (True, True, False)
        with pytest.raises(NotQuiescent, match="is not held yet") as raised, hold:
            pass
        assert [each.task for each in raised.value.stragglers] == ["the cluster of 'far'"]
        assert late.result(SOON) == 8
        hold = pausable.pause("again")
        until(lambda: "the cluster of 'far' could not be paused" in caplog.text, SOON)
        assert not pausable.is_quiescent()
        client.run_on_scheduler(answer_again)
        assert hold.wait(SOON)  # it was tried again
        assert {each[0] for each in client.run(state).values()} == {"paused"}
        hold.release()
    signs.leave(FREE)
    assert executor.shutdown(timeout=SOON)


def test_a_worker_that_does_not_answer_keeps_nobody(client, caplog):
    """It is named; who pauses the executor itself gets an error, and nothing stays."""
    executor = DaskExecutor(client, name="far", answer_timeout=0.3)
    worker = next(iter(client.scheduler_info()["workers"]))
    client.run(mute, workers=[worker])
    hold = pausable.pause("all")
    assert not hold.wait(0.1)
    (straggler,) = pausable.stragglers()
    assert (straggler.task, worker in straggler.why) == ("the cluster of 'far'", True)
    until(lambda: worker in caplog.text, SOON)
    client.run(unmute, workers=[worker])
    assert hold.wait(SOON)
    hold.release()
    assert executor.shutdown(timeout=SOON)


def test_a_scheduler_that_is_known_to_be_dead_is_not_waited_for(tmp_path):
    """Whoever pauses goes on at once, and is told; so is who asks for its status."""
    with scheduling(tmp_path) as (scheduler, address), distributed.Client(address) as client:
        executor = DaskExecutor(client, name="dead", answer_timeout=5.0)
        scheduler.kill()
        until(lambda: client.status == "connecting", SOON)
        hold = pausable.pause("all")
        (straggler,) = pausable.stragglers()  # after a wait nothing would be known but that
        assert straggler.why.startswith("is not held yet: the client of 'dead' has lost its sched")
        assert not hold.wait(0.0)
        hold.release()
        for ask in (executor.pause, executor.status, executor.is_paused):
            with pytest.raises(ConnectionError, match="'dead' has lost its scheduler at tcp://"):
                ask()
        assert not executor.resume()
        assert executor.shutdown()


def test_after_its_client_was_closed_it_is_no_pool_any_more(cluster):
    """Held or not: it is not listed, and who pauses or waits does not wait for it."""
    with distributed.Client(cluster) as client:
        held, other = DaskExecutor(client, name="held"), DaskExecutor(client, name="other")
        held.pause("and never resumed")
    paths = [each.path for each in pausable.pools()]
    assert {held.path, other.path}.isdisjoint(paths)
    with pausable.pause("all", timeout=SOON):
        assert pausable.is_quiescent()
    with pytest.raises(ConnectionError, match="the client of 'held' is closed"):
        held.pause()


# Guards.


def test_a_guard_holds_a_cluster_while_its_resource_is_down(client, signs):
    """It trips, all rests, a user's resume does not open it; it is back, and all go on."""
    is_up = True
    guard = Guard("db", lambda: is_up, every=0.01, backoff=Backoff(factor=1.0), watch=True)
    executor = DaskExecutor(client, name="guarded", guards=[guard])
    begin(executor, signs, *NAMES)
    is_up = False
    until(guard.is_tripped, SOON)
    until(lambda: executor.wait_quiescent(SOON), SOON)  # false as long as it is not held there
    assert [(each.kind, each.owner) for each in executor.holds()] == [("guard", "guard db")]
    assert guard.status().scopes == ("guarded",)
    late = executor.submit(run, signs, "late")
    assert (executor.resume(), late.status().state) == (0, "queued")
    is_up = True
    for name in NAMES:
        goes_on(signs, name)
    until(lambda: not executor.holds(), SOON)
    assert guard.status().state == "healthy"
    signs.leave(FREE)
    assert late.result(SOON) == "late"
    assert executor.shutdown(timeout=SOON)


def test_a_guard_takes_on_a_cluster_that_is_there(executor, client):
    """While it is tripped: it is held from then on. What is no guard is refused."""
    is_up = False
    guard = Guard("db", lambda: is_up, every=0.01, backoff=Backoff(factor=1.0), watch=True)
    with ThreadPoolExecutor(1, guards=[guard]):
        until(guard.is_tripped, SOON)
        guard.take_on(executor)
        until(lambda: executor.wait_quiescent(SOON), SOON)
        is_up = True
        until(lambda: not executor.is_paused(), SOON)
    with pytest.raises(TypeError, match="guards must be guards"):
        DaskExecutor(client, guards=["db"])
