"""joblib on a pool of ours: its batches are tasks, and scikit-learn's searches with them.

Importing this registers the backend ``"pausable"``: ``with joblib.parallel_config("pausable",
pool=pool): ...``. It needs joblib, ``pip install pausable[joblib]``.
"""

from __future__ import annotations

import math
import os
from typing import TYPE_CHECKING, Any

from pausable._core.frames import entries
from pausable.scopes import attendance
from pausable.scopes.group import GroupedScope
from pausable.threads.executor import ThreadPoolExecutor

if TYPE_CHECKING:
    from collections.abc import Callable

    from pausable.scopes.future import Future

    class SequentialBackend:
        """Runs in the calling thread."""

        def __init__(self, nesting_level: int) -> None: ...

    class Base:
        """What joblib, which has no types, has for all backends."""

        nesting_level: int | None

        def __init__(self, **options: object) -> None: ...

        def reset_batch_stats(self) -> None:
            """Begin anew to find out how large a batch should be."""

    def register_parallel_backend(name: str, made_by: type[Base]) -> None:
        """Make a backend known."""

else:
    from joblib import register_parallel_backend
    from joblib._parallel_backends import AutoBatchingMixin, ParallelBackendBase, SequentialBackend

    class Base(AutoBatchingMixin, ParallelBackendBase):
        """What joblib has for all backends."""


__all__ = ["Backend"]


class Backend(Base):
    """The batches of a `joblib.Parallel` as tasks of a pool or a group.

    Guarantees: while that is paused no batch starts, and those that run rest before their next
    item, and where their code does. A stop of a batch ends the call with `TaskStopped`; an error of
    one stops the others. A `Parallel` in a task runs in that task, one item after the other: it
    starts no threads that nobody can pause.

    On a pool of processes functions, arguments and results are pickled by the stdlib's `pickle`, as
    the pool itself does it.

    Limits: joblib's own timeout counts paused time. A fault is one of a batch: to `resolve()` it is
    to give the list of the results of its items. Large arrays are sent to other processes as they
    are: to share them is for joblib's own backends. What asks for shared memory
    (``require="sharedmem"``) cannot have a pool of processes: joblib takes threads of its own then.
    """

    supports_retrieve_callback = True
    supports_sharedmem: bool = True
    uses_threads: bool = True

    def __init__(self, pool: GroupedScope | None = None, **options: Any) -> None:
        """Use a *pool*, or a group of one; by default a pool of its own for each call.

        Raises:
            TypeError: *pool* is neither.
        """
        if pool is not None and not isinstance(pool, GroupedScope):
            msg = f"pool must be a pool or a group of pausable, not {pool!r}"
            raise TypeError(msg)
        super().__init__(**options)
        self._pool = pool
        if pool is not None and pool._p_node.rules.ship is not None:  # its tasks run elsewhere
            self.supports_sharedmem = False
            self.uses_threads = False
        self._own: ThreadPoolExecutor | None = None  # while there is a call, if there is no pool
        self._scope: GroupedScope | None = None
        self._unfinished: dict[Future[Any], None] = {}
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
        return int(min(n_jobs, most))

    def configure(self, n_jobs: int | None = 1, parallel: Any = None, **_options: Any) -> int:
        """Begin a call of *parallel*; return how many batches run at once."""
        count = self.effective_n_jobs(n_jobs)
        self.parallel = parallel
        if self._pool is None:
            self._scope = self._own = ThreadPoolExecutor(count, "joblib")
        else:
            self._scope = self._pool.group(f"joblib of {count}", limit=count)
        return count

    def submit(
        self, func: Callable[[], Any], callback: Callable[[Any], object] | None = None
    ) -> Future[Any]:
        """Submit a batch."""
        if self._scope is None:
            msg = "no call of Parallel has begun"
            raise RuntimeError(msg)
        future = self._scope.submit(batch, func)
        self._unfinished[future] = None
        future.add_done_callback(self._forget)
        if callback is not None:
            future.add_done_callback(callback)
        return future

    def _forget(self, future: Future[Any]) -> None:
        self._unfinished.pop(future, None)

    def retrieve_result_callback(self, out: Future[Any]) -> Any:
        """Return what a batch has returned, or raise what it has raised."""
        return out.result()

    def abort_everything(self, ensure_ready: bool = True) -> None:
        """Stop what is left of a call."""
        for future in tuple(self._unfinished):
            future.stop("joblib has given up the call")
        if not ensure_ready:
            self.terminate()

    def terminate(self) -> None:
        """End a call."""
        own, self._own, self._scope = self._own, None, None
        if own is not None:
            own.shutdown(wait=False)
        self.reset_batch_stats()

    def get_nested_backend(self) -> tuple[Any, None]:
        """Have a `Parallel` in a task run in that task."""
        return SequentialBackend(nesting_level=(self.nesting_level or 0) + 1), None


def batch(func: Any) -> Any:
    """Call what joblib has put together: some items, with a checkpoint before each."""
    items = getattr(func, "items", None)
    if isinstance(items, list):
        func.items = [(_Item(function), args, kwargs) for function, args, kwargs in items]
    return func()


class _Item:
    """One item's function, with a checkpoint before it."""

    __slots__ = ("function",)

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        attendance.checkpoint()
        return self.function(*args, **kwargs)


# An item's own code begins here: no frame of ours or of joblib's keeps it from a rest.
entries.append(_Item.__call__.__code__)

register_parallel_backend("pausable", Backend)
