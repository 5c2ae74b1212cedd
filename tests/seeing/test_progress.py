"""The progress bar: what it says, when it looks, and that it always ends."""

from __future__ import annotations

import io
import sys
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from helpers import until
from rich.console import Console

from pausable import HoldStatus, ScopeStatus, ThreadPoolExecutor, checkpoint
from pausable._core.frames import frames_of_threads
from pausable.scopes.bars import estimate, picture, plain_lines, total_of
from pausable.scopes.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import RenderableType

HOLD = HoldStatus("pool", "nightly backup", "MainThread", 0.0, None, "rest", None)
FRESH = ScopeStatus(
    "pool",
    is_paused=False,
    is_quiescent=False,
    is_shut_down=False,
    max_workers=8,
    running=8,
    resting=0,
    queued=92,
    done=0,
    holds=(),
    active_time=0.0,
    paused_time=0.0,
)
BUSY = replace(FRESH, done=40, queued=52, active_time=10.0)
PAUSED = replace(
    BUSY, is_paused=True, is_quiescent=True, running=0, resting=8, holds=(HOLD,), paused_time=3.0
)


def drawn(renderable: RenderableType, width: int = 100) -> str:
    """Return what rich makes of it, as text."""
    console = Console(file=io.StringIO(), record=True, width=width, color_system=None)
    console.print(renderable)
    return console.export_text()


# What it says.


def test_counts() -> None:
    """The bar tells what is done, running, resting and queued."""
    text = drawn(picture(replace(BUSY, resting=3)))
    assert "40/103 done" in text
    assert "8 running, 3 resting, 52 queued" in text


def test_holds_with_reasons() -> None:
    """A paused scope names who holds it, and why."""
    text = drawn(picture(PAUSED))
    assert "paused" in text
    assert "pool is held: 'nightly backup' by MainThread since" in text


def test_pausing_until_quiescent() -> None:
    """While tasks still run under a closed gate, the scope is pausing."""
    assert "pausing" in drawn(picture(replace(PAUSED, is_quiescent=False, running=1, resting=7)))


def test_group_has_a_row() -> None:
    """A group at work has a row and names its holds; one that has ended has none."""
    held = replace(HOLD, scope="thumbs", reason="disk full")
    thumbs = replace(PAUSED, name="thumbs", done=5, queued=2, holds=(held,))
    ended = replace(FRESH, name="mails", running=0, queued=0, done=7)
    status = replace(BUSY, groups={"thumbs": thumbs, "mails": ended})
    text = drawn(picture(status))
    assert "5/15 done" in text
    assert "thumbs is held: 'disk full' by MainThread" in text
    assert "mails" not in text
    assert "5/15 done" not in drawn(picture(status, groups=False))


def test_many_groups_are_counted() -> None:
    """Of very many groups only some have a row."""
    groups = {name: replace(BUSY, name=name) for name in map("group-{}".format, range(30))}
    text = drawn(picture(replace(BUSY, groups=groups)))
    assert "group-0" in text
    assert "group-29" not in text
    assert "and 20 more groups" in text


def test_given_text_is_neither_markup_nor_control() -> None:
    """What people have given as a name or a reason is shown as it is, escape codes escaped."""
    hold = replace(HOLD, reason="[red]hot[/red] \x1b[31m", owner="a\x1b[2Jb")
    status = replace(PAUSED, name="[bold]x", holds=(hold,))
    for text in (drawn(picture(status)), plain_lines(status)["[bold]x"][0]):
        assert "[red]hot[/red]" in text
        assert "[bold]x" in text
        assert "\x1b" not in text


def test_items_of_chunks() -> None:
    """Where a task stands for many items of a `map`, the bar counts those."""
    status = replace(BUSY, items=1000, items_done=437)
    assert "437/1000 done" in drawn(picture(status))
    assert "437/1000 done" in plain_lines(status)["pool"][0]
    assert estimate(status) == 563 * 10 / 437


def test_what_is_held_in_a_part_is_not_estimated() -> None:
    """A group that is held does not go on: it is named, and the others' time is estimated."""
    held = replace(PAUSED, name="thumbs", done=0, resting=0, queued=20)
    status = replace(BUSY, items=100, items_done=40, items_held=20, groups={"thumbs": held})
    assert estimate(status) == 40 * 10 / 40
    assert "ETA 0:00:10, 20 held" in drawn(picture(status))
    line, left = plain_lines(status)["pool"]
    assert "20 held" in line
    assert left == "ETA 0:00:10"
    only = replace(status, running=0, queued=20, done=80, items_done=80)
    for text in (drawn(picture(only, groups=False)), *plain_lines(only)["pool"]):
        assert "ETA" not in text
    assert "20 held" in drawn(picture(only))


def test_there_is_no_estimate_of_zero() -> None:
    """While anything is left, it takes a second at least."""
    fast = replace(BUSY, done=99, running=1, queued=0, active_time=1.0)
    assert "ETA 0:00:01" in drawn(picture(fast))


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_fits_any_width(width: int) -> None:
    """No line is longer than the terminal is wide."""
    text = drawn(picture(replace(PAUSED, groups={"g": replace(PAUSED, name="g")})), width)
    assert max(map(len, text.splitlines())) <= width


def test_plain_line() -> None:
    """Without a terminal a scope is one line, and the time left is apart from what is so."""
    lines = plain_lines(replace(PAUSED, groups={"thumbs": replace(PAUSED, holds=())}))
    line, left = lines["pool"]
    assert line.startswith("pool: 40/100 done, 0 running, 8 resting, 52 queued, paused: 'nightly")
    assert left == "ETA 0:00:15"
    assert lines["pool/thumbs"][0].endswith("paused: with the scope above")


def test_total_of_what_is_to_come() -> None:
    """A total that was given counts, unless there are more tasks than that already."""
    assert total_of(BUSY) == 100
    assert total_of(BUSY, 1000) == 1000
    assert total_of(BUSY, 10) == 100
    assert "40/1000 done" in drawn(picture(BUSY, total=1000))


# The time that is left.


def test_estimate_is_by_active_time() -> None:
    """40 done in 10 s of active time: the 60 others take 15 s more."""
    assert estimate(BUSY, since=FRESH) == pytest.approx(15.0)
    assert estimate(BUSY, total=1040, since=FRESH) == pytest.approx(250.0)


def test_estimate_stands_still_while_paused() -> None:
    """However long a pause lasts, the estimate is what it was."""
    later = replace(PAUSED, paused_time=4000.0)
    assert estimate(later, since=FRESH) == estimate(BUSY, since=FRESH)


def test_estimate_goes_by_what_was_done_since() -> None:
    """What was done before the bar began, fast or slowly, does not count."""
    before = replace(BUSY, active_time=1000.0)
    now = replace(before, done=50, queued=42, active_time=1005.0)
    assert estimate(now, since=before) == pytest.approx(25.0)


def test_estimate_of_nothing() -> None:
    """Nothing is left, or there is nothing to go by yet."""
    assert estimate(replace(BUSY, running=0, queued=0)) == 0.0
    assert estimate(FRESH) is None
    assert "ETA unknown" in drawn(picture(FRESH))


# The bar itself.


class Task:
    """Tasks that go round by checkpoints until they are let go."""

    def __init__(self) -> None:
        """Let none go yet."""
        self.go = threading.Event()

    def __call__(self) -> None:
        """Go round."""
        while not self.go.wait(0.001):
            checkpoint()


def on_paper() -> Console:
    """Make a console that is no terminal."""
    return Console(file=io.StringIO(), force_terminal=False, width=200, _environ={})


def on_terminal() -> Console:
    """Make a console that takes itself for a terminal."""
    return Console(
        file=io.StringIO(), force_terminal=True, width=100, _environ={"TERM": "xterm-256color"}
    )


def written(console: Console) -> str:
    """Return what came out of a console so far."""
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def bars() -> list[threading.Thread]:
    """List the threads of bars."""
    return [each for each in threading.enumerate() if each.name == "pausable-progress"]


def test_without_a_terminal() -> None:
    """Plain lines tell the story of a pause, and hold no control code."""
    console, task = on_paper(), Task()
    with ThreadPoolExecutor(4, "work") as pool, pool.progress(console=console, refresh=0):
        futures = [pool.submit(task) for _ in range(6)]
        until(lambda: "0/6 done, 4 running, 0 resting, 2 queued" in written(console))
        pool.pause("nightly backup")
        until(lambda: "0 running, 4 resting, 2 queued, paused: 'nightly" in written(console))
        pool.resume()
        task.go.set()
        for future in futures:
            future.result(10)
        until(lambda: pool.status().running == 0)
    assert written(console).splitlines()[-1] == "work: 6/6 done, 0 running, 0 resting, 0 queued"
    assert "\x1b" not in written(console)
    assert "\r" not in written(console)


def test_lines_only_when_something_changed() -> None:
    """The same line is not printed twice, however often the bar looks."""
    console = on_paper()
    with ThreadPoolExecutor(1) as pool, pool.progress(console=console) as bar:
        until(lambda: written(console).count("\n") == 1)
        bar._print(pool.status())
        bar._print(pool.status())
    assert written(console).count("\n") == 1


@pytest.mark.parametrize("make", [on_paper, on_terminal])
def test_paused_pool_is_not_looked_at(make: Callable[[], Console]) -> None:
    """While nothing changes in a paused pool the bar's thread is parked, without a time limit."""
    console, task = make(), Task()
    with ThreadPoolExecutor(2) as pool, pool.progress(console=console, refresh=0) as bar:
        futures = [pool.submit(task) for _ in range(2)]
        until(lambda: pool.status().running == 2)
        pool.pause("nightly backup").wait(10)
        until(lambda: "2 resting" in written(console).rsplit("done", 1)[-1])
        (thread,) = bars()
        assert thread.ident is not None
        until(lambda: frames_of_threads()[thread.ident].f_code.co_name == "park")
        assert frames_of_threads()[thread.ident].f_locals["timeout"] is None
        assert bar._patience() is None
        pool.resume()  # and wakes up when there is something to see
        until(lambda: "2 running, 0 resting" in written(console).rsplit("done", 1)[-1])
        task.go.set()
        for future in futures:
            future.result(10)


def test_terminal_counts_time_down_while_tasks_run() -> None:
    """In a terminal the bar looks once in a while, but only while a task runs."""
    task = Task()
    with ThreadPoolExecutor(1) as pool, pool.progress(console=on_terminal(), refresh=0) as bar:
        until(lambda: bar._patience() is None, what="an idle pool needs no look")
        future = pool.submit(task)
        until(lambda: bar._patience() is not None, what="a busy one does")
        task.go.set()
        future.result(10)
        until(lambda: bar._patience() is None)


def test_in_a_terminal() -> None:
    """In a terminal the bar redraws itself, ends with the last state and shows the cursor again."""
    console = on_terminal()
    with ThreadPoolExecutor(2) as pool, pool.progress(console=console, description="hashing"):
        pool.submit(int).result(10)
        until(lambda: pool.status().done == 1)
    last = written(console).rsplit("hashing", 1)[-1]
    assert "1/1 done" in last
    assert written(console).rstrip().endswith("\x1b[?25h")


@pytest.mark.parametrize("make", [on_paper, on_terminal])
def test_ends_when_the_block_raises(make: Callable[[], Console]) -> None:
    """The exception comes through, the thread has ended, and nobody observes the pool any more."""
    console = make()
    with ThreadPoolExecutor(1) as pool:
        with pytest.raises(KeyError), pool.progress(console=console):
            raise KeyError
        assert not bars()
        assert not pool._p_node.audience.observers
        assert pool.submit(int).result(10) == 0


def test_begins_again() -> None:
    """A bar can be shown once more, but not twice at once."""
    with ThreadPoolExecutor(1) as pool:
        bar = pool.progress(console=on_paper())
        with bar, pytest.raises(RuntimeError, match="shown already"), bar:
            pass
        with bar:
            assert len(bars()) == 1
        assert not bars()


def test_what_cannot_begin_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where rich refuses to begin, as some versions do a second display, nothing stays behind."""

    def refuse(*_: object) -> None:
        raise KeyError

    monkeypatch.setattr("rich.live.Live.start", refuse)
    with ThreadPoolExecutor(1) as pool:
        with pytest.raises(KeyError), pool.progress(console=on_terminal()):
            pass
        assert not bars()
        assert not pool._p_node.audience.observers


class Torn(io.StringIO):
    """Paper on which nothing can be written."""

    def write(self, text: str) -> int:
        """Fail."""
        raise OSError(text)


@pytest.mark.parametrize("make", [on_paper, on_terminal])
def test_torn_paper_disturbs_nobody(
    caplog: pytest.LogCaptureFixture, make: Callable[[], Console]
) -> None:
    """Where nothing can be shown this is logged; the work goes on, and the block ends well."""
    console = make()
    with ThreadPoolExecutor(1, "work") as pool, pool.progress(console=console, refresh=0):
        until(lambda: written(console).count("0/0 done"))
        console.file = Torn()
        assert pool.submit(int).result(10) == 0
        until(lambda: not bars())
    assert "the progress of 'work' cannot be shown" in caplog.text


def test_a_group_has_one_too() -> None:
    """The bar of a group shows the group alone, and that the pool above it is held."""
    console = on_paper()
    with ThreadPoolExecutor(1) as pool:
        group = pool.group("thumbs")
        pool.pause("nightly backup")
        with group.progress(console=console, total=3, refresh=0):
            future = group.submit(int)
            until(lambda: "1 queued" in written(console))
            pool.resume()
            future.result(10)
    lines = written(console).splitlines()
    assert any("1 queued, paused: with the scope above" in line for line in lines)
    assert lines[-1].startswith("thumbs: 1/3 done")


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"total": -1}, ValueError),
        ({"total": 1.5}, TypeError),
        ({"total": True}, TypeError),
        ({"description": 3}, TypeError),
        ({"refresh": -1}, ValueError),
        ({"refresh": float("nan")}, ValueError),
        ({"refresh": "often"}, TypeError),
        ({"colour": "red"}, TypeError),
    ],
)
def test_bad_options(options: dict[str, object], error: type[Exception]) -> None:
    """What cannot be shown is refused when the bar is made."""
    with ThreadPoolExecutor(1) as pool, pytest.raises(error):
        pool.progress(**options)


def test_without_rich(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where rich is missing the error says how to install it."""
    for name in ("pausable.scopes.progress", "pausable.scopes.bars"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, "rich", None)
    with (
        ThreadPoolExecutor(1) as pool,
        pytest.raises(ImportError, match=r"pip install 'pausable\[progress\]'"),
    ):
        pool.progress()


def test_what_progress_returns() -> None:
    """`progress()` makes a `Progress`, and shows nothing before the block."""
    with ThreadPoolExecutor(1) as pool:
        assert isinstance(pool.progress(), Progress)
        assert not bars()
