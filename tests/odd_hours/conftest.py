"""The pools of the tests in this directory, and ways to interrupt a call on one."""

from odd_hours.interrupted import interrupt
from workloads import make_pool, pool

__all__ = ["interrupt", "make_pool", "pool"]
