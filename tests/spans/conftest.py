"""The pools of the tests in this directory."""

from workloads import make_pool, pool

__all__ = ["make_pool", "pool"]
