"""The adapters of the contract: each test runs once for each of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from adapters import anyio_groups, clusters
from adapters.drivers import DRIVERS, Driver
from adapters.oracles import ORACLES, Oracle
from start_methods import servers_of_multiprocessing  # noqa: F401 - a fixture

from pausable import NotSupported
from pausable._core.derived import validate

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Have a test run for each adapter for which it has a meaning, and for the oracles if asked."""
    if "adapter" in metafunc.fixturenames:
        mark = metafunc.definition.get_closest_marker("oracles")
        kinds = (*(ORACLES if mark else ()), *DRIVERS, *anyio_groups.DRIVERS, *clusters.DRIVERS)
        needs = _needs(metafunc.definition)
        kinds = tuple(kind for kind in kinds if not needs & kind.spared.keys())
        names = [kind.__name__.lower() for kind in kinds]
        metafunc.parametrize("adapter", kinds, ids=names, indirect=True)


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Expect `NotSupported` of an adapter that lacks what the test needs, with its sentence."""
    adapter = pyfuncitem.funcargs.get("adapter")
    lacking = _needs(pyfuncitem) & adapter.lacks.keys() if isinstance(adapter, Driver) else ()
    if lacking:
        sentences = "|".join(re.escape(adapter.lacks[each]) for each in lacking)
        with pytest.raises(NotSupported, match=sentences):
            yield
        return True
    return (yield)


def _needs(item: pytest.Item) -> set[str]:
    return {mark.args[0] for mark in item.iter_markers("needs")}


@pytest.fixture(autouse=True, scope="session")
def cluster_of_all_tests(request: pytest.FixtureRequest) -> Iterator[None]:
    """Have a cluster for those tests that want one, from before the first of them."""
    if any("[clusters" in each.name for each in request.session.items):
        with clusters.clustered():
            yield
    else:
        yield


@pytest.fixture
def adapter(request: pytest.FixtureRequest) -> Iterator[Driver]:
    """Give the driver of an adapter; what it has made is ended, and its state looked through."""
    driver: Driver = request.param()
    yield driver
    driver.end()
    if not isinstance(driver, Oracle):
        for executor in driver.made:
            assert not validate(executor._p_node.pool)
