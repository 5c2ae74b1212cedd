"""Both libraries of coroutines that anyio knows, and coroutines for either."""

from __future__ import annotations

import anyio
import anyio.lowlevel
from workloads import background

from pausable import aio

__all__ = ["SOON", "Ticks", "in_thread", "true"]

SOON = 20.0


async def true(predicate):
    """Let the loop run until a fact is true that nobody announces."""
    with anyio.fail_after(SOON):
        while not predicate():
            await anyio.lowlevel.checkpoint()


class Ticks:
    """Coroutines that come to a checkpoint of ours at each turn, and count their turns."""

    def __init__(self):
        self.count = 0
        self.ended = False

    async def tick(self, turns=float("inf")):
        """Count."""
        try:
            while self.count < turns:
                self.count += 1
                await anyio.lowlevel.checkpoint()
                await aio.checkpoint()
        finally:
            self.ended = True

    async def go_on(self):
        """Wait until it has counted on."""
        before = self.count
        await true(lambda: self.count > before)


async def in_thread(function, *args):
    """Call something on a thread of its own, on either library: theirs stay for a while."""
    outcome = background(function, *args)
    await true(outcome.done)
    return outcome.result()
