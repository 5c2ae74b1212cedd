"""The executor: a Dask cluster as a scope, which can be paused, resumed and stopped."""

from __future__ import annotations

import itertools
import weakref
from concurrent.futures import Executor
from concurrent.futures import wait as wait_for_all
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar
from uuid import uuid4

from pausable._core.times import clock
from pausable.dask.cluster import Cluster
from pausable.dask.cluster_future import ClusterFuture
from pausable.dask.cluster_scope import ClusterScope
from pausable.dask.dask_call import DaskCall
from pausable.dask.dask_chunk import DaskChunk, chunks
from pausable.dask.dask_names import funcname
from pausable.dask.delivery import Delivery
from pausable.dask.envoy import Envoy
from pausable.dask.roster import Roster
from pausable.errors import NotSupported
from pausable.scopes.chunks import map_calls
from pausable.scopes.numbers import optional_seconds, whole_number
from pausable.scopes.patience import Patience
from pausable.scopes.request import check_reason
from pausable.scopes.resumers import is_anybody_there
from pausable.scopes.terms import checked_guards

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pausable.scopes.terms import ScopeGuard

__all__ = ["DaskExecutor"]

P = ParamSpec("P")
T = TypeVar("T")

_FOR_DASK = {"workers", "resources", "allow_other_workers", "retries", "priority"}


class DaskExecutor(ClusterScope, Executor):
    """A Dask cluster as an executor whose tasks can be paused, resumed and stopped.

    Dask schedules, as ever; this holds. Several executors, of several clients, may be there for one
    cluster: the scheduler keeps the holds of all, and none undoes those of another.

    Guarantees: when `pause()` has returned, every worker has answered, and nothing starts in the
    cluster, whoever has submitted it and wherever Dask has sent it already. When a wait for
    quiescence under a hold has returned true, no line of a task of any `DaskExecutor` runs until a
    resume (or a stop: `finally` blocks run). A worker that joins is held from its beginning, a
    restart of the cluster opens nothing, and a task whose worker has died is run again under the
    hold.

    Limits: tasks rest and stop where their code calls `checkpoint()` or one of its family. The gate
    is that of the cluster: it has no groups. Tasks that came to it in another way than through a
    `DaskExecutor` do not start under a hold, but run to their end. A task may run more than once,
    as ever with Dask: when its worker dies. What a cluster cannot do raises `NotSupported`.

    All methods may be called from any thread but that of the client's event loop; not in tasks of
    the cluster, and not from signal handlers. Those that ask the cluster raise `OSError` if its
    scheduler cannot be reached.
    """

    def __init__(
        self,
        client: Any,
        *,
        name: str = "dask",
        answer_timeout: float = 10.0,
        guards: Iterable[ScopeGuard] = (),
        **options: Any,
    ) -> None:
        """Have the cluster of a client kept.

        Needs `pausable` on its scheduler and its workers, too. Registers two plugins there, which
        stay.

        Args:
            client: A `distributed.Client`, not for coroutines. Closing it is its owner's.
            name: What it is called, in statuses, errors and logs.
            answer_timeout: For how many seconds a worker may be silent when it is asked.
            guards: What holds the cluster while it is tripped; see `pausable.guards`. No task of a
                cluster tries whether what is guarded is back: the probe does.
            options: For each task, as of `Client.submit`: workers, resources, allow_other_workers,
                retries, priority.

        Raises:
            TypeError: *client* is none, or an option is none of these.
            NotSupported: *client* is one for coroutines.
            ValueError: *answer_timeout* is negative or NaN.
        """
        # What holds the process holds the cluster before this returns.
        unknown = sorted(options.keys() - _FOR_DASK)
        if unknown:
            msg = f"DaskExecutor() has no option {unknown[0]!r}: there are {', '.join(_FOR_DASK)}"
            raise TypeError(msg)
        takers = checked_guards(guards)
        cluster = Cluster(client, check_reason(name), uuid4().hex, answer_timeout)
        self._p_cluster: Cluster = cluster
        cluster.roster = Roster(cluster.party)
        cluster.envoy = Envoy(cluster, self)
        self._p_options = {**options, "pure": False}
        self._p_delivery = Delivery(client, cluster.roster.forget)
        cluster.envoy.begin()
        for guard in takers:
            guard.take_on(self)

    # Calls.

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> ClusterFuture[T]:
        """Have Dask run ``fn(*args, **kwargs)`` in the cluster, and return its future.

        Futures of Dask among the arguments are replaced by their results, as with `Client.submit`.

        Raises:
            TypeError: *fn* is not callable.
            NotSupported: *fn* is a coroutine function: Dask runs such on a worker's event loop.
            RuntimeError: the executor has shut down.
        """
        if self._p_cluster.roster.is_closed:
            msg = "cannot schedule new futures after shutdown"
            raise RuntimeError(msg)
        if not callable(fn):
            msg = f"submit() takes a callable, not {fn!r}"
            raise TypeError(msg)
        if iscoroutinefunction(fn):
            raise NotSupported("coroutine functions: call asyncio.run() in a function", self.name)
        client, key = self._p_cluster.client, f"{funcname(fn)}-{uuid4().hex}"
        future: ClusterFuture[T] = ClusterFuture(self._p_cluster, key)
        call = DaskCall(fn, tuple(kwargs))
        dask = client.submit(call, *args, *kwargs.values(), key=key, **self._p_options)
        self._p_cluster.roster.futures[key] = future
        self._p_delivery.follow([(dask, future)])
        return future

    def map(
        self,
        fn: Callable[..., T],
        *iterables: Iterable[Any],
        timeout: float | None = None,
        chunksize: int = 1,
        buffersize: int | None = None,
    ) -> Iterator[T]:
        """Return an iterator over the results of `fn` for each item, in their order.

        As in the stdlib; *buffersize* works on every Python, and counts chunks. With *chunksize*,
        so many items are one task, with a checkpoint before each: what Dask needs for a task is
        about a millisecond. If one of them raises, there are no results of its chunk.

        Raises:
            ValueError: *chunksize* or *buffersize* is below 1.
        """
        size = whole_number("chunksize", chunksize)

        def send(executor: Any, call: Callable[..., Any], args: tuple[Any, ...]) -> Any:
            return executor.submit(call, *args)

        reference: Any = weakref.ref(self)
        if size == 1:
            return map_calls(reference, send, fn, iterables, timeout, 1, buffersize)
        items = chunks(zip(*iterables, strict=False), size)
        results = map_calls(reference, send, DaskChunk(fn), (items,), timeout, 1, buffersize)
        return itertools.chain.from_iterable(results)

    # Its end.

    def shutdown(  # type: ignore[override]  # the stdlib returns None, and has no timeout
        self, wait: bool = True, *, cancel_futures: bool = False, timeout: float | None = None
    ) -> bool:
        """Take no more tasks; wait for those there are, *timeout* seconds at most.

        While the cluster is held this waits for the resume, and says so in the log; unless all that
        holds it are holds of this executor that do not end by themselves, and nobody is there who
        could resume: then its tasks are stopped. When nothing is left its holds end, and the
        cluster, which is not its own, goes on. Returns whether nothing is left. Idempotent.

        Raises:
            ValueError: *timeout* is negative or NaN.
        """
        limit = optional_seconds("timeout", timeout)
        cluster = self._p_cluster
        cluster.roster.is_closed = True
        if cancel_futures:
            cluster.roster.end(cluster, "queued", None)
        if wait:
            self._p_wait_for_end(limit)
        is_over = not cluster.roster.futures
        if is_over:
            self._p_delivery.end()
            cluster.envoy.end()
            cluster.envoy.settle(clock())
        return is_over

    def _p_wait_for_end(self, timeout: float | None) -> None:
        deadline = None if timeout is None else clock() + timeout
        patience = Patience(lambda: f"the shutdown of {self.name!r}", self._p_plight)
        futures = self._p_cluster.roster.futures
        while futures and (deadline is None or clock() < deadline):
            until = patience.until(deadline)
            wait_for_all(list(futures.copy().values()), max(until - clock(), 0.0))
            patience.speak()

    def _p_plight(self) -> str:
        """Say what holds the tasks; if nobody will ever release that, stop them."""
        holds, own = self.holds(), tuple(self._p_node.gate.holds)
        is_for_good = len(own) == len(holds) and not any(each.ends_by_itself() for each in own)
        if holds and is_for_good and not is_anybody_there():
            self.stop("its executor has shut down, and nobody is left to resume")
        return "; ".join(f"held: {each}" for each in holds)
