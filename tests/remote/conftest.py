"""The pools of the tests in this directory: of processes, by each way to start them, and others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from remote.drivers import DRIVERS
from start_methods import servers_of_multiprocessing  # noqa: F401 - a fixture

from pausable._core.derived import validate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from remote.drivers import Elsewhere


@pytest.fixture(params=DRIVERS)
def remote(request: pytest.FixtureRequest) -> Elsewhere:
    """Name a kind of pools."""
    driver = DRIVERS[request.param](request.param)
    return pytest.skip(driver.refusal) if driver.refusal else driver


@pytest.fixture
def preempts(remote: Elsewhere) -> None:
    """Skip where tasks do not rest between two lines."""
    if remote.cannot_preempt:
        pytest.skip(remote.cannot_preempt)


@pytest.fixture
def make_pool(remote: Elsewhere) -> Iterator[Callable[..., Any]]:
    """Make pools; each is ended after the test, and its state looked through."""
    made = []

    def make(workers: int = 2, **options: object) -> Any:
        made.append(remote.make(workers, **options))
        return made[-1]

    yield make
    for pool in made:
        pool.stop("the test is over", **remote.last_resort)
        pool.resume()
        pool.shutdown()
        assert not validate(pool._p_node.pool)


@pytest.fixture
def pool(remote: Elsewhere, make_pool: Callable[..., Any]) -> Any:
    """Make a pool of two workers, both of which are there."""
    made = make_pool()
    remote.settle(made)
    return made
