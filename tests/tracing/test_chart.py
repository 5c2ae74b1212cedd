"""The chart: what is drawn of events, and that nothing of it grows."""

from __future__ import annotations

from pausable import HoldPlaced, HoldReleased, HoldStatus, Location
from pausable.events import (
    ScopeQuiescent,
    StopRequested,
    TaskEnded,
    TaskFaulted,
    TaskRested,
    TaskResumed,
    TaskStarted,
)
from pausable.tracing import chart as module
from pausable.tracing.chart import Chart


def event(kind, at, *facts, task=1, seat=11, scope="shop", **more):
    """Make an event of a task."""
    return kind(
        scope,
        0.0,
        f"render-{task}",
        *facts,
        path=scope,
        monotonic=at,
        task_path=f"{scope}/render-{task}",
        task_id=task,
        seat=seat,
        **more,
    )


def hold(kind, at, reason="backup", scope="shop", placed_at=5.0, **more):
    """Make an event of a hold."""
    status = HoldStatus(scope, reason, "me", placed_at, None, "rest", None, path=scope)
    return kind(scope, 0.0, status, path=scope, monotonic=at, **more)


def drawn(*events, until=None):
    """Draw events; return the entries."""
    chart = Chart(10.0)
    entries = [entry for each in events for entry in chart.draw(each)]
    if until is not None:
        entries += chart.finish(until)
    return entries


def slices(entries):
    """Return name, row, beginning and length of each slice, in microseconds."""
    return [
        (each["name"], each["pid"], each["tid"], each["ts"], each["dur"])
        for each in entries
        if each["ph"] == "X"
    ]


def test_a_task_with_rests():
    """It is a slice on the row of its seat; each rest is one inside it, with its line."""
    where = Location("render.py", 7, "render")
    entries = drawn(
        event(TaskStarted, 10.5),
        event(TaskRested, 11.0, where=where),
        event(TaskResumed, 12.0),
        event(TaskRested, 12.5),
        event(TaskResumed, 13.0),
        event(TaskEnded, 14.0, "result", 2.0, 1.5),
    )
    assert slices(entries) == [
        ("rests", 1, 2, 1e6, 1e6),
        ("rests", 1, 2, 2.5e6, 0.5e6),
        ("render-1", 1, 2, 0.5e6, 3.5e6),
    ]
    names = {(each["name"], each["args"]["name"]) for each in entries if each["ph"] == "M"}
    assert names == {("process_name", "pool shop"), ("thread_name", "seat 1")}
    assert entries[2]["args"] == {"at": "render.py:7 in render"}
    assert entries[-1]["args"] == {
        "path": "shop/render-1",
        "outcome": "result",
        "active": 2.0,
        "paused": 1.5,
    }


def test_rows():
    """Each seat of a pool has a row; tasks that follow each other on it are on the same one."""
    entries = drawn(
        event(TaskStarted, 10, task=1, seat=11),
        event(TaskStarted, 10, task=2, seat=12, scope="shop/images"),
        event(TaskStarted, 10, task=3, seat=11, scope="other"),
        event(TaskEnded, 11, task=1, seat=11),
        event(TaskStarted, 11, task=4, seat=11),
        event(TaskEnded, 12, task=2, seat=None, scope="shop/images"),
        event(TaskEnded, 12, task=3, seat=11, scope="other"),
        event(TaskEnded, 12, task=4, seat=11),
    )
    rows = {each[0]: each[1:3] for each in slices(entries)}
    assert rows == {
        "render-1": (1, 2),
        "render-2": (1, 3),
        "render-3": (2, 3),
        "render-4": (1, 2),
    }


def test_holds():
    """Each has a beginning and an end that belong together, also if two have one reason."""
    entries = drawn(
        hold(HoldPlaced, 11),
        hold(HoldPlaced, 12, placed_at=6.0),
        hold(HoldPlaced, 13, "disk full", scope="shop/images"),
        hold(HoldReleased, 14, placed_at=6.0),
        hold(HoldReleased, 15, expired=True),
        until=16,
    )
    marks = [
        (e["ph"], int(e["id2"]["local"], 16), e["pid"], e["name"])
        for e in entries
        if e["ph"] in "be"
    ]
    assert marks == [
        ("b", 1, 1, "held: backup"),
        ("b", 2, 1, "held: backup"),
        ("b", 3, 1, "held: disk full"),
        ("e", 2, 1, "held: backup"),
        ("e", 1, 1, "held: backup"),
        ("e", 3, 1, "held: disk full"),
    ]


def test_what_is_not_over_at_the_end():
    """A task that runs, and its rest, reach to the end of the trace."""
    entries = drawn(event(TaskStarted, 11), event(TaskRested, 12), until=15)
    assert slices(entries) == [("rests", 1, 2, 2e6, 3e6), ("render-1", 1, 2, 1e6, 4e6)]
    assert entries[-1]["args"]["outcome"] == "not over"


def test_faults_and_stops():
    """A task that waits for a decision is off its row; a stop is a mark."""
    entries = drawn(
        event(TaskStarted, 11),
        event(StopRequested, 12, "not needed"),
        event(TaskFaulted, 13, "ValueError"),
        event(TaskStarted, 14),
        event(TaskEnded, 15),
    )
    assert [each[3:] for each in slices(entries)] == [(1e6, 2e6), (4e6, 1e6)]
    assert [each["name"] for each in entries if each["ph"] == "i"] == ["stop: not needed"]


def test_gaps():
    """What has no beginning is not drawn, and a task whose end was lost ends with the next one."""
    entries = drawn(
        event(TaskRested, 10, task=7),
        event(TaskEnded, 10, task=7),
        hold(HoldReleased, 10),
        event(TaskStarted, 11, task=1),
        event(TaskStarted, 12, task=2),
        event(TaskEnded, 13, task=2),
        ScopeQuiescent("shop", 0.0),
    )
    assert [each[0] for each in slices(entries)] == ["render-1", "render-2"]
    assert [e["args"]["outcome"] for e in entries if e["ph"] == "X"] == ["unknown", "result"]


def test_it_is_bounded(monkeypatch):
    """However many pools come and go, few are remembered; long names are cut."""
    monkeypatch.setattr(module, "_MOST", 3)
    chart = Chart(0.0)
    for number in range(50):
        name = f"{number}" + "x" * 1000
        for each in (TaskStarted, TaskEnded):
            entries = list(chart.draw(event(each, 1.0, task=number, scope=name)))
            assert all(len(str(entry)) < 1000 for entry in entries)
    assert len(chart._pools) == 3
    assert not chart._tasks
    assert not chart._on
