"""A pool is born under the process's holds, whatever comes between: the races, scripted."""

from __future__ import annotations

import pytest
from helpers import until
from workloads import background

import pausable
from pausable._core.derived import validate
from pausable.scopes import inheritance
from pausable.scopes.process import process


@pytest.fixture
def at(monkeypatch):
    """Return what has a function called once, before or after one of the package's own."""

    def install(owner, name, call, *, after: bool = False) -> None:
        usual, calls = getattr(owner, name), [call]

        def scripted(*args):
            if calls and not after:
                calls.pop()()
            answer = usual(*args)
            if calls:
                calls.pop()()
            return answer

        monkeypatch.setattr(owner, name, scripted)

    return install


def check(pool) -> None:
    """Check that a pool is held if the process is, and that its books are right."""
    own = [each.reason for each in pool.holds()]
    assert own == [each.reason for each in pausable.holds()]
    assert pool.is_paused() == pausable.is_paused()
    assert validate(pool._p_node.pool) == []


def pause() -> None:
    background(pausable.pause, "x").result(10)


def resume() -> None:
    background(pausable.resume).result(10)


@pytest.mark.parametrize("after", [False, True], ids=["before it is listed", "after that"])
def test_a_pause_while_a_pool_is_made(make_pool, at, after) -> None:
    """The pause has returned when the pool is listed, or just after: it is born paused."""
    at(inheritance, "note_pool", pause, after=after)
    pool = make_pool()
    future = pool.submit(int)
    check(pool)
    assert pool.is_paused()
    assert not future.done()
    pausable.resume()
    assert future.result(10) == 0


@pytest.mark.parametrize("after", [False, True], ids=["before it is listed", "after that"])
def test_a_resume_while_a_pool_is_made(make_pool, at, after) -> None:
    """The resume has returned when the pool is listed, or just after: it is born open."""
    pausable.pause("x")
    at(inheritance, "note_pool", resume, after=after)
    pool = make_pool()
    check(pool)
    assert pool.submit(int).result(10) == 0


def test_a_pool_that_is_listed_when_a_pause_has_listed_all(make_pool, at) -> None:
    """It was not seen by the pause, which had noted its hold by then: the pool sees that."""
    made = []
    at(process, "roots", lambda: made.append(background(make_pool).result(10)), after=True)
    pausable.pause("x")
    [pool] = made
    check(pool)
    assert pool.is_paused()
    pausable.resume()
    check(pool)


def test_a_pool_that_is_listed_when_a_resume_has_listed_all(make_pool, at) -> None:
    """It was not seen by the resume, which had noted the end by then: the pool is not held."""
    made = []
    pausable.pause("x")
    at(process, "roots", lambda: made.append(background(make_pool).result(10)), after=True)
    pausable.resume()
    [pool] = made
    check(pool)
    assert not pool.is_paused()


def test_a_resume_between_a_look_and_a_hold(make_pool, at) -> None:
    """The pool has seen the hold, and has not placed it yet: it is released all the same.

    1. The maker M, in its pool's visit, sees the hold. 2. The resumer R notes the end, and waits
    for the pool's lock. 3. M places the hold, sees the end, and releases it; R finds nothing left.
    """
    pausable.pause("x")
    resumed = []

    def begin_to_resume() -> None:
        resumed.append(background(pausable.resume))
        until(lambda: not process.holds)

    at(inheritance, "_own", begin_to_resume)
    pool = make_pool()
    assert resumed[0].result(10) == 1
    check(pool)
    assert pool.submit(int).result(10) == 0


def test_a_pause_and_a_resume_that_meet_in_a_pool(make_pool, at) -> None:
    """Of two that change the process at once each returns when all pools comply with it."""
    pool = make_pool()
    first = pausable.pause("first")
    later = []

    def begin_to_pause() -> None:
        later.append(background(pausable.pause, "second"))
        until(lambda: len(process.holds) == 1 and first not in process.in_force())

    at(inheritance, "why_not_held", begin_to_pause)
    first.release()
    assert not later[0].result(10).is_released()
    check(pool)
    assert [each.reason for each in pool.holds()] == ["second"]
    pausable.resume()
    check(pool)
