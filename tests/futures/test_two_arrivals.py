"""Two who come to wait for a future at the same time, and at the moment of its end.

The first waiter makes what they share, so that two can be first. All schedules of two of the three
threads with at most two preemptions, and the third before, between and after.
"""

from __future__ import annotations

import pytest
from futures import arrivals, endings
from futures.arrivals import WAITER, outcome
from futures.endings import ENDER
from futures.interleaving import Interleaving, schedules
from futures.scripted import use_script

SOON = 20.0
FAR = 10_000
SECOND = "second"
PAIRS = [
    (arrivals.result, arrivals.result),
    (arrivals.result, arrivals.callback),
    (arrivals.callback, arrivals.wait),
    (arrivals.our_as_completed, arrivals.exception),
]


def play(monkeypatch, ending, pair, names, plan):
    """Run one schedule; fail, naming it, if not both were told exactly once."""
    script, told = Interleaving(names, plan), ([], [])
    with monkeypatch.context() as patch:
        use_script(patch, script)
        with ending(script) as future:
            for name, arrival, mine in zip((WAITER, SECOND), pair, told, strict=True):
                script.run(name, lambda arrival=arrival, mine=mine: arrival(script, future, mine))
            script.wait_over()
    assert script.errors == [], plan
    assert told == ([outcome(future)], [outcome(future)]), plan
    return script


@pytest.mark.parametrize(
    "names",
    [(WAITER, SECOND, ENDER), (ENDER, WAITER, SECOND), (SECOND, ENDER, WAITER)],
    ids="-".join,
)
@pytest.mark.parametrize("ending", [endings.returns, endings.is_cancelled])
@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: "-".join(each.__name__ for each in pair))
def test_two_waiters_that_arrive_together_are_both_told_once(monkeypatch, names, ending, pair):
    """Whoever is first, and wherever the end falls."""
    first, second, third = names

    def run(plan):
        for place in range(3):
            placed = [*plan[:place], (third, FAR), *plan[place:]]
            script = play(monkeypatch, ending, pair, names, placed)
        return script

    assert len(list(schedules(first, second, run))) > 5
