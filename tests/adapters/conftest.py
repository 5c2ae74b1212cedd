"""The adapters of the contract: each test runs once for each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from adapters import clusters
from adapters.drivers import DRIVERS, Driver

from pausable._core.derived import validate

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True, scope="session")
def cluster_of_all_tests(request: pytest.FixtureRequest) -> Iterator[None]:
    """Have a cluster for those tests that want one, from before the first of them."""
    if any("[clusters" in each.name for each in request.session.items):
        with clusters.clustered():
            yield
    else:
        yield


@pytest.fixture(params=[*DRIVERS, *clusters.DRIVERS], ids=lambda kind: kind.__name__.lower())
def adapter(request: pytest.FixtureRequest) -> Iterator[Driver]:
    """Give the driver of an adapter; what it has made is ended, and its state looked through."""
    driver: Driver = request.param()
    for mark in request.node.iter_markers("needs"):
        if mark.args[0] in driver.lacks:
            pytest.skip(driver.lacks[mark.args[0]])
    yield driver
    driver.end()
    for executor in driver.made:
        assert not validate(executor._p_node.pool)
