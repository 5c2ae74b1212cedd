"""The errors: one small tree, each also an error of the stdlib, with facts that survive pickling."""

from __future__ import annotations

import concurrent.futures
import copy
import pickle
from typing import TYPE_CHECKING

import pytest
from workloads import Stuck

import pausable
from pausable import (
    Location,
    NotQuiescent,
    PausableError,
    ScopeEnded,
    Stopped,
    Straggler,
    TaskStopped,
    TaskTimeout,
)

if TYPE_CHECKING:
    from collections.abc import Callable

PLACE = Location("/srv/jobs.py", 12, "Job.run")
STRAGGLERS = tuple(Straggler(f"job-{n}", PLACE, n / 10) for n in range(7))
KINDS: dict[str, Callable[[], BaseException]] = {
    "NotQuiescent": lambda: NotQuiescent("pool", 1.5, STRAGGLERS),
    "NotQuiescent without stragglers": lambda: NotQuiescent("pool", 0, ()),
    "TaskStopped": lambda: TaskStopped("job-1", "not needed"),
    "TaskTimeout": lambda: TaskTimeout("job-1", 5, 5.25),
    "ScopeEnded": lambda: ScopeEnded("pool", "pause"),
    "Stopped": lambda: Stopped("not needed"),
    "Stopped without a reason": Stopped,
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_all_of_them_survive_pickling(kind, protocol) -> None:
    """Type, message, facts and notes are the same after a round trip, in every protocol."""
    error = KINDS[kind]()
    error.add_note("seen at night")
    again = pickle.loads(pickle.dumps(error, protocol))
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert again.args == error.args
    assert vars(again) == vars(error)


@pytest.mark.parametrize("kind", KINDS)
def test_all_of_them_can_be_copied(kind) -> None:
    """`copy` and `deepcopy` keep the facts, too."""
    error = KINDS[kind]()
    for again in (copy.copy(error), copy.deepcopy(error)):
        assert type(again) is type(error)
        assert vars(again) == vars(error)


@pytest.mark.parametrize(
    ("error", "bases"),
    [
        (NotQuiescent, (PausableError, TimeoutError)),
        (TaskStopped, (PausableError, concurrent.futures.CancelledError)),
        (TaskTimeout, (PausableError, TimeoutError)),
        (ScopeEnded, (PausableError, RuntimeError)),
        (PausableError, (Exception,)),
        (Stopped, (BaseException,)),
    ],
)
def test_the_except_clauses_that_people_have_still_work(error, bases) -> None:
    """Each is a `PausableError` and the nearest error of the stdlib."""
    for base in bases:
        assert issubclass(error, base)


def test_a_stop_is_no_exception() -> None:
    """`except Exception` does not catch it, and it is no `PausableError` either."""
    assert not issubclass(Stopped, Exception)


def test_they_can_be_imported_from_the_package() -> None:
    """All names of the package are there, and its errors are among them."""
    for name in pausable.__all__:
        assert hasattr(pausable, name)
    for name in ("NotQuiescent", "PausableError", "Stopped", "TaskStopped", "TaskTimeout"):
        assert name in pausable.__all__


def test_real_ones_survive_pickling(pool) -> None:
    """Those that the library raises itself, with the facts of real tasks."""
    stuck = Stuck()
    future = pool.submit(stuck)
    assert stuck.began.wait(10)
    with pytest.raises(NotQuiescent) as caught, pool.pause("x", timeout=0):
        pass
    again = pickle.loads(pickle.dumps(caught.value))
    assert again.stragglers == caught.value.stragglers
    assert str(again) == str(caught.value)
    future.stop("enough")
    stuck.go.set()
    with pytest.raises(TaskStopped) as stopped:
        future.result(10)
    again = pickle.loads(pickle.dumps(stopped.value))
    assert (again.task, again.reason) == (future.name, "enough")


def test_the_message_says_what_to_do() -> None:
    """It names scope, time and stragglers, and how many more there are than it lists."""
    message = str(KINDS["NotQuiescent"]())
    for word in ("'pool'", "1.5 s", "job-0", "/srv/jobs.py:12", "2 more", "checkpoint"):
        assert word in message
    assert "job-6" not in message


def test_status_values_survive_pickling(pool) -> None:
    """Holds, tasks and places as seen are plain data, for logs and other processes."""
    stuck = Stuck()
    future = pool.submit(stuck)
    assert stuck.began.wait(10)
    hold = pool.pause("x", running="finish")
    for value in (hold.status(), future.status(), future.where(), *pool.stragglers()):
        assert pickle.loads(pickle.dumps(value)) == value
