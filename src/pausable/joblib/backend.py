"""The backend: how joblib gets its batches to a pool or a group.

One that is configured, by `parallel_config`, may be asked by several calls at the same time, of one
thread or of several. So each `Parallel` gets its own when it begins its first call.
"""

from __future__ import annotations

import math
import os
import traceback
from concurrent.futures import Future
from concurrent.futures.process import _RemoteTraceback
from contextlib import nullcontext
from copy import copy
from functools import partial
from itertools import count as counting
from typing import TYPE_CHECKING, Any
from weakref import finalize

from pausable._core.attention import own_task
from pausable.joblib.batch_call import batch
from pausable.joblib.joblib_names import (
    Base,
    FallbackToBackend,
    SequentialBackend,
    get_active_backend,
)
from pausable.scopes.foreign import traceback_of
from pausable.scopes.group import GroupedScope
from pausable.scopes.quiet import Quiet
from pausable.threads.executor import ThreadPoolExecutor

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from pausable._core.task import Task

__all__ = ["Backend"]

_GIVEN_UP = "joblib has given up the call"
_MOMENT = 1.0  # seconds

_leases: dict[tuple[str, str], object] = {}
"""Whose the groups are that calls have just now, by the path of the scope and their names in it."""


class _One(int):
    """One, which does not equal 1: joblib runs what it does one by one where no hold reaches."""

    def __eq__(self, other: object) -> bool:
        return False

    __hash__ = int.__hash__


class Backend(Base):
    """The batches of a `joblib.Parallel` as tasks of a pool or a group.

    Guarantees: while that is paused no batch starts, and those that run rest before their next
    item, and where their code does; also with ``n_jobs=1``. A stop of a batch ends the call with
    `TaskStopped`, and a shutdown of the pool with the error of its `submit()`; an error of one
    stops the others. Several calls may go on at the same time, each with as many jobs as it has
    asked for. A `Parallel` in an item runs in that task, one item after the other: it starts no
    threads that nobody can pause. Below one job it runs as if that were not there. A task that
    calls one on its own pool takes no slot while it waits, as with `result()`.

    On a pool of processes functions, arguments and results are pickled by the stdlib's `pickle`, as
    the pool itself does it.

    Limits: joblib's own timeout counts paused time. A fault is one of a batch: to `resolve()` it is
    to give the list of the results of its items. Large arrays are sent to other processes as they
    are: to share them is for joblib's own backends. What asks for shared memory
    (``require="sharedmem"``) cannot have a pool of processes: joblib takes threads of its own then.
    A task that waits in a generator (`return_as`) on its own pool keeps its slot: in a pool of one
    that is for ever.
    """

    supports_retrieve_callback = True
    supports_sharedmem: bool = True
    uses_threads: bool = True
    parallel: Any = None  #: whose calls it makes; None of one that was configured, for any number

    def __init__(self, pool: GroupedScope | None = None, **options: Any) -> None:
        """Use a *pool*, or a group of one; by default a pool of its own for each call.

        Raises:
            TypeError: *pool* is neither.
        """
        super().__init__(**options)
        self._use(pool)
        self._own: ThreadPoolExecutor | None = None  # while there is a call, if there is no pool
        self._scope: GroupedScope | None = None
        self._lease: Any = None  # what gives its group back, while there is a call
        self._unfinished: dict[Future[Any], None] = {}
        self._call: object | None = None  # since it was started, until it is given up
        self._waits: Task | None = None  # that has made the call
        self._nested: tuple[Any, Any]  # what is configured in tasks: backend, and number of jobs

    def _use(self, pool: GroupedScope | None) -> None:
        if pool is not None and not isinstance(pool, GroupedScope):
            msg = f"pool must be a pool or a group of pausable, not {pool!r}"
            raise TypeError(msg)
        self._pool = pool
        is_here = pool is None or pool._p_node.rules.ship is None  # or its tasks run elsewhere
        self.supports_sharedmem = self.uses_threads = is_here
        self.default_n_jobs = 1 if pool is None else -1

    def effective_n_jobs(self, n_jobs: int | None) -> int:
        """Return how many batches run at once: as many as the pool lets, at most.

        Raises:
            ValueError: *n_jobs* is 0.
        """
        if n_jobs == 0:
            msg = "n_jobs == 0 in Parallel has no meaning"
            raise ValueError(msg)
        most = math.inf if self._pool is None else self._pool.status().max_workers
        if n_jobs is None:
            n_jobs = self.default_n_jobs
        if n_jobs < 0:
            there = (os.cpu_count() or 1) if math.isinf(most) else int(most)
            n_jobs = max(there + 1 + n_jobs, 1)
        count = int(min(n_jobs, most))
        return _One(1) if self.parallel is not None and count == 1 else count

    def configure(
        self,
        n_jobs: int | None = 1,
        parallel: Any = None,
        pool: GroupedScope | None = None,
        **_options: Any,
    ) -> int:
        """Begin a call of *parallel*; return how many batches run at once.

        If this is for any number of them, joblib is told to use one of its own from now on.

        Raises:
            TypeError: *pool*, which was given to `Parallel`, is none.
        """
        if self.parallel is not parallel:
            raise FallbackToBackend(self._for(parallel, self._pool if pool is None else pool))
        count = self.effective_n_jobs(n_jobs)
        self._nested = self._nested_in(int(count))
        if self._pool is None:
            self._scope = self._own = ThreadPoolExecutor(int(count), "joblib")
        else:
            name = self._take_lease(self._pool.path, f"joblib of {count}")
            try:
                self._scope = self._pool.group(name, limit=int(count))
            except BaseException:
                self.terminate()
                raise
        return count

    def _for(self, parallel: object, pool: GroupedScope | None) -> Backend:
        own = copy(self)
        own._use(pool)
        own.parallel = parallel
        own._unfinished = {}
        own.reset_batch_stats()
        return own

    def _take_lease(self, path: str, name: str) -> str:
        """Return the name of a group that no other call has at the moment."""
        names = (name if number == 1 else f"{name}, {number}" for number in counting(1))
        mine = object()
        found = next(each for each in names if _leases.setdefault((path, each), mine) is mine)
        self._lease = finalize(self, _leases.pop, (path, found), None)  # also if it is forgotten
        self._lease.atexit = False
        return found

    def submit(
        self, func: Callable[[], Any], callback: Callable[[Any], object] | None = None
    ) -> Future[Any]:
        """Submit a batch. If it is refused, *callback* gets a future with the error.

        On a thread of the pool nobody else is there to be told.
        """
        call = self._call
        try:
            future: Future[Any] = self._group().submit(batch, func)
        except Exception as error:
            if callback is None:
                raise
            future = Future()
            future.set_exception(error)
        self._unfinished[future] = None
        future.add_done_callback(self._forget)
        if callback is not None:
            future.add_done_callback(partial(self._tell, call, callback))
        if call is not self._call and not future.done():  # it was given up since
            future.stop(_GIVEN_UP)  # type: ignore[attr-defined]  # as in `_stop_all`
        return future

    def _group(self) -> GroupedScope:
        if self._scope is None:
            msg = "no call of Parallel has begun, or it is over"
            raise RuntimeError(msg)
        return self._scope

    def _tell(self, call: object, callback: Callable[[Any], object], future: Future[Any]) -> None:
        """Tell joblib of the end of a batch, which sends out the next ones, unless all is given up.

        Under joblib's own lock: it may make another call at once, and a batch of the one before
        must not come into that.
        """
        with self.parallel._lock:
            if call is self._call:
                callback(future)

    def _forget(self, future: Future[Any]) -> None:
        self._unfinished.pop(future, None)

    def retrieve_result_callback(self, out: Future[Any]) -> Any:
        """Return what a batch has returned, or raise what it has raised.

        Its traceback is the text of its cause: joblib takes the traceback itself off.
        """
        error = out.exception()
        if error is None:
            return out.result()
        if not isinstance(error.__cause__, _RemoteTraceback):
            text = traceback.format_exception(type(error), error, traceback_of(error))
            error.__cause__ = _RemoteTraceback("".join(text))  # type: ignore[arg-type]
        raise error

    def retrieval_context(self) -> AbstractContextManager[object]:
        """Have a task of the pool that waits for all results take no slot meanwhile."""
        if self._scope is None or self.parallel.return_generator:  # whose user's code runs in here
            return nullcontext()
        self._waits = own_task()
        return Quiet(self, slot_of=self._scope._p_node.pool)

    def wake(self) -> None:
        """Stop the batches for which a task waits that is asked to stop itself."""
        reason = None if self._waits is None else self._waits._p_stop_reason
        if reason is not None:
            self._stop_all(reason)

    def _stop_all(self, reason: str) -> None:
        for future in tuple(self._unfinished):
            future.stop(reason)  # type: ignore[attr-defined]  # ours: others are done

    def abort_everything(self, ensure_ready: bool = True) -> None:
        """Stop what is left of a call."""
        is_mine = self.parallel._lock.acquire(timeout=_MOMENT)  # the user's items come under it
        self._call = None
        if is_mine:
            self.parallel._lock.release()
        self._stop_all(_GIVEN_UP)
        if not ensure_ready:
            self.terminate()

    def terminate(self) -> None:
        """End a call."""
        own, self._own, self._scope = self._own, None, None
        lease, self._lease = self._lease, None
        if own is not None:
            own.shutdown(wait=False)
        if lease is not None:
            lease()
        self.reset_batch_stats()

    def start_call(self) -> None:
        """Begin to send out batches."""
        left = self.parallel._ready_batches  # of a call that was given up: joblib forgets them here
        while not left.empty():
            left.get_nowait()
        self._call = object()

    def get_nested_backend(self) -> tuple[Any, Any]:
        """Have a `Parallel` in a task run in that task; below one job, on what is configured."""
        return self._nested

    def _nested_in(self, count: int) -> tuple[Any, Any]:
        configured, n_jobs = get_active_backend()
        is_ours = isinstance(configured, Backend) and configured.uses_threads and self.uses_threads
        if count == 1 and is_ours and configured.effective_n_jobs(-1) > 1:
            return configured, n_jobs  # as in joblib, where one job is none
        return SequentialBackend(nesting_level=(self.nesting_level or 0) + 1), None
