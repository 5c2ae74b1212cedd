"""The trials of other projects: what swaps the pool, and what is made of the outcomes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT))

from drop_in.comparison import Difference, differences  # noqa: E402 - it is no package
from drop_in.projects import PROJECTS, Project  # noqa: E402
from drop_in.trial import Trial  # noqa: E402

SUITE = """
import threading
from concurrent.futures import ThreadPoolExecutor

def test_holds():
    with ThreadPoolExecutor(2) as pool:
        assert pool.submit(pow, 2, 3).result() == 8

def test_tells_them_apart():
    assert ThreadPoolExecutor.__module__ == "concurrent.futures.thread"

def test_many_pools():
    # Long enough for some pauses.
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(threading.Event().wait, 0.3).result() is False
"""


@pytest.fixture
def environment(tmp_path: Path) -> SimpleNamespace:
    """An environment that needs no PyPI: this Python, and three tests."""
    (tmp_path / "suite.py").write_text(SUITE)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    project = Project(name="three-tests", version="1", tests=("suite.py",))
    python = Path(sys.executable)
    return SimpleNamespace(project=project, folder=tmp_path, python=python, sources=tmp_path)


def test_what_ours_alone_fails_is_found(environment: SimpleNamespace) -> None:
    """A test that fails with our pool, in either mode, and passes with the stdlib's, is named."""
    trial = Trial(environment, ("ours",), seed=1, seconds=60, again=1)
    trial.go()
    (found,) = trial.differences
    assert found.test == "suite.py::test_tells_them_apart"
    assert (found.theirs, found.ours, found.is_failure) == ("passed", "failed", True)
    assert found.again == {"stdlib": ["passed"], "ours": ["failed"]}
    assert trial.is_bad


def test_pools_are_paused_in_preemptive_mode(environment: SimpleNamespace) -> None:
    """Our pool is preemptive then, and paused; what it does is right all the same."""
    if sys.version_info < (3, 12):
        pytest.skip("needs CPython 3.12 or newer")
    trial = Trial(environment, ("preemptive",), 1, 60, only=("suite.py::test_many_pools",))
    trial.go()
    assert not trial.is_bad
    assert not trial.differences
    assert trial.runs[1].pools["pauses"] > 0


def test_a_run_without_a_passed_test_compares_nothing(environment: SimpleNamespace) -> None:
    """It is bad, and says why; two modes that both fail at once are not the same failures."""
    (environment.sources / "suite.py").write_text("import nothing_of_that_name\n")
    trial = Trial(environment, ("ours",), seed=1, seconds=60)
    trial.go()
    assert trial.is_bad
    assert trial.reason.startswith("three-tests: ")
    assert len(trial.runs) == 1


def test_a_run_that_hangs_ends(environment: SimpleNamespace) -> None:
    """Its processes end after the time limit, and the test that was under way is named."""
    hang = "import time\ndef test_it():\n    time.sleep(1000)\n"
    (environment.sources / "suite.py").write_text(hang)
    for seconds in (3, 12, 48):  # on a busy machine it takes that long to come to the test
        trial = Trial(environment, ("ours",), seed=1, seconds=seconds)
        trial.go()
        assert trial.is_bad
        if trial.runs[0].outcomes:
            break
    assert trial.runs[0].outcomes == {"suite.py::test_it": "hung"}


def test_a_test_that_the_stdlib_fails_later_is_flaky() -> None:
    """It is named as such, and is no failure of ours."""
    theirs = SimpleNamespace(outcomes={"a": "passed", "b": "failed"})
    ours = SimpleNamespace(outcomes={"a": "failed", "b": "failed"}, mode="ours")
    (found,) = differences(theirs, ours)  # type: ignore[arg-type]
    assert found == Difference("a", "ours", "passed", "failed")
    assert found.is_failure
    found.again = {"stdlib": ["passed", "failed"], "ours": ["passed", "passed"]}
    assert found.is_flaky
    assert not found.is_failure


def test_processes_of_a_test_are_swapped_too(tmp_path: Path) -> None:
    """A process that a test starts has our pool, and its counts are added."""
    counts = tmp_path / "counts"
    swap = os.pathsep.join(map(str, (ROOT / "drop_in" / "swap", ROOT / "src")))
    env = {**os.environ, "PYTHONPATH": swap, "DROP_IN_MODE": "ours", "DROP_IN_COUNTS": str(counts)}
    code = "import concurrent.futures as f; f.ThreadPoolExecutor(1).shutdown()"
    inner = f"import subprocess, sys; {code}; subprocess.run([sys.executable, '-c', {code!r}])"
    subprocess.run([sys.executable, "-c", inner], env=env, check=True, timeout=90)
    assert [json.loads(line)["pools"] for line in counts.read_text().splitlines()] == [1, 1]


def test_the_projects_are_listed_once() -> None:
    """Each has a name of its own and a pinned version."""
    names = [each.name for each in PROJECTS]
    assert len(names) == len(set(names)) >= 6
    assert all(each.version[0].isdigit() for each in PROJECTS)
