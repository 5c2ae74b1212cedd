"""The executors of the contract tests: each test runs once for each implementation it is for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from contract.implementations import (
    BUFFERED,
    EXECUTORS,
    OURS,
    POOL,
    POOLS,
    SUBMITTERS,
    Implementation,
    Latch,
    Maker,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


def _makers(request: pytest.FixtureRequest) -> Iterator[Maker]:
    maker = Maker(request.param)
    yield maker
    maker.end()


def _name(implementation: Implementation) -> str:
    return implementation.name


make = pytest.fixture(_makers, params=EXECUTORS, ids=_name, name="make")
make_pool = pytest.fixture(_makers, params=POOLS, ids=_name, name="make_pool")
make_ours = pytest.fixture(_makers, params=OURS, ids=_name, name="make_ours")
make_submitter = pytest.fixture(_makers, params=SUBMITTERS, ids=_name, name="make_submitter")
make_buffered = pytest.fixture(_makers, params=BUFFERED, ids=_name, name="make_buffered")
make_pausable = pytest.fixture(_makers, params=[POOL], ids=_name, name="make_pausable")


@pytest.fixture
def latch() -> Latch:
    """Give a task that waits to be let go."""
    return Latch()
