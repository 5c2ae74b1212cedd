"""Two threads that both end the same future: one does, and both learn the truth."""

from __future__ import annotations

import concurrent.futures
import operator
from concurrent.futures import InvalidStateError

import pytest
from futures.interleaving import Interleaving, schedules
from futures.scripted import scripted_pool, use_script

import pausable

SOON = 20.0
NAMES = ("one", "two")
FUTURES = [concurrent.futures.Future, pausable.Future]


def set_result(future):
    """Set a result; say whether it was taken."""
    try:
        future.set_result(42)
    except InvalidStateError:
        return False
    return True


def set_exception(future):
    """Set an exception; say whether it was taken."""
    try:
        future.set_exception(LookupError())
    except InvalidStateError:
        return False
    return True


def begin(future):
    """Begin to run it; say whether it was not cancelled."""
    return future.set_running_or_notify_cancel()


cancel = operator.methodcaller("cancel")


def play(monkeypatch, plan, make, calls, check):
    """Let two threads each call something on a future with a callback, and check what they say."""
    script, answers, told = Interleaving(NAMES, plan), {}, []
    with monkeypatch.context() as patch:
        use_script(patch, script)
        future = make()
        future.add_done_callback(told.append)
        for name, call in zip(NAMES, calls, strict=True):
            script.run(name, lambda name=name, call=call: answers.update({name: call(future)}))
        script.wait_over()
    assert script.errors == [], plan
    check(future, answers["one"], answers["two"], told)
    return script


def one_wins(future, one, other, told):
    """Check that exactly one of two was taken."""
    assert {one, other} == {True, False}
    assert (future.done(), told) == (True, [future])


def cancel_or_result(future, cancelled, taken, told):
    """Check that a future is cancelled or has its result."""
    assert cancelled != taken
    assert future.cancelled() == cancelled
    assert told == [future]


def both_cancel(future, one, other, told):
    """Check that a future that two have cancelled is cancelled once."""
    assert (one, other, future.cancelled(), told) == (True, True, True, [future])


def cancel_or_begin(future, cancelled, began, told):
    """Check that a future was cancelled or has begun."""
    assert cancelled != began
    assert (future.cancelled(), future.running()) == (cancelled, began)
    assert told == ([future] if cancelled else [])


PAIRS = {
    "two results": (set_result, set_result, one_wins),
    "a result and an exception": (set_result, set_exception, one_wins),
    "a cancel and a result": (cancel, set_result, cancel_or_result),
    "a cancel and an exception": (cancel, set_exception, cancel_or_result),
    "two cancels": (cancel, cancel, both_cancel),
    "a cancel and a begin": (cancel, begin, cancel_or_begin),
}


@pytest.mark.parametrize("make", FUTURES, ids=["stdlib", "pausable"])
@pytest.mark.parametrize(("one", "other", "check"), PAIRS.values(), ids=PAIRS)
def test_two_threads_end_a_future_of_ones_own(monkeypatch, make, one, other, check):
    """In every schedule exactly one of the two ends it, and its callback is called once."""
    for order in (NAMES, NAMES[::-1]):
        list(schedules(*order, lambda plan: play(monkeypatch, plan, make, (one, other), check)))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (cancel, cancel),
        (cancel, operator.methodcaller("stop", "one")),
        (operator.methodcaller("stop", "one"), operator.methodcaller("stop", "other")),
    ],
    ids=["cancel-cancel", "cancel-stop", "stop-stop"],
)
def test_two_threads_end_a_task_that_has_not_started(monkeypatch, one, other):
    """It is cancelled once, and the pool's counts are right."""

    def run(plan):
        script, answers, told = Interleaving(NAMES, plan), [], []
        with monkeypatch.context() as patch:
            use_script(patch, script)
            with scripted_pool(script) as pool:
                pool.pause("for a test")
                future = pool.submit(abs, -1)
                future.add_done_callback(told.append)
                for name, call in zip(NAMES, (one, other), strict=True):
                    script.run(name, lambda call=call: answers.append(call(future)))
                script.wait_over()
                status = pool.status()
        assert script.errors == [], plan
        assert True in answers
        assert future.cancelled()
        assert told == [future]
        assert (status.queued, status.running, status.done) == (0, 0, 1)
        return script

    for order in (NAMES, NAMES[::-1]):
        list(schedules(*order, run))
