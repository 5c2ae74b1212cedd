"""Whose code a task may rest in, and what `pausable.lowlevel` changes about it."""

from __future__ import annotations

import json
import sys
import threading
from types import ModuleType

import pytest

from pausable import lowlevel
from pausable._preempt.rule import territory
from pausable._preempt.rule.safety import obstacle


@pytest.fixture(autouse=True)
def _undeclared(monkeypatch):
    """What a test declares holds for that test."""
    monkeypatch.setattr(territory, "_never", frozenset())
    monkeypatch.setattr(territory, "_safe", frozenset())
    territory._answers.clear()
    yield
    territory._answers.clear()


ENTRIES = {sys._getframe().f_code}


def run(name, source, **names):
    """Run code as that of a module of this name, with `look()` to ask about its own frame."""
    seen = []
    module = ModuleType(name)
    caller = sys._getframe(1).f_code

    def look():
        seen.append(obstacle(sys._getframe(1), {*ENTRIES, caller, run.__code__}))

    module.__dict__.update(names, look=look)
    exec(compile(source, f"/somewhere/{name}.py", "exec"), module.__dict__)
    return seen


def test_the_tasks_own_code():
    """A task rests in its own code, in that of packages, and in code that was made by exec."""
    assert run("mine", "look()") == [None]


def test_the_stdlib_is_not():
    """In most of the stdlib a task does not rest; in code of it that only computes it does."""
    found = {}

    def hook(*_):
        caller = sys._getframe(1)
        found[territory.module_of(caller)] = territory.may_rest_in(caller)
        return True

    json.dumps(object(), default=hook, indent=1)  # with an indent it is written in Python
    threading.Condition().wait_for(hook, timeout=0)
    assert found == {"json.encoder": True, "threading": False}


def test_never_rest_in():
    """Where a module is declared never to be rested in, it and all that it calls is barred."""
    lowlevel.never_rest_in("barred")
    (found,) = run("barred.inner", "look()")
    assert found.kind == "declared"
    assert found.what == "barred.inner"
    assert run("barred_not", "look()") == [None]


def test_never_applies_to_what_it_calls():
    """A frame of such a module anywhere on the stack keeps the task from resting."""
    lowlevel.never_rest_in(ModuleType("barred"))
    seen = []

    def callback():
        seen.append(obstacle(sys._getframe(), ENTRIES))

    run("barred", "callback()", callback=callback)
    assert [each.kind for each in seen] == ["declared"]


def test_always_safe_in():
    """In a module that is declared safe a task rests whatever its frames seem to hold."""
    source = "with lock:\n    look()"
    (found,) = run("careful", source, lock=threading.Lock())
    assert found.kind == "lock"
    lowlevel.always_safe_in("careful")
    assert run("careful", source, lock=threading.Lock()) == [None]


def test_never_is_stronger_than_always_safe():
    """What is declared both is never rested in."""
    lowlevel.always_safe_in("both")
    lowlevel.never_rest_in("both")
    (found,) = run("both", "look()")
    assert found.kind == "declared"


@pytest.mark.parametrize("declare", [lowlevel.never_rest_in, lowlevel.always_safe_in])
def test_bad_input(declare):
    """What is not a module is refused at once, and nothing of the call counts."""
    with pytest.raises(TypeError):
        declare("mine", 7)
    with pytest.raises(ValueError, match="empty"):
        declare("mine", "")
    assert not territory._never | territory._safe


def test_an_obstacle_says_what_and_where():
    """What keeps a task from resting names the lock and the line where it was taken."""
    (found,) = run("mine", "held = make()\nwith held:\n    look()", make=threading.Lock)
    assert str(found) == "held (a Lock) at /somewhere/mine.py:2 in <module>"
