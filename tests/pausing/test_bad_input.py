"""Bad input gets a clear error at the call, and nothing is lost or half done."""

from __future__ import annotations

import math

import pytest
from workloads import Loop

from pausable import ScopeEnded, ThreadPoolExecutor

NEGATIVE = [-1, -0.5, -math.inf, math.nan]
NO_NUMBER = ["1", [], object(), 1j]
NO_TEXT = [None, 1, b"bytes", ["a"], object()]


def levels(pool):
    """List a pool, a group and a running task."""
    loop = Loop()
    future = pool.submit(loop)
    assert loop.began.wait(10)
    return [pool, pool.group("g"), future]


def is_untouched(pool) -> bool:
    """Say whether nobody holds anything and the pool works."""
    return (
        not pool.holds()
        and not any(task.is_paused() for task in pool.tasks())
        and pool.submit(int).result(10) == 0
    )


@pytest.mark.parametrize("name", ["duration", "timeout"])
@pytest.mark.parametrize("value", NEGATIVE)
def test_negative_times_of_a_pause(pool, name, value) -> None:
    """A negative or NaN duration or timeout is a ValueError, and no hold is placed."""
    for scope in levels(pool):
        with pytest.raises(ValueError, match=name):
            scope.pause("x", **{name: value})
        assert not scope.is_paused()
    assert is_untouched(pool)


@pytest.mark.parametrize("name", ["duration", "timeout"])
@pytest.mark.parametrize("value", NO_NUMBER)
def test_times_that_are_no_numbers(pool, name, value) -> None:
    """What is no number is a TypeError that names the parameter."""
    for scope in levels(pool):
        with pytest.raises(TypeError, match=name):
            scope.pause("x", **{name: value})
    assert is_untouched(pool)


@pytest.mark.parametrize("value", NEGATIVE)
def test_negative_timeouts_of_waits(pool, value) -> None:
    """`wait`, `wait_quiescent` and `shutdown` refuse them; the pool is not shut down by that."""
    group = pool.group("g")
    with pool.pause("x", timeout=10) as hold:
        with pytest.raises(ValueError, match="timeout"):
            hold.wait(value)
        for scope in (pool, group):
            with pytest.raises(ValueError, match="timeout"):
                scope.wait_quiescent(value)
    for scope in (pool, group):
        with pytest.raises(ValueError, match="timeout"):
            scope.shutdown(timeout=value)
        assert not scope.status().is_shut_down
    assert is_untouched(pool)


@pytest.mark.parametrize("reason", NO_TEXT)
def test_reasons_that_are_no_text(pool, reason) -> None:
    """A reason that is not text is a TypeError, for a pause and for a stop, at every level."""
    for scope in levels(pool):
        with pytest.raises(TypeError, match="reason"):
            scope.pause(reason)
        with pytest.raises(TypeError, match="reason"):
            scope.stop(reason)
    (task,) = pool.tasks()
    assert task.running()
    assert task.status().stop_reason is None
    assert is_untouched(pool)


def test_a_bad_reason_for_what_is_over(pool) -> None:
    """It is an error even where there is nothing to do any more."""
    future = pool.submit(int)
    future.result(10)
    with pytest.raises(TypeError, match="reason"):
        future.stop(3)
    with pytest.raises(TypeError, match="reason"):
        future.pause(3)


@pytest.mark.parametrize("owner", [1, b"me", ["me"]])
def test_owners_that_are_no_text(pool, owner) -> None:
    """So is an owner."""
    with pytest.raises(TypeError, match="owner"):
        pool.pause("x", owner=owner)
    assert is_untouched(pool)


@pytest.mark.parametrize("value", [0, -1, math.nan])
def test_limits_and_workers_that_are_too_low(pool, value) -> None:
    """Zero, negative and NaN are a ValueError; no group of that name comes to be."""
    with pytest.raises(ValueError, match="limit"):
        pool.group("g", limit=value)
    assert pool.status().groups == {}
    assert pool.group("g", limit=3).limit == 3
    with pytest.raises(ValueError, match="max_workers"):
        ThreadPoolExecutor(value)


@pytest.mark.parametrize("value", ["2", 1.5, [1], object()])
def test_limits_that_are_no_whole_numbers(pool, value) -> None:
    """They are a TypeError that names the parameter."""
    with pytest.raises(TypeError, match="limit"):
        pool.group("g", limit=value)
    assert pool.status().groups == {}


@pytest.mark.parametrize("name", [None, 1, b"g", "", ["g"]])
def test_names_of_groups(pool, name) -> None:
    """A group's name is text, and not empty."""
    with pytest.raises((TypeError, ValueError), match="name"):
        pool.group(name)
    assert pool.status().groups == {}


def test_a_name_that_is_taken(pool) -> None:
    """With the same terms or none it is the same group; others are an error that says which."""
    group = pool.group("g", limit=2)
    assert pool.group("g", limit=2) is group
    assert pool.group("g") is group
    for other in (3, None):
        with pytest.raises(ValueError, match="limit=2"):
            pool.group("g", limit=other)
    plain = pool.group("h")
    assert pool.group("h") is plain
    with pytest.raises(ValueError, match="'h'"):
        pool.group("h", limit=1)
    assert (group.limit, plain.limit) == (2, None)
    group.limit = 5
    assert pool.group("g", limit=5) is group
    with pytest.raises(ValueError, match="limit=5, not with limit=2: ask for it without terms"):
        pool.group("g", limit=2)


TERMS = {
    "limit": (2, 3),
    "priority": (1, 0),
    "preemptive": (False, None),
    "timeout": (5, 6.5),
    "deadline": (5, None),
    "on_fault": ("hold", "fail"),
    "faults": (KeyError, (KeyError, ValueError)),
    "after": (2, 1),
    "context": ("submitter", "worker"),
}


@pytest.mark.parametrize("term", TERMS)
def test_other_terms(pool, term) -> None:
    """Only terms that are given are compared, each; the error names those that differ."""
    mine, other = TERMS[term]
    group = pool.group("g", **{name: values[0] for name, values in TERMS.items()})
    assert pool.group("g") is group
    assert pool.group("g", **{term: mine}) is group
    with pytest.raises(ValueError, match=f"exists with {term}=.*, not with {term}=") as caught:
        pool.group("g", **{"limit": 2, "timeout": 5, term: other})
    assert [name for name in TERMS if f"{name}=" in str(caught.value)] == [term]
    assert pool.group("g") is group


def test_other_guards(pool) -> None:
    """So are guards, and what they say of themselves is not asked for."""

    class Quiet:
        def take_on(self, scope) -> None:
            pass

        def __repr__(self) -> str:
            raise LookupError

    guard = Quiet()
    group = pool.group("g", guards=[guard])
    assert pool.group("g", guards=(guard,)) is group
    with pytest.raises(ValueError, match="guards=") as caught:
        pool.group("g", guards=[Quiet()])
    assert "limit" not in str(caught.value)


@pytest.mark.parametrize("value", ["2", 1.5, None])
def test_priorities_that_are_no_whole_numbers(pool, value) -> None:
    """They are a TypeError; a negative one is as good as any."""
    with pytest.raises(TypeError, match="priority"):
        pool.group("g", priority=value)
    assert pool.status().groups == {}
    assert pool.group("g", priority=-3).priority == -3


def test_a_name_is_taken_in_its_scope_only(pool, make_pool) -> None:
    """Another pool and another group may have a group of the same name with other options."""
    first = pool.group("g", limit=2)
    assert make_pool(1).group("g", limit=3) is not first
    assert pool.group("h").group("g", limit=4) is not first


@pytest.mark.parametrize("name", [1, b"n", ["n"], object()])
def test_names_of_tasks(pool, name) -> None:
    """A task's name is text."""
    with pytest.raises(TypeError, match="name"):
        pool.options(name=name)


@pytest.mark.parametrize("fn", [None, 1, "print", [print]])
def test_what_cannot_be_called(pool, fn) -> None:
    """A task that is not callable is a TypeError at `submit`, and nothing is queued."""
    group = pool.group("g")
    pool.pause("x")
    for scope in (pool, group, pool.options(name="n")):
        with pytest.raises(TypeError, match="callable"):
            scope.submit(fn)
    assert pool.status().queued == 0
    pool.resume()
    assert is_untouched(pool)


@pytest.mark.parametrize("observer", [None, 1, "print"])
def test_observers_that_cannot_be_called(pool, observer) -> None:
    """So is an observer that is not."""
    with pytest.raises(TypeError, match="callable"):
        pool.observe(observer)
    assert is_untouched(pool)


def test_a_pause_of_a_pool_that_has_ended(make_pool) -> None:
    """It is a clear error, also a RuntimeError, for the pool and its groups; nothing is held."""
    pool = make_pool(1)
    group = pool.group("g")
    future = pool.submit(int)
    pool.shutdown()
    for scope in (pool, group):
        with pytest.raises(ScopeEnded, match="shut down") as caught:
            scope.pause("too late")
        assert isinstance(caught.value, RuntimeError)
        assert scope.holds() == ()
        assert scope.resume() == 0
        assert not scope.is_paused()
    assert future.pause("too late").is_released()


def test_a_pause_of_a_pool_that_is_ending(make_pool) -> None:
    """A pool that has shut down but still has tasks can be paused and resumed."""
    pool = make_pool(1)
    loop = Loop()
    future = pool.submit(loop)
    assert loop.began.wait(10)
    pool.shutdown(wait=False)
    with pool.pause("x", timeout=10):
        assert future.status().state == "resting"
    loop.go.set()
    assert future.result(10) == loop.rounds


def test_a_pause_of_a_group_that_has_ended(pool) -> None:
    """The group is over and its pool is not."""
    group = pool.group("g")
    group.submit(int).result(10)
    group.shutdown()
    with pytest.raises(ScopeEnded, match="'g'"):
        group.pause("too late")
    with pytest.raises(RuntimeError, match="shutdown"):
        group.submit(int)
    assert is_untouched(pool)
    again = pool.group("g", limit=1)
    assert again.submit(int).result(10) == 0


def test_a_new_group_of_a_pool_that_has_ended(make_pool) -> None:
    """It cannot be made."""
    pool = make_pool(1)
    pool.shutdown()
    with pytest.raises(RuntimeError, match="shut down"):
        pool.group("g")


def test_pausing_a_future_that_belongs_to_no_pool() -> None:
    """A lone future cannot be paused, resumed or stopped; it says why."""
    from pausable import Future  # noqa: PLC0415

    future: Future[int] = Future()
    for wanted in (future.pause, future.resume, future.stop):
        with pytest.raises(RuntimeError, match="no pool"):
            wanted()
    assert not future.is_paused()
    future.set_result(1)
    assert future.result(0) == 1
