"""An exception that hits the carrier on the loop's own thread: whoever was to rest or go on, does."""

from __future__ import annotations

import asyncio

import pytest
from aio.loops import Ticks, assert_valid, run, turns

from pausable import aio
from pausable.aio import carrier as module
from pausable.aio.loop_seat import LoopSeat


class Struck(BaseException):
    """Raised where a signal handler might raise."""


@pytest.fixture
def strike(monkeypatch):
    """Return a function that has the next call of something of ours raise, before or after it."""
    struck = []

    def aim(of, name, *, after):
        usual = getattr(of, name)

        def strikes(*args):
            monkeypatch.setattr(of, name, usual)
            if after:
                usual(*args)
            struck.append(name)
            raise Struck

        monkeypatch.setattr(of, name, strikes)

    yield aim
    assert struck


PLACES = [(LoopSeat, "look"), (module, "let_all_go"), (module, "_see_to"), (module, "_late")]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("of", "name"), PLACES, ids=[name for _, name in PLACES])
def test_the_carrier_is_struck(strike, monkeypatch, of, name, after):
    """In the midst of a pause or a resume: nobody is forgotten."""
    ticks = Ticks()
    monkeypatch.setattr(module, "_PORTION", 2)

    async def main():
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        async with aio.TaskGroup() as tasks:
            tasks._p_node.pool.lines.portion = 2
            for each in "abcdef":
                tasks.create_task(ticks.tick(each))
                await ticks.go_on(each)
            if name not in ("look", "let_all_go"):
                strike(of, name, after=after)
            await asyncio.to_thread(tasks.pause, "a while")
            assert await tasks.wait_quiescent(20)
            before = dict(ticks.count)
            await turns(20)
            assert ticks.count == before
            if name in ("look", "let_all_go"):
                strike(of, name, after=after)
            await asyncio.to_thread(tasks.resume)
            for each in "abcdef":
                await ticks.go_on(each)
            assert_valid(tasks)
            tasks.stop()

    run(main)
