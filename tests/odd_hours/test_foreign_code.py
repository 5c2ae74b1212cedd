"""Observers and handlers of the log that raise, block for ever, or call back: what they cost."""

from __future__ import annotations

import logging
import threading

import pytest
from helpers import until
from workloads import Loop, background

from pausable import TaskEnded, checkpoint
from pausable.scopes.timer import timer


class Foreign:
    """Something that is called with events or with lines, and does one thing that it should not."""

    def __init__(self, what: str, pool) -> None:
        """Do *what*, from now on."""
        self.what = what
        self.pool = pool
        self.began, self.go = threading.Event(), threading.Event()
        self.calls = 0

    def __call__(self, _: object) -> None:
        """Do it."""
        self.calls += 1
        self.began.set()
        if self.what == "blocks":
            assert self.go.wait(60)
        elif self.what == "calls back":
            if self.calls < 20:
                self.pool.submit(int)
                self.pool.pause("called back", duration=0.001)
                self.pool.status()
                checkpoint()
        else:
            raise {"raises": ValueError, "exits": SystemExit, "closes": GeneratorExit}[self.what]


class Handler(logging.Handler):
    """A handler of the log, without the manners of the usual ones."""

    def __init__(self, call) -> None:
        """Have *call* called with each record."""
        super().__init__()
        self.call = call

    def handle(self, record: logging.LogRecord) -> bool:
        """Call it, under no lock."""
        self.call(record)
        return True


@pytest.fixture(params=["observer", "log handler"])
def kind(request) -> str:
    """Say what is foreign."""
    return request.param


@pytest.fixture(params=["raises", "exits", "closes", "blocks", "calls back"])
def foreign(request, kind, make_pool):
    """Let one thing that is foreign do one thing that it should not, for a pool with one worker."""
    pool = make_pool(1, on_fault="hold", faults=ZeroDivisionError)
    foreign = Foreign(request.param, pool)
    logger = logging.getLogger("pausable")
    handler, level = Handler(foreign), logger.level
    if kind == "observer":
        end = pool.observe(foreign)
    else:
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
    yield foreign
    foreign.go.set()
    if kind == "observer":
        end()
    logger.removeHandler(handler)
    logger.setLevel(level)


def elsewhere(foreign, call):
    """Make *call* where it may block and raise; return its result if there is one in time."""
    made = background(call)
    if foreign.what != "blocks":
        return made.exception(10) or made.result(10)
    until(lambda: made.done() or foreign.began.is_set())
    return None


def test_it_costs_no_worker_and_no_task(foreign) -> None:
    """The one worker runs on: tasks start, rest, go on, fault, and end."""
    pool = foreign.pool
    elsewhere(foreign, lambda: pool.submit(int))
    for _ in range(20):
        future = background(pool.submit, int).result(10)
        assert future.result(10) == 0
    loop = Loop()
    looping = background(pool.submit, loop).result(10)
    assert loop.began.wait(10)
    elsewhere(foreign, lambda: pool.pause("x"))
    until(looping._p_is_at_rest)
    elsewhere(foreign, pool.resume)
    until(lambda: not pool.is_paused())
    rounds = loop.rounds
    until(lambda: loop.rounds > rounds)
    loop.go.set()
    assert looping.result(10)
    faulty = background(pool.submit, divmod, 1, 0).result(10)
    until(pool.faults)
    assert background(pool.faults()[0].fail).result(10) or foreign.what == "blocks"
    assert isinstance(faulty.exception(10), ZeroDivisionError)


def test_it_costs_no_alarm(foreign, kind) -> None:
    """Holds that expire do, and time limits are kept, also of other pools."""
    pool = foreign.pool
    elsewhere(foreign, lambda: pool.pause("x", duration=0.01))
    until(lambda: not pool.is_paused(), what="it has expired")
    late = background(pool.options(timeout=0.02).submit, Loop()).result(10)
    with pytest.raises(TimeoutError, match="limit"):
        late.result(10)
    rung = threading.Event()
    timer.call_at(0.0, rung.set)
    assert rung.wait(10)


def test_what_others_are_told_goes_on(foreign, kind, make_pool) -> None:
    """Another pool's observers hear of its tasks, whatever becomes of this one's."""
    elsewhere(foreign, lambda: foreign.pool.submit(int))
    other = make_pool(1)
    ended = threading.Event()
    other.observe(lambda event: ended.set() if isinstance(event, TaskEnded) else None)
    assert other.submit(int).result(10) == 0
    assert ended.wait(10)


def test_it_costs_no_shutdown(foreign) -> None:
    """A shutdown that waits comes to its end."""
    pool = foreign.pool
    elsewhere(foreign, lambda: pool.submit(int))
    elsewhere(foreign, pool.resume)
    assert background(pool.shutdown).result(20)
