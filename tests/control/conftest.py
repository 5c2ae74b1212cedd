"""What the tests of live control use: pools, and a server with a client."""

from __future__ import annotations

import pytest
from serving import client, folder, server
from workloads import make_pool, pool

__all__ = ["client", "folder", "in_a_folder", "make_pool", "pool", "server"]


@pytest.fixture(autouse=True)
def in_a_folder(folder) -> None:
    """Have no test meet the programs of another one."""
