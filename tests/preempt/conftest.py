"""What the tests in this directory share: preemptive pools that end whatever happens."""

from __future__ import annotations

import ctypes
import sys
from typing import TYPE_CHECKING, Any

import pytest
from helpers import until
from preempt.form import PATIENCE
from preempt.instrumentation import leftovers, tools
from workloads import end

from pausable import ThreadPoolExecutor
from pausable.scopes.timer import timer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def on_every_python() -> None:
    """Mark a test that is to run also where there is no preemption."""


@pytest.fixture(autouse=True)
def needs_monitoring(request) -> None:
    """Skip what needs the engine on a Python that cannot have it."""
    if sys.version_info < (3, 12) and "on_every_python" not in request.fixturenames:
        pytest.skip("preemption needs sys.monitoring, which is new in CPython 3.12")


@pytest.fixture(autouse=True, scope="module")
def nothing_instrumented() -> Iterator[None]:
    """Fail if the tests of a module leave events set, anywhere in the process."""
    yield
    assert not leftovers()


@pytest.fixture(autouse=True)
def tool_ids_come_back() -> Iterator[None]:
    """Wait until the engine has seen that nobody is left to look for: it does not announce that."""
    before = tools()
    yield
    until(lambda: tools() == before, what="the tool id is given back")
    until(lambda: timer._thread is None, what="the timer's thread ends")


class Rescued(BaseException):
    """Raised into a task of a failed test that would go on for ever."""


def finish(pool: ThreadPoolExecutor) -> None:
    """End a pool; tasks that the engine cannot stop are ended by other means, and fail the test."""
    try:
        end(pool)
    except AssertionError:
        for thread in pool._threads:
            ident = ctypes.c_ulong(thread.ident or 0)
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ident, ctypes.py_object(Rescued))
        pool.shutdown(timeout=PATIENCE)
        raise


@pytest.fixture
def make_pool() -> Iterator[Callable[..., ThreadPoolExecutor]]:
    """Make preemptive pools that are ended after the test, paused or not."""
    made = []

    def make(
        max_workers: int = 2, *, preemptive: object = True, **options: Any
    ) -> ThreadPoolExecutor:
        pool = ThreadPoolExecutor(max_workers, preemptive=preemptive, **options)
        made.append(pool)
        return pool

    yield make
    for pool in made:
        finish(pool)


@pytest.fixture
def pool(make_pool: Callable[..., ThreadPoolExecutor]) -> ThreadPoolExecutor:
    """Give a preemptive pool of two workers that is ended after the test, paused or not."""
    return make_pool(2)
