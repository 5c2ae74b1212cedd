"""The script: what an executor asks its scheduler for is sent, or read, when a test says so."""

from __future__ import annotations

import asyncio
from typing import Any, Self

from cluster.conftest import SOON
from helpers import until

__all__ = ["Script"]


class _Stop:
    """Where calls of one kind wait: before they are sent, or with their answer."""

    def __init__(self, loop: Any, call: str, moment: str) -> None:
        self.call, self.moment = call, moment
        self.waiting, self.is_open = 0, False
        self._loop, self._open = loop, asyncio.Event()

    async def pass_through(self) -> None:
        """Wait here, on the client's loop."""
        self.waiting += 1
        await self._open.wait()

    def await_call(self) -> None:
        """Wait until a call waits here, or all may go."""
        until(lambda: self.waiting or self.is_open, SOON, f"nobody has come to {self.call!r}")

    def let_go(self) -> None:
        """Let all calls through that are here, or come."""
        self.is_open = True
        self._loop.add_callback(self._open.set)


class Script:
    """Stands between an executor and its scheduler, as long as its `with` lasts."""

    def __init__(self, executor: Any) -> None:
        """Write down in `log` what is sent, and what has been read, in its order."""
        self.log: list[str] = []
        self._cluster = executor._p_cluster
        self._ask = self._cluster.call
        self._stops: list[_Stop] = []
        self._reasons: dict[str, str] = {}  # by the marks of holds
        self._errors: dict[str, Exception] = {}

    def __enter__(self) -> Self:
        """Begin."""
        self._cluster.call = self._call
        return self

    def __exit__(self, *_: object) -> None:
        """Let all go: whatever has failed, nobody waits for an answer that never comes."""
        del self._cluster.call
        for each in self._stops:
            each.let_go()

    def stop(self, call: str, moment: str = "sent") -> _Stop:
        """Have a call ("place B", "release A", "wait") wait before it is "sent", or "read"."""
        stop = _Stop(self._cluster.client.loop, call, moment)
        self._stops.append(stop)
        return stop

    def fail(self, call: str, error: Exception) -> None:
        """Have a call fail, once, and not be sent."""
        self._errors[call] = error

    def await_loop(self) -> None:
        """Wait until all has been done on the client's loop that others have called for by now."""
        self._cluster.client.sync(asyncio.sleep, 0)

    def await_relay(self) -> None:
        """Wait until the relay has passed on all that there is to pass on by now."""
        self.await_loop()
        until(lambda: not self._cluster.envoy.relay._carries, SOON)

    def try_again(self) -> None:
        """Have the relay try again what has failed: now, not in a while."""
        self._cluster.client.loop.add_callback(self._cluster.envoy.relay._try_again)

    async def _call(self, do: str, **given: Any) -> Any:
        call = self._named(do, given)
        await self._come_to(call, "sent")
        if call in self._errors:
            self.log.append(f"{call}: failed")
            raise self._errors.pop(call)
        self.log.append(f"{call}: sent")
        answer = await self._ask(do, **given)
        await self._come_to(call, "read")
        self.log.append(f"{call}: read")
        return answer

    async def _come_to(self, call: str, moment: str) -> None:
        for each in self._stops:
            if (each.call, each.moment) == (call, moment):
                await each.pass_through()

    def _named(self, do: str, given: dict[str, Any]) -> str:
        if do == "place":
            self._reasons[given["hold"]["mark"]] = given["hold"]["reason"]
            return f"place {given['hold']['reason']}"
        if do == "release":
            return "release " + ", ".join(self._reasons.get(mark, "?") for mark in given["marks"])
        return do
