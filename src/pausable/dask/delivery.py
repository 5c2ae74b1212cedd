"""The delivery: what comes of tasks in a cluster is fetched in batches, and told to their futures.

The fetching is done on the client's event loop; futures are ended on a thread for that, on which
their callbacks run: on the loop they would keep the client from hearing anything.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from pausable.dask.cluster_future import end_with
from pausable.dask.dask_call import Halt
from pausable.dask.teller import Teller

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pausable.dask.cluster_future import ClusterFuture
    from pausable.dask.dask_names import Client, DaskFuture

    Pair = tuple[DaskFuture, ClusterFuture[Any]]

__all__ = ["Delivery"]


class Delivery:
    """What ends the futures of one executor."""

    def __init__(self, client: Client, forget: Callable[[ClusterFuture[Any]], object]) -> None:
        """Begin with none. *forget* is called with each future that is over."""
        self._client = client
        self._forget = forget
        self._teller = Teller()
        self._finished: list[Pair] = []  # whose results are to be fetched; on the loop, as the next
        self._follows: set[asyncio.Task[None]] = set()
        self._fetches = False

    def follow(self, pairs: Sequence[Pair]) -> None:
        """End each future of ours when that of Dask has ended. From any thread."""
        self._client.loop.add_callback(self._begin, pairs)

    def end(self) -> None:
        """Let go of the thread, once all are over."""
        self._teller.end()

    def _begin(self, pairs: Sequence[Pair]) -> None:
        for pair in pairs:
            task = asyncio.ensure_future(self._follow(pair))
            self._follows.add(task)
            task.add_done_callback(self._follows.discard)

    async def _follow(self, pair: Pair) -> None:
        dask = pair[0]
        await dask._state.wait()
        if dask.status != "finished":
            self._teller.call(self._tell_failed, pair)
            return
        self._finished.append(pair)
        if not self._fetches:
            self._fetches = True
            try:
                await self._fetch()
            finally:
                self._fetches = False

    async def _fetch(self) -> None:
        """Fetch what is finished, as often as there is anything: many results in one message."""
        while self._finished:
            batch, self._finished = self._finished, []
            try:
                results: Any = await self._client._gather([dask for dask, _ in batch])
            except Exception:  # noqa: BLE001 - one of them cannot be had: each for itself
                for pair in batch:
                    await self._fetch_one(pair)
            else:
                self._teller.call(self._tell, batch, results)

    async def _fetch_one(self, pair: Pair) -> None:
        try:
            result: Any = await self._client._gather(pair[0])
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the future's
            self._teller.call(self._tell_failed, pair, error)
        else:
            self._teller.call(self._tell, [pair], [result])

    # On the thread for it.

    def _tell(self, batch: Sequence[Pair], results: Sequence[Any]) -> None:
        for (_, future), result in zip(batch, results, strict=True):
            if isinstance(result, Halt):
                end_with(future, reason=result.reason)
            else:
                end_with(future, result)
            self._forget(future)

    def _tell_failed(self, pair: Pair, error: BaseException | None = None) -> None:
        dask, future = pair
        state: Any = dask._state
        if error is not None:
            end_with(future, error=error)
        elif state.status == "error":
            end_with(future, error=state.exception.with_traceback(state.traceback))
        else:
            end_with(future, cancelled=True)
        self._forget(future)
