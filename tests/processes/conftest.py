"""The pools of the tests in this directory, by each way to start processes."""

from __future__ import annotations

import contextlib
import multiprocessing
from typing import TYPE_CHECKING

import pytest
from processes.errands import pid_of
from start_methods import METHODS, servers_of_multiprocessing  # noqa: F401 - a fixture

from pausable._core.derived import validate
from pausable.futures import ProcessPoolExecutor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(params=METHODS)
def method(request: pytest.FixtureRequest) -> str:
    """Name a way to start processes."""
    return str(request.param)


@pytest.fixture
def make_pool(method: str) -> Iterator[Callable[..., ProcessPoolExecutor]]:
    """Make pools; each is ended after the test, and its state looked through."""
    made = []

    def make(workers: int = 2, **options: object) -> ProcessPoolExecutor:
        pool = ProcessPoolExecutor(workers, multiprocessing.get_context(method), **options)
        made.append(pool)
        return pool

    yield make
    for pool in made:
        pool.stop("the test is over", kill_after=3)
        pool.resume()
        with contextlib.suppress(RuntimeError):
            pool.shutdown()
        assert not validate(pool._p_node.pool)


@pytest.fixture
def pool(make_pool: Callable[..., ProcessPoolExecutor]) -> ProcessPoolExecutor:
    """Make a pool of two processes, both of which are there."""
    made = make_pool()
    for future in [made.submit(pid_of) for _ in range(2)]:
        future.result()
    return made
