"""What a hold says of itself: why, who, since when, for how long, and where it was placed."""

from __future__ import annotations

import dataclasses
import inspect
import threading
import time
from pathlib import Path

import pytest
from workloads import Stuck, background

HERE = Path(__file__).name


def line_of_caller() -> int:
    """Return the number of the line that calls this."""
    frame = inspect.currentframe()
    assert frame is not None
    assert frame.f_back is not None
    return frame.f_back.f_lineno


def test_a_hold_keeps_its_reason(pool) -> None:
    """The reason is kept as it was given, whatever characters it has."""
    reason = "disk\nfull: 0 % left, «naïve» \N{SNOWMAN}"
    hold = pool.pause(reason)
    assert hold.reason == reason
    assert [each.reason for each in pool.holds()] == [reason]
    assert pool.status().holds[0].reason == reason


def test_a_pause_without_a_reason_has_one(pool) -> None:
    """A pause can be made without an argument, and still says something."""
    assert pool.pause().reason


def test_the_owner_is_the_thread_that_paused(pool) -> None:
    """Outside a task the owner is named as the thread."""
    holds = []
    thread = threading.Thread(target=lambda: holds.append(pool.pause("x")), name="night watch")
    thread.start()
    thread.join(10)
    assert holds[0].owner == "night watch"


def test_the_owner_names_thread_and_task(make_pool) -> None:
    """A task that pauses another pool is named with its thread."""
    pool, other = make_pool(1, thread_name_prefix="crew"), make_pool(1)
    hold = pool.options(name="nightly").submit(other.pause, "x").result(10)
    assert "crew" in hold.owner
    assert "nightly" in hold.owner


def test_the_owner_is_what_the_caller_says(pool) -> None:
    """A given owner is taken as it is, on pools, groups and tasks."""
    stuck = Stuck()
    future = pool.submit(stuck)
    for scope in (pool, pool.group("g"), future):
        hold = scope.pause("x", owner="the operator")
        assert hold.owner == "the operator"
        assert hold.status().owner == "the operator"
        hold.release()


def test_since_when_is_the_time_of_day_of_the_call(pool) -> None:
    """`since` and `placed_at` are seconds since the epoch, taken during the call."""
    before = time.time()
    hold = pool.pause("x")
    after = time.time()
    assert before <= hold.placed_at <= after
    assert hold.since == hold.placed_at == pool.holds()[0].placed_at


def test_how_long_it_has_held_grows(pool) -> None:
    """The seconds of a snapshot are those at its taking."""
    hold = pool.pause("x")
    first = hold.status().seconds
    assert first >= 0
    began = time.monotonic()
    while hold.status().seconds < first + 0.01:
        assert time.monotonic() < began + 10, "time stands still"
    assert pool.holds()[0].seconds >= first + 0.01


def test_the_place_is_the_line_that_paused(pool) -> None:
    """The place is the caller's file, line and function, not a line of the library."""
    hold = pool.pause("x")
    line = line_of_caller() - 1
    assert hold.place is not None
    assert Path(hold.place.file).name == HERE
    assert hold.place.line == line
    assert "test_the_place_is_the_line_that_paused" in hold.place.function


@pytest.mark.parametrize("which", ["group", "task", "with"])
def test_the_place_is_the_callers_at_every_level(pool, which) -> None:
    """A group's and a task's hold, and one used with `with`, have the place of the caller, too."""
    stuck = Stuck()
    future = pool.submit(stuck)
    scope = {"group": pool.group("g"), "task": future, "with": pool.group("h")}[which]
    if which == "with":
        with scope.pause("x", timeout=10) as hold:
            line = line_of_caller() - 1
    else:
        hold = scope.pause("x")
        line = line_of_caller() - 1
    assert hold.place is not None
    assert (Path(hold.place.file).name, hold.place.line) == (HERE, line)


def test_the_duration_is_kept(pool) -> None:
    """A hold says after how many seconds it ends by itself; None where it does not."""
    assert pool.pause("x").duration is None
    assert pool.pause("y", duration=3600).duration == 3600


def test_the_status_of_a_hold_is_frozen(pool) -> None:
    """A snapshot cannot be changed, and does not change after a release."""
    hold = pool.pause("x", owner="me", running="finish")
    status = hold.status()
    hold.release()
    assert (status.reason, status.owner, status.running) == ("x", "me", "finish")
    assert status.scope == pool.name
    with pytest.raises(dataclasses.FrozenInstanceError):
        status.reason = "y"


def test_a_hold_knows_whether_it_holds(pool) -> None:
    """`is_released` follows a release, by whomever."""
    first, second = pool.pause("x"), pool.pause("y")
    assert not first.is_released()
    first.release()
    assert first.is_released()
    assert not second.is_released()
    background(pool.resume).result(10)
    assert second.is_released()


def test_a_hold_is_shown_with_its_reason_owner_and_scope(pool) -> None:
    """The representation has what one looks for in a log."""
    hold = pool.pause("disk full", owner="guard")
    for word in ("disk full", "guard", pool.name):
        assert word in repr(hold)
        assert word in str(hold.status())


def test_holds_are_listed_oldest_first(pool) -> None:
    """The list has them in the order in which they were placed, also after one in between went."""
    holds = [pool.pause(str(number)) for number in range(5)]
    holds[2].release()
    assert [each.reason for each in pool.holds()] == ["0", "1", "3", "4"]


def test_a_hold_of_a_task_names_the_task(pool) -> None:
    """A task's hold says the task's name as its scope, and is listed on the task only."""
    stuck = Stuck()
    future = pool.options(name="import").submit(stuck)
    hold = future.pause("look at it")
    assert hold.scope == future.name == "import"
    assert [each.reason for each in future.holds()] == ["look at it"]
    assert pool.holds() == ()
