"""The pools of the tests in this directory, whose interpreters find the modules of the tests."""

from __future__ import annotations

import concurrent.futures
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from processes import errands

from pausable import futures
from pausable._core.derived import validate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TESTS = str(Path(__file__).parents[1])


@pytest.fixture(autouse=True)
def has_interpreters() -> None:
    """Skip where the stdlib has no such pool."""
    if not hasattr(concurrent.futures, "InterpreterPoolExecutor"):
        pytest.skip("InterpreterPoolExecutor is there since Python 3.14")


def find_tests(path: str) -> None:
    """Have an interpreter find what pytest has found."""
    import sys  # noqa: PLC0415 - it is sent without its module

    sys.path.insert(0, path)


@pytest.fixture
def make_pool(has_interpreters: None) -> Iterator[Callable[..., Any]]:
    """Make pools; each is ended after the test, and its state looked through."""
    made = []

    def make(workers: int = 2, **options: object) -> Any:
        made.append(futures.InterpreterPoolExecutor(workers, **options))
        return made[-1]

    yield partial(make, initializer=find_tests, initargs=(TESTS,))
    for pool in made:
        pool.stop("the test is over")
        pool.resume()
        pool.shutdown()
        assert not validate(pool._p_node.pool)


@pytest.fixture
def pool(make_pool: Callable[..., Any]) -> Any:
    """Make a pool of two interpreters, both of which are there."""
    made = make_pool()
    for future in [made.submit(errands.wait_a_moment) for _ in range(2)]:
        future.result()
    return made
