"""The pools of the tests in this directory."""

import pytest
from workloads import make_pool, pool

__all__ = ["alone", "make_pool", "pool"]


@pytest.fixture(autouse=True)
def alone(no_other_pools) -> None:
    """See all pools of the process without those of tests before."""
