"""Running coroutines in tests: to the end of one, or until a fact is true."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

from helpers import until

from pausable._core.derived import validate

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

__all__ = ["SOON", "Ticks", "run", "true", "turns", "until"]

SOON = 20.0

T = TypeVar("T")


def run(main: Callable[[], Coroutine[Any, Any, T]], *, debug: bool = False) -> T:
    """Run a coroutine function on a loop of its own, for a while at most."""

    async def within_time() -> T:
        async with asyncio.timeout(SOON):
            return await main()

    return asyncio.run(within_time(), debug=debug)


async def true(predicate: Callable[[], object]) -> None:
    """Let the loop run until a fact is true that nobody announces."""
    async with asyncio.timeout(SOON):
        while not predicate():
            await asyncio.sleep(0)


async def turns(number: int = 5) -> None:
    """Let the loop turn so many times: whoever is ready to run, does."""
    for _ in range(number):
        await asyncio.sleep(0)


class Ticks:
    """Coroutines that know nothing of us, and count their turns."""

    def __init__(self) -> None:
        """Begin at 0."""
        self.count: dict[str, int] = {}
        self.ended: list[str] = []

    async def tick(self, name: str = "a", times: float = float("inf")) -> str:
        """Count."""
        self.count[name] = 0
        try:
            while self.count[name] < times:
                self.count[name] += 1
                await asyncio.sleep(0)
        finally:
            self.ended.append(name)
        return name

    async def go_on(self, name: str = "a") -> None:
        """Wait until one has counted on."""
        before = self.count.get(name, 0)
        await true(lambda: self.count.get(name, 0) > before)


def assert_valid(scope: Any) -> None:
    """Fail if the books of a scope are wrong."""
    assert not validate(scope._p_node.pool)
