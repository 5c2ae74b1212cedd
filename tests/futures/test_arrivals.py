"""Whoever comes to wait for a future, at whatever moment of its end, is told exactly once.

For each way in which a future ends, and each way in which somebody waits for it, all schedules of
the two threads with at most two preemptions at lock operations are run, either thread first; and
all with one preemption at any line of our code and the stdlib's.
"""

from __future__ import annotations

from functools import partial

import pytest
from futures.arrivals import ARRIVALS, WAITER, outcome
from futures.endings import ENDER, LONE, POOLED, STDLIB
from futures.interleaving import Interleaving, schedules
from futures.scripted import use_script

SOON = 20.0
ENDINGS = {
    **POOLED,
    **{f"lone {name}": ending for name, ending in LONE.items()},
    **{f"stdlib {name}": ending for name, ending in STDLIB.items()},
}
BY_LINES = ("returns", "is_cancelled", "has_ended_but_not_its_callback")  # others: make stress
ORDERS = [(ENDER, WAITER), (WAITER, ENDER)]


def play(monkeypatch, ending, arrival, names, plan, *, lines=False):
    """Run one schedule; fail, naming it, if the waiter was not told exactly once."""
    script, told = Interleaving(names, plan, lines=lines), []
    with monkeypatch.context() as patch:
        use_script(patch, script)
        with ending(script) as future:
            waiter = script.run(WAITER, lambda: arrival(script, future, told))
            waiter.join(SOON)
            script.wait_over()
    assert not waiter.is_alive(), plan
    assert script.errors == [], plan
    assert told == [outcome(future)], plan
    return script


@pytest.mark.parametrize("arrival", ARRIVALS.values(), ids=ARRIVALS)
@pytest.mark.parametrize("ending", ENDINGS.values(), ids=ENDINGS)
def test_a_waiter_that_arrives_between_any_two_lock_operations_is_told_once(
    monkeypatch, ending, arrival
):
    """All schedules with at most two preemptions, at the operations on locks."""
    for names in ORDERS:
        run = partial(play, monkeypatch, ending, arrival, names)
        assert len(list(schedules(*names, run))) > 5


@pytest.mark.parametrize("arrival", ARRIVALS.values(), ids=ARRIVALS)
@pytest.mark.parametrize(
    "ending",
    [
        pytest.param(ending, id=name, marks=[] if name in BY_LINES else pytest.mark.stress)
        for name, ending in POOLED.items()
    ],
)
def test_a_waiter_that_arrives_between_any_two_lines_is_told_once(monkeypatch, ending, arrival):
    """All schedules with one preemption, at the lines."""
    for names in ORDERS:
        run = partial(play, monkeypatch, ending, arrival, names, lines=True)
        assert len(list(schedules(*names, run, inner=False))) > 5
