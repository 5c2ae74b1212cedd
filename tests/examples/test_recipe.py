"""The recipe's program, with pausable: the known transcript, and nothing reported while paused."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

RECIPE = Path(__file__).parents[2] / "examples" / "recipe.py"
REPORTS = [f"Task is running [{number}]..." for number in range(10)]
PAUSING, PAUSED, RESUMING = "Main Pausing Tasks", "Task is PAUSED", "Main Resuming Tasks"


@pytest.fixture(scope="module")
def transcript(run_example) -> list[str]:
    """Run the program with a short interval, and return the lines it prints."""
    return run_example("recipe", "--interval", "0.02")


def test_all_ten_reports_appear_in_order(transcript) -> None:
    """The pause loses no report, repeats none and changes no order."""
    assert [line for line in transcript if line in REPORTS] == REPORTS


def test_nothing_is_reported_between_pause_and_resume(transcript) -> None:
    """From the rest to the resume, for four intervals, the task prints nothing."""
    assert transcript.index(RESUMING) == transcript.index(PAUSED) + 1


def test_the_transcript_is_the_known_one(transcript) -> None:
    """Three lines tell of the pause, in their order, and all others are reports."""
    assert [line for line in transcript if line not in REPORTS] == [PAUSING, PAUSED, RESUMING]


def test_one_line_of_the_task_is_about_pausing() -> None:
    """The task calls checkpoint() once, and is given its interval and nothing else."""
    tree = ast.parse(RECIPE.read_text(encoding="utf-8"))
    functions = {each.name: each for each in tree.body if isinstance(each, ast.FunctionDef)}
    task = functions["task"]
    calls = [ast.unparse(each.func) for each in ast.walk(task) if isinstance(each, ast.Call)]
    assert sorted(calls) == ["checkpoint", "range", "say", "time.sleep"]
    assert [each.arg for each in task.args.args] == ["interval"]
