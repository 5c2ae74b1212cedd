"""Run CPython's own `test_concurrent_futures` with one implementation in the stdlib's place.

A script, for a process of its own (see `substitution`). It runs the tests of the thread pool, of
the process pool, or those that make futures by hand, and writes a report as JSON:

    tests     a list of {id, outcome, reason, altered}; outcome is passed, failed, error, skipped,
              or unfinished, which only a test keeps that ended the process or hung
    in_use    the classes that each test class really uses
    in_place  the classes found in the places of the stdlib's after the last test
    children  the same, as each interpreter saw it that a test started

The report is written after each test, so that a test that hangs leaves it behind. A test that
takes longer than CEILING seconds ends the process, with the stacks of all threads on stderr.
"""

# ruff: noqa: N802 - unittest's methods are called what they are called

from __future__ import annotations

import argparse
import faulthandler
import importlib
import json
import pkgutil
import sys
import unittest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from substitution import SOURCES, Substitution, full_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    Error = tuple[type[BaseException], BaseException, Any] | tuple[None, None, None]

SUBSTITUTED = {
    "pool": ("ThreadPoolExecutor",),
    "future": ("ThreadPoolExecutor", "Future"),
    "processes": ("ProcessPoolExecutor",),
}
SUITE = "test.test_concurrent_futures"
RESOURCES = ("cpu", "walltime")  # of regrtest: without them, the longer tests are skipped
CEILING = 45  # seconds for one test, and for the exit; the longest takes 6


class Recorder(unittest.TestResult):
    """Keeps one record for each test, in the order of their starts."""

    def __init__(self, report: Path, children: Path) -> None:
        """Start with no record; `report` and `children` are files that may not exist yet."""
        super().__init__()
        self.records: dict[str, dict[str, object]] = {}
        self.facts: dict[str, object] = {}
        self._report = report
        self._children = children

    def startTest(self, test: unittest.TestCase) -> None:
        """Record the test as unfinished, and start its time."""
        super().startTest(test)
        test_support().environment_altered = False
        faulthandler.dump_traceback_later(CEILING, exit=True)
        self._record(test, "unfinished")
        self.save()

    def stopTest(self, test: unittest.TestCase) -> None:
        """Add whether the test left something behind: threads that did not end, or processes."""
        super().stopTest(test)
        self.records[test.id()]["altered"] = test_support().environment_altered
        self.save()

    def addSuccess(self, test: unittest.TestCase) -> None:
        """Record that the test passed."""
        super().addSuccess(test)
        self._record(test, "passed")

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:
        """Record that the test, or its module, was skipped."""
        super().addSkip(test, reason)
        self._record(test, "skipped", reason)

    def addFailure(self, test: unittest.TestCase, err: Error) -> None:
        """Record an assertion that did not hold."""
        super().addFailure(test, err)
        self._record(test, "failed", self.failures[-1][1])

    def addError(self, test: unittest.TestCase, err: Error) -> None:
        """Record an exception, of the test or of its module's fixtures."""
        super().addError(test, err)
        self._record(test, "error", self.errors[-1][1])

    def addSubTest(
        self, test: unittest.TestCase, subtest: unittest.TestCase, err: Error | None
    ) -> None:
        """Record the failure of a part as one of the test."""
        super().addSubTest(test, subtest, err)
        if err is not None:
            self._record(test, "failed", f"{subtest}: {err[1]!r}")

    def _record(self, test: unittest.TestCase, outcome: str, reason: str = "") -> None:
        self.records[test.id()] = {"id": test.id(), "outcome": outcome, "reason": reason}

    def save(self) -> None:
        """Write the report."""
        lines = self._children.read_text("utf-8").splitlines() if self._children.exists() else []
        report = {
            "tests": list(self.records.values()),
            "children": [json.loads(line) for line in lines],
            **self.facts,
        }
        self._report.write_text(json.dumps(report, indent=1), encoding="utf-8")


def test_support() -> Any:
    """Return CPython's `test.support`: it ships with the interpreter, and has no type stubs."""
    return importlib.import_module("test.support")


def prepare_support(prelude: str) -> None:
    """Enable the resources, and put `prelude` before the code of each child interpreter.

    `assert_python_ok` and its relatives all end in `run_python_until_end`, which they look up
    when they are called. So one replacement serves also the modules that import the others.
    """
    support = test_support()
    support.use_resources = dict.fromkeys(RESOURCES)
    support.verbose = 0
    helper: Any = importlib.import_module("test.support.script_helper")
    run = helper.run_python_until_end

    def run_with_prelude(*args: str, **env_vars: str) -> object:
        code = args.index("-c") + 1
        return run(*args[:code], prelude + args[code], *args[code + 1 :], **env_vars)

    helper.run_python_until_end = run_with_prelude


def modules() -> Iterator[ModuleType]:
    """Import the modules of the suite: one file up to 3.11, a package from 3.12 on."""
    suite = importlib.import_module(SUITE)
    yield suite
    for found in pkgutil.iter_modules(getattr(suite, "__path__", ())):
        if found.name.startswith("test_"):
            try:
                yield importlib.import_module(f"{SUITE}.{found.name}")
            except unittest.SkipTest:  # a module for something that this build does not have
                continue


def is_wanted(name: str, mode: str) -> bool:
    """Tell whether the class of this name tests what is substituted.

    The tests of interpreter pools do not depend on it.
    """
    if mode == "pool":
        return "ThreadPool" in name
    if mode == "processes":
        return "ProcessPool" in name
    return name == "FutureTests" or (
        "ThreadPool" in name and ("Wait" in name or "AsCompleted" in name)
    )


def classes(mode: str) -> list[type[unittest.TestCase]]:
    """Return the classes of tests to run."""
    return [
        cls
        for module in modules()
        for name, cls in sorted(vars(module).items())
        if isinstance(cls, type)
        and issubclass(cls, unittest.TestCase)
        and cls.__module__ == module.__name__
        and is_wanted(name, mode)
    ]


def in_use(cls: type[unittest.TestCase]) -> dict[str, str]:
    """Tell which pool a class of tests makes, and which `Future` its module has bound."""
    found = {
        "pool": getattr(cls, "executor_type", None),
        "Future": getattr(sys.modules[cls.__module__], "Future", None),
    }
    return {name: full_name(used) for name, used in found.items() if used is not None}


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--implementation", choices=SOURCES, required=True)
    parser.add_argument("--mode", choices=SUBSTITUTED, required=True, help="what is substituted")
    parser.add_argument("--folder", required=True, help="where pausable is imported from")
    parser.add_argument("--report", type=Path, required=True, help="the file to write")
    parser.add_argument("--shard", type=int, default=0, help="which part of the tests to run")
    parser.add_argument("--shards", type=int, default=1, help="of how many parts")
    return parser.parse_args()


def main() -> None:
    """Substitute, run, report."""
    args = arguments()
    substitution = Substitution(args.implementation, SUBSTITUTED[args.mode], args.folder)
    substitution.apply()

    children = args.report.with_suffix(".children")
    children.unlink(missing_ok=True)
    prepare_support(substitution.prelude(children))

    wanted = classes(args.mode)
    load = unittest.defaultTestLoader.loadTestsFromTestCase
    tests = [test for cls in wanted for test in load(cls)]

    recorder = Recorder(args.report, children)
    recorder.facts["in_use"] = {full_name(cls): in_use(cls) for cls in wanted}
    unittest.TestSuite(tests[args.shard :: args.shards]).run(recorder)
    recorder.facts["in_place"] = substitution.in_place()
    recorder.save()
    faulthandler.dump_traceback_later(CEILING, exit=True)  # now for the exit


if __name__ == "__main__":
    main()
