"""The cluster as a client speaks with it: through the scheduler, one call at a time."""

from __future__ import annotations

import asyncio
import weakref
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from pausable._core.attention import own_seat
from pausable._core.gate import HoldRecord
from pausable._core.times import clock, wall_clock
from pausable.dask.dask_names import Client, DaskFuture
from pausable.dask.dask_seat import DaskSeat
from pausable.dask.scheduler_gate import SchedulerGate
from pausable.dask.sightings import Sightings, describe
from pausable.dask.worker_gate import WorkerGate
from pausable.errors import NotSupported, WorkersSilent
from pausable.scopes.numbers import seconds
from pausable.scopes.patience import Patience
from pausable.scopes.request import new_record

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from pausable.dask.cluster_terms import HoldTerms
    from pausable.snapshots import HoldStatus, Running

__all__ = ["Cluster"]

_SLICE = 60.0  # seconds for which the scheduler is asked to wait at a time
_AT_LEAST = 1.0  # seconds for an answer of the scheduler, beyond those for the workers


class Cluster:
    """The holds and the tasks of a Dask cluster, for one executor."""

    roster: Any  #: its `Roster`: the tasks of the executor
    envoy: Any  #: its `Envoy`, which stands in this process for them; kept as long as this is

    def __init__(self, client: object, name: str, party: str, patience: float) -> None:
        """Have the cluster kept by our plugins, unless it is already.

        Raises:
            TypeError: *client* is no `distributed.Client`.
            NotSupported: it is one for coroutines.
            ValueError: *patience* is negative or NaN.
        """
        if not isinstance(client, Client):
            msg = f"client must be a distributed.Client, not {client!r}"
            raise TypeError(msg)
        if client.asynchronous:
            wanted = "clients for coroutines: make one without asynchronous=True"
            raise NotSupported(wanted, name)
        self.client: Client = client
        self.name: str = name
        self.party: str = party
        self.patience: float = seconds("answer_timeout", patience)
        client.register_plugin(SchedulerGate())
        client.register_plugin(WorkerGate())
        # Executor, holds, switches and futures refer to this: nobody could release its holds then.
        weakref.finalize(self, _let_all_go, client, party).atexit = False

    def is_closed(self) -> bool:
        """Say whether the client is closed: its holds have ended with it."""
        return self.client.scheduler is None or self.client.status in ("closing", "closed")

    def address(self) -> str:
        """Return the address of the scheduler."""
        return "" if self.client.scheduler is None else str(self.client.scheduler.address)

    def ask(self, do: str, **given: Any) -> Any:
        """Have the scheduler do something, and wait for what comes of it.

        Raises:
            OSError: the client is closed, or the scheduler does not answer.
            NotSupported: this is called in a task of the cluster.
        """
        self.check_may_ask()
        return self.client.sync(self.call, do, **given)

    def check_may_ask(self) -> None:
        """Raise if nobody would answer, or this is where it must not be asked."""
        self._check_is_connected()
        if isinstance(own_seat(), DaskSeat):
            raise NotSupported(
                "such calls in a task of it: they are for who has submitted it", self.name
            )

    def _check_is_connected(self) -> None:
        """Raise if it is known that nobody would answer, so that nobody waits for it."""
        if self.is_closed():
            msg = f"the client of {self.name!r} is closed"
            raise ConnectionError(msg)
        if self.client.status == "connecting":
            msg = f"the client of {self.name!r} has lost its scheduler at {self.address()}"
            raise ConnectionError(
                f"{msg}; it tries to connect anew, and closes itself if it cannot"
            )

    def call(
        self, do: str, *, grace: float | None = None, **given: Any
    ) -> Coroutine[Any, Any, Any]:
        """Do as `ask`, on the client's loop. What is returned does not keep this.

        The scheduler has *grace* seconds for its answer, beyond those that it has for the workers.

        Raises:
            ConnectionError: the client is closed, or has lost it.
        """
        self._check_is_connected()
        extra = max(self.patience, _AT_LEAST) if grace is None else grace
        within = float(given.get("patience", 0.0)) + extra
        who = f"the scheduler of {self.name!r} at {self.address()}"
        return _answer(self.client.scheduler.pausable(do=do, **given), within, who)

    # Holds.

    def terms(
        self,
        key: str | None,
        reason: str,
        running: Running,
        duration: float | None,
        owner: str | None,
        mark: str,
    ) -> HoldTerms:
        """Check what a user gave, and make a hold of it that is not in force yet."""
        self.refuse_to_freeze(running)
        record = new_record(HoldRecord, reason, running, duration, owner)
        return self._terms(record, record.running, record.duration, key, mark)

    def refuse_to_freeze(self, running: Running) -> None:
        """Raise if tasks are to be frozen."""
        if running == "freeze":
            raise NotSupported("running='freeze': its workers have several tasks each", self.name)

    def terms_of(self, record: HoldRecord) -> HoldTerms:
        """Return the terms of a hold on the executor's scope, which is what ends it.

        Its duration is not among them: it is over when it is over here, not a moment before.
        """
        running: Running = "finish" if record.running == "finish" else "rest"
        return self._terms(record, running, None, None, uuid4().hex)

    def _terms(
        self,
        record: HoldRecord,
        running: Running,
        duration: float | None,
        key: str | None,
        mark: str,
    ) -> HoldTerms:
        return {
            "mark": mark,
            "id": 0,
            "reason": record.reason,
            "owner": record.owner,
            "kind": record.kind,
            "running": running,
            "placed_at": record.placed_at,
            "duration": duration,
            "key": key,
            "party": self.party,
            "client": self.client.id,
        }

    def place(self, hold: HoldTerms, *, toggles: bool = False) -> dict[str, Any]:
        """Place a hold, and wait until every worker has answered.

        Raises:
            WorkersSilent: some have not, in time; it was released again.
        """
        hold["placed_at"] = wall_clock()
        done: dict[str, Any] = {}
        try:
            done = self.ask("place", hold=hold, patience=self.patience, toggles=toggles)
        finally:
            if not done:  # Ctrl-C: it may come to be placed
                self.client.loop.add_callback(self._give_up, hold["mark"])
        if done["silent"]:
            raise WorkersSilent(self.name, self.patience, done["silent"])
        return done

    async def _give_up(self, mark: str) -> None:
        await self.client.scheduler.pausable(do="release", marks=[mark])

    def let_go(self, key: str) -> None:
        """End all holds on a task that is over. Waits for nobody."""
        self.client.loop.add_callback(self._let_go, key)

    async def _let_go(self, key: str) -> None:
        await self.client.scheduler.pausable(do="let_go", key=key)

    def release(self, *marks: str) -> bool:
        """End holds; say whether any was in force."""
        return not self.is_closed() and bool(self.ask("release", marks=marks))

    def resume(self, key: str) -> int:
        """End the holds that this executor has placed on one task."""
        return 0 if self.is_closed() else len(self.ask("resume", party=self.party, key=key))

    def holds(self, key: str | None) -> list[HoldTerms]:
        """List the holds on the cluster, or on one task alone."""
        return [hold for hold in self.ask("holds") if hold["key"] == key]

    def describe(self, hold: HoldTerms) -> HoldStatus:
        """Describe a hold."""
        return describe(hold, self.envoy.host)

    # Waits, and what is seen.

    def wait_quiescent(self, key: str | None, timeout: float | None, what: str) -> bool:
        """Wait until nothing runs of what is held, *timeout* seconds at most; say whether that is.

        False as well when nobody holds it any more: then nothing keeps it from running. Says in the
        log who is late.
        """
        patience = Patience(lambda: f"{what} of {self.name!r}", self._late)
        deadline = None if timeout is None else clock() + timeout
        while True:
            now = clock()
            until = min(patience.until(deadline), now + _SLICE)
            found = self.ask("wait", key=key, patience=max(until - now, 0.0))
            if found["quiet"] or not found["held"]:
                return bool(found["quiet"] and found["held"])
            if deadline is not None and deadline <= clock():
                return False
            patience.speak()

    def look(self) -> Sightings:
        """Ask all workers how they are."""
        return self._read(self.ask("look", patience=self.patience), self.patience)

    def glance(self, patience: float) -> Sightings:
        """Ask all workers how they are, and do not insist."""
        longest = min(patience, self.patience)
        found = self.ask("look", patience=longest, grace=_AT_LEAST)
        return self._read(found, longest)

    async def glance_async(self, patience: float) -> Sightings:
        """Do as `glance`, on the client's loop."""
        longest = min(patience, self.patience)
        return self._read(await self.call("look", patience=longest, grace=_AT_LEAST), longest)

    def _read(self, found: dict[str, Any], patience: float) -> Sightings:
        return Sightings(found, self.envoy.host, self.client.id, patience)

    def _late(self) -> str:
        return "; ".join(str(each) for each in self.look().stragglers()[:5])

    # Tasks.

    def tell(self, keys: Sequence[str], ends: str = "", reason: str = "") -> set[str]:
        """Say which of these tasks have begun. What *ends* is none, those that have not, or all.

        Those of a worker that does not answer count as begun.
        """
        client = self.client.id
        found = self.ask(
            "tell", keys=keys, client=client, ends=ends, reason=reason, patience=self.patience
        )
        return set(found)

    def withdraw(self, keys: Sequence[str]) -> None:
        """Have Dask forget tasks that never begin. Waits for no answer."""
        client = self.client
        if keys:
            futures = [DaskFuture(key, client) for key in keys]
            client.sync(client._cancel, futures=futures)


async def _answer(asked: Coroutine[Any, Any, Any], within: float, who: str) -> Any:
    """Return what is answered.

    Raises:
        TimeoutError: nobody answers.
    """
    try:
        return await asyncio.wait_for(asked, within)
    except TimeoutError:
        msg = f"{who} has not answered for {within:g} s: see whether it is up and can be reached"
        raise TimeoutError(msg) from None


def _let_all_go(client: Client, party: str) -> None:
    """End the holds of an executor of which nothing is left. Waits for nobody."""

    async def resume() -> None:
        if client.scheduler is not None:
            await client.scheduler.pausable(do="resume", party=party, key=None)

    client.loop.add_callback(resume)
