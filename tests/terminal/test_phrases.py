"""What is said at the terminal: pure texts, from snapshots."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pausable import HoldStatus, Location, ProcessStatus, ScopeStatus, Straggler, TaskStatus
from pausable.terminal.follower import Follower
from pausable.terminal.note import note
from pausable.terminal.phrases import place, status_line
from pausable.terminal.screen import screen

OWN = "terminal pts/3"
LINE = Location("/elsewhere/pages.py", 41, "render")
HOLD = HoldStatus("process", "paused at the keyboard", OWN, 0.0, None, "rest", None, "pause", 12.0)
BY_GUARD = HoldStatus(
    "shop", "db: no route", "guard db", 0.0, None, "rest", None, "guard", 3.0, "shop", 1
)


def task(number, state="resting", pool="shop"):
    """Return the status of a task."""
    return TaskStatus(
        f"render-{number}",
        pool,
        state,
        number > 0,
        3.21,
        0.1,
        LINE,
        path=f"shop/render-{number}",
        id=number,
    )


def pool(name="shop", **counts):
    """Return the status of a pool."""
    given = dict.fromkeys(("running", "resting", "queued", "done"), 0) | counts
    tasks = given.pop("tasks", ())
    return ScopeStatus(
        name,
        is_paused=given.pop("is_paused", False),
        is_quiescent=not given["running"],
        is_shut_down=False,
        max_workers=8,
        holds=given.pop("holds", ()),
        active_time=1.0,
        paused_time=0.0,
        tasks=tasks,
        path=name,
        **given,
    )


def process(*pools, holds=()):
    """Return the status of a process."""
    is_quiescent = all(each.is_quiescent for each in pools)
    return ProcessStatus("process", bool(holds), is_quiescent, tuple(holds), pools)


@pytest.mark.parametrize(
    ("status", "line"),
    [
        (process(), "no pool yet"),
        (process(holds=[HOLD]), f"paused: no pool yet; held by {OWN} for 12 s: {HOLD.reason}"),
        (process(pool()), "idle: no tasks"),
        (
            process(pool(running=2, queued=5, done=3, failed=1)),
            "running: 2 running, 5 queued, 3 done (1 failed)",
        ),
        (
            process(pool(resting=2, is_paused=True, holds=(BY_GUARD,))),
            "paused: 2 resting; held by guard db on shop for 3.0 s: db: no route",
        ),
        (
            process(pool(running=1, resting=2, is_paused=True), holds=[HOLD]),
            f"pausing, 1 of 3 still run: 1 running, 2 resting; held by {OWN} for 12 s: {HOLD.reason}",
        ),
        (
            process(pool(resting=2, is_paused=True), pool("b", running=1)),
            "1 of 2 pools paused: 1 running, 2 resting, in 2 pools",
        ),
    ],
)
def test_the_status_in_one_line(status, line):
    """It says the request and the fact, counts what there is, and names who holds what."""
    assert status_line(status) == line


def test_places(tmp_path, monkeypatch):
    """A file below the current folder is named from there."""
    monkeypatch.chdir(tmp_path)
    assert (
        place(Location(str(tmp_path / "shop" / "pages.py"), 41, "render"))
        == "shop/pages.py:41 in render"
    )
    assert place(LINE) == "/elsewhere/pages.py:41 in render"
    assert place(None) == ""


def test_text_of_others_is_no_command():
    """Names and reasons cannot move the cursor or begin a line."""
    hold = replace(HOLD, reason="a\x1b[2J\nb")
    assert status_line(process(holds=[hold])).endswith(r"a\x1b[2J b")


def test_the_screen_fits():
    """However much there is, it has as many lines and columns as it may, and counts the rest."""
    tasks = tuple(task(number) for number in range(50))
    pools = [pool(f"shop-{n}", resting=50, is_paused=True, tasks=tasks) for n in range(4)]
    status = process(*pools, pool("idle"), holds=[HOLD] * 9)
    for height in (6, 12, 24, 60):
        lines = screen(status, OWN, 70, height)
        assert len(lines) <= height
        assert max(map(len, lines)) <= 70
    assert "and 3 more holds" in lines
    assert "1 pool with nothing to do" in lines
    assert sum(line.startswith("  and ") for line in lines) == 4


def test_the_screen_shows_what_still_runs_first():
    """Those that do not rest are what a person looks for."""
    tasks = (task(1), task(2, "pausing"), task(3, "queued"), task(4, "running"))
    status = process(
        pool(running=2, resting=1, queued=1, is_paused=True, tasks=tasks), holds=[HOLD]
    )
    assert screen(status, OWN, 100, 24) == [
        "pausing, 2 of 3 still run: 2 running, 1 resting, 1 queued",
        "held by terminal pts/3 for 12 s: paused at the keyboard (space resumes)",
        "shop, paused: 2 running, 1 resting, 1 queued",
        "  render-2  pausing   active  3.2 s  paused  0.1 s  pages.py:41 in render",
        "  render-4  running   active  3.2 s  paused  0.1 s  pages.py:41 in render",
        "  render-1  resting   active  3.2 s  paused  0.1 s  pages.py:41 in render",
    ]


def test_following_a_pause():
    """Nothing is said for a moment; then who still runs, less and less often; then that all rest."""
    late = [Straggler("render-1", LINE, 2.0)]
    busy = process(pool(running=1, resting=1, is_paused=True), holds=[HOLD])
    follower, said, now = Follower(0.0), [], 0.0
    while now < 10:
        if lines := follower.look(busy, late, OWN, now):
            said.append((round(now, 1), lines))
        assert now < follower.next <= now + 1.0
        now = follower.next
    assert [round(at) for at, _ in said] == [0, 1, 3, 7]
    assert said[0] == (
        0.1,
        [
            "pausing: 1 of 2 still run",
            "  render-1 at /elsewhere/pages.py:41 in render has not come to a checkpoint for 2.0 s",
        ],
    )
    quiet = process(pool(resting=2, queued=3, is_paused=True), holds=[HOLD])
    assert follower.look(quiet, [], OWN, now) == [
        "paused: 2 tasks at rest, 3 queued; space resumes"
    ]
    assert follower.is_over


@pytest.mark.parametrize("height", [5, 30])
@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("line", [0, 3, 4])
def test_a_note_leaves_the_line_of_the_cursor(height, rows, line, monkeypatch):
    """It stands above the line where the program was writing, which stays with the cursor in it."""
    pyte = pytest.importorskip("pyte")
    monkeypatch.setenv("TERM", "xterm")
    picture = pyte.Screen(40, height)
    stream = pyte.Stream(picture)
    stream.feed("".join(f"line {number}\r\n" for number in range(line)) + " 42 % ")
    lines = [f"row {number}" for number in range(rows)]
    stream.feed(note(lines, (40, height)))
    stream.feed("done")
    shown = [each.rstrip() for each in picture.display if each.strip()]
    assert shown[-rows - 1 :] == ["[pausable] row 0", *lines[1:], " 42 % done"]


def test_a_note_on_a_poor_terminal(monkeypatch):
    """Where the cursor cannot be moved it is plain lines; one that is too long is folded."""
    monkeypatch.setenv("TERM", "dumb")
    assert note(["a", "  b"], (80, 24)) == "\r[pausable] a\r\n\r  b\r\n"
    folded = note([" ".join(["word"] * 12)], (40, 24)).split("\r\n")
    assert [len(each) < 41 for each in folded] == [True] * len(folded)
    assert len(folded) == 3
