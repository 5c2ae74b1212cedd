"""The relay: has the scheduler keep what a gate is held by here, and learns when all rests there.

Whoever holds the scope of an executor places a hold on its gate, at once and without a message. The
relay follows: for each such hold it has the scheduler keep one. That is done on the client's
event loop, one message after the other.

What is known is noted in visits to the pool of that scope. What is relied on:

- A hold of the scheduler's is released only when all that the gate is held by has been placed
  there. So the cluster does not open between one hold and the next.
- Nothing counts as quiet but what the scheduler has said to be, while a hold was placed there that
  has not been released since. Else:

    1. The relay asks whether nothing runs, under the hold A. 2. The scheduler says yes. 3. A is
    released here, and there. 4. B is placed here, and waits to be placed there, while tasks go on.
    5. Only now the answer of 2 is read. It tells of the turn before: with the release of the last
    hold a new one has begun, in the visit that has decided it (`_next`), and the answer is nothing.

What cannot be passed on, since nobody answers, or a worker is silent, is tried again for as long as
it is wanted, less and less often, and the log says so. Until then it counts as running.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from pausable._core.attention import here
from pausable._core.decision import decide
from pausable._core.waiters import look_again, tell_waiters
from pausable.errors import WorkersSilent
from pausable.scopes.common_log import WARNING, leave_word

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence
    from weakref import ReferenceType

    from pausable._core.gate import HoldRecord
    from pausable._core.tree import Node
    from pausable._core.visit import Visit
    from pausable.dask.cluster import Cluster

__all__ = ["Relay"]

T = TypeVar("T")

_SLICE = 60.0  # seconds for which the scheduler is asked to wait at a time
_AT_FIRST, _AT_LAST = 1.0, 30.0  # seconds, after which something is tried again


class Relay:
    """Passes on what the scope *root* is held by. It keeps neither the cluster nor its executor."""

    def __init__(
        self, cluster: ReferenceType[Cluster], root: Node, end: Callable[[], object]
    ) -> None:
        """Have nothing placed yet. *end* is called, on the loop, once it is gone."""
        self._end = end
        self._cluster = cluster
        self._root = root
        self._loop: Any = None if (there := cluster()) is None else there.client.loop
        # Noted in visits to the pool:
        self.placed: dict[HoldRecord, str] = {}  # those the scheduler keeps, with their marks
        self.failed: dict[HoldRecord, Exception] = {}  # that could not be placed, or released
        self.is_quiet: bool = False  # whether nothing runs there, under those
        self._turn = 0  # how often the last one was released
        # On the loop:
        self._carries = self._watches = self._is_to_try = False
        self._errands: set[asyncio.Task[None]] = set()
        self._pause = _AT_FIRST  # before the next try

    def call(self) -> None:
        """Have it look what there is to pass on. From anywhere; does not wait."""
        self._loop.add_callback(self._begin)

    def is_gone(self) -> bool:
        """Say whether nothing can be passed on any more."""
        cluster = self._cluster()
        return cluster is None or cluster.is_closed()

    def is_settled(self) -> bool:
        """Say whether all was passed on, or could not be."""
        holds, placed, failed = tuple(self._root.gate.holds), self.placed.copy(), self.failed.copy()
        if not all(hold in placed or hold in failed for hold in holds):
            return False
        is_any_missing = any(hold not in placed for hold in holds)  # then nothing is released
        return is_any_missing or all(hold in holds or hold in failed for hold in placed)

    # On the loop.

    def _decide(self, decision: Callable[..., T], *args: Any) -> T:
        """Make a decision; what follows for others is not called on the loop of the client."""
        was_needed, here.is_needed = getattr(here, "is_needed", False), True
        try:
            answer: Any = decide(self._root.pool, decision, *args)
        finally:
            here.is_needed = was_needed
        made: T = answer
        return made

    def _run(self, errand: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(errand)
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)

    def _ask(self, do: str, **given: Any) -> Coroutine[Any, Any, Any]:
        """Ask the scheduler. The cluster is not kept meanwhile: holds end when it is dropped."""
        cluster = self._cluster()
        if cluster is None:
            raise ConnectionError("its client is closed")
        return cluster.call(do, **given)

    def _begin(self) -> None:
        if not self._carries:
            self._carries = True
            self._run(self._carry())

    async def _carry(self) -> None:
        """Pass on what there is to pass on. What comes meanwhile is seen in the next round."""
        try:
            while not self.is_gone() and (errand := self._decide(self._next)) is not None:
                await errand()
        finally:
            self._carries = False
        if not self._watches:
            self._watches = True
            self._run(self._watch())

    def _next(self, _visit: Visit) -> Callable[[], Coroutine[Any, Any, None]] | None:
        """Decide what is next: to place what is missing, then to release what is over."""
        holds = tuple(self._root.gate.holds)
        new = [hold for hold in holds if hold not in self.placed and hold not in self.failed]
        if new:
            return partial(self._place_all, new)
        over = [hold for hold in self.placed if hold not in holds and hold not in self.failed]
        if not over or not all(hold in self.placed for hold in holds):
            return None
        if not holds:  # before a message leaves: from here on something may run
            self.is_quiet = False
            self._turn += 1
        return partial(self._release, over)

    async def _place_all(self, holds: Sequence[HoldRecord]) -> None:
        await asyncio.gather(*map(self._place, holds))

    async def _place(self, hold: HoldRecord) -> None:
        cluster = self._cluster()
        error: Exception | None = None
        if cluster is None:
            return
        terms, patience = cluster.terms_of(hold), cluster.patience
        del cluster
        try:
            silent = (await self._ask("place", hold=terms, patience=patience))["silent"]
            if silent:
                error = WorkersSilent(self._root.name, patience, silent)
        except Exception as raised:  # noqa: BLE001 - of whatever kind: it may come to be placed
            error = raised
            self._run(self._give_up(terms["mark"]))
        self._decide(self._note, {hold: terms["mark"]}, error)
        self._see_to(error)

    async def _give_up(self, mark: str) -> None:
        with suppress(Exception):  # then there is nobody who would keep it
            await self._ask("release", marks=[mark])

    async def _release(self, holds: Sequence[HoldRecord]) -> None:
        error = None
        try:
            await self._ask("release", marks=[self.placed[hold] for hold in holds])
        except Exception as raised:  # noqa: BLE001 - of whatever kind: it may be held still
            error = raised
        self._decide(self._note, dict.fromkeys(holds), error)
        self._see_to(error)

    def _note(
        self, visit: Visit, marks: dict[HoldRecord, str | None], error: Exception | None
    ) -> None:
        """Note what came of holds: with their marks they are placed, without they are released."""
        for hold, mark in marks.items():
            if error is not None:
                self.failed[hold] = error
            elif mark is None:
                self.placed.pop(hold, None)
            else:
                self.placed[hold] = mark
        tell_waiters(visit, self._root)

    def _see_to(self, error: Exception | None) -> None:
        """Try again later what has failed."""
        if error is None:
            self._pause = _AT_FIRST
        elif not self._is_to_try:
            self._is_to_try = True
            self._loop.call_later(self._pause, self._try_again)
            self._pause = min(self._pause * 2, _AT_LAST)

    def _try_again(self) -> None:
        self._is_to_try = False
        failed = self._decide(self._forget_failures)
        if self.is_gone():
            return
        if failed:
            leave_word(
                WARNING,
                "the cluster of %r could not be %s; pools and other clusters are not concerned. "
                "It is tried again; if it is not there any more, close its client: %s",
                self._root.name,
                "paused" if self._root.gate.closed else "resumed",
                failed[0],
            )
        self._begin()

    def _forget_failures(self, _visit: Visit) -> list[Exception]:
        """Let all be tried again; return what has failed, and is wanted still."""
        failed, self.failed = self.failed, {}
        holds = self._root.gate.holds
        return [error for hold, error in failed.items() if hold in holds or hold in self.placed]

    async def _watch(self) -> None:
        """Note when nothing runs any more, and when something does again, while it is held."""
        try:
            while (turn := self._decide(self._turn_to_watch)) is not None:
                found = await self._ask("wait", key=None, patience=_SLICE, stirs=self.is_quiet)
                self._decide(self._note_watch, turn, found)
        except Exception:  # noqa: BLE001 - of whatever kind: nobody knows what runs there
            self._decide(self._doubt)
            self._loop.call_later(_AT_FIRST, self._begin)
        finally:
            self._watches = False
            if self.is_gone():
                self._end()

    def _turn_to_watch(self, _visit: Visit) -> int | None:
        holds = tuple(self._root.gate.holds)
        is_placed = bool(holds) and all(hold in self.placed for hold in holds)
        return self._turn if is_placed and not self.is_gone() else None

    def _doubt(self, _visit: Visit) -> None:
        self.is_quiet = False

    def _note_watch(self, visit: Visit, turn: int, found: dict[str, Any]) -> None:
        """Note what the scheduler has said, if it is of this turn. It may be a new scheduler."""
        if turn != self._turn:
            return
        lost = [hold for hold, mark in self.placed.items() if mark not in found["marks"]]
        for hold in lost:
            del self.placed[hold]
        was_quiet, self.is_quiet = self.is_quiet, bool(found["quiet"] and not lost)
        if lost:
            visit.chores.append(self.call)
        elif self.is_quiet and not was_quiet:
            look_again(visit, self._root)
