"""Who waits in the stdlib for the end of an adopted pool that is held does not wait in silence."""

from __future__ import annotations

import sys
import threading

import pytest
from adopted.conftest import SOON
from helpers import until
from scripts import run

import pausable
from pausable._core.gil import HAS_GIL
from pausable.adopted.crew import by_queue
from pausable.scopes import patience

pytestmark = pytest.mark.skipif(not HAS_GIL, reason="the stacks of threads are read, under the GIL")


@pytest.fixture
def soon(monkeypatch):
    """Have who waits speak soon."""
    monkeypatch.setattr(patience, "_AT_FIRST", 0.02)


@pytest.fixture
def said(caplog):
    """Give a function that waits until something is logged, and returns that."""

    def wait_for(words: str) -> str:
        until(lambda: any(words in each for each in caplog.messages), what=words)
        return next(each for each in caplog.messages if words in each)

    return wait_for


def crew_of(pool):
    """Return the crew of a pool of the stdlib."""
    return by_queue[id(pool._work_queue)]


@pytest.mark.usefixtures("adopted", "soon")
def test_a_shutdown_under_a_hold(make, said):
    """It says at once for what it waits, and again in growing intervals, with what would help."""
    pausable.pause("nightly backup", owner="cron")
    pool = make(2, thread_name_prefix="shop")
    futures = [pool.submit(pow, each, 2) for each in range(5)]
    until(lambda: crew_of(pool).pool.unstarted == 2)
    ending = threading.Thread(target=pool.shutdown)
    ending.start()
    at_once = said("waits for a resume")
    assert at_once.startswith(
        "shutdown of 'shop' waits for a resume with 5 tasks unfinished; held:"
    )
    assert "held: 'nightly backup' by cron on" in at_once
    later = said("has waited for")
    assert later.startswith("the shutdown of 'shop' has waited for")
    assert "has not started, held by" in later
    assert "which ends with resume()" in later
    assert ending.is_alive()
    pausable.resume()
    ending.join(SOON)
    assert [each.result(SOON) for each in futures] == [0, 1, 4, 9, 16]


@pytest.mark.usefixtures("soon")
def test_a_block_that_was_left_before_the_pause(make, counters, said, caplog):
    """Also before the adoption: whoever pauses sees on the stacks that somebody waits."""
    pool, counter = make(1, thread_name_prefix="early"), counters()

    def leave():
        with pool:
            pool.submit(counter)
            pool.submit(pow, 2, 2)

    ending = threading.Thread(target=leave)
    ending.start()
    assert counter.began.wait(SOON)
    until(lambda: pool._shutdown)
    pausable.adopt()
    try:
        hold = pausable.pause("from outside")
        assert said("has waited for").startswith("the shutdown of 'early' has waited for")
        counter.go = True
        hold.release()
        ending.join(SOON)
        joiners = crew_of(pool).joiners
        until(lambda: joiners._patience is None, what="nobody is spoken for")
        count = len(caplog.messages)
        pausable.pause("once more").release()
        assert joiners._patience is None
        assert len(caplog.messages) == count
    finally:
        pausable.give_back()


@pytest.mark.usefixtures("adopted", "soon")
def test_nobody_waits(make, counters):
    """Then nothing looks: a pool that rests wakes no thread."""
    pool, counter = make(1), counters()
    pool.submit(counter)
    assert counter.began.wait(SOON)
    hold = pausable.pause("nobody waits for its end")
    assert crew_of(pool).joiners._alarm is None
    pool.shutdown(wait=False)
    assert crew_of(pool).joiners._alarm is None
    hold.release()


def test_an_exit_that_has_begun_before_the_pause() -> None:
    """The stdlib waits in it for all pools: it is said which one is held, and what would help."""
    lines = run(
        """
        import concurrent.futures
        from concurrent.futures import thread
        from pausable.scopes import patience
        patience._AT_FIRST = 0.02

        class Said(logging.Handler):
            def emit(self, record):
                say(record.getMessage())
                heard.set()

        heard, begun = threading.Event(), threading.Event()
        logging.getLogger("pausable").addHandler(Said())
        pausable.adopt()
        pool = concurrent.futures.ThreadPoolExecutor(1, "last")

        def pause_at_the_exit():
            until(lambda: thread._shutdown)
            hold = pausable.pause("late")
            begun.set()
            heard.wait(60)
            hold.release()

        threading.Thread(target=pause_at_the_exit, daemon=True).start()
        pool.submit(begun.wait)
        pool.submit(say, "done")
        """
    )
    assert lines[-1] == "done"
    said = "at the interpreter's exit, the end of 'last' has waited for"
    if sys.version_info[:2] == (3, 12):  # no thread starts any more that could say it later
        said = "shutdown of 'last' waits for a resume with 2 tasks unfinished"
    assert lines[0].startswith(said)
