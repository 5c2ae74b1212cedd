"""CPython's own tests of `concurrent.futures` pass with our classes in place of the stdlib's.

The oracle is the stdlib itself: both implementations run side by side, on this interpreter and in
the same way (see `runner`), and each test that passes with the stdlib's class must pass with ours.
That a test fails or is skipped with both says something about this machine, and nothing about us.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cpython.substitution import PLACES

import pausable.futures

if TYPE_CHECKING:
    from collections.abc import Iterator

RUNNER = Path(__file__).with_name("runner.py")
FOLDER = Path(pausable.__path__[0]).parent  # for the runner: pytest's own sys.path ends here
SHARDS = 4  # processes for each implementation: the tests mostly sleep
# Seconds for all processes; they have lower ones for a test, pytest a higher one.
CEILING = {"pool": 90, "future": 90, "processes": 270}

# How many tests each mode has at least: below that, they were not found.
FEWEST = {"pool": 40, "future": 30, "processes": 120}

# Tests of the stdlib's own names, which no class from elsewhere can have.
NOT_COMPARED = {"test_class_str": "3.15: str(Future) is <class 'concurrent.futures.Future'>"}


@dataclass(frozen=True)
class Test:
    """What came of one of CPython's tests."""

    __test__ = False  # not one of pytest's

    id: str
    outcome: str
    reason: str
    altered: bool = False  # it left threads or processes behind


@dataclass(frozen=True)
class Run:
    """What one implementation's processes reported, together."""

    tests: dict[str, Test]
    pools: set[str]  # the classes under `executor_type` of the tests' mixins
    futures: set[str]  # the classes under the name Future in the modules of the tests
    places: list[dict[str, str]]  # what is found in the stdlib's places, by process
    children: list[dict[str, str]]  # the same, in the interpreters that tests started
    said: list[str]  # what the processes wrote to stderr
    exits: list[str]  # the same, of those that did not end well


@dataclass(frozen=True)
class Comparison:
    """The same tests with the stdlib's classes and with ours."""

    mode: str
    stdlib: Run
    ours: Run

    def passed_with_stdlib(self) -> list[str]:
        """Return the ids of the tests that ours must pass."""
        return [
            test.id
            for test in self.stdlib.tests.values()
            if test.outcome == "passed" and test.id.rpartition(".")[2] not in NOT_COMPARED
        ]


class Shard:
    """One process that runs a part of the tests with one implementation."""

    def __init__(self, implementation: str, mode: str, number: int, folder: Path) -> None:
        """Start it; its files go to `folder`."""
        stem = f"{implementation}-{number}"
        self.report = folder / f"{stem}.json"
        self.stderr = folder / f"{stem}.stderr"
        command = [sys.executable, str(RUNNER), f"--implementation={implementation}"]
        command += [f"--folder={FOLDER}", f"--report={self.report}"]
        command += [f"--shard={number}", f"--shards={SHARDS}"]
        command += [f"--mode={mode}"]
        with self.stderr.open("wb") as stderr:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=stderr,
                start_new_session=True,  # for `end`
            )

    def wait(self, deadline: float) -> None:
        """Wait for its end; at the deadline (of `time.monotonic()`), end it."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(max(0.0, deadline - time.monotonic()))
        self.end()

    def end(self) -> None:
        """End the process, and those it left behind when a test of its hung. Idempotent."""
        if self.process.returncode == 0:
            return
        if sys.platform == "win32":
            self.process.kill()
        else:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def said(self) -> str:
        """Return how the process ended and what it said."""
        said = self.stderr.read_text("utf-8", errors="replace")
        return f"{self.report.stem} ended with {self.process.returncode}:\n{said}"


def collect(shards: list[Shard]) -> Run:
    """Put together what the processes of one implementation reported."""
    reports = [json.loads(s.report.read_text("utf-8")) for s in shards if s.report.exists()]
    tests = [Test(**test) for report in reports for test in report["tests"]]
    uses = [use for report in reports for use in report.get("in_use", {}).values()]
    return Run(
        tests={test.id: test for test in tests},
        pools={use["pool"] for use in uses if "pool" in use},
        futures={use["Future"] for use in uses if "Future" in use},
        places=[report["in_place"] for report in reports if "in_place" in report],
        children=[child for report in reports for child in report["children"]],
        said=[shard.said() for shard in shards],
        exits=[shard.said() for shard in shards if shard.process.returncode != 0],
    )


def is_suite_here() -> bool:
    """Tell whether this Python came with the tests; distributions often leave them out."""
    try:
        return importlib.util.find_spec("test.test_concurrent_futures") is not None
    except ModuleNotFoundError:  # not even the package `test`
        return False


@pytest.fixture(scope="module", params=["pool", "future", "processes"])
def both(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Comparison]:
    """Run CPython's tests with both implementations at the same time.

    In mode "pool" the substituted class is the pool; in mode "future" it is `Future`, too; in mode
    "processes" it is the pool of processes.
    """
    if not is_suite_here():
        pytest.skip("this Python was installed without test.test_concurrent_futures")
    folder = tmp_path_factory.mktemp("cpython")
    with contextlib.ExitStack() as stack:
        runs: dict[str, list[Shard]] = {"stdlib": [], "pausable": []}
        for number in range(SHARDS):
            for implementation, shards in runs.items():
                shards.append(Shard(implementation, request.param, number, folder))
                stack.callback(shards[-1].end)
        deadline = time.monotonic() + CEILING[request.param]
        for shard in (*runs["stdlib"], *runs["pausable"]):
            shard.wait(deadline)
        yield Comparison(request.param, collect(runs["stdlib"]), collect(runs["pausable"]))


def full_name(cls: type) -> str:
    """Return the name of a class with its module's."""
    return f"{cls.__module__}.{cls.__qualname__}"


def test_ours_passes_what_the_stdlib_passes(both: Comparison) -> None:
    """No test of CPython's fails, is skipped or hangs with ours that passes with the stdlib's."""
    missing = Test("", "missing", "it was not run at all")
    worse = [
        f"{test_id}: {ours.outcome}\n{ours.reason}"
        for test_id in both.passed_with_stdlib()
        if (ours := both.ours.tests.get(test_id, missing)).outcome != "passed"
    ]
    assert not worse, "\n\n".join([f"{len(worse)} tests", *worse, *both.ours.exits])


def test_ours_ends_well(both: Comparison) -> None:
    """A process that ran CPython's tests with ours exits by itself, with 0."""
    assert not both.ours.exits, "\n".join(both.ours.exits)


def test_ours_leaves_nothing_behind(both: Comparison) -> None:
    """After a test, as many threads and processes are left with ours as with the stdlib's."""
    left = [
        test_id
        for test_id, ours in both.ours.tests.items()
        if ours.altered and test_id in both.stdlib.tests and not both.stdlib.tests[test_id].altered
    ]
    assert not left, "\n".join([*left, *both.ours.said])


def test_enough_is_compared(both: Comparison) -> None:
    """The comparison means something: the stdlib itself passes many tests here."""
    assert len(both.passed_with_stdlib()) >= FEWEST[both.mode], "\n".join(both.stdlib.exits)


def test_each_class_was_in_its_place(both: Comparison) -> None:
    """The tests, and the interpreters they start, used the class that they were meant to use."""
    name = "ProcessPoolExecutor" if both.mode == "processes" else "ThreadPoolExecutor"
    stdlib = {each: full_name(getattr(concurrent.futures, each)) for each in PLACES}
    substituted = {name, "Future"} if both.mode == "future" else {name}
    ours = {each: full_name(getattr(pausable.futures, each)) for each in substituted}
    assert not set(ours.items()) & set(stdlib.items())
    for run, found in ((both.stdlib, stdlib), (both.ours, {**stdlib, **ours})):
        expected = {f"{place}.{each}": found[each] for each in PLACES for place in PLACES[each]}
        assert run.pools == {found[name]}
        assert run.futures == {found["Future"]}
        assert run.places
        assert all(seen == expected for seen in (*run.places, *run.children))
        assert bool(run.children) == (both.mode != "future")  # whose tests look at no exit
