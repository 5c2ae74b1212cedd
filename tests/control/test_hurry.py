"""The switch interval is short while somebody hurries, and as it was afterwards, whatever happens."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pausable.control.hurry import SHORT, Hurry, hurry


@pytest.fixture(autouse=True)
def interval():
    """Put back what a failing test would leave."""
    before = sys.getswitchinterval()
    yield before
    now = sys.getswitchinterval()
    sys.setswitchinterval(before)
    assert now == before


def test_short_inside(interval):
    """It is short inside, and as before outside, also after an exception."""
    mine = Hurry()
    with pytest.raises(KeyError), mine:
        assert sys.getswitchinterval() == pytest.approx(SHORT)
        raise KeyError
    assert sys.getswitchinterval() == interval


@given(st.permutations(range(3)))
def test_several_at_once(order):
    """Whoever comes and goes in whatever order: the last to leave restores it."""
    before, mine = sys.getswitchinterval(), Hurry()
    stacks = [ExitStack() for _ in range(3)]
    for each in stacks:
        each.enter_context(mine)
    for number in order:
        assert sys.getswitchinterval() == pytest.approx(SHORT)
        stacks[number].close()
    assert sys.getswitchinterval() == before


def test_threads():
    """Also if they are threads that go in and out all the time."""
    mine = Hurry()

    def run():
        for _ in range(2000):
            with mine:
                pass

    threads = [threading.Thread(target=run) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()


def test_who_sets_it_meanwhile_keeps_it(interval):
    """What a program sets for itself in between is not undone."""
    with Hurry():
        sys.setswitchinterval(0.5)
    assert sys.getswitchinterval() == 0.5
    sys.setswitchinterval(interval)


def test_a_shorter_one_stays(interval):
    """A program that has it shorter still is not slowed down."""
    sys.setswitchinterval(SHORT / 2)
    with Hurry():
        assert sys.getswitchinterval() == pytest.approx(SHORT / 2)
    assert sys.getswitchinterval() == pytest.approx(SHORT / 2)
    sys.setswitchinterval(interval)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_fork_in_the_midst(interval):
    """A child that was forked meanwhile has the interval of the program, and can hurry itself."""
    with hurry:
        child = os.fork()
        if not child:
            is_right = sys.getswitchinterval() == interval
            with hurry:
                is_right = is_right and sys.getswitchinterval() < interval
            os._exit(not (is_right and sys.getswitchinterval() == interval))
        assert os.waitpid(child, 0)[1] == 0
