"""A switch in signal handlers and finalizers: they may have interrupted another call of it.

Most enter a critical section of the pool by hand, and do in it what a handler would that interrupts
one; the handlers are nested in each other where the calls are.
"""

from __future__ import annotations

import gc
import sys
import threading

import pytest
from helpers import until
from odd_hours.test_signal_handlers import OFTEN, hammered, pytestmark, ticking

from pausable import ScopeEnded
from pausable.scopes import switch as module

__all__ = ["pytestmark"]


def test_calls_that_interrupt_the_pool_count_in_their_order(pool, interrupt) -> None:
    """In a critical section nothing is placed yet, but the switch says what will be."""
    switch = pool.switch("x")

    def handler() -> None:
        assert switch.on() is True
        assert switch.is_on()
        assert switch.on() is False
        assert switch.toggle() is False
        assert switch.off() is False
        assert [switch.toggle(), switch.toggle(), switch.toggle()] == [True, False, True]
        assert pool.holds() == ()

    interrupt(pool, handler)
    until(lambda: not pool._p_node.pool.postponed)
    assert switch.is_on()
    assert len(pool.holds()) == 1
    switch.off()
    assert pool.holds() == ()


def test_off_and_on_around_a_hold_that_is_there(pool, interrupt) -> None:
    """An `off` and an `on` that are postponed are both made: the hold is a new one."""
    switch = pool.switch("x")
    switch.on()
    record = switch._record

    def handler() -> None:
        assert switch.off() is True
        assert switch.on() is True

    interrupt(pool, handler)
    until(lambda: not pool._p_node.pool.postponed)
    assert len(pool.holds()) == 1
    assert switch._record is not record
    assert switch.is_on()


def test_a_resume_between_calls_that_interrupt_the_pool(pool, interrupt) -> None:
    """It will put the switch off, and the calls behind it say what they do then."""
    switch = pool.switch("x")

    def handler() -> None:
        assert switch.on() is True
        pool.resume()
        assert not switch.is_on()
        assert switch.off() is False
        assert switch.toggle() is True
        pool.resume()
        assert switch.on() is True

    interrupt(pool, handler)
    until(lambda: not pool._p_node.pool.postponed)
    assert switch.is_on()
    assert len(pool.holds()) == 1
    assert pool.resume() == 1
    assert not switch.is_on()


def test_another_thread_looks_meanwhile(pool, interrupt) -> None:
    """What is postponed on one thread is on for all; their own calls come after it."""
    switch = pool.switch("x")
    seen = []
    thread = threading.Thread(target=lambda: seen.append(switch.toggle()))

    def handler() -> None:
        switch.on()
        look = threading.Thread(target=lambda: seen.append(switch.is_on()))
        look.start()
        look.join(10)
        thread.start()

    interrupt(pool, handler)
    thread.join(10)
    assert seen == [True, False]
    assert not switch.is_on()
    assert pool.holds() == ()


def test_what_is_put_on_too_late(make_pool, interrupt) -> None:
    """A postponed `on` of a pool that is over by then raises nowhere, and leaves nothing."""
    pool = make_pool(1)
    switch = pool.switch("x")

    def handler() -> None:
        pool.shutdown(wait=False)
        switch.on()

    interrupt(pool, handler)
    until(lambda: not pool._p_node.pool.postponed)
    assert not switch.is_on()
    with pytest.raises(ScopeEnded):
        switch.on()


def test_a_call_that_interrupts_a_call_of_the_same_switch(pool) -> None:
    """Whichever line of `make` a handler comes at: two toggles, one inside the other, leave none."""
    points = 0
    while True:
        switch, lines, inner = pool.switch("x"), 0, []

        def trace(frame, event, arg, point=points, switch=switch, inner=inner):
            nonlocal lines
            if frame.f_code.co_filename != module.__file__ or inner:
                return None
            if event == "line":
                lines += 1
                if lines == point + 1:
                    inner.append(None)
                    switch.toggle()
            return trace

        sys.settrace(trace)
        try:
            switch.toggle()
        finally:
            sys.settrace(None)
        if not inner:
            break
        until(lambda: not pool._p_node.pool.postponed)
        assert not switch.is_on(), f"at line {points}"
        assert pool.holds() == (), f"at line {points}"
        points += 1
    assert points > 10
    pool.resume()


def test_a_finalizer_that_turns_the_switch_of_its_pool(pool) -> None:
    """It runs wherever the collector does, also in the middle of the pool's own calls."""
    switch = pool.switch("x")
    turned = []

    class Cycle:
        def __init__(self) -> None:
            self.me = self

        def __del__(self) -> None:
            turned.append(switch.toggle())

    before = gc.get_threshold()
    gc.set_threshold(1)
    try:
        futures = []
        for _ in range(200):
            Cycle()
            futures.append(pool.submit(int))
            pool.status()
    finally:
        gc.set_threshold(*before)
    gc.collect()
    until(lambda: not pool._p_node.pool.postponed)
    assert len(turned) == 200
    assert not switch.is_on()
    assert pool.holds() == ()
    assert sum(future.result(10) for future in futures) == 0


def test_a_button_that_is_hammered(make_pool) -> None:
    """Handlers that interrupt each other and the pool's calls: never more than one hold."""
    pool = make_pool(2)
    switch = pool.switch("x")
    futures, most = [], 0
    with ticking(lambda _: switch.toggle()) as calls:
        for number in hammered(calls):
            futures.append(pool.submit(int))
            if number % 10 == 0:
                pool.pause("main").release()
            if number % 50 == 7:
                pool.resume()
            most = max(most, sum(each.reason == "x" for each in pool.holds()))
    assert len(calls) > OFTEN
    until(lambda: not pool._p_node.pool.postponed)
    assert most == 1
    assert len(pool.holds()) == int(switch.is_on())
    switch.off()
    assert sum(future.result(20) for future in futures) == 0


@pytest.mark.parametrize("turns", [300, 301])
def test_no_toggle_is_lost(make_pool, turns) -> None:
    """While the main thread submits: what is on in the end is what their number says."""
    pool = make_pool(2)
    switch = pool.switch("x")
    futures, done = [], []

    def handler(_: int) -> None:
        if len(done) < turns:
            done.append(None)
            switch.toggle()

    with ticking(handler):
        while len(done) < turns:
            futures.append(pool.submit(int))
    until(lambda: not pool._p_node.pool.postponed)
    assert switch.is_on() == bool(turns % 2)
    assert len(pool.holds()) == turns % 2
    switch.off()
    assert sum(future.result(20) for future in futures) == 0
