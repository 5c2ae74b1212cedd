"""A cluster is paused, resumed and stopped as a pool is: a scheduler and two workers, processes each."""

from __future__ import annotations

import concurrent.futures
import gc
import pickle
import threading

import pytest
from helpers import until

from pausable import NotQuiescent, NotSupported, TaskStopped
from pausable.errors import WorkersSilent

distributed = pytest.importorskip("distributed", reason="needs the extra dask")

from cluster.conftest import SOON  # noqa: E402
from cluster.errands import (  # noqa: E402
    FREE,
    deaf,
    doze,
    fail,
    mute,
    name_here,
    named,
    pause_here,
    run,
    state,
    unmute,
)
from cluster.steps import begin, goes_on  # noqa: E402

from pausable.dask import DaskExecutor, dask_executor  # noqa: E402

NAMES = ("a", "b", "c", "d")  # as many as there are threads


# Calls.


def test_calls_are_those_of_the_stdlib(executor):
    """Results, errors, keywords, order, and what waits for futures."""
    assert isinstance(executor, concurrent.futures.Executor)
    future = executor.submit(pow, 2, 10)
    assert isinstance(future, concurrent.futures.Future)
    assert future.result(SOON) == 1024
    with pytest.raises(ValueError, match="bad item"):
        executor.submit(fail).result(SOON)
    assert executor.submit(named, 1, workers=2, retries=3).result(SOON) == (1, 2, 3)
    assert list(executor.map(pow, range(10), [2] * 10)) == [n * n for n in range(10)]
    assert list(executor.map(pow, range(10), [2] * 10, chunksize=4)) == [n * n for n in range(10)]
    assert list(executor.map(abs, range(-5, 0), buffersize=2)) == [5, 4, 3, 2, 1]
    futures = [executor.submit(pow, n, 2) for n in range(5)]
    assert {each.result() for each in concurrent.futures.as_completed(futures)} == {0, 1, 4, 9, 16}
    assert executor.status().succeeded == 1 + 1 + 10 + 3 + 5 + 5
    assert executor.status().failed == 1


def test_the_same_call_twice_is_two_tasks(executor):
    """Dask takes calls for pure and runs them once, unless it is told; a stdlib's pool does not."""
    one, two = (executor.submit(name_here).result(SOON) for _ in range(2))
    assert one != two


def test_a_callback_may_use_the_executor(executor):
    """It does not run on the event loop of the client, which would stand still."""
    found = []
    done = threading.Event()

    def call_back(future):
        found.append((future.result(), executor.submit(pow, 3, 2).running(), executor.is_paused()))
        done.set()

    executor.submit(pow, 2, 2).add_done_callback(call_back)
    assert done.wait(SOON)
    assert found[0][0] == 4
    assert found[0][2] is False


def test_what_has_not_begun_is_cancelled(executor, signs):
    """What has is not, as in the stdlib."""
    (future,) = begin(executor, signs, "a")
    assert (future.cancel(), future.running()) == (False, True)
    executor.pause("not now")
    late = executor.submit(run, signs, "late")
    assert (late.running(), late.cancel(), late.cancelled()) == (False, True, True)
    executor.resume()
    signs.leave(FREE)
    assert future.result(SOON) == "a"
    assert signs.steps("late") == 0


# Pause.


def test_nothing_starts_under_a_pause(executor, client, signs):
    """Neither what comes later, nor what was prefetched, nor what others submit to Dask itself."""
    begin(executor, signs, *NAMES)
    prefetched = [executor.submit(run, signs, f"more-{n}") for n in range(8)]
    hold = executor.pause("not now")
    late = executor.submit(run, signs, "late")
    others = client.submit(pow, 2, 3, pure=False)
    assert hold.wait(SOON)
    status = executor.status()
    assert (status.running, status.resting, status.queued) == (0, 4, 9)
    assert {each[0] for each in client.run(state).values()} == {"paused"}
    signs.leave(FREE)  # whoever went on would end
    assert executor.wait_quiescent(SOON)
    assert not any(each.done() for each in (*prefetched, late))
    assert others.status == "pending"
    assert not any(signs.steps(f"more-{n}") for n in range(8))
    executor.resume()
    assert [each.result(SOON) for each in prefetched] == [f"more-{n}" for n in range(8)]
    assert (late.result(SOON), others.result(SOON)) == ("late", 8)


def test_all_rest_and_go_on(executor, signs):
    """Each says the line; no step is done until the resume."""
    futures = begin(executor, signs, *NAMES)
    with executor.pause("a backup", timeout=SOON):
        before = [signs.steps(name) for name in NAMES]
        assert {each.status().state for each in futures} == {"resting"}
        assert {each.where().function for each in futures} == {"run"}
        assert executor.is_quiescent()
        assert not executor.stragglers()
        assert [signs.steps(name) for name in NAMES] == before
    for name in NAMES:
        goes_on(signs, name)
    signs.leave(FREE)
    assert [each.result(SOON) for each in futures] == list(NAMES)


def test_the_memory_manager_is_set_aside_and_put_back(executor, client):
    """It would set a paused worker running at its next look, a tenth of a second later."""
    before = client.run(state)
    assert {each[0] for each in before.values()} == {"running"}
    one, two = executor.pause("one"), executor.pause("two")
    assert {each[:2] for each in client.run(state).values()} == {("paused", False)}
    one.release()
    assert {each[:2] for each in client.run(state).values()} == {("paused", False)}
    two.release()
    until(lambda: client.run(state) == before, SOON)


def test_running_tasks_may_finish(executor, signs):
    """With ``running="finish"``; and nothing more starts."""
    begin(executor, signs, "a")
    hold = executor.pause("drain", running="finish")
    late = executor.submit(run, signs, "late")
    goes_on(signs, "a")
    assert [each.task.split("-")[0] for each in executor.stragglers()] == ["run"]
    signs.leave(FREE)
    assert hold.wait(SOON)
    assert (late.status().state, late.is_paused()) == ("queued", True)


def test_a_straggler_is_named_with_its_worker(executor, client, signs):
    """The task, the worker, the line; the hold is released again."""
    (future,) = begin(executor, signs, "a", fn=deaf)
    with pytest.raises(NotQuiescent) as raised, executor.pause("a backup", timeout=0.2):
        pass
    (straggler,) = raised.value.stragglers
    assert straggler.task.startswith(future.key)
    assert any(worker in straggler.task for worker in client.scheduler_info()["workers"])
    assert straggler.where.function == "deaf"
    assert not executor.holds()


def test_a_worker_that_does_not_answer_is_named(executor, client):
    """`pause()` raises, and has released what it had placed; the other worker is not held."""
    impatient = DaskExecutor(client, answer_timeout=0.3, name="impatient")
    worker, other = client.scheduler_info()["workers"]
    client.run(mute, workers=[worker])
    with pytest.raises(WorkersSilent, match="have not answered after") as raised:
        impatient.pause("a backup")
    assert raised.value.workers == (worker,)
    assert pickle.loads(pickle.dumps(raised.value)).workers == (worker,)
    assert not executor.holds()
    assert [each.task for each in impatient.stragglers()] == [f"the worker {worker}"]
    client.run(unmute, workers=[worker])
    until(lambda: client.run(state, workers=[other])[other][0] == "running", SOON)
    with executor.pause("now", timeout=SOON):
        assert {each[0] for each in client.run(state).values()} == {"paused"}
    assert impatient.shutdown()


# Holds.


def test_holds_of_several_clients_do_not_undo_each_other(cluster, executor, client):
    """Each resumes its own; the gate opens with the last of them. All see all, in their order."""
    with distributed.Client(cluster) as second:
        other = DaskExecutor(second, name="other")
        executor.pause("the user asked")
        other.pause("a backup", owner="night")
        assert [(each.reason, each.owner) for each in executor.holds()] == [
            ("the user asked", threading.current_thread().name),
            ("a backup", "night"),
        ]
        assert [each.reason for each in other.holds()] == ["the user asked", "a backup"]
        assert executor.resume() == 1
        assert executor.resume() == 0
        assert (executor.is_paused(), other.is_paused()) == (True, True)
        assert {each[0] for each in client.run(state).values()} == {"paused"}
        assert other.resume() == 1
        until(lambda: {each[0] for each in client.run(state).values()} == {"running"}, SOON)
        assert other.shutdown()


def test_the_holds_of_a_client_go_with_it(cluster, executor):
    """Nobody else would ever release them."""
    future = None
    with distributed.Client(cluster) as second:
        gone = DaskExecutor(second)
        gone.pause("and never resumed")
        future = executor.submit(pow, 2, 3)
        assert executor.is_paused()
        assert gone.shutdown()
    assert future.result(SOON) == 8


def test_a_hold_ends_by_itself(executor, signs):
    """The scheduler ends it; a wait for it sees that it has ended."""
    begin(executor, signs, "a")
    hold = executor.pause("a moment", duration=0.05)
    until(hold.is_released, SOON)
    goes_on(signs, "a")
    assert (hold.wait(SOON), hold.release(), executor.is_paused()) == (False, False, False)


def test_a_switch_has_one_hold_at_most(executor, client):
    """However often it is put on; `resume()` puts it off."""
    switch = executor.switch("the button", owner="me")
    assert (switch.is_on(), switch.off(), switch.status()) == (False, False, None)
    assert (switch.on(), switch.on(), switch.is_on()) == (True, False, True)
    assert [each.reason for each in executor.holds()] == ["the button"]
    assert {each[0] for each in client.run(state).values()} == {"paused"}
    assert (switch.off(), switch.is_on()) == (True, False)
    assert [switch.toggle(), switch.toggle(), switch.toggle()] == [True, False, True]
    assert executor.resume() == 1
    assert not switch.is_on()


def test_no_wait_for_quiescence_while_nobody_holds(executor, signs):
    """It says at once that there is none to be had."""
    begin(executor, signs, "a")
    assert not executor.wait_quiescent()


# One task.


@pytest.fixture
def narrow(client):
    """Give an executor for one worker alone, with two threads: Dask may place tasks unevenly."""
    worker = next(iter(client.scheduler_info()["workers"]))
    executor = DaskExecutor(client, workers=[worker])
    yield executor
    executor.stop("the test is over")
    assert executor.shutdown(timeout=SOON)


def test_a_task_that_is_paused_gives_its_slot_back(narrow, client, signs):
    """Two rest alone, and two others run in their slots; they go on when there is one again."""
    futures = begin(narrow, signs, "a", "b")
    for each in futures:
        hold = each.pause("only this one")
        assert hold.wait(SOON)
    assert {each.status().state for each in futures} == {"resting"}
    others = begin(narrow, signs, "c", "d")
    until(lambda: sum(each[2] for each in client.run(state).values()) == 2, SOON)
    assert narrow.status().resting == 2
    assert [each.resume() for each in futures] == [1] * 2
    signs.leave(FREE)
    assert [each.result(SOON) for each in (*others, *futures)] == list("cdab")


def test_a_task_may_be_held_before_it_begins(executor, signs):
    """It does not begin, and keeps nobody from beginning."""
    executor.pause("a while")
    first, *others = [executor.submit(run, signs, name) for name in ("a", *"bcdef")]
    first.pause("not this one")
    executor.resume()
    signs.leave(FREE)
    assert [each.result(SOON) for each in others] == list("bcdef")
    assert (signs.steps("a"), first.done(), first.is_paused()) == (0, False, True)
    assert [each.reason for each in first.holds()] == ["not this one"]
    first.resume()
    assert first.result(SOON) == "a"


def test_a_task_leaves_its_slot_when_it_rests_alone(narrow, client, signs):
    """The cluster is resumed, and the tasks' own holds stay: from then on others may go on."""
    futures = begin(narrow, signs, "a", "b")
    narrow.pause("all")
    holds = [each.pause("this one") for each in futures]
    assert all(hold.wait(SOON) for hold in holds)
    assert sum(each[2] for each in client.run(state).values()) == 0
    narrow.resume()
    others = begin(narrow, signs, "c", "d")
    narrow.pause("all again")
    assert narrow.wait_quiescent(SOON)
    for each in futures:
        each.resume()
    assert narrow.status().resting == 4
    narrow.resume()
    signs.leave(FREE)
    assert [each.result(SOON) for each in (*others, *futures)] == list("cdab")


# Stop.


def test_a_stop_reaches_a_task_where_it_runs_rests_and_sleeps(executor, signs):
    """Its blocks run, its future is cancelled and says why; what has not begun never does."""
    running, resting = begin(executor, signs, "a", "b")
    (asleep,) = begin(executor, signs, "c", fn=doze)
    hold = resting.pause("a while")
    assert hold.wait(SOON)
    for each in (running, resting, asleep):
        assert each.stop("not needed")
        with pytest.raises(TaskStopped, match="not needed"):
            each.result(SOON)
        assert each.cancelled()
        assert not each.stop("again")
    until(lambda: signs.has("a.stopped", "b.stopped"), SOON)
    assert executor.status().stopped == 3


def test_all_tasks_of_an_executor_are_stopped(cluster, executor, signs):
    """Under a hold, too, which stays. Those of others go on."""
    with distributed.Client(cluster) as second:
        other = DaskExecutor(second)
        (spared,) = begin(other, signs, "spared")
        futures = begin(executor, signs, "a", "b")
        executor.pause("a while")
        assert executor.wait_quiescent(SOON)
        futures += [executor.submit(run, signs, f"late-{n}") for n in range(20)]
        assert executor.stop("give up") == 22
        for each in futures:
            with pytest.raises(TaskStopped, match="give up"):
                each.result(SOON)
        assert executor.is_paused()
        executor.resume()
        goes_on(signs, "spared")
        assert not any(signs.steps(f"late-{n}") for n in range(20))
        signs.leave(FREE)
        assert spared.result(SOON) == "spared"
        assert other.shutdown()


def test_a_shutdown_under_a_hold_waits_for_who_can_resume(client, signs, monkeypatch, caplog):
    """It says so in the log; if there is nobody, what is held is stopped."""
    executor = DaskExecutor(client)
    (future,) = begin(executor, signs, "a")
    executor.pause("and forgotten")
    monkeypatch.setattr(dask_executor, "is_anybody_there", lambda: True)
    assert not executor.shutdown(timeout=1.2)
    until(lambda: "the shutdown of 'dask' has waited for" in caplog.text, SOON)
    assert "held: 'and forgotten'" in caplog.text
    monkeypatch.setattr(dask_executor, "is_anybody_there", lambda: False)
    assert executor.shutdown(timeout=SOON)
    with pytest.raises(TaskStopped, match="nobody is left to resume"):
        future.result(0)
    with pytest.raises(RuntimeError, match="after shutdown"):
        executor.submit(pow, 2, 3)
    executor.resume()


# What it does not have.


def test_what_a_cluster_cannot_do_is_refused(executor, signs):
    """With a sentence, and never something else instead."""
    (future,) = begin(executor, signs, "a")
    for refused in (
        lambda: executor.group("thumbnails"),
        executor.wait_quiescent_async,
        lambda: executor.pause("a while", duration=3, stagger=1),
        lambda: executor.resume(stagger=1),
        lambda: executor.options(timeout=3),
        lambda: executor.observe(print),
        executor.faults,
        executor.progress,
        lambda: executor.pause("a while", running="freeze"),
        lambda: executor.stop(kill_after=3),
        future.stack,
        future.locals,
        future.step,
        lambda: future.stop(kill_after=3),
        executor.submit(pause_here).result,
    ):
        with pytest.raises(NotSupported):
            refused()


def test_bad_input_is_refused_at_the_call(executor, client):
    """Each with a clear error, and no message to anybody."""
    for refused, error in (
        (lambda: DaskExecutor("client"), TypeError),
        (lambda: DaskExecutor(client, answer_timeout=-1), ValueError),
        (lambda: DaskExecutor(client, threads=3), TypeError),
        (lambda: executor.submit(3), TypeError),
        (lambda: executor.map(pow, [1], chunksize=0), ValueError),
        (lambda: executor.pause(3), TypeError),
        (lambda: executor.pause(duration=-1), ValueError),
        (lambda: executor.pause(timeout=-1), ValueError),
        (lambda: executor.pause(running="maybe"), ValueError),
        (lambda: executor.resume("all"), TypeError),
        (lambda: executor.wait_quiescent(-1), ValueError),
        (lambda: executor.stop(3), TypeError),
        (lambda: executor.shutdown(timeout=-1), ValueError),
    ):
        with pytest.raises(error):
            refused()
    assert not executor.holds()


# The end of who holds.


def test_holds_of_an_executor_that_is_gone(executor, client):
    """When nobody has it any more, nor a hold of it, who could release it."""
    other = DaskExecutor(client, name="other")
    hold = other.pause("forgotten")
    del other
    gc.collect()
    assert executor.is_paused()
    del hold
    gc.collect()
    until(lambda: not executor.is_paused(), SOON)
    assert executor.submit(pow, 2, 3).result(SOON) == 8


def test_holds_of_an_executor_that_has_shut_down(executor, client):
    """They end when nothing of it is left, also where an exception has left the block."""
    with DaskExecutor(client, name="other") as other:
        other.pause("left")
    assert not executor.is_paused()
    with pytest.raises(KeyError), DaskExecutor(client, name="another") as another:
        future = another.submit(pow, 2, 3)
        future.result(SOON)
        another.pause("left, too")
        raise KeyError
    assert not executor.is_paused()


def test_a_client_that_was_closed(cluster, executor, monkeypatch):
    """Its holds have ended, also before anybody here was told; all else says why it is not to be had."""
    with distributed.Client(cluster) as client:
        other = DaskExecutor(client, name="other")
        monkeypatch.setattr(other._p_cluster.envoy.relay, "_end", lambda: None)
        hold = other.pause("plain")
        with other.pause("in a block", timeout=SOON):
            client.close()
    until(lambda: not executor.is_paused(), SOON)
    assert hold.release() is False
    assert other.resume() == 0
    for ask in (other.status, other.pause, other.is_paused, hold.wait):
        with pytest.raises(ConnectionError, match="the client of 'other' is closed"):
            ask()
