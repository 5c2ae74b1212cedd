"""Signal handlers and finalizers that pause the process, whatever they have interrupted."""

from __future__ import annotations

import gc
import sys

import pytest
from helpers import until
from odd_hours.test_signal_handlers import pytestmark, ticking
from workloads import Loop

import pausable
from pausable import ThreadPoolExecutor
from pausable._core.derived import validate
from pausable._core.frames import OURS

__all__ = ["pytestmark"]


def held_alike(*pools) -> bool:
    """Say whether all pools comply with what holds the process, now or in a moment."""
    names = [each.reason for each in pausable.holds()]
    return all(
        pool._p_node.pool.postponed
        or [each.reason for each in pool.holds() if each.kind == "process"] == names
        for pool in pools
    )


def test_in_the_middle_of_a_call_on_a_pool(make_pool, interrupt) -> None:
    """From the call on nothing starts, in the pool that is interrupted and in all others."""
    pool, other = make_pool(), make_pool()

    def handler():
        pausable.pause("x")
        assert pausable.is_paused()
        assert other.is_paused()
        assert pool._p_node.pool.postponed
        return [each.submit(int) for each in (pool, other)]

    futures = interrupt(pool, handler)
    until(pool.is_paused)
    assert not any(future.done() for future in futures)
    pausable.resume()
    assert [future.result(10) for future in futures] == [0, 0]


def test_a_pause_and_a_resume_in_the_middle_of_a_call(make_pool, interrupt) -> None:
    """Both count: the pool is open afterwards. To wait there raises."""
    pool = make_pool()

    def handler() -> None:
        hold = pausable.pause("x")
        with pytest.raises(RuntimeError, match="cannot wait here"):
            hold.wait()
        with pytest.raises(RuntimeError, match="cannot wait here"):
            pausable.wait_quiescent()
        assert pausable.stop() == 0
        assert pausable.resume() == 1
        assert pausable.holds() == ()

    interrupt(pool, handler)
    until(lambda: not pool._p_node.pool.postponed)
    assert pool.submit(int).result(10) == 0
    assert held_alike(pool)


def at_each_line(act, handler) -> int:
    """Act once for each line of ours that it goes through, with *handler* called at that line."""
    points = 0
    while True:
        lines, was_called = 0, False

        def trace(frame, event, arg, point=points):
            nonlocal lines, was_called
            if was_called or not frame.f_code.co_filename.startswith(OURS):
                return None
            if event == "line":
                lines += 1
                if lines == point + 1:
                    was_called = True
                    sys.settrace(None)
                    handler()
            return trace

        sys.settrace(trace)
        try:
            act()
        finally:
            sys.settrace(None)
        if not was_called:
            return points
        points += 1


ACTS = {
    "a pause and a resume": lambda pool: (pausable.pause("main"), pausable.resume()),
    "a pool's pause and resume": lambda pool: pool.pause("main").release(),
    "a submit": lambda pool: pool.submit(int),
    "a pool that is made": lambda pool: ThreadPoolExecutor(1).shutdown(wait=False),
    "a stop": lambda pool: pausable.stop(),
    "a status": lambda pool: (pausable.status(), pausable.stragglers(), pausable.pools()),
    "a wait": lambda pool: pausable.wait_quiescent(10),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_a_pause_at_each_line(make_pool, act) -> None:
    """From the handler's call on nothing starts, and after the resume all goes on."""
    pool, other = make_pool(), make_pool()
    held = []

    def handler() -> None:
        held.append(pausable.pause("handler"))
        assert held_alike(pool, other)
        assert other.submit(int).running() is False

    def once() -> None:
        act(pool)
        sys.settrace(None)  # what follows is not interrupted
        if held:
            until(lambda: not pool._p_node.pool.postponed)
            assert held_alike(pool, other)
            held.pop().release()
        pausable.resume()
        assert held_alike(pool, other)
        assert not pool.is_paused()
        assert not other.is_paused()
        for each in (pool, other):
            until(lambda each=each: not each.tasks())
            state = each._p_node.pool
            with state.lock:
                assert validate(state) == []

    assert at_each_line(once, handler) > 10


@pytest.mark.parametrize("was_on", [False, True], ids=["off", "on"])
def test_a_switch_that_is_toggled_at_each_line_of_another_toggle(make_pool, was_on) -> None:
    """Two toggles in each other are two: it is as it was before, and the pools with it."""
    pool = make_pool()
    switch = pausable.switch("x")
    turned: list[bool] = []

    def act() -> None:
        switch.toggle()
        sys.settrace(None)
        until(lambda: not pool._p_node.pool.postponed)
        assert switch.is_on() is (was_on if turned else not was_on)
        assert pool.is_paused() is switch.is_on()
        assert len(pausable.holds()) == switch.is_on()
        turned.clear()
        if switch.is_on() is not was_on:
            switch.toggle()

    if was_on:
        switch.on()
    assert at_each_line(act, lambda: turned.append(switch.toggle())) > 10
    switch.off()


def test_signals_that_toggle_a_switch_all_the_time(make_pool) -> None:
    """While the main thread makes and uses pools, pauses and resumes: nothing is lost or left."""
    switch = pausable.switch("the user asked")
    pool, loop = make_pool(), Loop()
    pool.submit(loop)
    assert loop.began.wait(10)
    futures = []
    with ticking(lambda _: switch.toggle()):
        for _ in range(300):
            futures.append(ThreadPoolExecutor(1).submit(int))
            pausable.pause("main").release()
            futures.append(pool.submit(int))
    switch.off()
    assert [future.result(20) for future in futures] == [0] * 600
    rounds = loop.rounds
    until(lambda: loop.rounds > rounds)
    assert pausable.holds() == pool.holds() == ()


def test_a_finalizer_that_pauses_the_process(make_pool) -> None:
    """It runs wherever the collector does, also in the middle of a pool's own calls."""
    pool = make_pool()
    paused = []

    class Cycle:
        def __init__(self) -> None:
            self.me = self

        def __del__(self) -> None:
            paused.append(pausable.pause("finalizer"))

    before = gc.get_threshold()
    gc.set_threshold(20)
    try:
        futures = []
        for _ in range(100):
            Cycle()
            futures.append(pool.submit(int))
            pausable.resume()
    finally:
        gc.set_threshold(*before)
    gc.collect()
    until(lambda: not pool._p_node.pool.postponed)
    assert len(paused) > 50
    pausable.resume()
    assert [future.result(10) for future in futures] == [0] * 100
