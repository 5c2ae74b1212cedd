"""CPython's own tests of asyncio pass with our task group, and with their tasks driven by one of ours."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import pausable

FOLDER = Path(pausable.__path__[0]).parent
CEILING = 100  # seconds; the longest takes 15
DRIVEN = ("test_locks", "test_queues", "test_taskgroups", "test_timeouts", "test_waitfor")
FEWEST = {"ours": 25, "driven": 150}

# What says in its own words that a group takes no more; both raise RuntimeError.
NOT_COMPARED = {"test_taskgroup_finished", "test_coro_closed_when_tg_closed"}
if sys.version_info < (
    3,
    13,
):  # from then on asyncio closes a coroutine that it refuses, as ours does
    NOT_COMPARED |= {
        "test_taskgroup_no_create_task_after_failure",
        "test_taskgroup_not_entered",
        "test_taskgroup_without_parent_task",
    }

SCRIPT = """
import asyncio, importlib, json, sys, unittest, weakref
import asyncio.taskgroups
from asyncio import events
from pausable import aio

mode, names = sys.argv[1], sys.argv[2:]
create_task, scopes, driven = asyncio.BaseEventLoop.create_task, weakref.WeakKeyDictionary(), 0

def drive(loop, coro, **given):
    global driven
    if asyncio.iscoroutine(coro) and not loop.is_closed():
        before = events._get_running_loop()
        events._set_running_loop(loop)
        try:
            if loop not in scopes:
                scopes[loop] = aio.TaskGroup()
            coro = scopes[loop].drive(coro)
            driven += 1
        finally:
            events._set_running_loop(before)
    return create_task(loop, coro, **given)

if mode == "ours":
    asyncio.TaskGroup = asyncio.taskgroups.TaskGroup = aio.TaskGroup
if mode == "driven":
    asyncio.BaseEventLoop.create_task = drive

tests = unittest.TestSuite()
for name in names:
    suite = importlib.import_module(f"test.test_asyncio.{name}")
    tests.addTests(unittest.defaultTestLoader.loadTestsFromModule(suite))

def each(tests):
    for test in tests:
        yield from each(test) if isinstance(test, unittest.TestSuite) else [test.id()]

ids = [*each(tests)]
result = unittest.TestResult()
tests.run(result)
wrong = {test.id().partition(" ")[0]: said for test, said in (*result.failures, *result.errors)}
skipped = [test.id() for test, _ in result.skipped]
print(json.dumps([sorted({*ids} - {*wrong} - {*skipped}), wrong, str(asyncio.TaskGroup), driven]))
"""


def outcome(mode: str, names: tuple[str, ...]) -> tuple[set[str], dict[str, str], str, int]:
    """Run these modules: return what has passed, what has not, the group, and how many were driven."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, mode, *names],
        check=False,
        capture_output=True,
        text=True,
        timeout=CEILING,
        env={**os.environ, "PYTHONPATH": str(FOLDER)},
    )
    assert done.returncode == 0, done.stderr
    passed, wrong, group, driven = json.loads(done.stdout.splitlines()[-1])
    return set(passed), wrong, group, driven


def is_suite_here() -> bool:
    """Tell whether this Python came with the tests; distributions often leave them out."""
    try:
        return importlib.util.find_spec("test.test_asyncio") is not None
    except ModuleNotFoundError:  # not even the package `test`
        return False


@pytest.mark.skipif(
    not is_suite_here(), reason="this Python was installed without test.test_asyncio"
)
@pytest.mark.parametrize(("mode", "names"), [("ours", ("test_taskgroups",)), ("driven", DRIVEN)])
def test_ours_passes_what_asyncio_passes(mode: str, names: tuple[str, ...]) -> None:
    """With the group in the place of asyncio's; or with each task of a loop a task of a group."""
    passed, _, _, _ = outcome("asyncio", names)
    ours, wrong, group, driven = outcome(mode, names)
    compared = {each for each in passed if each.rpartition(".")[2] not in NOT_COMPARED}
    assert not compared - ours, wrong
    assert len(compared) >= FEWEST[mode]
    assert (("pausable" in group), driven > len(compared)) == (mode == "ours", mode == "driven")
