"""The analysis of bytecode: what is known before each instruction, by the names in the code."""

from __future__ import annotations

import gc
import weakref

import pytest

from pausable._preempt import analysis as module
from pausable._preempt.analysis import Analysis, analyse, spelling
from pausable._preempt.analysis.dialect import NotUnderstood

lock = other = condition = note = None  # names for the code below, which is never run


def at(function, text):
    """Return the place of the first instruction that loads the constant *text*."""
    analysis = analyse(function.__code__)
    assert analysis.understood, analysis.not_understood
    return next(
        analysis.claims(each.offset)
        for each in analysis.listing.instructions
        if each.name.startswith("LOAD") and each.value == text
    )


def names(symbols):
    """Return the symbols as the code spells them."""
    return sorted(spelling(each) for each in symbols)


def subjects(place):
    """Return the subjects of the with statements around a place."""
    return [spelling(each.subject) for each in place.marks]


def test_marks_live_as_long_as_exit_is_on_the_stack():
    """A `with` is around its body and nothing else, whatever way leaves it."""

    def code(self, items):
        note("before")
        with self.lock, items[0] as first:
            if first:
                return note("inside")
        note("after")
        return None

    assert not at(code, "before").marks
    assert subjects(at(code, "inside")) == ["self.lock", "items[0]"]
    assert not at(code, "after").marks


def test_marks_of_loops():
    """`continue` and `break` leave the `with`, and what follows the loop is outside."""

    def code(items):
        for item in items:
            with item.lock:
                if item:
                    continue
                note("inside")
                break
            note("between")
        note("after")

    assert subjects(at(code, "inside")) == ["item.lock"]
    assert not at(code, "between").marks
    assert not at(code, "after").marks


def test_a_name_that_is_bound_anew_is_forgotten():
    """The subject is known by where it came from, once its name stands for something else."""

    def code(self):
        mine = self.lock
        with mine:
            mine = None
            note("inside", mine)

    assert subjects(at(code, "inside")) == ["self.lock"]


def test_an_attribute_that_is_bound_anew_is_forgotten():
    """Nothing is known of the subject when its attribute was assigned to inside."""

    def code(self):
        with self.lock:
            self.lock = None
            note("inside")

    assert subjects(at(code, "inside")) == ["..."]


def test_the_name_after_as():
    """The target of a `with` is noted: often it is the manager itself."""

    def code(make):
        with make() as made:
            note("inside", made)

    assert [spelling(each.target) for each in at(code, "inside").marks] == ["made"]


def test_async_with_is_left_when_its_exit_was_awaited():
    """While `__aexit__` is awaited the mark is still there, as one that is being left."""

    async def code(self):
        async with self.lock:
            note("inside")
        note("after")

    assert subjects(at(code, "inside")) == ["self.lock"]
    assert not at(code, "after").marks
    analysis = analyse(code.__code__)
    awaits = [each for each in analysis.listing.instructions if each.name == "YIELD_VALUE"]
    entering = [analysis.claims(each.offset).entering for each in awaits]
    assert {spelling(each.subject) for each in entering if each} == {"self.lock"}


def test_acquired_until_released():
    """What was acquired is known from its `acquire()` to its `release()`, on all ways."""

    def code(flag):
        note("before")
        lock.acquire()
        note("inside")
        if flag:
            lock.release()
            note("released")
        note("joined")
        lock.release()
        note("after")

    assert not at(code, "before").acquired
    assert names(at(code, "inside").acquired) == ["lock"]
    assert not at(code, "released").acquired
    assert names(at(code, "joined").acquired) == ["lock"]
    assert not at(code, "after").acquired


def test_acquired_if_it_said_so():
    """On the way on which `acquire()` was false nothing is acquired."""

    def code():
        if lock.acquire(blocking=False):
            note("yes")
            lock.release()
        else:
            note("no")
        while not (got := lock.acquire(timeout=1)):
            note("waiting")
        note("got", got)

    assert names(at(code, "yes").acquired) == ["lock"]
    assert not at(code, "no").acquired
    assert not at(code, "waiting").acquired
    assert names(at(code, "got").acquired) == ["lock"]


def test_acquired_by_another_name():
    """A bound method, a partial and getattr are seen through."""

    def code(partial):
        take = lock.acquire
        take()
        note("alias")
        partial(other.acquire, timeout=1)()
        note("by partial")
        getattr(condition, "acquire")()  # noqa: B009
        note("by getattr")

    assert names(at(code, "alias").acquired) == ["lock"]
    assert names(at(code, "by partial").acquired) == ["lock", "other"]
    assert names(at(code, "by getattr").acquired) == ["condition", "lock", "other"]


def test_a_release_lies_ahead():
    """What will be released, and is not acquired before, was acquired by somebody else."""

    def code(self):
        self.begin()
        try:
            note("inside")
        finally:
            self.lock.release()
        note("after")
        self.lock.acquire()
        self.lock.release()

    assert names(at(code, "inside").ahead) == ["self.lock"]
    assert not at(code, "after").ahead


def test_a_loop_is_known_by_what_it_iterates_over():
    """The iterator of each loop around a place is known, and those of no other."""

    def code(rows):
        for row in rows():
            for cell in row:
                note("inside", cell)
            note("between")
        note("after")

    assert names(at(code, "inside").iterators) == ["row", "rows()"]
    assert names(at(code, "between").iterators) == ["rows()"]
    assert not at(code, "after").iterators


def test_equal_code_is_analysed_by_identity():
    """The analysis of a code object is its own, and goes away with it."""

    def make():
        return compile("print('text')", "file", "exec")

    one, two = make(), make()
    assert one == two
    assert analyse(one) is analyse(one)
    assert analyse(one) is not analyse(two)
    gone = weakref.ref(analyse(one))
    del one
    gc.collect()
    assert gone() is None


@pytest.mark.parametrize("error", [NotUnderstood("NEW_OPCODE"), IndexError("empty")])
def test_what_is_not_understood(error, monkeypatch):
    """An instruction that is not known, or a stack that is not right, is said and not raised."""

    def fail(*_):
        raise error

    monkeypatch.setattr(module, "run", fail)
    analysis = Analysis(test_what_is_not_understood.__code__)
    assert not analysis.understood
    assert str(error) in analysis.not_understood
