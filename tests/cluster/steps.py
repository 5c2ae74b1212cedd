"""The steps that tasks in a cluster do: tests wait for the first ones, and for more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cluster.conftest import SOON
from cluster.errands import run
from helpers import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from cluster.errands import Signs

__all__ = ["begin", "goes_on"]


def begin(executor: Any, signs: Signs, *names: str, fn: Callable[..., object] = run) -> list[Any]:
    """Submit tasks, and wait until all of them step."""
    futures = [executor.submit(fn, signs, name) for name in names]
    until(lambda: all(signs.steps(name) for name in names), SOON)
    return futures


def goes_on(signs: Signs, name: str) -> None:
    """Wait until a task has done more steps."""
    before = signs.steps(name)
    until(lambda: signs.steps(name) > before, SOON)
