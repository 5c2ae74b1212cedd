"""The table: what it says of a status, bounded, and never as markup."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from workloads import Loop, Stuck

import pausable
from pausable import HoldStatus, Location, ProcessStatus, ScopeStatus, TaskStatus
from pausable.notebook.plain_html import html, seconds
from pausable.notebook.portrayal import picture, state_of

HOLD = HoldStatus("crawler", "nightly backup", "operator", 0.0, None, "rest", None, seconds=75.0)
OPEN = ScopeStatus(
    "crawler",
    is_paused=False,
    is_quiescent=False,
    is_shut_down=False,
    max_workers=8,
    running=3,
    resting=0,
    queued=1000,
    done=40,
    holds=(),
    active_time=10.0,
    paused_time=0.0,
    path="crawler",
    failed=2,
)
PAUSED = replace(OPEN, is_paused=True, is_quiescent=True, running=0, resting=3, holds=(HOLD,))
TASK = TaskStatus(
    "render-1",
    "crawler",
    "resting",
    is_paused=True,
    active_time=1.5,
    paused_time=62.0,
    where=Location("/srv/app/render.py", 12, "render"),
)


class Cells(HTMLParser):
    """Collects the texts of an HTML document, and checks that all that is opened is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.open: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" in self.open:
            return
        self.texts.append(data)
        if "tr" in self.open:
            self.rows[-1][-1] += data


def read(document: str) -> Cells:
    """Read what a document shows."""
    found = Cells()
    found.feed(document)
    found.close()
    assert not found.open
    return found


def test_counts_and_state():
    """A pool has a row with its state and its counts, and a group one below it."""
    images = replace(OPEN, name="images", path="crawler/images", running=1, queued=0, done=7)
    rows = read(html(replace(OPEN, groups={"images": images}))).rows
    assert rows == [
        ["name", "state", "running", "resting", "queued", "done", "failed"],
        ["crawler", "running", "3", "0", "1,000", "40", "2"],
        ["images", "running", "1", "0", "0", "7", "2"],
    ]


def test_holds():
    """Each hold is there: of what, why, by whom, for how long."""
    assert ["crawler", "nightly backup", "operator", "1:15"] in read(html(PAUSED)).rows


def test_tasks():
    """A task has its state, its active and its paused time, and its line."""
    rows = read(html(replace(PAUSED, tasks=(TASK,)))).rows
    assert ["render-1", "resting", "1.5 s", "1:02", "render.py:12 in render"] in rows


def test_a_line_of_a_cell():
    """The name that a kernel makes up for a cell says nothing to anybody."""
    where = Location("/tmp/ipykernel_1234/987654321.py", 3, "work")
    rows = read(html(replace(PAUSED, tasks=(replace(TASK, where=where),)))).rows
    assert rows[-1][-1] == "a cell, line 3 in work"


def test_tasks_that_are_waited_for_come_first():
    """Of many tasks those are listed that keep the pool from being quiescent."""
    late = replace(TASK, name="late", state="pausing")
    tasks = (*(replace(TASK, name=f"rests-{n}") for n in range(50)), late)
    document = html(replace(PAUSED, is_quiescent=False, running=1, resting=50, tasks=tasks))
    found = read(document)
    assert [row[0] for row in found.rows[-10:]][:2] == ["late", "rests-0"]
    assert "1 of 51 still run" in found.texts
    assert "and 41 more" in found.texts


def test_it_is_bounded():
    """However many pools, groups, holds and tasks there are, and however long their names."""
    pools = tuple(
        replace(PAUSED, name="n" * 10_000, path=f"p{n}", holds=(HOLD,) * 50, tasks=(TASK,) * 100)
        for n in range(1000)
    )
    status = ProcessStatus(
        "process", is_paused=True, is_quiescent=True, holds=(HOLD,) * 500, pools=pools
    )
    assert len(html(status)) < 40_000
    assert {"and 975 more", "and 50,490 more", "and 99,990 more"} <= set(read(html(status)).texts)


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "\"' onload='x", "a & b", "</style>"]
)
def test_text_is_text(text):
    """Whatever people have named or given as a reason is shown as it is, and is no markup."""
    hold = replace(HOLD, scope=text, reason=text, owner=text)
    where = Location(f"/srv/{text}", 1, text)
    task = replace(TASK, name=text, where=where)
    found = read(html(replace(PAUSED, name=text, holds=(hold,), tasks=(task,))))
    assert [text, text, text, "1:15"] in found.rows
    assert found.rows[-1][0] == text
    assert text in found.texts


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (OPEN, "running"),
        (replace(OPEN, running=0), "open"),
        (PAUSED, "paused"),
        (replace(PAUSED, is_quiescent=False), "pausing"),
        (replace(OPEN, is_shut_down=True), "shut down"),
        (replace(OPEN, is_shut_down=True, running=0, queued=0), "over"),
    ],
)
def test_states(status, state):
    """A request and a fact are told apart: pausing is not paused."""
    assert state_of(status) == state


def test_what_a_button_would_do():
    """It resumes what `resume()` can release, and offers nothing of a pool that is over."""
    guarded = replace(PAUSED, holds=(replace(HOLD, kind="guard"),))
    over = replace(OPEN, is_shut_down=True, running=0, queued=0)
    verbs = [picture(each)[0]["verb"] for each in (OPEN, PAUSED, guarded, over)]
    assert verbs == ["pause", "resume", "pause", ""]


def test_durations():
    """They are short, and rounded before they are cut into minutes."""
    said = [seconds(each) for each in (0, 9.94, 9.96, 59.4, 59.6, 3599.7, 7325)]
    assert said == ["0.0 s", "9.9 s", "10 s", "59 s", "1:00", "1:00:00", "2:02:05"]


def test_real_statuses(make_pool):
    """A pool, a group, their statuses and the one of the process show themselves as such a table."""
    pool = make_pool(2, thread_name_prefix="real")
    group = pool.group("images")
    loop, stuck = Loop(), Stuck()
    pool.submit(loop)
    group.submit(stuck)
    assert loop.began.wait(10)
    assert stuck.began.wait(10)
    group.pause("disk full", owner="me")
    for shown in (pool, group, pool.status(), group.status(), pausable.status()):
        rows = read(shown._repr_html_()).rows
        assert ["images", "disk full", "me"] in [row[:3] for row in rows]
        assert re.search("pausing", str(rows))
