"""The rule for rest against the truth: no task rests while a lock of its is held."""

from __future__ import annotations

import pytest
from preempt.lock_corpus.loading import load
from preempt.witness import CASES, Verdict, Watch

MODULES = load()

# Of these the rule cannot know: at most three kinds, which the documentation lists.
UNDETECTABLE: dict[str, str] = {}

verdicts: dict[str, Verdict] = {}


@pytest.mark.parametrize("name", CASES)
def test_no_unsafe_rest(name):
    """At no event of the case does the rule let a task rest while a lock is held."""
    verdict = verdicts[name] = Watch(CASES[name]).run()
    assert verdict.events
    if name in UNDETECTABLE:
        assert verdict.unsafe, "the rule has learnt to see it: take it off the list"
    else:
        assert not verdict.unsafe


@pytest.mark.parametrize("name", [each for each in CASES if each.startswith("owed_")])
def test_what_owes_nothing_keeps_no_task_for_good(name):
    """What was acquired, and is no lock or free by now, delays a rest by a guess at most."""
    verdict = Watch(CASES[name]).run()
    assert not [each for each in verdict.for_good if " in go_on:" in each]


def test_over_caution_is_counted(capsys):
    """How often the rule says no where nothing is held is printed for each case."""
    with capsys.disabled():
        print()  # noqa: T201 - for people
        for name, verdict in verdicts.items():
            if verdict.over_cautious:
                print(f"{name}: {len(verdict.over_cautious)} of {verdict.free} free events")  # noqa: T201 - for people
    assert len(set(UNDETECTABLE.values())) <= 3
