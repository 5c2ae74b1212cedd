"""What the README says of other libraries: each is run, where it is installed."""

from __future__ import annotations

import importlib
import logging
import multiprocessing
import re
import sys
import time
import tomllib
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import UTC, datetime
from importlib.metadata import version
from multiprocessing.pool import ThreadPool
from pathlib import Path
from threading import Event, Thread
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from helpers import until

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
GROUPS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["dependency-groups"]
PINS = dict(each.split("==") for each in GROUPS["others"])
PROCESSES = {
    "concurrent.futures": "ProcessPoolExecutor",
    "multiprocessing": "Pool",
    "pebble": "ProcessPool",
    "more_executors": "Executors.process_pool",
    "joblib": "parallel.LokyBackend",
    "apscheduler": "executors.pool.ProcessPoolExecutor",
}
WORDS = {
    "apscheduler": {"pause", "pause_job"},
    "more_executors": {"with_retry", "should_retry", "submit_retry"},
}
"""What they have of the names that are looked for below, and what the table says of them."""


def peer(name: str) -> ModuleType:
    """Return a library; skip the test where it is not there in the version that is compared."""
    module = pytest.importorskip(name)
    if version(name.replace("_", "-")) != PINS[name.replace("_", "-")]:
        pytest.skip(f"the README compares {name} in another version")
    return module


@pytest.fixture
def task() -> SimpleNamespace:
    """A task that can be asked whether it has begun and ended, and that ends when it may."""
    begun, may_end, ended = Event(), Event(), Event()

    def run() -> None:
        begun.set()
        may_end.wait()
        ended.set()

    yield SimpleNamespace(run=run, begun=begun, may_end=may_end, ended=ended)
    may_end.set()


def is_not_ended(task: SimpleNamespace) -> bool:
    """Say whether it still runs, and that it does so to its end."""
    ran_on = not task.ended.is_set()
    task.may_end.set()
    return ran_on and task.ended.wait(30)


def test_the_versions_are_those_that_are_compared() -> None:
    """The table names each library that is run here, in the version with which it is."""
    for name, pinned in PINS.items():
        row = rf"\| \[{name}\]\(\S+\) {re.escape(pinned)} \|"
        assert re.search(row, README, re.IGNORECASE), name


def test_a_pool_of_the_stdlib(task: SimpleNamespace) -> None:
    """What runs cannot be cancelled."""
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(task.run)
        task.begun.wait()
        assert not future.cancel()
        assert is_not_ended(task)


def test_a_pool_of_multiprocessing(task: SimpleNamespace) -> None:
    """It is terminated while its task runs on."""
    pool = ThreadPool(1)
    pool.apply_async(task.run)
    task.begun.wait()
    ending = Thread(target=pool.terminate)
    ending.start()
    ending.join(30)
    assert not ending.is_alive()
    assert is_not_ended(task)


def test_pebble_in_threads(task: SimpleNamespace) -> None:
    """What runs cannot be cancelled."""
    pebble = peer("pebble")
    with pebble.ThreadPool(max_workers=1) as pool:
        future = pool.schedule(task.run)
        task.begun.wait()
        assert not future.cancel()
        assert is_not_ended(task)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # it forks
def test_pebble_in_processes() -> None:
    """What runs is ended, with its process."""
    pebble = peer("pebble")
    with pebble.ProcessPool(max_workers=1) as pool:
        future = pool.schedule(time.sleep, args=[600])
        until(future.running)
        assert future.cancel()


def test_more_executors_can_be_throttled() -> None:
    """Nothing starts while the count is 0, and what is queued starts when it is more."""
    executors = peer("more_executors")
    count, asked = [0], []

    def allowed() -> int:
        asked.append(count[0])
        return count[0]

    with executors.Executors.thread_pool(max_workers=1).with_throttle(allowed) as pool:
        future = pool.submit(str, 7)
        until(lambda: len(asked) >= 2)
        assert not future.done()
        count[0] = 1
        assert future.result(60) == "7"


def test_more_executors_end_nothing(task: SimpleNamespace) -> None:
    """What runs cannot be cancelled."""
    executors = peer("more_executors")
    with executors.Executors.thread_pool(max_workers=1) as pool:
        future = pool.submit(task.run)
        task.begun.wait()
        assert not future.cancel()
        assert is_not_ended(task)


def test_more_executors_try_again() -> None:
    """Each task by itself: of two tasks that fail, both are called again."""
    executors = peer("more_executors")
    calls: list[int] = []

    def fetch(number: int) -> int:
        calls.append(number)
        if calls.count(number) < 2:
            raise ConnectionError
        return number

    with executors.Executors.thread_pool(max_workers=1).with_retry(sleep=0.01) as pool:
        assert [each.result(30) for each in [pool.submit(fetch, n) for n in (1, 2)]] == [1, 2]
    assert sorted(calls) == [1, 1, 2, 2]


def test_joblib_leaves_threads_running(task: SimpleNamespace) -> None:
    """A timeout ends the wait, and not the task."""
    joblib = peer("joblib")
    parallel = joblib.Parallel(n_jobs=2, backend="threading", timeout=0.05)
    with pytest.raises(multiprocessing.TimeoutError):
        parallel([joblib.delayed(task.run)()])
    assert is_not_ended(task)


def test_apscheduler(task: SimpleNamespace, caplog) -> None:
    """Paused, it starts nothing; what runs goes on, and what has become late is dropped."""
    peer("apscheduler")
    background = importlib.import_module("apscheduler.schedulers.background")
    caplog.set_level(logging.WARNING, "apscheduler")
    started = Event()
    scheduler = background.BackgroundScheduler(timezone="UTC")
    scheduler.start()
    try:
        scheduler.add_job(task.run)
        assert task.begun.wait(30)
        scheduler.pause()
        scheduler.add_job(started.set, misfire_grace_time=None)
        late = scheduler.add_job(started.clear, "date", run_date=datetime(2020, 1, 1, tzinfo=UTC))
        assert late.misfire_grace_time == 1  # the default, in seconds
        assert is_not_ended(task)
        assert not started.is_set()
        scheduler.resume()
        assert started.wait(30)
        until(lambda: "was missed by" in caplog.text)
        until(lambda: not scheduler.get_jobs())  # it is about to run one else
    finally:
        scheduler.shutdown()


@pytest.mark.parametrize("name", ["pebble", "more_executors", "joblib", "apscheduler"])
def test_none_has_a_word_for_what_rests_or_is_tried_again(name: str) -> None:
    """No public function of theirs is about that, but for those of which the table knows."""
    folder = Path(peer(name).__path__[0])
    names = {
        found
        for path in folder.rglob("*.py")
        if not {"test", "externals"} & set(path.relative_to(folder).parts)
        for found in re.findall(r"def ([a-z]\w*)\(", path.read_text(encoding="utf-8"))
    }
    about = {each for each in names if re.search(r"pause|suspend|\brest\b|retr(y|ies)", each)}
    assert about == WORDS.get(name, set())


@pytest.mark.parametrize("name", PROCESSES)
def test_they_have_processes(name: str) -> None:
    """What runs work in processes is there by name."""
    *path, last = f"{name}.{PROCESSES[name]}".split(".")
    if name in ("concurrent.futures", "multiprocessing"):
        importlib.import_module(name)
    else:
        peer(name)
    found = None
    for end in range(1, len(path) + 1):
        try:
            found = importlib.import_module(".".join(path[:end]))
        except ModuleNotFoundError:
            found = getattr(found, path[end - 1])
    assert callable(getattr(found, last))


@pytest.mark.skipif(sys.version_info < (3, 14), reason="they came with 3.14")
def test_the_processes_of_the_stdlib_can_be_ended() -> None:
    """All of a pool at once."""
    assert callable(ProcessPoolExecutor.terminate_workers)
    assert callable(ProcessPoolExecutor.kill_workers)
