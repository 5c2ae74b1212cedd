"""The guard around real pools: whom it holds, who tries, who goes, and who may interfere."""

from __future__ import annotations

import logging
import os
import threading

import pytest
from helpers import until
from scripts import run
from workloads import Loop, background

from pausable import ThreadPoolExecutor
from pausable._core import waiver
from pausable.guards import Backoff, Guard, Window

QUICK = {"every": 0.01, "backoff": Backoff(factor=1.0)}


@pytest.fixture
def db(resource) -> Guard:
    """Make a guard of the resource."""
    return Guard("db", resource.probe, trip_on=ConnectionError, **QUICK)


def ask(db: Guard, resource) -> str:
    """Ask the resource, again after each recovery."""
    for attempt in db.attempts():
        with attempt:
            return resource.ask()
    raise AssertionError


def trip(db: Guard) -> None:
    """Let some work fail."""
    with pytest.raises(ConnectionError), db:
        raise ConnectionError("refused")


def test_what_depends_on_it_is_held_and_nothing_else(pool, db, resource):
    """The group and the failing task are held, with the reason; the pool goes on."""
    group, other = pool.group("writers", guards=[db]), pool.group("other")
    resource.up.clear()
    future = group.submit(ask, db, resource)
    until(lambda: future.status().state == "resting")
    (hold,) = group.holds()
    assert (hold.reason, hold.owner, hold.kind) == (
        "db: ConnectionError: refused",
        "guard db",
        "guard",
    )
    assert future.is_paused()
    assert not future.holds()  # that of its group is enough
    assert not pool.is_paused()
    assert not other.is_paused()
    assert other.submit(str, 1).result(10) == "1"
    waits = group.submit(ask, db, resource)
    resource.up.set()
    assert (future.result(10), waits.result(10)) == ("answer", "answer")
    until(lambda: not group.holds())
    assert resource.refused == 1


def test_a_whole_pool_depends_on_it(resource, db, make_pool):
    """``ThreadPoolExecutor(guards=[...])``."""
    pool = make_pool(4, guards=[db])
    resource.up.clear()
    futures = [pool.submit(ask, db, resource) for _ in range(20)]
    until(pool.is_paused)
    resource.up.set()
    assert {each.result(10) for each in futures} == {"answer"}
    assert resource.refused <= 4


def test_a_task_outside_all_its_scopes_is_held_alone(pool, db, resource):
    """Who meets the failure rests until the recovery, whatever scope it is in."""
    resource.up.clear()
    future = pool.submit(ask, db, resource)
    until(lambda: future.status().state == "resting")
    assert not pool.is_paused()
    resource.up.set()
    assert future.result(10) == "answer"


def test_user_and_guard_do_not_undo_each_other(pool, db, resource):
    """A resume does not release the guard's hold, nor the recovery the user's."""
    group = pool.group("g", guards=[db])
    resource.up.clear()
    trip(db)
    assert group.resume() == 0
    assert group.is_paused()
    hold = group.pause("the user asked")
    future = group.submit(str, 1)
    resource.up.set()
    until(lambda: db.status().state == "trial")  # it is to try when the user lets it
    assert not future.done()
    assert hold.release()
    assert future.result(10) == "1"
    until(lambda: not group.holds())


def test_one_task_tries_and_then_the_others_go(make_pool, db, resource):
    """While it tries all others rest, started or not; its success opens the gate."""
    pool = make_pool(4)
    group = pool.group("g", guards=[db])
    loops = [Loop() for _ in range(2)]
    resting = [group.submit(loop) for loop in loops]
    for loop in loops:
        assert loop.began.wait(10)
    resource.up.clear()  # until all rest: before that there may be nobody who could try
    trip(db)
    assert group.wait_quiescent(10)
    resource.up.set()
    queued = [group.submit(str, number) for number in range(3)]
    until(lambda: db.status().state == "trial")
    assert group.status().running == 1
    tried = db.status().trial
    assert sum(each.status().state == "running" for each in resting) == 1
    assert not any(each.done() for each in queued)
    next(loop for loop, future in zip(loops, resting, strict=True) if future.name == tried).go.set()
    assert [each.result(10) for each in queued] == ["0", "1", "2"]


def test_a_queued_task_tries_where_none_rests(pool, db, resource):
    """Exactly one of a hundred starts; when it has returned, so do the others."""
    began, go = [], threading.Event()

    def task(number):
        began.append(number)
        assert go.wait(10)
        return number

    group = pool.group("g", guards=[db])
    trip(db)
    futures = [group.submit(task, number) for number in range(100)]
    until(lambda: began == [0])
    assert db.status().state == "trial"
    assert group.status().running == 1
    assert group.status().queued == 99
    go.set()
    assert [each.result(10) for each in futures] == list(range(100))


def test_a_failed_trial_trips_again(pool, db, resource):
    """The probe says yes, the work says no: all rest again."""
    group = pool.group("g", guards=[db])
    answers = iter([ConnectionError("refused"), ConnectionError("starting up"), None])

    def work():
        for attempt in db.attempts():
            with attempt:
                error = next(answers)
                if error is not None:
                    raise error
        return "done"

    assert group.submit(work).result(10) == "done"
    assert db.status().trips == 2


def test_a_trial_that_tells_nothing_is_followed_by_another(pool, db):
    """A task that fails for a reason of its own, or is cancelled, says nothing about the resource."""

    def fails():
        raise ValueError("its own")

    group = pool.group("g", guards=[db])
    trip(db)
    bad, good = group.submit(fails), group.submit(str, 1)
    assert good.result(10) == "1"
    assert isinstance(bad.exception(10), ValueError)


def test_a_trial_that_waits_for_another_task_is_followed_by_that(pool, db):
    """Else both would wait for ever: one for the other, and that for the recovery."""
    group = pool.group("g", guards=[db])
    trip(db)
    inner, ready = [], threading.Event()
    outer = group.submit(lambda: ready.wait(20) and inner[0].result(20))
    inner.append(group.submit(str, 1))
    ready.set()
    assert outer.result(20) == "1"


def test_a_trial_that_the_user_holds_is_followed_by_another(pool, db):
    """A pause of one task does not keep the others from recovering."""
    group = pool.group("g", guards=[db])
    trip(db)
    first, second = group.submit(str, 1), group.submit(str, 2)
    first.pause("the user asked")
    assert second.result(10) == "2"
    assert not first.done()
    first.resume()
    assert first.result(10) == "1"


def test_two_guards_of_one_scope(pool, db, resource):
    """The trial of one is held by the other; both let the same task try, and both recover."""
    other = Guard("mail", resource.probe, trip_on=OSError, **QUICK)
    group = pool.group("g", guards=[db, other])
    resource.up.clear()
    trip(db)
    with pytest.raises(OSError, match="down"), other:
        raise OSError("down")
    futures = [group.submit(str, number) for number in range(3)]
    assert len(group.holds()) == 2
    resource.up.set()
    assert [each.result(10) for each in futures] == ["0", "1", "2"]
    until(lambda: not group.holds())


def test_the_others_go_one_by_one(make_pool, resource):
    """With a stagger, what has just come back does not meet all at once."""
    db = Guard("db", resource.probe, trip_on=ConnectionError, stagger=0.01, **QUICK)
    pool = make_pool(8, guards=[db])
    resource.up.clear()
    futures = [pool.submit(ask, db, resource) for _ in range(8)]
    until(lambda: pool.is_paused() and pool.is_quiescent())
    resource.up.set()
    until(lambda: db.status().state == "healthy")
    assert {each.result(10) for each in futures} == {"answer"}


def test_tasks_outside_its_scopes_go_one_by_one_too(make_pool, resource):
    """They are released one after the other."""
    db = Guard("db", resource.probe, trip_on=ConnectionError, stagger=0.01, **QUICK)
    pool = make_pool(8)
    resource.up.clear()
    futures = [pool.submit(ask, db, resource) for _ in range(8)]
    until(lambda: pool.status().resting == 8)
    resource.up.set()
    assert {each.result(10) for each in futures} == {"answer"}


def test_it_watches_on_its_own(pool, resource):
    """With ``watch=True`` the probe trips it before any work fails; the group is held at once."""
    db = Guard("db", resource.probe, watch=True, trial=False, **QUICK)
    group = pool.group("g", guards=[db])
    resource.up.clear()
    until(group.is_paused)
    future = group.submit(resource.ask)
    resource.up.set()
    assert future.result(10) == "answer"
    assert resource.refused == 0


def test_an_override_is_logged_and_lasts(pool, resource, caplog):
    """By hand it opens whatever the probe says, until that is good once."""
    db = Guard("db", resource.probe, watch=True, trial=False, **QUICK)
    group = pool.group("g", guards=[db])
    resource.up.clear()
    until(group.is_paused)
    future = group.submit(str, 1)
    with caplog.at_level(logging.WARNING, "pausable"):
        assert db.override()
    until(lambda: "guard 'db' was overridden by hand" in caplog.text)
    assert future.result(10) == "1"
    probes = resource.probes
    until(lambda: resource.probes > probes + 2)
    assert not group.is_paused()
    assert db.status().is_overridden
    assert not db.override()
    resource.up.set()
    until(lambda: not db.status().is_overridden)
    resource.up.clear()
    until(group.is_paused)
    resource.up.set()


def test_a_scope_that_is_taken_on_late_is_held_at_once(pool, db, resource):
    """A group that is made while the guard is tripped does not begin."""
    resource.up.clear()
    group = pool.group("a", guards=[db])
    trip(db)
    late = pool.group("b", guards=[db])
    assert late.is_paused()
    db.take_on(pool)
    assert pool.is_paused()
    assert db.status().scopes == ("a", "b", pool.name)
    resource.up.set()
    until(lambda: not (pool.holds() or group.holds() or late.holds()))


def test_a_failure_that_began_before_the_recovery_is_no_failure(make_pool, db, resource):
    """A request from before the outage times out long after it: nobody is held for that."""
    pool = make_pool(2, guards=[db])
    inside, late = threading.Event(), threading.Event()

    def slow():
        with db:
            inside.set()
            assert late.wait(10)
            raise ConnectionError("timed out")

    future = pool.submit(slow)
    assert inside.wait(10)
    trip(db)
    until(lambda: db.status().trips == 1 and not pool.is_paused())
    late.set()
    assert isinstance(future.exception(10), ConnectionError)
    assert not pool.is_paused()
    assert db.status().trips == 1


def test_a_block_of_a_held_task_rests_at_its_begin(pool, db, resource):
    """A protected block is a checkpoint for its guard: nothing is asked that would be refused."""
    resource.up.clear()
    trip(db)

    def task():
        with db:
            return resource.ask()

    future = pool.submit(task)
    until(lambda: future.status().state == "resting")
    resource.up.set()
    assert future.result(10) == "answer"
    assert resource.refused == 0


def test_a_task_of_a_trial_can_be_stopped(pool, db, resource):
    """Its stop tells nothing; the next one tries."""
    group = pool.group("g", guards=[db])
    loop = Loop()
    future = group.submit(loop)
    assert loop.began.wait(10)
    resource.up.clear()  # until it rests: before that there is nobody who could try
    trip(db)
    assert group.wait_quiescent(10)
    resource.up.set()
    until(lambda: db.status().trial == future.name)
    other = group.submit(str, 1)
    assert future.stop("not needed")
    assert other.result(10) == "1"
    assert future.cancelled()


def test_wait_healthy(db, resource):
    """It waits for the recovery, or for so many seconds."""
    resource.up.clear()
    assert db.wait_healthy(0)
    trip(db)
    assert not db.wait_healthy(0.01)
    waiting = background(db.wait_healthy, 10)
    resource.up.set()
    assert waiting.result(10)


def test_one_thread_for_all_guards_that_ends_with_them(make_pool, resource):
    """Ten guards that probe have one thread; when there is nothing left to watch, none."""
    pool = make_pool(1)
    guards = [Guard(f"g{n}", resource.probe, watch=True, **QUICK) for n in range(10)]
    for guard in guards:
        guard.take_on(pool)
    until(lambda: all(guard.status().probes > 2 for guard in guards))
    assert sum(each.name == "pausable-guards" for each in threading.enumerate()) == 1
    pool.shutdown()
    until(lambda: not any(each.name == "pausable-guards" for each in threading.enumerate()))


def test_a_pool_that_is_dropped_is_watched_no_longer(resource):
    """A healthy guard keeps no pool alive, nor does the watcher keep the guard."""
    pool = ThreadPoolExecutor(1, guards=[Guard("g", resource.probe, watch=True, **QUICK)])
    assert resource.probed.wait(10)
    del pool
    until(lambda: not any(each.name == "pausable-guards" for each in threading.enumerate()))


def test_a_probe_that_exits_does_not_end_the_watcher(pool):
    """Whatever a probe raises is a bad answer."""
    answers = iter([SystemExit(1), KeyboardInterrupt()])

    def probe():
        for error in answers:
            raise error

    guard = Guard("g", probe, watch=True, trial=False, **QUICK)
    group = pool.group("g", guards=[guard])
    until(lambda: guard.status().trips == 1 and not group.is_paused())


def test_a_user_pause_during_the_trial_is_quiescent(pool, db, resource):
    """A trial is one task; the user's hold makes it rest like any other."""
    group = pool.group("g", guards=[db])
    loop = Loop()
    group.submit(loop)
    assert loop.began.wait(10)
    resource.up.clear()  # until it rests: before that there is nobody who could try
    trip(db)
    assert group.wait_quiescent(10)
    resource.up.set()
    until(lambda: db.status().state == "trial")
    with group.pause("nothing moves", timeout=10):
        rounds = loop.rounds
        assert group.status().running == 0
        assert loop.rounds == rounds
    loop.go.set()


def test_a_held_pool_that_shuts_down_finishes_after_the_recovery(db, resource):
    """A shutdown waits for the recovery, as for any resume."""
    resource.up.clear()
    with ThreadPoolExecutor(2, guards=[db]) as pool:
        futures = [pool.submit(ask, db, resource) for _ in range(4)]
        until(pool.is_paused)
        threading.Timer(0.05, resource.up.set).start()
    assert [each.result() for each in futures] == ["answer"] * 4


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"name": ""}, TypeError, "name"),
        ({"probe": 3}, TypeError, "callable"),
        ({"trip_on": "x"}, TypeError, "trip_on"),
        ({"trip_on": BaseException}, TypeError, "trip_on"),
        ({"after": 0}, ValueError, "after"),
        ({"after": 1.5}, TypeError, "after"),
        ({"every": -1}, ValueError, "every"),
        ({"recover_after": 0}, ValueError, "recover_after"),
        ({"stagger": -1}, ValueError, "stagger"),
        ({"backoff": 2.0}, TypeError, "backoff"),
    ],
)
def test_bad_input_is_refused(options, error, said):
    """At the call, with the name of what is wrong."""
    with pytest.raises(error, match=said):
        Guard(**{"name": "db", "probe": print, **options})


def test_bad_guards_are_refused(pool):
    """By the group, which is then not made."""
    with pytest.raises(TypeError, match="guards must be"):
        pool.group("g", guards=3)
    with pytest.raises(TypeError, match="guards must be guards"):
        pool.group("g", guards=[3])
    with pytest.raises(TypeError, match="pools and groups"):
        Guard("db", print).take_on(3)
    assert pool.group("g").limit is None


def test_a_group_is_found_again_with_its_terms(pool, db):
    """And with others it is not."""
    group = pool.group("g", guards=[db])
    assert pool.group("g", guards=[db]) is group
    assert pool.group("g") is group
    with pytest.raises(ValueError, match="guards="):
        pool.group("g", guards=[])


def test_a_repr_says_the_state(db):
    """For logs and debuggers."""
    assert repr(db) == "<Guard 'db' healthy>"
    assert "mon-fri" in repr(Window("mon-fri 08:00-18:00", tz="UTC"))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_in_a_forked_child_a_guard_is_healthy():
    """As the pools there are empty and open; it trips and recovers as in its parent.

    Nothing is logged: the fork comes when the guard has just tripped and says so, and CPython does
    not make the lock of a stream anew that another thread is writing to (gh-84579).
    """
    lines = run(
        """
        import logging
        from pausable.guards import Guard
        logging.disable()
        answers = iter([False] * 1000)
        db = Guard("db", lambda: next(answers, True), trip_on=OSError, every=0.01)
        pool = ThreadPoolExecutor(2, guards=[db])
        calls = []

        @db.protect
        def work(fails):
            calls.append(fails)
            if len(calls) <= fails:
                raise OSError("refused")
            return "done"

        future = pool.submit(work, 1)
        until(pool.is_paused)
        child = os.fork()
        if not child:
            answers = iter([False])
            calls.clear()
            say("child", db.status().state, pool.is_paused(), pool.submit(work, 2).result(20))
            pool.shutdown()
            os._exit(0)
        os.waitpid(child, 0)
        answers = iter([])
        say("parent", future.result(20))
        pool.shutdown()
        """
    )
    said = [line for line in lines if line.startswith(("child", "parent"))]
    assert said == ["child healthy False done", "parent done"]


def test_who_tries_is_chosen_under_the_lock_of_its_pool(pool, db, resource, monkeypatch):
    """The holds of a task, and of what is above it, may change at any other moment."""
    owned = []

    def fitness(task, holds, fitness=waiver.fitness):
        owned.append(task._p_node.pool.lock._is_owned())
        return fitness(task, holds)

    monkeypatch.setattr(waiver, "fitness", fitness)
    resource.up.clear()
    first = pool.group("g", guards=[db]).submit(ask, db, resource)
    until(lambda: first.status().state == "resting")
    second = pool.group("g").submit(str, 2)
    resource.up.set()
    assert (first.result(10), second.result(10)) == ("answer", "2")
    assert owned[:2] == [True, True]  # as at rest in its group; a new one
