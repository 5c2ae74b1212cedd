"""CPython's own tests of `multiprocessing`'s pools pass with our `ThreadPool` as with the stdlib's."""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import pausable

FOLDER = Path(pausable.__path__[0]).parent
CEILING = 90  # seconds; the tests take 4
FEWEST = 20

SCRIPT = """
import importlib, json, sys, unittest
suite = importlib.import_module("test._test_multiprocessing")
suite.util.log_to_stderr = lambda *_: None
cls = getattr(importlib.import_module(sys.argv[1]), "ThreadPool")

class Mixin(suite.ThreadsMixin):
    Pool = staticmethod(cls)

case = type("TestPool", (suite._TestPool, Mixin, unittest.TestCase), {})
result = unittest.TestResult()
tests = [*unittest.defaultTestLoader.loadTestsFromTestCase(case)]
names = [test._testMethodName for test in tests]
unittest.TestSuite(tests).run(result)
wrong = {str(test): said for test, said in (*result.failures, *result.errors)}
skipped = [test._testMethodName for test, _ in result.skipped]
print(json.dumps([str(cls), names, wrong, skipped]))
"""


def outcome(module: str) -> tuple[str, set[str], dict[str, str]]:
    """Run the tests with the class of a module: return which, what has passed, and what has not."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", SCRIPT, module],
        check=False,
        capture_output=True,
        text=True,
        timeout=CEILING,
        env={**os.environ, "PYTHONPATH": str(FOLDER)},
    )
    assert done.returncode == 0, done.stderr
    cls, names, wrong, skipped = json.loads(done.stdout.splitlines()[-1])
    return cls, set(names) - set(skipped) - {each.partition(" ")[0] for each in wrong}, wrong


@pytest.mark.skipif(
    importlib.util.find_spec("test") is None
    or importlib.util.find_spec("test._test_multiprocessing") is None,
    reason="this Python was installed without test._test_multiprocessing",
)
def test_ours_passes_what_the_stdlib_passes() -> None:
    """Each test of its pools, `map` to `terminate`."""
    try:
        theirs, passed, _ = outcome("multiprocessing.pool")
    except subprocess.TimeoutExpired:
        pytest.skip("the stdlib's own pool hangs in these tests now and then")
    ours, mine, wrong = outcome("pausable.pool")
    assert (theirs, ours) == (
        "<class 'multiprocessing.pool.ThreadPool'>",
        "<class 'pausable.threads.thread_pool.ThreadPool'>",
    )
    assert not passed - mine, wrong
    assert len(passed) >= FEWEST
