"""Messages to a cluster are late or lost, at the moments that a script has them be; it stays held."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from helpers import until

import pausable
from pausable.events import ScopeQuiescent

distributed = pytest.importorskip("distributed", reason="needs the extra dask")

from cluster.conftest import SOON  # noqa: E402
from cluster.errands import FREE, run, state  # noqa: E402
from cluster.script import Script  # noqa: E402
from cluster.steps import begin, goes_on  # noqa: E402

from pausable.dask import relay  # noqa: E402

pytestmark = pytest.mark.usefixtures("nothing_is_held")


def handle_of(executor):
    """Return the handle of the executor."""
    (handle,) = [each for each in pausable.pools() if each.path == executor.path]
    return handle


PAUSES = {
    "the process": lambda _: pausable.pause("A"),
    "a switch of the process": lambda _: pausable.switch("A").on(),
    "a handle": lambda executor: handle_of(executor).pause("A"),
    "a switch of a handle": lambda executor: handle_of(executor).switch("A").on(),
    "the executor": lambda executor: executor.pause("A"),
    "a switch of the executor": lambda executor: executor.switch("A").on(),
}


@pytest.mark.parametrize("whose", PAUSES)
def test_when_a_pause_has_returned_nothing_starts(executor, client, signs, whose):
    """However late the workers' answers are: it waits for them, without a wait for quiescence.

    1. The pause is not sent before somebody waits. 2. It is sent, and answered. 3. It returns.
    """
    with ThreadPoolExecutor(1) as aside, Script(executor) as script:
        place = script.stop("place A")

        def let_go_when_waited_for():
            place.await_call()
            until(lambda: executor._p_node.waiters.listed or is_over, SOON)  # step 1
            place.let_go()

        is_over = []
        aside.submit(let_go_when_waited_for)
        try:
            held = PAUSES[whose](executor)
            said = script.log.copy()
        finally:
            is_over.append(True)
        assert "place A: read" in said  # step 3
        assert {each[0] for each in client.run(state).values()} == {"paused"}
        late = executor.submit(run, signs, "late")
        assert (late.status().state, signs.steps("late")) == ("queued", 0)
    signs.leave(FREE)
    pausable.resume()
    executor.resume()
    assert late.result(SOON) == "late"
    del held


def paused_without_waiting(reason):
    """Pause the process where nobody may be kept waiting: on an event loop."""

    async def pause():
        return pausable.pause(reason)

    return asyncio.run(pause())


def in_order(script, *wanted):
    """Say whether these have been done in that order, and each once."""
    return [each for each in script.log if each in wanted] == [*wanted]


def test_between_one_hold_and_the_next_the_cluster_does_not_open(executor, client, signs):
    """A and C are released when B was placed there, however late: no step is done between.

    1. A holds it, and all rests. 2. C is on its way, so that the relay is not free. 3. Both are
    released here, and B is placed. 4. The relay sees all of it at once; B waits before it is sent.
    """
    begin(executor, signs, "a", "b")
    with Script(executor) as script:
        first, next_ = script.stop("place C"), script.stop("place B")
        one = executor.pause("A")
        assert one.wait(SOON)  # step 1
        before = [signs.steps(name) for name in "ab"]
        three = paused_without_waiting("C")
        first.await_call()  # step 2
        one.release()
        three.release()
        two = paused_without_waiting("B")  # step 3
        first.let_go()
        next_.await_call()  # step 4
        next_.let_go()
        until(lambda: "release A, C: read" in script.log, SOON)
        assert in_order(script, "place B: read", "release A, C: sent")
        assert two.wait(SOON)
        assert {each[0] for each in client.run(state).values()} == {"paused"}
        assert [signs.steps(name) for name in "ab"] == before
        two.release()
        goes_on(signs, "a")


def test_what_cannot_be_placed_does_not_open_the_cluster(executor, client, signs, monkeypatch):
    """A is released when B was placed there, though the first message for B is lost."""
    monkeypatch.setattr(relay, "_AT_FIRST", 3600.0)  # until the test has it tried again
    monkeypatch.setattr(relay, "_AT_LAST", 3600.0)
    begin(executor, signs, "a")
    with Script(executor) as script:
        script.fail("place B", TimeoutError("lost"))
        one = executor.pause("A")
        assert one.wait(SOON)
        before = signs.steps("a")
        two = pausable.pause("B")
        one.release()
        script.await_relay()
        assert "release A: sent" not in script.log
        assert pausable.is_quiescent()  # A stands there still
        script.try_again()
        until(lambda: "release A: read" in script.log, SOON)
        assert in_order(script, "place B: read", "release A: sent")
        assert two.wait(SOON)
        assert {each[0] for each in client.run(state).values()} == {"paused"}
        assert signs.steps("a") == before
        two.release()
        goes_on(signs, "a")


def test_an_answer_of_the_turn_before_is_none(executor, signs):
    """The interleaving that `relay` tells: what was quiet under A is not under B.

    1. A is placed; that all rests is on its way. 2. A is released, and tasks go on. 3. B is placed
    here, and not yet there. 4. The answer comes.
    """
    begin(executor, signs, "a")
    with ThreadPoolExecutor(1) as aside, Script(executor) as script:
        answer, place = script.stop("wait", "read"), script.stop("place B")
        one = executor.pause("A")
        answer.await_call()  # step 1
        one.release()
        goes_on(signs, "a")  # step 2
        two = aside.submit(executor.pause, "B")
        place.await_call()  # step 3
        answer.let_go()
        until(lambda: "wait: read" in script.log, SOON)
        script.await_loop()  # step 4
        assert executor._p_node.busy()
        goes_on(signs, "a")  # and rightly so
        place.let_go()
        assert two.result(SOON).wait(SOON)


def test_who_looks_does_not_disturb(executor, signs):
    """A worker that has not answered yet how it is, is as it was: held, and at rest.

    Else nobody could say so while a panel looks, and each look would be told as a new rest.
    """
    future, _ = begin(executor, signs, "a", "b")
    told = []
    end = pausable.observe(lambda event: told.append(event.path), kinds=ScopeQuiescent)
    with Script(executor) as script:
        hold = executor.pause("A")
        assert hold.wait(SOON)
        for _ in range(20):
            assert (executor.status().resting, future.running()) == (2, True)
            assert executor._p_node.busy() == 0
        script.await_loop()
        assert script.log.count("wait: read") == 1
        hold.release()
    until(lambda: not executor.is_paused(), SOON)
    end()
    assert told == [executor.path]
