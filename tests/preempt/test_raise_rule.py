"""The rule for stops: raised where it allows, every clean-up runs, once; and it allows no other."""

from __future__ import annotations

import pytest
from preempt import raise_scenarios
from preempt.raising import Boom, Thrower
from preempt.witness import codes

# Raised between the making of a coroutine and its first step.
pytestmark = pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")

CODES = [
    each
    for each in codes(raise_scenarios.CODE)
    if each.co_name not in {"<module>", "Manager", "AsyncManager", "pause", "drive"}
]


@pytest.fixture(scope="module")
def outcomes():
    """Raise at all events of all scenarios, once for all tests of a scenario."""
    known = {}

    def of(name):
        if name not in known:
            known[name] = Thrower(raise_scenarios.SCENARIOS[name], CODES).outcomes()
        return known[name]

    return of


@pytest.mark.parametrize("name", raise_scenarios.SCENARIOS)
def test_every_clean_up_runs_once(name, outcomes):
    """Wherever a stop is raised at once, what was opened is closed, exactly once."""
    for each in (outcome for outcome in outcomes(name) if outcome.at_once):
        assert each.account.opened == each.account.closed, each.place
        lock = getattr(each.account, "lock", None)
        assert lock is None or not lock.locked(), each.place


@pytest.mark.parametrize("name", raise_scenarios.SCENARIOS)
def test_never_in_a_clean_up(name, outcomes):
    """The rule says no while a clean-up is being run, and in all that it calls."""
    assert not [each.place for each in outcomes(name) if each.allowed and each.cleaning]


@pytest.mark.parametrize("name", raise_scenarios.SCENARIOS)
def test_nothing_else_is_raised(name, outcomes):
    """What leaves the code is the exception itself, and nothing in its place."""
    others = [(each.place, each.raised) for each in outcomes(name) if each.raised is not None]
    assert not [each for each in others if type(each[1]) is not Boom]


@pytest.mark.parametrize("name", raise_scenarios.SCENARIOS)
def test_no_exception_is_handled_for_ever(name, outcomes):
    """The thread is left as it was, also where a handler has just begun, or is about to end."""
    assert not [each.place for each in outcomes(name) if each.still_handled is not None]


@pytest.mark.parametrize("name", raise_scenarios.SCENARIOS)
def test_it_is_allowed_somewhere(name, outcomes):
    """The rule is not kept by never raising: the exception gets out at many events."""
    raised = [each for each in outcomes(name) if each.raised is not None and each.at_once]
    assert len(raised) >= 5
