"""A Ctrl-C between any two lines of guards: what was decided is made so, and nothing is left behind."""

from __future__ import annotations

import linecache
import sys
import threading
from pathlib import Path

import pytest
from helpers import until
from workloads import background

import pausable
from pausable._core import closure
from pausable.guards import Backoff, Guard, Window
from pausable.scopes import joint_hold

GUARDS = str(Path(pausable.__file__).parent / "guards")
OURS = (GUARDS, joint_hold.__file__)
QUICK = {"every": 0.01, "backoff": Backoff(factor=1.0)}


def is_lock(frame) -> bool:
    """Say whether this line takes or gives back a lock: the interpreter lets no Ctrl-C in there."""
    return linecache.getline(frame.f_code.co_filename, frame.f_lineno).lstrip().startswith("with ")


@pytest.fixture(autouse=True)
def _soon(monkeypatch):
    monkeypatch.setattr(joint_hold, "SOON", 0.001)


class Interrupt:
    """Raises KeyboardInterrupt at the so-manieth line of guards that this thread comes to."""

    def __init__(self, number: int) -> None:
        self.left = number
        self.place = ""

    def __call__(self, frame, event, _arg):
        if not frame.f_code.co_filename.startswith(OURS):
            return None
        if event == "line" and not is_lock(frame):
            self.left -= 1
            if self.left == 0:
                self.place = f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}"
                raise KeyboardInterrupt
        return self

    def during(self, call) -> bool:
        """Make a call, in which the interrupt may come; say whether it did."""
        outer = sys.gettrace()
        sys.settrace(self)
        try:
            call()
        except (KeyboardInterrupt, ConnectionError):
            pass
        finally:
            sys.settrace(outer)
        return self.left <= 0


def test_at_any_line_of_a_trip(make_pool, resource):
    """It has tripped, or not; if it has, the pool is held until the resource is back, and no longer."""
    number, came = 0, True
    while came:
        number += 1
        interrupt = Interrupt(number)
        db = Guard("db", resource.probe, trip_on=ConnectionError, **QUICK)
        pool = make_pool(1, guards=[db])
        resource.up.clear()
        came = interrupt.during(lambda db=db: fail(db, resource))
        if db.status().state != "healthy":
            until(pool.is_paused, what=f"held, after {interrupt.place}")
        resource.up.set()
        check_recovers(db, pool, interrupt)
    assert number > 50


@pytest.mark.parametrize("how", ["by hand", "work"])
def test_at_any_line_of_a_recovery(make_pool, resource, how):
    """All tasks go on, whoever was to release them."""
    number, came = 0, True
    while came:
        number += 1
        interrupt = Interrupt(number)
        at_most = None if how == "by hand" else 0.0
        db = Guard("db", resource.probe, trip_on=ConnectionError, at_most=at_most, **QUICK)
        pool = make_pool(1, guards=[db])
        resource.up.clear()
        fail(db, resource)
        if how == "by hand":
            until(pool.is_paused)
            recover = db.override
        else:
            until(lambda db=db: db.status().state == "let go")
            recover = lambda db=db: succeed(db)  # noqa: E731
        came = interrupt.during(recover)
        resource.up.set()
        check_recovers(db, pool, interrupt)
    assert number > 20


@pytest.mark.parametrize("hour", [3.0, 12.0], ids=["they begin", "they end"])
def test_at_any_line_when_hours_begin_or_end(make_pool, hour):
    """The pool is held outside the hours of a window, and not within them."""
    number, came, is_out = 0, True, hour > 6.0
    while came:
        number += 1
        interrupt = Interrupt(number)
        now = [3.0 if is_out else 12.0]
        window = Window("00:00-06:00", tz="UTC")
        window._now = lambda now=now: now[0] * 3600
        pool = make_pool(1, guards=[window])
        assert pool.is_paused() is not is_out
        now[0] = hour
        came = interrupt.during(window.look_around)
        told = f"after {interrupt.place}"
        window.look_around()  # the interrupt may have come before the first look
        until(lambda pool=pool: pool.is_paused() is is_out, what=told)
        now[0] = 3.0
        window.look_around()
        assert pool.submit(str, 1).result(10) == "1", told
        assert pool.shutdown(timeout=10), told
    assert number > 20


def fail(db, resource):
    """Let protected work of this thread, which is no task, meet the failure."""
    try:
        with db:
            resource.ask()
    except ConnectionError:
        pass


def succeed(db):
    """Let protected work of this thread go well."""
    with db:
        pass


def check_recovers(db, pool, interrupt):
    """The guard is healthy in the end, its pool open, and it trips and recovers as ever."""
    told = f"after {interrupt.place}"
    until(lambda: db.status().state == "healthy" and not pool.is_paused(), what=told)
    assert not pool.holds(), told
    assert pool.submit(str, 1).result(10) == "1", told
    until(lambda: not (db._holds.records() or db._holds.todo), what=told)
    assert pool.shutdown(timeout=10), told


def test_a_decision_of_another_thread_before_a_torn_visit_is_put_right(pool, resource, monkeypatch):
    """The guard knows of the hold that is placed once more then: it goes with the recovery."""
    resource.up.clear()
    guard = Guard("db", resource.probe, trip_on=ConnectionError, **QUICK)
    group = pool.group("guarded", guards=[guard])
    place_on_scope, leave = closure._place_on_scope, joint_hold.leave
    holds = guard._sentry.holds

    def strike(*_: object) -> None:
        monkeypatch.setattr(closure, "_place_on_scope", place_on_scope)
        raise KeyboardInterrupt

    def leave_late(visit) -> None:
        if not holds.is_deciding() and threading.current_thread() is threading.main_thread():
            monkeypatch.setattr(joint_hold, "leave", leave)
            background(holds.refresh).result(20)
        leave(visit)

    monkeypatch.setattr(closure, "_place_on_scope", strike)
    monkeypatch.setattr(joint_hold, "leave", leave_late)
    with pytest.raises(KeyboardInterrupt), guard:
        raise ConnectionError("refused")
    until(group.is_paused)
    assert len(group.holds()) == 1
    resource.up.set()
    assert guard.wait_healthy(20)
    until(lambda: not group.holds())
    assert group.submit(int).result(20) == 0
