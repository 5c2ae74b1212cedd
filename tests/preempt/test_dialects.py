"""What the analysis knows of a version of CPython, and what it makes of what it does not know."""

from __future__ import annotations

import dis
import sys

import pytest

from pausable._preempt.analysis import Analysis, flow
from pausable._preempt.analysis.version import HERE, dialect_of
from pausable._preempt.memo import Memo
from pausable._preempt.rule import inquiry
from pausable._preempt.rule.safety import may_raise, obstacle

pytestmark = pytest.mark.usefixtures("on_every_python")

UNSEEN = {"CACHE", "EXTENDED_ARG", "RESERVED", "ENTER_EXECUTOR"}  # `dis` gives none of them out
PSEUDO = 256  # and above: instructions of the compiler, that are in no code


def plain():
    """Return what can be rested in and raised at, wherever it stands."""
    return obstacle(sys._getframe(), ()), may_raise(sys._getframe(), ())


def test_all_instructions_of_this_version_are_known():
    """The dialect of this version has an effect for each instruction of it, and no other."""
    there = {
        name
        for name, number in dis.opmap.items()
        if number < PSEUDO and not name.startswith("INSTRUMENTED_")
    }
    assert set(HERE.effects) == there - UNSEEN


@pytest.mark.parametrize("version", [(3, 11), (3, 12), (3, 13), (3, 14)])
def test_the_parts_of_a_dialect_are_instructions_of_it(version):
    """What plays a part in a version is an instruction of that version."""
    dialect = dialect_of(version)
    parts = [value for name, value in vars(dialect).items() if name != "effects"]
    assert {name for each in parts for name in each} <= set(dialect.effects)
    assert dialect.calls
    assert dialect.returns


def test_of_an_unknown_version_nothing_is_understood(monkeypatch):
    """In a version that is not known a task rests nowhere, and is stopped nowhere."""
    assert plain() == (None, True)
    monkeypatch.setattr(flow, "HERE", dialect_of((3, 99)))
    monkeypatch.setattr(inquiry, "analyse", Analysis)  # nothing is known from before
    monkeypatch.setattr("pausable._preempt.rule.safety.analyse", Analysis)
    found, may_be_raised = plain()
    assert found.kind == "not understood"
    assert not found.is_guess
    assert not may_be_raised


def test_an_unknown_instruction_is_taken_as_held(monkeypatch):
    """A code object with an instruction that is not known is not understood, and says which."""
    monkeypatch.setattr(flow, "HERE", HERE.but(gone="RESUME", effects={}))
    analysis = Analysis(plain.__code__)
    assert not analysis.understood
    assert "RESUME" in analysis.not_understood


def test_a_memo_tells_equal_objects_apart_and_forgets_them():
    """What is known of a code object is not known of an equal one, and goes with it."""
    one, other = (compile("x = 1", "same", "exec") for _ in range(2))
    memo = Memo()
    assert memo.put(one, "one") == "one"
    assert one == other
    assert memo.get(id(one)) == "one"
    assert id(other) not in memo
    number = id(one)
    del one
    assert number not in memo
    assert not memo._keys
