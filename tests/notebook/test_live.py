"""The live panel without a frontend: what it shows, does and says, and that it keeps nothing."""

from __future__ import annotations

import gc
import threading
import weakref
from contextlib import contextmanager

import pytest
from helpers import until
from workloads import Loop

import pausable
from pausable import ThreadPoolExecutor

pytest.importorskip("anywidget", reason="anywidget is not installed")

from pausable.notebook import panel
from pausable.notebook.sampler import Sampler


@contextmanager
def shown(scope=None):
    """Give a panel, and close it in the end, which ends what looks for it."""
    made = panel(scope)
    del scope  # which the panel does not keep, either
    try:
        yield made
    finally:
        made.close()


def press(live, verb):
    """Do what a press of the button in a view does."""
    live._receive(live, {"ask": verb}, [])


def state(live):
    """Return the state that the panel shows."""
    return live.facts["state"]


def test_it_follows_the_pool(make_pool):
    """What the pool does is shown; each change once, and nothing while nothing changes."""
    pool = make_pool(2, thread_name_prefix="followed")
    with shown(pool) as live:
        assert (live.facts["name"], live.facts["verb"], state(live)) == (
            "followed",
            "pause",
            "open",
        )
        loop = Loop()
        future = pool.submit(loop)
        until(lambda: state(live) == "running")
        with pool.pause("backup", owner="me"):
            until(lambda: state(live) == "paused")
            assert live.facts["holds"] == [{"scope": "followed", "reason": "backup", "owner": "me"}]
            changes = []
            live.observe(changes.append, names=["facts", "times"])
            looks = count_looks(live)
            until(lambda: looks() > 5)
            assert changes == []
            live.unobserve_all()
        loop.go.set()
        future.result()
        until(lambda: live.facts["scopes"][0]["done"] == 1)


def count_looks(live):
    """Count the looks of the sampler from now on; return what tells how many there were."""
    looks = []
    look = live.look

    def counted():
        looks.append(None)
        return look()

    live.look = counted
    return lambda: len(looks)


def test_the_button(make_pool):
    """It pauses with a hold that says whose it is, and resumes what anybody has paused."""
    pool = make_pool(2)
    with shown(pool) as live:
        press(live, "pause")
        (hold,) = pool.status().holds
        assert (hold.reason, hold.owner) == ("paused in the notebook", "notebook")
        until(lambda: live.facts["verb"] == "resume")
        pool.pause("another")
        press(live, "resume")
        assert not pool.is_paused()
        until(lambda: live.facts["verb"] == "pause")


def test_two_presses_are_one_pause(make_pool):
    """Of two views that press at the same time, the second is told that nothing has changed."""
    pool = make_pool(2)
    with shown(pool) as live:
        press(live, "pause")
        press(live, "pause")
        assert len(pool.status().holds) == 1
        until(lambda: "nothing to pause" in live.answer.get("text", ""))
        press(live, "resume")
        press(live, "resume")
        until(lambda: "nothing to resume" in live.answer["text"])


def test_a_guard_is_not_overruled(make_pool):
    """The button is not for holds that `resume()` does not release; they stay, and are shown."""
    pool = make_pool(2)
    with shown(pool) as live, pausable.pause("all of it", owner="me"):
        until(lambda: state(live) == "paused")
        assert live.facts["verb"] == "pause"
        press(live, "resume")
        assert pool.is_paused()


def test_the_process(make_pool):
    """A panel of the process shows all pools, those that are made later, too, and pauses all."""
    with shown() as live:
        assert live.facts["kind"] == ""
        pool = make_pool(2, thread_name_prefix="later")
        until(lambda: "later" in [each["name"] for each in live.facts["scopes"]])
        press(live, "pause")
        assert pool.is_paused()
        until(lambda: state(live) == "paused")
        press(live, "resume")
        assert not pool.is_paused()


def test_a_group(make_pool):
    """A panel of a group pauses that alone."""
    pool = make_pool(2)
    images = pool.group("images")
    with shown(images) as live:
        assert live.facts["kind"] == "group"
        press(live, "pause")
        assert images.is_paused()
        assert not pool.is_paused()
        press(live, "resume")
        assert not images.is_paused()


def test_a_pool_that_has_ended():
    """It is over, and there is nothing to press; the panel looks no more."""
    pool = ThreadPoolExecutor(1)
    with shown(pool) as live:
        pool.submit(int).result()
        pool.shutdown()
        until(lambda: state(live) == "over")
        assert live.facts["verb"] == ""
        assert live.facts["scopes"][0]["done"] == 1
        assert not live.is_open()
        press(live, "pause")
        assert live._answer is None or "nothing left" in live._answer


@pytest.mark.parametrize("part", ["pool", "group"])
def test_a_pool_that_is_collected(part):
    """A panel keeps no pool alive; of one that is gone it says so, and shows how it was."""
    pool = ThreadPoolExecutor(1, thread_name_prefix="collected")
    scope = pool.group("images") if part == "group" else pool
    there = weakref.ref(pool)
    with shown(scope) as live:
        scope.submit(int).result()
        until(lambda: live.facts["scopes"][0]["done"] == 1)
        del pool, scope
        gc.collect()
        assert there() is None
        until(lambda: state(live) in ("gone", "over"))
        assert live.facts["verb"] == ""
        assert live.facts["scopes"][0]["done"] == 1


def test_paused_in_the_notebook_it_stays():
    """A pool that a panel has paused, and nobody refers to, is there to be resumed in it."""
    pool = ThreadPoolExecutor(1)
    with shown(pool) as live:
        press(live, "pause")
        ran = threading.Event()
        pool.submit(ran.set)
        del pool
        gc.collect()
        press(live, "resume")
        assert ran.wait(10)
        until(lambda: state(live) in ("gone", "over"))


def test_views(pool):
    """One panel for all outputs of a pool; while none of its views is open, nobody looks."""
    with shown(pool) as live:
        assert panel(pool) is live
        live._receive(live, {"view": "a", "is_open": True}, [])
        live._receive(live, {"view": "b", "is_open": True}, [])
        live._receive(live, {"view": "a", "is_open": False}, [])
        assert live.is_open()
        live._receive(live, {"view": "b", "is_open": False}, [])
        assert not live.is_open()
        until(lambda: not samplers())
        assert panel(pool) is live  # displayed once more
        assert samplers()
    assert panel(pool) is not live  # which is closed
    panel(pool).close()


def samplers():
    """List the threads that look."""
    return [each for each in threading.enumerate() if each.name == "pausable-notebook"]


def test_a_message_that_is_none(pool):
    """What no view of ours sends changes nothing."""
    with shown(pool) as live:
        for content in ({}, {"ask": "shutdown"}, {"ask": None}, {"view": None}):
            live._receive(live, content, [])
        assert not pool.is_paused()


class Seen:
    """Something to look at, which may raise."""

    def __init__(self, error=None):
        self.error = error
        self.looks = 0
        self.over = False

    def is_open(self):
        return not self.over

    def look(self):
        self.looks += 1
        if self.error is not None:
            raise self.error
        return False


def test_one_that_cannot_be_shown_costs_no_other(caplog):
    """A panel whose frontend is gone is looked at no more; the others are."""
    sampler, bad, good = Sampler(), Seen(OSError("the socket is closed")), Seen()
    sampler.add(bad)
    sampler.add(good)
    until(lambda: good.looks > 3)
    assert bad.looks == 1
    assert "cannot be shown any more" in caplog.text
    good.over = True
    sampler.add(good)  # wakes it
    until(lambda: not samplers())


def test_the_thread_comes_and_goes():
    """It is there while there is anything to look at: added while it ends, a panel is not lost."""
    sampler = Sampler()
    for _ in range(50):
        seen = Seen()
        sampler.add(seen)
        until(lambda seen=seen: seen.looks)
        seen.over = True
        sampler._parker.wake()
    until(lambda: not samplers())
