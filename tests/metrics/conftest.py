"""The pools of the tests in this directory."""

import sys

import pytest
from workloads import make_pool, pool

__all__ = ["alone", "make_pool", "pool"]


@pytest.fixture(autouse=True)
def alone(no_other_pools) -> None:
    """See all pools of the process without those of tests before, and give labels out anew."""
    if "pausable.metrics" in sys.modules:
        sys.modules["pausable.metrics.ledger"].ledger.forget()
