"""The terminal panel: each key, and what is seen, over a real connection to this process."""

from __future__ import annotations

import asyncio
import os
import re
import threading
import time

import pytest
from helpers import until

import pausable
from pausable.futures import ThreadPoolExecutor

pytest.importorskip("textual")

from pausable.control.link import Link
from pausable.tui.app import Top
from pausable.tui.outline import Outline

PATIENCE = 20.0


class Panel:
    """A panel that is driven by keys, and looked at as text."""

    def __init__(self, app, pilot):
        self.app = app
        self.pilot = pilot

    @property
    def text(self):
        """What is on the screen, as lines without their spaces at the end."""
        strips = self.app.screen._compositor.render_strips()
        return "\n".join("".join(part.text for part in strip).rstrip() for strip in strips)

    async def press(self, *keys):
        await self.pilot.press(*keys)

    async def see(self, *texts):
        """Wait until all *texts* are on the screen."""
        await self.until(lambda: all(text in self.text for text in texts), texts)

    async def until(self, is_so, what=""):
        """Wait for a fact."""
        deadline = time.monotonic() + PATIENCE
        while not is_so():
            assert time.monotonic() < deadline, f"{what} has not come:\n{self.text}"
            await self.pilot.pause(0.01)

    async def select(self, name):
        """Move down to the row of a scope or task."""
        await self.press("home")
        tree = self.app.query_one(Outline)
        await self.until(lambda: any(name in path_of(place) for place in tree.places), name)
        while name not in path_of(tree.selected):
            before = tree.selected
            await self.press("down")
            assert tree.selected != before, f"no {name}:\n{self.text}"


def path_of(place):
    mirror = place.link.mirror
    of = mirror.scopes.get(place.row.id) or mirror.tasks.get(place.row.id)
    return of["path"] if of else ""


@pytest.fixture
def run(served):
    """Return a function that runs a coroutine function with a panel of this process."""

    def run_(do, *, read_only=False):
        async def main():
            link = Link(served.address, os.getpid(), "crawler", hz=20)
            app = Top([link], read_only=read_only)
            async with app.run_test(size=(120, 40), notifications=True) as pilot:
                panel = Panel(app, pilot)
                await panel.see(f"crawler ({os.getpid()})")
                await do(panel)
            await asyncio.to_thread(link.join)

        asyncio.run(main())

    return run_


def test_what_is_seen(pool, run):
    """The tree with states, counts, clocks and lines; the keys at the foot."""

    async def do(panel):
        await panel.see("shop", "work-1", "work-2", "int-3", "running", "queued", "at most 2")
        await panel.see("space pause/resume", "? help", "q quit")
        first, second, *_ = panel.text.splitlines()
        assert first.split() == [
            "SCOPE",
            "OR",
            "TASK",
            "STATE",
            "RUN",
            "REST",
            "QUEUE",
            "DONE",
            "ACTIVE",
            "PAUSED",
            "HOLDS,",
            "LINE",
        ]
        assert second.split() == ["crawler", f"({os.getpid()})", "open", "2", "0", "1", "0"]
        assert not pool.is_paused()

    run(do)


def test_space_pauses_and_resumes(pool, run):
    """Of the process, which is selected first; who holds it is told below."""

    async def do(panel):
        await panel.see("work-1")
        await panel.press("space")
        await panel.see("resting", "paused in the panel", "until a resume: paused in the panel")
        assert pausable.is_paused()
        assert pool.is_paused()
        await panel.press("space")
        await panel.see("resumed: 1 hold released")
        assert not pausable.is_paused()

    run(do)


def test_a_hold_grows_older_while_nothing_changes(pool, run):
    """As the times of tasks do: what is told of it may be some seconds old."""
    del pool

    async def do(panel):
        await panel.press("space")
        await panel.see("held for ")
        age = r"held for [\d.]+ s"
        before = re.search(age, panel.text)[0]
        await panel.until(lambda: re.search(age, panel.text)[0] != before, "another age")

    run(do)


def test_what_is_too_long_for_the_screen_is_seen_to_be(pool, run):
    """A row ends with an ellipsis."""
    del pool

    async def do(panel):
        await panel.see("work-1")
        await panel.press("p", *"x" * 99, "enter")
        await panel.until(lambda: panel.text.splitlines()[1].endswith("xxx…"), "an ellipsis")

    run(do)


def test_a_task_is_paused_alone(pool, run):
    """The other one runs on."""

    async def do(panel):
        await panel.select("work-1")
        await panel.press("space")
        await panel.until(lambda: pool.status().resting == 1)
        await panel.see("resting", "running")
        assert not pool.is_paused()
        await panel.press("r")
        await panel.until(lambda: pool.status().running == 2)

    run(do)


def test_a_pause_with_a_reason(pool, run):
    """It is asked for; Escape asks for nothing."""

    async def do(panel):
        await panel.select("shop")
        await panel.press("p")
        await panel.see("to be paused?")
        await panel.press("escape")
        await panel.press("p", *"lunch", "enter")
        await panel.see("until a resume: lunch")
        assert [hold.reason for hold in pool.holds()] == ["lunch"]
        await panel.press("r")
        await panel.until(lambda: not pool.is_paused())

    run(do)


def test_a_resume_that_changes_nothing_says_so(pool, run):
    """Also where something else holds."""

    async def do(panel):
        await panel.see("work-1")
        await panel.press("r")
        await panel.see("nothing to resume: no pause holds it")
        assert not pool.is_paused()

    run(do)


def test_request_and_fact(run):
    """While tasks run on under a closed gate, it is pausing, and they are named with their lines."""
    is_over = threading.Event()

    async def do(panel):
        await panel.see("deaf")
        await panel.press("space")
        await panel.see("pausing: 1 task still running", "deaf-1 at ")
        await panel.press("space")
        await panel.until(lambda: not pausable.is_paused())

    def deaf():
        is_over.wait()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(deaf)
        until(lambda: pool.status().running == 1)
        try:
            run(do)
        finally:
            is_over.set()


def test_stop_asks_once(pool, run):
    """No is no; yes stops the one that is selected."""

    async def do(panel):
        await panel.select("work-2")
        await panel.press("x")
        await panel.see("Stop ", "work-2?")
        await panel.press("n", "x")
        assert pool.status().stopped == 0
        await panel.press("y")
        await panel.until(lambda: pool.status().stopped == 1)
        await panel.see("asked 1 task to stop", "is to stop: stopped in the panel")

    run(do)


def test_a_limit_is_set(pool, run):
    """The present one is proposed; what is none is refused."""

    async def do(panel):
        await panel.select("shop")
        await panel.press("l")
        await panel.see("at once?")
        await panel.press("backspace", *"lots", "enter")
        await panel.see("'lots' is no limit")
        await panel.press("l", "backspace", "3", "enter")
        await panel.see("limit set", "at most 3")
        assert pool._max_workers == 3

    run(do)


def test_a_fault_is_decided(run):
    """It is shown with its traceback and variables; the decision is carried out."""
    tried = set()

    def price(item):
        if item not in tried:
            tried.add(item)
            raise KeyError(item)
        return 5

    async def do(panel):
        await panel.select("prices")
        await panel.see("1 faults wait for a decision")
        await panel.press("f")
        await panel.see("KeyError: 'fig'", "item = 'fig'")
        await panel.press("r")
        await panel.see("retry: 1 fault decided")
        await panel.until(lambda: figs.done() and pool.status().failed == 0)
        await panel.press("f")
        await panel.see("KeyError: 'kiwi'")
        await panel.press("v")
        await panel.see("as JSON")
        await panel.press("7", "enter")
        await panel.until(kiwis.done)

    with ThreadPoolExecutor(1, on_fault="hold", thread_name_prefix="prices") as pool:
        figs, kiwis = pool.submit(price, "fig"), pool.submit(price, "kiwi")
        run(do)
        assert (figs.result(10), kiwis.result(10)) == (5, 7)


def test_where_a_task_is(pool, run):
    """Its stack, which can be closed."""

    async def do(panel):
        await panel.select("work-1")
        await panel.press("w")
        await panel.see("in work: ")
        await panel.press("escape")
        await panel.until(lambda: "in work: " not in panel.text)
        assert pool.status().running == 2

    run(do)


def test_a_filter(pool, run):
    """Only what has the text in its path, and what is above that; empty shows all."""

    async def do(panel):
        await panel.see("int-3")
        await panel.press("slash", *"work-2", "enter")
        await panel.until(lambda: "int-3" not in panel.text)
        assert "work-2" in panel.text
        await panel.press("slash", *["backspace"] * 6, "enter")
        await panel.see("int-3", "work-1")
        assert not pool.is_paused()

    run(do)


def test_a_frozen_view(pool, run):
    """Nothing is drawn until it goes on."""

    async def do(panel):
        await panel.see("work-1")
        await panel.press("z")
        await panel.see("the view stands still")
        with pool.pause("for a moment", timeout=10):
            await panel.pilot.pause(0.3)
            assert "for a moment" not in panel.text
            await panel.press("z")
            await panel.see("for a moment")

    run(do)


def test_the_selection_stays_with_its_task(pool, run):
    """Whatever comes and goes above it; when it is over, its scope is selected."""

    async def do(panel):
        await panel.select("int-3")
        tree = panel.app.query_one(Outline)
        with ThreadPoolExecutor(1, thread_name_prefix="another"):
            await panel.see("another")
            assert "int-3" in path_of(tree.selected)
        pool.stop()
        await panel.until(lambda: path_of(tree.selected) == pool.status().path)

    run(do)


def test_read_only(pool, run):
    """No key changes anything: not one that pauses, not one that stops."""

    async def do(panel):
        await panel.see("work-1")
        await panel.press("space", "p", "r", "x", "l", "f")
        assert len(panel.app.screen_stack) == 1
        await panel.press("question_mark")
        await panel.see("resume: release the holds")
        assert not pausable.is_paused()
        assert pool.status().running == 2

    run(do, read_only=True)


def test_a_program_that_is_gone(run, served):
    """What is stale looks stale, and says why; keys say that it cannot be reached."""

    async def do(panel):
        served.close()
        await panel.see("gone", "disconnected: ")
        await panel.press("space")
        await panel.until(lambda: "listens" in panel.text or "No such file" in panel.text)

    run(do)
