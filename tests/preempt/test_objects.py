"""Looking at a task's objects runs none of their code, and cannot be disturbed by it."""

from __future__ import annotations

import sys
import threading

import pytest
from helpers import until
from preempt.form import PATIENCE

from pausable._preempt.rule import objects
from pausable._preempt.rule.objects import UNSEEN
from pausable._preempt.rule.safety import obstacle

ran = []


class Meta(type):
    """A metaclass whose classes cannot be compared or hashed."""

    def __eq__(cls, other):
        ran.append("Meta.__eq__")
        raise RuntimeError

    __hash__ = None

    def __instancecheck__(cls, instance):
        ran.append("Meta.__instancecheck__")
        raise RuntimeError


class Touchy(metaclass=Meta):
    """Runs code whatever is asked of it."""

    __slots__ = ("__dict__", "slot", "unset")

    def __init__(self):
        self.field = threading.Lock()
        self.slot = threading.Lock()

    def __getattribute__(self, name):
        if name not in {"field", "slot"}:
            ran.append(name)
        return object.__getattribute__(self, name)

    def __eq__(self, other):
        ran.append("__eq__")
        raise RuntimeError

    __hash__ = None

    def __bool__(self):
        ran.append("__bool__")
        raise RuntimeError

    @property
    def __class__(self):
        ran.append("__class__")
        raise RuntimeError

    @property
    def made(self):
        ran.append("made")
        raise RuntimeError

    def __enter__(self):
        self.field.acquire()

    def __exit__(self, *exc):
        self.field.release()


@pytest.fixture(autouse=True)
def _nothing_runs():
    """No code of the objects runs."""
    ran.clear()
    yield
    assert not ran


def ask():
    """Ask about the caller, and take back what running it has run."""
    ran.clear()
    found = obstacle(sys._getframe(1), {entry.__code__})
    assert not ran
    return found


def entry(function):
    """Call a function as a task."""
    try:
        return function()
    finally:
        ran.clear()


def test_a_frame_full_of_touchy_objects():
    """The rule decides about a frame whose objects run code at every touch."""

    def task():
        one, many = Touchy(), [Touchy()]
        table = {"a": Touchy()}
        answers = [ask()]
        with one:
            answers.append(ask())
        with table["a"], many[0]:
            answers.append(ask())
        for each in many:
            answers.append(ask())
            del each
        return answers

    assert [each is None for each in entry(task)] == [True, False, False, True]


def test_fields_and_slots():
    """What is in the `__dict__` and in slots is seen, a property or an empty slot is not."""
    value = Touchy()
    field, slot = value.field, value.slot
    ran.clear()
    assert objects.attribute(value, "field") is field
    assert objects.attribute(value, "slot") is slot
    assert objects.attribute(value, "unset") is UNSEEN
    assert objects.attribute(value, "made") is UNSEEN
    assert objects.attribute(value, "missing") is UNSEEN


def test_methods():
    """Methods of all kinds are bound as Python would."""

    class Base:
        def method(self): ...

        @classmethod
        def of_class(cls): ...

        @staticmethod
        def static(): ...

    class Derived(Base):
        def method(self): ...

    value = Derived()
    for name in ("method", "of_class", "static"):
        assert objects.attribute(value, name) == getattr(value, name)
        assert objects.attribute(Derived, name) == getattr(Derived, name)
    assert objects.inherited(value, Derived, "method") == super(Derived, value).method
    items = []
    assert objects.attribute(items, "append") == items.append


@pytest.mark.parametrize(
    ("container", "key", "expected"),
    [
        ({"a": 1}, "a", 1),
        ([1, 2], -1, 2),
        ({"a": 1}, "b", UNSEEN),
        ([], 0, UNSEEN),
        ("ab", 0, UNSEEN),
    ],
)
def test_items(container, key, expected):
    """Items of plain containers under plain keys are seen."""
    assert objects.item(container, key) == expected


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="locals are a view of the frame")
def test_looking_keeps_no_local_alive():
    """What the task deletes goes away at once, although its names were looked at."""

    class Spam:
        def __del__(self):
            gone.append(True)

    gone = []

    def task():
        spam = Spam()
        obstacle(sys._getframe(), {entry.__code__})
        del spam
        return list(gone)

    assert entry(task) == [True]


class Names(dict):
    """A namespace that runs code when it is looked into."""

    def get(self, *_):
        ran.append("Names.get")
        raise RuntimeError

    def __contains__(self, _):
        ran.append("Names.__contains__")
        raise RuntimeError


def test_the_globals_of_a_task_run_no_code(pool):
    """A task whose globals are of a class of their own rests, and nothing of that class is run."""
    del ran[:]
    names = Names(n=0, over=False)
    future = pool.submit(exec, "while not over: n += 1", names)
    until(lambda: names["n"])
    with pool.pause("look", timeout=PATIENCE):
        assert future.status().state == "resting"
    names["over"] = True
    assert future.result(PATIENCE) is None
    assert not ran


def test_the_globals_of_what_was_called_run_no_code():
    """Nor is the class run of the globals of a function that the task has called."""
    names = Names(lock=threading.Lock())
    exec("def look(): lock.locked()", names)
    look = names["look"]
    del ran[:]
    look()
    assert obstacle(sys._getframe(), []) is None
    assert not ran
