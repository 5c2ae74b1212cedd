"""The `pausable` logger: holds placed and released, with who and why."""

from __future__ import annotations

import logging
import threading

import pytest
from helpers import until
from workloads import Loop

from pausable import resting


@pytest.fixture(autouse=True)
def all_levels(caplog) -> None:
    """Collect what the library logs, at all levels."""
    caplog.set_level(logging.DEBUG, logger="pausable")


def lines(caplog, *words: str) -> list[logging.LogRecord]:
    """Return the library's records that have all of the words in them."""
    return [
        record
        for record in caplog.records
        if record.name == "pausable" and all(word in record.getMessage() for word in words)
    ]


@pytest.mark.parametrize("level", ["pool", "group", "task"])
def test_a_hold_placed_and_released(pool, caplog, level) -> None:
    """Both are said, with the scope, the reason and, when placed, the owner."""
    group = pool.group("g")
    loop = Loop()
    future = group.options(name="job").submit(loop)
    assert loop.began.wait(10)
    scope = {"pool": pool, "group": group, "task": future}[level]
    hold = scope.pause("disk full", owner="the guard")
    (placed,) = lines(caplog, "disk full", "the guard", scope.name)
    assert placed.levelno == logging.INFO
    assert len(lines(caplog, "disk full")) == 1
    hold.release()
    hold.release()
    assert len(lines(caplog, "disk full", "released")) == 1


def test_an_expiry_says_so(pool, caplog) -> None:
    """A hold that ended by itself is told from one that was released."""
    pool.pause("brief", duration=0.01)
    until(lambda: lines(caplog, "brief", "expired"))
    assert not lines(caplog, "brief", "released")


def test_a_resume_says_each_hold(pool, caplog) -> None:
    """One line for each hold that went."""
    for number in range(3):
        pool.pause(f"reason {number}")
    pool.resume()
    for number in range(3):
        assert len(lines(caplog, f"reason {number}", "released")) == 1


def test_a_block_says_both(pool, caplog) -> None:
    """`with pool.pause()` logs like a call and a release."""
    with pool.pause("backup", timeout=10):
        assert len(lines(caplog, "backup")) == 1
    assert len(lines(caplog, "backup")) == 2


def test_nothing_is_said_without_a_pause(pool, caplog) -> None:
    """Submits, rests, stops and a shutdown of an open pool are not worth a line."""

    def quiet() -> None:
        with resting():
            pass

    futures = [pool.submit(quiet) for _ in range(10)]
    pool.submit(Loop()).stop("enough")
    for future in futures:
        future.result(10)
    assert pool.shutdown(timeout=10)
    assert lines(caplog) == []


def test_nothing_is_said_on_stderr_by_default(pool, capfd) -> None:
    """Without a handler a pause, at level INFO, prints nothing."""
    with pool.pause("x", timeout=10):
        pass
    assert capfd.readouterr().err == ""


def test_a_handler_that_uses_the_pool(pool, caplog) -> None:
    """A log handler is called outside all locks: it may look at the pool, and other threads may go on."""
    seen: list[bool] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            other = threading.Thread(target=lambda: seen.append(pool.status().is_paused))
            other.start()
            other.join(10)
            assert not other.is_alive()

    handler = Handler()
    logging.getLogger("pausable").addHandler(handler)
    try:
        pool.pause("x")
        pool.resume()
    finally:
        logging.getLogger("pausable").removeHandler(handler)
    assert seen[:2] == [True, False]
