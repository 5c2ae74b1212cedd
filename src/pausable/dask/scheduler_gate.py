"""The gate of a Dask cluster: the scheduler keeps the holds, tells the workers, and counts answers.

Each thing that is said to a worker has a version, and goes over the stream that is open anyway. The
worker answers with the version it has heard; and once more, unasked, when its last task has come to
rest under a hold. So a pause is a message to each worker and an answer from each, and to know that
nothing runs takes one more from those that were busy.

    1. A worker W joins while the holder H pauses. 2. W asks for the holds before it handles a task,
    and has them without H's, or with. 3. H's message goes to all workers that the scheduler knows,
    W among them, and is the first that W hears after that. H waits for its answer.

All is done on the scheduler's event loop.
"""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING, Any

from pausable._core.times import clock
from pausable.dask.cluster_terms import PLUGIN
from pausable.dask.dask_names import SchedulerPlugin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pausable.dask.cluster_terms import HoldTerms
    from pausable.dask.dask_names import Scheduler

__all__ = ["SchedulerGate"]

_ON_ITS_WAY = 1.0  # seconds in which a task comes from its client to the scheduler
_A_MOMENT = 0.002
_GONE = "the scheduler does not know the client any more: it is closed, or connects anew"


class _Worker:
    """What one worker was told last, and what it has said."""

    __slots__ = ("active", "alone", "answered", "asked", "begun", "moved", "seen")

    def __init__(self, asked: int) -> None:
        self.asked = asked  # the version that it was told last
        self.moved = asked  # the last one that may have it run, or not: none that just asks
        self.answered = -1  # the version that it has answered last
        self.active = 0  # how many tasks ran there then
        self.alone: Sequence[str] = ()  # of those that are held alone, those that ran
        self.begun: dict[int, Sequence[str]] = {}  # by version: which of those asked for have begun
        self.seen: dict[int, bytes] = {}  # by version: how it was

    def is_quiet(self, key: str | None) -> bool:
        runs = self.active > 0 if key is None else key in self.alone
        return not runs and self.answered >= self.moved


class SchedulerGate(SchedulerPlugin):
    """Keeps the holds of a cluster. A plugin, of which the scheduler has one."""

    name = PLUGIN
    idempotent = True

    async def start(self, scheduler: Scheduler) -> None:
        """Begin with the workers that are there, and no hold."""
        self._scheduler = scheduler
        self._holds: dict[str, HoldTerms] = {}  # by the marks that clients give them
        self._numbers = itertools.count(1)
        self._version = 0
        self._workers = {address: _Worker(0) for address in scheduler.workers}
        self._changed = asyncio.Event()
        self.messages: int = 0  # to workers and from them, for who measures
        scheduler.handlers[PLUGIN] = self.command
        scheduler.stream_handlers[PLUGIN] = self.hear

    # Who comes and goes.

    def add_worker(self, scheduler: Scheduler, worker: str) -> None:  # noqa: ARG002
        """Wait for the answer of a worker that joins."""
        self._workers[worker] = _Worker(self._version)

    def remove_worker(self, scheduler: Scheduler, worker: str, **_: Any) -> None:  # noqa: ARG002
        """Wait no more for one that has gone."""
        self._workers.pop(worker, None)
        self._change()

    def remove_client(self, scheduler: Scheduler, client: str) -> None:  # noqa: ARG002
        """End the holds of a client that has gone: nobody else would."""
        self._release([hold["mark"] for hold in self._holds.values() if hold["client"] == client])

    # What clients want.

    async def command(self, comm: object = None, do: str = "", **given: Any) -> Any:  # noqa: ARG002
        """Do what a client, or a worker that joins, asks for."""
        wanted: Callable[..., Any] = getattr(self, f"_do_{do}")
        return await wanted(**given)

    async def _do_join(self) -> dict[str, Any]:
        return {"version": self._version, "holds": tuple(self._holds.values())}

    async def _do_place(
        self, hold: HoldTerms, patience: float, toggles: bool = False
    ) -> dict[str, Any]:
        """Place a hold, unless it is in force, and wait for the answers of all workers.

        If it is, end it if that *toggles* it. Without all answers it does not stay.

        Nothing is placed for a client that has gone: its last call may come after its end, and
        nobody would end that hold.
        """
        mark, was_placed = hold["mark"], hold["mark"] in self._holds
        if hold["client"] not in self._scheduler.clients:
            raise ConnectionError(_GONE)
        if was_placed and toggles:
            self._release([mark])
            return {"placed": False, "changed": True, "silent": []}
        if not was_placed:
            hold["id"] = next(self._numbers)
            self._holds[mark] = hold
            if hold["duration"] is not None:
                self._scheduler.loop.call_later(hold["duration"], self._expire, mark, hold["id"])
        silent = await self._ask(self._workers, patience)
        if silent:
            self._release([mark])
        return {"placed": mark in self._holds, "changed": not was_placed, "silent": silent}

    async def _do_release(self, marks: Iterable[str]) -> list[str]:
        return self._release(marks)

    async def _do_resume(self, party: str, key: str | None) -> list[str]:
        """End the holds that an executor has placed on the cluster, or on one task."""
        holds = self._holds.values()
        return self._release([each["mark"] for each in holds if _is_of(each, party, key)])

    async def _do_let_go(self, key: str) -> list[str]:
        """End all holds on one task: it is over."""
        return self._release([each["mark"] for each in self._holds.values() if each["key"] == key])

    async def _do_holds(self) -> list[HoldTerms]:
        return list(self._holds.values())

    async def _do_wait(
        self, key: str | None, patience: float, stirs: bool = False
    ) -> dict[str, Any]:
        """Wait until nothing runs of the cluster, or of one task, or nobody holds it.

        With *stirs*, until something does run again. Says which holds are in force, too.
        """

        def is_over() -> bool:
            return is_quiet() != stirs or not self._is_held(key)

        def is_quiet() -> bool:
            return all(each.is_quiet(key) for each in self._workers.values())

        await self._until(is_over, patience)
        busy = [name for name, each in self._workers.items() if not each.is_quiet(key)]
        held, marks = self._is_held(key), list(self._holds)
        return {"quiet": not busy, "held": held, "busy": busy, "marks": marks}

    async def _do_tell(
        self, keys: Sequence[str], client: str, ends: str, reason: str, patience: float
    ) -> list[str]:
        """Say which of these tasks have begun, or may have; end them, or those that have not."""
        if ends:
            await self._arrival(keys, min(patience, _ON_ITS_WAY))
        at: dict[str, list[str]] = {}
        nowhere = []
        for key in keys:
            state = self._scheduler.tasks.get(key)
            if state is not None and state.processing_on is not None:
                at.setdefault(state.processing_on.address, []).append(key)
            else:
                nowhere.append(key)
        if ends and nowhere:  # now, so that none is sent to a worker meanwhile
            self._scheduler.client_releases_keys(nowhere, client, f"pausable-{self._version}")
        version = self._version + 1
        for name, there in at.items():
            self._say(name, version, keys=there, ends=ends, reason=reason)
        silent = await self._answers(at, patience)
        begun = [key for name in silent for key in at[name]]
        for name in at:
            if name in self._workers:
                begun += self._workers[name].begun.pop(version, ())
        return begun

    async def _arrival(self, keys: Sequence[str], patience: float) -> None:
        """Wait for tasks that are on their way from their client: they come on another stream.

        What comes after it was released would run. Of one that is over there may be nothing left.
        """
        deadline = clock() + patience
        while any(key not in self._scheduler.tasks for key in keys):
            if clock() >= deadline:
                return
            await asyncio.sleep(_A_MOMENT)  # nobody says so: it is in the midst of a queue

    async def _do_look(self, patience: float) -> dict[str, Any]:
        version = self._version + 1
        silent = await self._ask(self._workers, patience, looks=True)
        workers = self._workers.items()
        seen = {name: each.seen.pop(version) for name, each in workers if version in each.seen}
        busy = [name for name, each in workers if name in silent or not each.is_quiet(None)]
        threads = {name: each.nthreads for name, each in self._scheduler.workers.items()}
        holds = tuple(self._holds.values())
        return {"seen": seen, "silent": silent, "busy": busy, "holds": holds, "threads": threads}

    async def _do_count(self) -> int:
        return self.messages

    # Holds.

    def _is_held(self, key: str | None) -> bool:
        return any(hold["key"] is None or hold["key"] == key for hold in self._holds.values())

    def _release(self, marks: Iterable[str]) -> list[str]:
        """End holds; return which were in force. Waits for nobody."""
        released = [mark for mark in marks if self._holds.pop(mark, None) is not None]
        if released:
            version = self._version + 1
            for name in self._workers:
                self._say(name, version)
            self._change()
        return released

    def _expire(self, mark: str, number: int) -> None:
        if mark in self._holds and self._holds[mark]["id"] == number:  # it may be on again
            self._release([mark])

    # Workers.

    async def _ask(self, names: Iterable[str], patience: float, **more: Any) -> list[str]:
        """Tell workers how it is, and wait for their answers; return who is silent."""
        names, version = tuple(names), self._version + 1
        for name in names:
            self._say(name, version, **more)
        return await self._answers(names, patience)

    async def _answers(self, names: Iterable[str], patience: float) -> list[str]:
        asked = {name: self._workers[name].asked for name in names if name in self._workers}

        def silent() -> list[str]:
            here = self._workers
            return [each for each in asked if each in here and here[each].answered < asked[each]]

        await self._until(lambda: not silent(), patience)
        return silent()

    def _say(self, name: str, version: int, **more: Any) -> None:
        self._version, worker = version, self._workers[name]
        worker.asked = version
        if "looks" not in more and more.get("ends") != "":
            worker.moved = version
        stream = self._scheduler.stream_comms.get(name)
        if stream is not None and not stream.closed():
            holds = tuple(self._holds.values())
            stream.send({"op": PLUGIN, "version": version, "holds": holds, **more})
            self.messages += 1

    def hear(
        self,
        worker: str,
        version: int,
        active: int,
        alone: Sequence[str],
        begun: Sequence[str] | None = None,
        seen: bytes | None = None,
        **_: Any,
    ) -> None:
        """Note what a worker says."""
        known = self._workers.get(worker)
        if known is None:
            return
        self.messages += 1
        known.answered, known.active, known.alone = version, active, alone
        if begun:
            known.begun[version] = begun
        if seen is not None:
            known.seen[version] = seen
        self._change()

    def _change(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def _until(self, is_true: Callable[[], bool], patience: float) -> None:
        deadline = asyncio.get_running_loop().time() + patience
        while not is_true():
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                return
            changed = self._changed
            try:
                await asyncio.wait_for(changed.wait(), left)
            except TimeoutError:
                return


def _is_of(hold: HoldTerms, party: str, key: str | None) -> bool:
    return hold["party"] == party and hold["key"] == key
