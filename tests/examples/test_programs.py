"""The other example programs: each runs, and shows what it says it shows."""

from __future__ import annotations

import re
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parents[2] / "examples"
SHORT = ("--interval", "0.01")
TESTED_ELSEWHERE = {"recipe", "demo"}


def test_every_example_has_a_test() -> None:
    """No example is left to rot."""
    paths = [*EXAMPLES.glob("*.py"), *(path.parent for path in EXAMPLES.glob("*/__main__.py"))]
    names = {path.stem for path in paths} - TESTED_ELSEWHERE
    assert {name for name in names if f"test_{name}" not in globals()} == set()


def test_lines_that_threads_print_are_not_mixed() -> None:
    """Whoever logs to stdout prints in one piece: the log comes from other threads."""
    for path in EXAMPLES.glob("*.py"):
        program = path.read_text(encoding="utf-8")
        if "stream=sys.stdout" in program:
            assert not re.search(r"\bprint\((?!\)|line \+ )", program), path.name


def test_pause_button(run_example) -> None:
    """The user pauses, sees who holds the pool, and resumes; all pages are printed."""
    lines = run_example("pause_button", *SHORT, typed="p\ns\np\ns\n")
    assert lines.index("pause") < lines.index("go on")
    paused = lines.index(next(line for line in lines if line.startswith("paused: ")))
    assert "held: 'the user asked' by the p key on 'printer'" in lines[paused + 1]
    assert any(line.startswith("open: ") for line in lines[paused:-1])
    assert lines[-1] == "open: 0 running, 0 resting, 0 queued, 20 done"
    assert len([line for line in lines if line.endswith("is done")]) == 20


def test_pause_button_when_the_user_quits(run_example) -> None:
    """To quit while paused ends the tasks: no page is printed after that."""
    lines = run_example("pause_button", "--interval", "0.5", typed="p\nq\n")
    assert lines == ["pause", "open: 0 running, 0 resting, 0 queued, 20 done"]


def test_groups(run_example) -> None:
    """While one group is paused nothing of it moves, and the other one ends its work."""
    before, pages, after, end = run_example("groups", *SHORT)
    assert before.startswith("images: ")
    assert after == before
    assert pages == "12 pages done while images rested"
    assert end == "images: 0 resting, 0 queued, 4 done"


def test_stop(run_example) -> None:
    """Tasks in a loop, asleep, in a shield and in the queue are stopped, each in its way."""
    lines = run_example("stop", *SHORT)
    assert sorted(lines[:2]) == ["count: the finally block runs", "pay: both halves are done"]
    assert lines[2:] == [
        "count-1 was stopped: not needed any more",
        "wait_for_long-2 was stopped: not needed any more",
        "pay-3 was stopped: not needed any more",
        "print-4 was stopped: not needed any more",
    ]


def test_nothing_runs(run_example) -> None:
    """Nothing moves in the block; where that cannot be had, the straggler is named."""
    assert run_example("nothing_runs", "--interval", "0.05") == [
        "moved while paused: 0",
        "not quiescent: ignore-1 has not come to a checkpoint",
        "paused now: False",
    ]


def test_stand_back(run_example) -> None:
    """While the resource is down nobody asks it in vain; afterwards all the work is done."""
    lines = run_example("stand_back", *SHORT)
    lines.remove("log: guard 'database' has tripped: ConnectionError: connection refused")
    assert lines == [
        "held by guard database: database: ConnectionError: connection refused",
        "a resume by the user releases 0 holds",
        "refused while the pool stood back: 0",
        "failed tasks: 0",
        "each row is there: True",
    ]


def test_hold_after_fault(run_example) -> None:
    """One fault is repaired, one resolved, one item given up; the others have their results."""
    assert run_example("hold_after_fault", *SHORT) == [
        "held: fig: KeyError: 'fig', with 'fig'; repair",
        "held: kiwi: KeyError: 'kiwi', with 'kiwi'; resolve",
        "held: quince: KeyError: 'quince', with 'quince'; give up",
        "apple: 3",
        "fig: 5",
        "pear: 4",
        "kiwi: 0",
        "quince: given up",
        "plum: 2",
    ]


def test_watch(run_example) -> None:
    """Events, log and snapshots tell the same story, and the events are in order."""
    lines = run_example("watch", "--interval", "0.02")
    events = [line.removeprefix("event: ") for line in lines if line.startswith("event: ")]
    story = [
        "TaskSubmitted first",
        "TaskStarted first",
        "HoldPlaced 'to look around'",
        "TaskRested first",
        "ScopeQuiescent watched",
        "HoldReleased 'to look around'",
        "TaskResumed first",
        "TaskEnded first: result",
    ]
    assert [event for event in events if event in story] == story
    assert "log: 'watched' is paused: to look around (by MainThread)" in lines
    assert "task: third is queued" in lines
    assert "task: first rests in work" in lines


def test_progress(run_example) -> None:
    """Without a terminal the bar prints lines, the last of which says that all is done."""
    lines = run_example("progress", *SHORT)
    assert all(line.startswith("work: ") for line in lines)
    assert lines[-1] == "work: 24/24 done, 0 running, 0 resting, 0 queued"


def test_with_asyncio(run_example) -> None:
    """Coroutines pause and stop the tasks of a pool, and await the others."""
    assert run_example("with_asyncio", *SHORT) == [
        "quiescent: True, resting: 2",
        "second: cancelled=True",
        "first: done",
    ]


def test_unmodified(run_example) -> None:
    """Code without a checkpoint rests, is looked at line by line, and stops."""
    lines = run_example("unmodified", "--interval", "0.05")
    if sys.version_info < (3, 12):
        (line,) = lines
        assert "sys.monitoring" in line
        return
    assert lines[:3] == ["moved while paused: False"] * 3
    assert lines[3].startswith("bubble_sort-1 rests in ")
    assert lines[4].startswith("compare-2 rests in ")
    assert lines[5] == "collatz-3 rests in collatz"
    assert lines[6] == "five steps, each to another line or round: True"
    assert lines[7].startswith("its locals: ")
    assert lines[8] == "stopped: bubble_sort-1, compare-2, collatz-3"
