"""What a user's probe, error, time zone or log handler does costs nobody else anything."""

from __future__ import annotations

import logging
import queue
import threading
from datetime import timedelta, tzinfo

import pytest
from helpers import until
from workloads import background

from pausable import ThreadPoolExecutor
from pausable.guards import Backoff, Guard, Window, sentry
from pausable.scopes import joint_hold

QUICK = {"every": 0.01, "backoff": Backoff(factor=1.0)}


class Unsaid(Exception):
    """Has a text that raises."""

    def __init__(self, kind: type[BaseException]) -> None:
        self.kind = kind

    def __str__(self):
        raise self.kind


class Unsayable(BaseException):
    """Has one, too, and is no Exception."""

    def __str__(self):
        raise SystemExit


class Blocked:
    """A probe that blocks until it is let go, the first time."""

    def __init__(self) -> None:
        self.calls = 0
        self.began = threading.Event()
        self.go = threading.Event()

    def __call__(self) -> None:
        self.calls += 1
        if self.calls == 1:
            self.began.set()
            assert self.go.wait(30), "nobody let this probe go"


@pytest.fixture
def blocked():
    """Give one, and let it go in the end."""
    probe = Blocked()
    yield probe
    probe.go.set()


@pytest.fixture
def impatient(monkeypatch):
    """Let a probe be late soon."""
    monkeypatch.setattr(sentry, "PATIENCE", 0.05)


def trip(guard: Guard, error: Exception | None = None) -> None:
    """Let some work fail."""
    error = error or ConnectionError("refused")
    with pytest.raises(type(error)), guard:
        raise error


@pytest.mark.parametrize(
    "error",
    [SystemExit(1), KeyboardInterrupt(), GeneratorExit(), Unsayable(), Unsaid(SystemExit)],
    ids=lambda error: type(error).__name__,
)
def test_whatever_a_probe_raises_is_a_bad_answer(pool, error):
    """The guard goes on to probe, and recovers."""
    answers = iter([error] * 3)

    def probe():
        for each in answers:
            raise each

    guard = Guard("g", probe, trip_on=ConnectionError, trial=False, **QUICK)
    group = pool.group("g", guards=[guard])
    trip(guard)
    until(lambda: guard.status().reason.startswith(type(error).__name__))
    assert group.submit(str, 1).result(10) == "1"
    assert guard.status().probes == 4


@pytest.mark.parametrize("kind", [ValueError, SystemExit])
def test_the_text_of_an_error_may_raise(pool, resource, kind):
    """In a block, in attempts, and as the outcome of a trial."""
    guard = Guard("g", resource.probe, trip_on=Unsaid, **QUICK)
    group = pool.group("g", guards=[guard])
    resource.up.clear()
    trip(guard, Unsaid(kind))
    assert group.holds()[0].reason == f"g: Unsaid (its text raised {kind.__name__})"
    errors = [Unsaid(kind), Unsaid(kind)]

    def work():
        if errors:
            raise errors.pop()
        return "done"

    failed = group.submit(work)  # without attempts: what it ends with is what it tells
    future = group.submit(guard.protect(work))
    resource.up.set()
    assert isinstance(failed.exception(10), Unsaid)
    assert future.result(10) == "done"


def test_the_name_of_a_probe_may_raise(pool):
    """It is asked for nothing but to be called."""

    class Probe:
        calls = 0

        @property
        def __name__(self):
            raise SystemExit

        def __call__(self):
            self.calls += 1
            return self.calls > 2

    guard = Guard("g", Probe(), trip_on=ConnectionError, **QUICK)
    group = pool.group("g", guards=[guard])
    trip(guard)
    until(lambda: guard.status().reason == "Probe returned False")
    assert group.submit(str, 1).result(10) == "1"


def test_a_blocked_probe_costs_no_other_guard(pool, blocked, resource):
    """Nor a timer, nor a shutdown: it has a thread of its own."""
    stuck = Guard("stuck", blocked, watch=True, **QUICK)
    stuck_pool = ThreadPoolExecutor(1, guards=[stuck])
    assert blocked.began.wait(10)
    other = Guard("other", resource.probe, trip_on=ConnectionError, **QUICK)
    group = pool.group("g", guards=[other])
    trip(other)
    assert group.submit(str, 1).result(10) == "1"
    pool.pause("a moment", duration=0.01)
    assert pool.submit(str, 2).result(10) == "2"
    assert stuck_pool.submit(str, 3).result(10) == "3"
    assert stuck_pool.shutdown(timeout=10)


@pytest.mark.usefixtures("impatient")
def test_a_probe_that_does_not_answer_is_bad(pool, blocked, caplog):
    """A healthy guard trips; it says for how long, does not call it again, and takes its answer."""
    guard = Guard("g", blocked, watch=True, **QUICK)
    with caplog.at_level(logging.WARNING, "pausable"):
        group = pool.group("g", guards=[guard])
        until(group.is_paused)
        assert "its probe has not answered for" in guard.status().reason
        until(lambda: caplog.text.count("guard 'g': its probe has not answered for") > 3)
    assert guard.status().state == "tripped"
    assert blocked.calls == 1
    blocked.go.set()
    assert group.submit(str, 1).result(10) == "1"


@pytest.mark.usefixtures("impatient")
def test_a_late_answer_counts(pool):
    """A probe that is always slow, and good, does not keep the pool for ever."""
    slow = threading.Event()
    guard = Guard(
        "g", lambda: slow.wait(0.1) or None, trip_on=ConnectionError, trial=False, **QUICK
    )
    group = pool.group("g", guards=[guard])
    trip(guard)
    assert group.submit(str, 1).result(10) == "1"


@pytest.mark.usefixtures("impatient")
def test_a_blocked_probe_and_a_longest_time(pool, blocked):
    """The guard lets go whatever its probe does."""
    guard = Guard("g", blocked, trip_on=ConnectionError, at_most=0.2, **QUICK)
    group = pool.group("g", guards=[guard])
    trip(guard)
    assert group.submit(str, 1).result(10) == "1"
    assert guard.status().state == "let go"
    blocked.go.set()
    until(lambda: guard.status().state == "healthy")


def test_a_probe_may_call_back(pool, resource):
    """Into the guard, and into the pool: it holds no lock."""
    seen = []

    def probe():
        seen.append((guard.status().state, pool.is_paused()))
        guard.take_on(pool)
        group.submit(str)
        guard.override()

    guard = Guard("g", probe, trip_on=ConnectionError, **QUICK)
    group = pool.group("g", guards=[guard])
    trip(guard)
    assert group.submit(str, 1).result(10) == "1"
    assert seen == [("probing", False)]


def test_a_probe_waits_for_no_guard(pool, resource):
    """Not for its own, which waits for it: neither in attempts nor by `wait_healthy`."""
    resource.up.clear()
    said = []

    def probe():
        with pytest.raises(RuntimeError, match="cannot wait"):
            guard.wait_healthy()
        try:
            guard.protect(resource.ask)()
        except ConnectionError:
            said.append(1)
            raise

    guard = Guard("g", probe, trip_on=ConnectionError, **QUICK)
    group = pool.group("g", guards=[guard])
    trip(guard)
    until(lambda: len(said) >= 3)
    resource.up.set()
    assert group.submit(str, 1).result(10) == "1"


def test_a_coroutine_is_no_answer(pool):
    """Nobody awaits it: it would be good whatever the resource does."""

    async def probe():
        """Say nothing."""

    with pytest.raises(TypeError, match="probe"):
        Guard("g", probe)
    guard = Guard("g", lambda: probe(), trip_on=ConnectionError, **QUICK)
    group = pool.group("g", guards=[guard])
    trip(guard)
    until(lambda: "returned a coroutine" in guard.status().reason)
    assert group.is_paused()
    guard.override()


def test_where_no_thread_starts_it_probes_all_the_same(pool, resource, monkeypatch, caplog):
    """On the watcher's own; so on CPython 3.12 while the interpreter exits."""

    class NoProbes(threading.Thread):
        def start(self):
            if self.name == "pausable-probe":
                raise RuntimeError("can't start new thread")
            super().start()

    guard = Guard("g", resource.probe, trip_on=ConnectionError, **QUICK)
    group = pool.group("g", guards=[guard])
    monkeypatch.setattr(threading, "Thread", NoProbes)
    with caplog.at_level(logging.INFO, "pausable"):
        trip(guard)
        until(lambda: resource.probes == 1 and not group.is_paused())
        until(lambda: "can't start new thread" in caplog.text)  # the herald says it


def test_a_failing_wake_up_costs_the_others_nothing(pool, resource, caplog):
    """What is to be done after a change is done, whatever comes before it."""
    guard = Guard("g", resource.probe, trip_on=ConnectionError, trial=False, **QUICK)
    group = pool.group("g", guards=[guard])
    resource.up.clear()
    trip(guard)
    future = group.submit(str, 1)
    waiting = background(guard.wait_healthy, 10)
    until(lambda: guard._sentry.bystanders.calls)
    release = guard._holds.release

    def bad_release(stagger):
        guard._holds.todo.append(lambda: 1 / 0)
        release(stagger)

    guard._holds.release = bad_release
    resource.up.set()
    assert waiting.result(10)
    assert future.result(10) == "1"
    until(lambda: "ZeroDivisionError" in caplog.text)


def test_a_ctrl_c_keeps_nothing_from_being_done(pool, resource):
    """What was decided is done, on the same thread, before the exception comes out."""
    guard = Guard("g", resource.probe, trip_on=ConnectionError, **QUICK)
    pool.group("g", guards=[guard])
    done = []
    hits = iter([KeyboardInterrupt()])

    def interrupted():
        for error in hits:
            raise error
        done.append("again")

    def decide():
        guard._holds.todo.extend([interrupted, lambda: done.append("after that")])

    with pytest.raises(KeyboardInterrupt):
        guard._holds.decide(decide)
    assert done == ["again", "after that"]


def test_what_a_finalizer_decides_under_the_lock_is_done_outside_of_it(pool, resource):
    """A pool that is collected while a guard is at work comes back to it, on the same thread."""
    guard = Guard("g", resource.probe, trip_on=ConnectionError, **QUICK)
    group = pool.group("g", guards=[guard])
    was_locked = queue.SimpleQueue()
    note = lambda: was_locked.put(guard._holds.is_deciding())  # noqa: E731
    with guard._holds.lock:
        guard._holds.decide(lambda: guard._holds.todo.append(note))
    assert was_locked.get(timeout=10) is False
    assert not group.is_paused()


def test_a_release_that_fails_is_made_again(pool, resource, monkeypatch, caplog):
    """A hold of a guard that is healthy does not stay, whatever happened when it was to go."""
    guard = Guard("g", resource.probe, trip_on=ConnectionError, trial=False, watch=True, **QUICK)
    group = pool.group("g", guards=[guard])
    resource.up.clear()
    until(group.is_paused)
    fails = iter([MemoryError()])

    def release(*args, release=joint_hold.release):
        for error in fails:
            raise error
        return release(*args)

    monkeypatch.setattr(joint_hold, "release", release)
    resource.up.set()
    until(lambda: not group.is_paused())
    until(lambda: "MemoryError" in caplog.text)


class Zone(tzinfo):
    """A zone of a user's, that may raise, and must not be asked under a lock."""

    def __init__(self) -> None:
        self.fails = False
        self.locks = []

    def utcoffset(self, _moment):
        assert not any(lock._is_owned() for lock in self.locks)
        if self.fails:
            raise SystemError("no zone")
        return timedelta()

    def tzname(self, _moment):
        return "Z"

    def dst(self, _moment):
        return timedelta()


def test_a_zone_that_always_raises_is_refused():
    """Where the window is made."""
    zone = Zone()
    zone.fails = True
    with pytest.raises(SystemError, match="no zone"):
        Window("00:00-06:00", tz=zone)


def test_a_zone_that_raises_leaves_all_as_it_is(pool, caplog, monkeypatch):
    """The window looks again soon, and nothing is lost in silence."""
    monkeypatch.setattr("pausable.guards.window._AGAIN", 0.01)
    zone = Zone()
    window = Window("00:00-06:00", tz=zone)
    zone.locks.append(window._holds.lock)
    now = [8 * 3600.0]
    window._now = lambda: now[0]
    group = pool.group("g", guards=[window])
    future = group.submit(str, 1)
    assert group.is_paused()
    zone.fails = True
    window.look_around()
    assert group.is_paused()
    until(lambda: "could not look at its hours" in caplog.text)
    now[0] = 24 * 3600.0
    zone.fails = False
    assert future.result(10) == "1"
