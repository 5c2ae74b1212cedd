"""The mirror: samples and events put together are what the program is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pausable.control.mirror import STALE, Clocks, Mirror, Row


def scope(number, path, parent=0, **facts):
    return {
        "id": number,
        "parent": parent,
        "path": path,
        "name": path,
        "is_paused": False,
        "active_time": 0.0,
        "paused_time": 0.0,
        **facts,
    }


def task(number, path, within, state="running", **facts):
    return {
        "id": number,
        "scope": within,
        "path": path,
        "name": path,
        "state": state,
        "is_paused": False,
        "active_time": 0.0,
        "paused_time": 0.0,
        **facts,
    }


def sample(scopes=(), tasks=(), gone=(), process=None, lost=0):
    return {
        "reply": "sample",
        "id": 1,
        "number": 1,
        "at": 0.0,
        "lost": lost,
        "process": process,
        "scopes": list(scopes),
        "tasks": list(tasks),
        "gone": list(gone),
        "unlisted": 0,
    }


@pytest.fixture
def shop():
    """Return a mirror of a pool with a group, each with a task."""
    mirror = Mirror()
    scopes = [scope(1, "shop"), scope(3, "shop/images", 1), scope(9, "other")]
    tasks = [task(2, "shop/pay-1", 1), task(4, "shop/images/render-1", 3)]
    mirror.take(sample(scopes, tasks), 100.0)
    return mirror


def test_each_row_is_below_its_own_scope(shop):
    """The order is that of the ids, from the top down, tasks before groups."""
    assert list(shop.rows()) == [
        Row("process", 0, 0),
        Row("scope", 1, 1),
        Row("task", 2, 2),
        Row("scope", 3, 2),
        Row("task", 4, 3),
        Row("scope", 9, 1),
    ]


def test_tasks_are_listed_as_they_were_submitted():
    """As far as their names tell; ids come when somebody first asks."""
    mirror = Mirror()
    names = {8: "pool/b-2", 3: "pool/a-10", 5: "pool/named", 4: "pool/a-1", 6: "pool/b-2#1"}
    mirror.take(sample([scope(1, "pool")], [task(each, name, 1) for each, name in names.items()]))
    assert [row.id for row in mirror.rows()] == [0, 1, 4, 6, 8, 3, 5]


def test_a_filter_leaves_what_is_above(shop):
    """Whatever its case, in any part of the path."""
    assert [row.id for row in shop.rows("RENDER")] == [0, 1, 3, 4]
    assert [row.id for row in shop.rows("other")] == [0, 9]
    assert [row.id for row in shop.rows("nothing")] == [0]


def test_a_task_that_is_watched_alone_has_a_row():
    """Its scope is not told."""
    mirror = Mirror()
    mirror.take(sample(tasks=[task(7, "shop/pay-1", 1)]), 0.0)
    assert list(mirror.rows()) == [Row("process", 0, 0), Row("task", 7, 1)]


@pytest.mark.parametrize(
    ("facts", "clocks"),
    [
        ({"state": "running"}, Clocks(6.0, 2.0)),
        ({"state": "pausing", "is_paused": True}, Clocks(6.0, 2.0)),
        ({"state": "stopping"}, Clocks(6.0, 2.0)),
        ({"state": "resting", "is_paused": True}, Clocks(5.0, 3.0)),
        ({"state": "queued"}, Clocks(5.0, 2.0)),
        ({"state": "queued", "is_paused": True}, Clocks(5.0, 3.0)),
        ({"state": "faulted"}, Clocks(5.0, 2.0)),
    ],
)
def test_the_clocks_of_a_task_run_on(facts, clocks):
    """One of them, or none: by its state."""
    mirror = Mirror()
    told = task(2, "shop/pay-1", 1, active_time=5.0, paused_time=2.0, **facts)
    mirror.take(sample(tasks=[told]), 100.0)
    assert mirror.clocks_of_task(mirror.tasks[2], 101.0) == clocks


def test_the_clocks_of_a_scope_run_on():
    """The one while it is open, the other while it is paused."""
    mirror = Mirror()
    mirror.take(sample([scope(1, "shop"), scope(2, "rest", is_paused=True)]), 100.0)
    assert mirror.clocks_of_scope(mirror.scopes[1], 102.0) == Clocks(2.0, 0.0)
    assert mirror.clocks_of_scope(mirror.scopes[2], 102.0) == Clocks(0.0, 2.0)


def test_the_clocks_of_what_is_stale_stand_still(shop):
    """A program that tells nothing may have ended long ago."""
    assert shop.age(100.0 + STALE + 50) == STALE + 50
    late = shop.clocks_of_task(shop.tasks[2], 100.0 + STALE + 50)
    assert late == Clocks(STALE, 0.0)
    shop.take(sample(), 160.0)  # it is back, and nothing had changed
    assert shop.clocks_of_task(shop.tasks[2], 160.0) == Clocks(60.0, 0.0)


@pytest.mark.parametrize("number", [0, 1])
def test_a_hold_grows_older(number):
    """Nothing may be told while nothing changes; what ends by itself comes nearer, and what is stale stands still."""
    mirror = Mirror()
    mirror.take(sample([scope(1, "shop")], process={}), 100.0)
    hold = {"reason": "backup", "age": 0.5, "left": 2.0}
    assert mirror.hold_of(number, hold, 101.0) == {"reason": "backup", "age": 1.5, "left": 1.0}
    assert mirror.hold_of(number, {**hold, "left": None}, 101.0)["left"] is None
    assert mirror.hold_of(number, hold, 100.0 + 9 * STALE)["age"] == 0.5 + STALE
    assert mirror.hold_of(number, hold, 100.0 + 9 * STALE)["left"] == 0.0


def test_events_are_kept_and_counted(shop):
    """Also more than are kept, and those that were lost on the way."""
    for number in range(1500):
        shop.take({"reply": "event", "lost": int(number == 3), "number": number})
    assert shop.told == 1500
    assert len(shop.events) == 1000
    assert shop.events[-1]["number"] == 1499
    assert shop.lost == 1


@given(st.lists(st.dictionaries(st.integers(1, 8), st.integers(0, 3)), max_size=8))
def test_whatever_has_changed_the_mirror_is_the_last_picture(pictures):
    """Samples tell what is new, other or gone."""
    mirror, known = Mirror(), {}
    for now, picture in enumerate(pictures):
        truth = {number: scope(number, f"pool-{number}-{fact}") for number, fact in picture.items()}
        news = [each for number, each in truth.items() if known.get(number) != each]
        mirror.take(sample(news, gone=known.keys() - truth.keys()), float(now))
        known = truth
        assert mirror.scopes == truth
        assert {row.id for row in mirror.rows()} == {0, *truth}
