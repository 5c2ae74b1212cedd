"""A plugin of pytest that writes down each test as it begins and ends, one JSON array a line.

A report in XML is only there when all is over: not after a crash, and not to see how far it is. It
also has no ids by which tests can be run again.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

_file = Path(os.environ["DROP_IN_RECORD"]).open("a", encoding="utf-8")  # noqa: SIM115 - to the end
_process = os.getpid()


def _write(*words: object) -> None:
    if os.getpid() == _process:  # not in what a test forks
        _file.write(json.dumps(words) + "\n")
        _file.flush()


def pytest_collection_finish(session: pytest.Session) -> None:
    """Write down how many there are."""
    _write("collected", len(session.items))


def pytest_runtest_logstart(nodeid: str) -> None:
    """Write down which test begins."""
    _write("began", nodeid)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Write down what came of a part of a test."""
    outcome: str = report.outcome
    if hasattr(report, "wasxfail") and outcome != "failed":
        outcome = "xfailed" if outcome == "skipped" else "xpassed"
    if report.when == "call" or outcome != "passed":
        _write(outcome, report.nodeid)


def pytest_runtest_logfinish(nodeid: str) -> None:
    """Write down that a test is over."""
    _write("ended", nodeid)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """Write down what could not be collected."""
    if report.outcome == "failed":
        _write("failed", f"{report.nodeid} (collecting)")
