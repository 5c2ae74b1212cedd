"""What does not rest yet is named: which task, where, for how long and why; and then it rests."""

from __future__ import annotations

import builtins
import importlib
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from helpers import until
from preempt.form import PATIENCE
from preempt.freethreaded import needs_frames
from preempt.in_c import FlagInC
from preempt.spin import line_of, spinning

from pausable import Location, NotQuiescent, shield
from pausable._preempt.engine.lookout import engine
from pausable._preempt.engine.monitor import Monitor
from pausable._preempt.rule import reasons, safety
from pausable._preempt.rule.safety import Obstacle


def straggler_of(pool, hold):
    """Return the one task that does not rest, once the others do."""
    until(lambda: len(pool.stragglers()) == 1, PATIENCE)
    assert not hold.is_released()
    (straggler,) = pool.stragglers()
    return straggler


class Blocked:
    """Tasks that are in a C call until they are let go, and count the line after it."""

    def __init__(self) -> None:
        self.began, self.go = threading.Event(), FlagInC()
        self.after = 0

    def wait(self) -> None:
        self.began.set()
        self.go.wait(timeout=PATIENCE)  # call
        self.after += 1
        self.goes_on()

    def sleep(self) -> None:
        self.began.set()
        time.sleep(0.05)  # call
        self.after += 1
        self.goes_on()

    def helper(self) -> None:
        self.go.wait(timeout=PATIENCE)  # call

    def through_a_helper(self) -> None:
        self.began.set()
        self.helper()
        self.after += 1
        self.goes_on()

    def comprehension(self) -> None:
        self.began.set()
        [self.go.wait(timeout=PATIENCE) for _ in range(1)]  # call
        self.after += 1
        self.goes_on()

    def goes_on(self) -> None:
        while True:
            self.after += 1


@needs_frames
@pytest.mark.parametrize("way", ["wait", "through_a_helper", "comprehension"])
def test_in_a_c_call(pool, way) -> None:
    """It is named with the line of its own that called, and rests before the next."""
    blocked = Blocked()
    future = pool.submit(getattr(blocked, way))
    spinning(pool)
    assert blocked.began.wait(PATIENCE)
    hold = pool.pause("look")
    straggler = straggler_of(pool, hold)
    assert straggler.task == future.name
    caller = Blocked.helper if way == "through_a_helper" else getattr(Blocked, way)
    until(lambda: pool.stragglers()[0].where.line == line_of(caller, "call"))
    straggler = straggler_of(pool, hold)
    assert Path(straggler.where.file) == Path(__file__)
    assert "C call" in straggler.why
    assert straggler.seconds >= 0
    blocked.go.set()
    assert hold.wait(PATIENCE)
    assert future.status().state == "resting"
    assert blocked.after == 0, "the line after the C call has run"
    hold.release()
    until(lambda: blocked.after > 1)


def test_the_line_after_a_sleep_does_not_run(pool) -> None:
    """A task that is paused in `time.sleep()` rests when that is over."""
    for _ in range(5):
        blocked = Blocked()
        future = pool.submit(blocked.sleep)
        assert blocked.began.wait(PATIENCE)
        hold = pool.pause("look")
        assert hold.wait(PATIENCE)
        assert blocked.after == 0
        future.stop("enough")
        hold.release()
        until(future.done)
        assert blocked.after == 0


@needs_frames
def test_a_stop_after_a_c_call(pool) -> None:
    """A task that was stopped in a C call ends when that is over; no line after it runs."""
    blocked = Blocked()
    future = pool.submit(blocked.wait)
    assert blocked.began.wait(PATIENCE)
    until(lambda: future.where().line == line_of(Blocked.wait, "call"))
    assert future.stop("enough")
    blocked.go.set()
    until(future.done)
    assert future.cancelled()
    assert blocked.after == 0


class Locked:
    """Tasks that are busy while they hold a lock, in each of the ways to do so."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.began, self.go = threading.Event(), threading.Event()
        self.after = 0

    def busy(self) -> None:
        self.began.set()
        while not self.go.is_set():
            pass

    def with_statement(self) -> None:
        with self.lock:  # taken
            self.busy()
        self.goes_on()

    def acquired(self) -> None:
        self.lock.acquire()  # taken
        try:
            self.busy()
        finally:
            self.lock.release()
        self.goes_on()

    @contextmanager
    def manager(self):
        with self.lock:
            yield

    def by_a_manager(self) -> None:
        with self.manager():  # taken
            self.busy()
        self.goes_on()

    def goes_on(self) -> None:
        while True:
            self.after += 1


@needs_frames
@pytest.mark.parametrize("way", ["with_statement", "acquired", "by_a_manager"])
def test_with_a_lock(pool, way) -> None:
    """It is named with what it holds and where it took that, and rests when it has let go."""
    locked = Locked()
    future = pool.submit(getattr(locked, way))
    assert locked.began.wait(PATIENCE)
    hold = pool.pause("look")
    straggler = straggler_of(pool, hold)
    assert straggler.task == future.name
    assert straggler.why.startswith("holds ")
    assert "lock" in straggler.why or "manager" in straggler.why
    here = f"{Path(__file__).name}:"
    assert here in straggler.why
    line = int(straggler.why.partition(here)[2].split(maxsplit=1)[0].strip(",;"))
    taken = line_of(getattr(Locked, way), "taken")
    assert line == taken or way == "by_a_manager"
    with pytest.raises(NotQuiescent, match="holds") as caught, pool.pause("look", timeout=0.01):
        pass
    assert caught.value.stragglers[0].task == future.name
    assert not locked.after
    locked.go.set()
    assert hold.wait(PATIENCE)
    assert locked.lock.acquire(timeout=PATIENCE), "it rests with its lock"
    locked.lock.release()


@needs_frames
def test_with_a_lock_it_is_not_asked_at_every_look(pool, monkeypatch) -> None:
    """What has refused it refuses it still: its code is left alone for most of the looks."""
    armed = []
    arm = Monitor.arm
    monkeypatch.setattr(Monitor, "arm", lambda self, code: (armed.append(code), arm(self, code)))
    locked = Locked()
    pool.submit(locked.with_statement)
    assert locked.began.wait(PATIENCE)
    hold = pool.pause("look")
    until(lambda: engine._looks > 40, PATIENCE)
    assert not hold.is_released()
    assert 1 <= armed.count(Locked.busy.__code__) <= 12
    locked.go.set()
    assert hold.wait(PATIENCE)
    assert locked.lock.acquire(timeout=PATIENCE), "it rests with its lock"
    locked.lock.release()


@needs_frames
def test_a_stop_is_looked_for_where_rest_was_refused(pool, monkeypatch) -> None:
    """It comes where the task may not rest, too, if need be: its code is armed at each look."""
    armed = []
    arm = Monitor.arm
    locked = Locked()
    future = pool.submit(locked.with_statement)
    assert locked.began.wait(PATIENCE)
    pool.pause("look")
    until(lambda: engine._looks > 40, PATIENCE)
    monkeypatch.setattr(Monitor, "arm", lambda self, code: (armed.append(code), arm(self, code)))
    assert future.stop("enough")
    until(lambda: armed.count(Locked.busy.__code__) >= 10 or future.done(), PATIENCE)
    looks = engine._looks
    assert armed.count(Locked.busy.__code__) >= looks - 1
    until(future.done)
    assert not locked.lock.locked()


@needs_frames
def test_what_has_refused_it_may_be_over_though_its_frame_stands(pool) -> None:
    """A lock that is given back further up is seen at the next look."""
    locked = Locked()

    def gives_back() -> None:
        locked.busy()
        locked.lock.release()
        locked.goes_on()

    def takes() -> None:
        locked.lock.acquire()
        gives_back()

    pool.submit(takes)
    assert locked.began.wait(PATIENCE)
    hold = pool.pause("look")
    until(lambda: engine._looks > 10, PATIENCE)
    assert not hold.wait(0)
    locked.go.set()
    assert hold.wait(PATIENCE)
    assert not locked.lock.locked()


def test_with_a_lock_it_is_stopped_where_the_lock_is_released(pool) -> None:
    """A stop in a `with` on a lock leaves it released."""
    locked = Locked()
    future = pool.submit(locked.with_statement)
    assert locked.began.wait(PATIENCE)
    assert future.stop("enough")
    locked.go.set()
    until(future.done)
    assert future.cancelled()
    assert locked.lock.acquire(timeout=PATIENCE)
    locked.lock.release()


def test_in_a_shield(pool) -> None:
    """It is named as shielded for as long as it is."""
    began, go = threading.Event(), threading.Event()

    def task() -> None:
        with shield():
            began.set()
            while not go.is_set():
                pass
        while True:
            pass

    future = pool.submit(task)
    assert began.wait(PATIENCE)
    hold = pool.pause("look")
    straggler = straggler_of(pool, hold)
    assert straggler.task == future.name
    assert "shield" in straggler.why
    go.set()
    assert hold.wait(PATIENCE)
    assert pool.stragglers() == []


@needs_frames
def test_each_has_its_own_reason(make_pool) -> None:
    """Of four tasks one rests, and the three others are named with three reasons."""
    pool = make_pool(4)
    blocked, locked, over = Blocked(), Locked(), threading.Event()
    shielded = threading.Event()

    def in_a_shield() -> None:
        with shield():
            shielded.set()
            while not over.is_set():
                pass

    names = {
        "C call": pool.submit(blocked.wait).name,
        "holds": pool.submit(locked.with_statement).name,
        "shield": pool.submit(in_a_shield).name,
    }
    spinning(pool)
    for event in (blocked.began, locked.began, shielded):
        assert event.wait(PATIENCE)
    hold = pool.pause("look")
    until(lambda: pool.status().resting == 1)
    until(lambda: any("C call" in each.why for each in pool.stragglers()))
    found = {each.task: each.why for each in pool.stragglers()}
    assert set(found) == set(names.values())
    for word, name in names.items():
        assert word in found[name]
    over.set()
    blocked.go.set()
    locked.go.set()
    assert hold.wait(PATIENCE)
    assert pool.stragglers() == []


def test_a_task_that_is_not_preemptive_is_told_so(pool) -> None:
    """Its reason is that it has come to no checkpoint."""
    spin, future = spinning(pool, preemptive=False)
    hold = pool.pause("look")
    assert "checkpoint" in straggler_of(pool, hold).why
    spin.is_over = True
    assert future.result(PATIENCE)


@needs_frames
def test_its_own_place_is_said_once() -> None:
    """Neither what keeps it nor what it is in repeats the line where the straggler is."""
    here, there = Location("a.py", 1, "f"), Location("b.py", 2, "g")
    assert str(here) not in reasons._of_obstacle(Obstacle("library", "f()", here), here)
    assert reasons._of_obstacle(Obstacle("lock", "lock", here), here) == "holds lock"
    assert str(there) in reasons._of_obstacle(Obstacle("lock", "lock", there), here)


def test_an_import_is_seen_without_an_inquiry(tmp_path, monkeypatch) -> None:
    """It has thousands of lines: at none of them is more looked at than where it is."""
    (tmp_path / "imported_under_a_pause.py").write_text("found = look()\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(safety, "Inquiry", None)
    monkeypatch.setattr(
        builtins, "look", lambda: safety.held(sys._getframe(1), (), None), raising=False
    )
    found = importlib.import_module("imported_under_a_pause").found
    assert found.what == "the import of 'imported_under_a_pause'"
