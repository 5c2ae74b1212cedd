"""The driver of a Dask cluster: one in this process, which all tests share, with a worker for each size."""

from __future__ import annotations

import itertools
import logging
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from adapters.drivers import Threads
from helpers import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["DRIVERS", "Clusters", "clustered"]

SIZES = (1, 2, 3, 4)  # threads of a worker
SOON = 20.0

_calls: dict[int, Callable[[], Any]] = {}  # a task's function is not to be copied
_numbers = itertools.count()
_client: Any = None


class Clusters(Threads):
    """A cluster of Dask."""

    lacks = {  # noqa: RUF012 - it is not written to
        "events": "look at status(), or at the dashboard of Dask",
        "frames": "its frames are on a worker; where() has the line",
        "freeze": "its workers have several tasks each",
        "groups": "hold single tasks, future.pause()",
        "kill": "its workers have several tasks each",
        "step": "try the function on a pool of threads, and step there",
        "stagger": "its workers go on at once; resume() single tasks",
        "time limits": "tasks of a cluster have no limits of time",
        "within": "that is for where its pool is",
    }
    spared = {  # noqa: RUF012 - it is not written to
        "breaks": "Dask runs again what a worker had that has died",
        "contexts": "a context cannot be sent to where tasks run",
        "executor": "it takes functions that can be copied: see tests/cluster",
        "chasers": "its tasks are elsewhere, and so is who chases them",
        "faults": "Dask tries again what fails: `retries=`",
        "order": "Dask starts tasks by priorities of its own",
        "trial": "no task goes before the others: they go when its probe is good",
        "preemption": "tasks rest where they call `checkpoint()` or one of its family",
        "threads": "the name of a straggler has its worker with it: see tests/cluster",
    }

    def _make(self, limit: int, **terms: Any) -> Any:
        return Submitted(limit, **terms)

    def end(self) -> None:
        """End all executors; what holds the cluster would hold that of the next test, too."""
        for executor in self.made:
            executor.resume()
        super().end()


class Submitted:
    """An executor for the one worker that has as many threads as are wanted."""

    def __init__(self, limit: int, **terms: Any) -> None:
        """Make an executor."""
        from pausable.dask import DaskExecutor  # noqa: PLC0415

        workers = _client.cluster.workers
        self._worker = workers[limit]
        self._executor = DaskExecutor(_client, workers=[self._worker.address], **terms)

    def __getattr__(self, name: str) -> Any:
        """Do as the executor."""
        return getattr(self._executor, name)

    @property
    def _p_node(self) -> Any:
        return self._worker.plugins["pausable"].pool.root

    def options(self, name: str = "", **terms: Any) -> Submitted:
        """Do without a name, as Dask names tasks; ask for anything else, which is refused."""
        return self._executor.options(name=name, **terms) if terms else self

    def submit(self, fn: Callable[..., Any], *args: Any) -> Any:
        """Submit a number, for which the function is found in this process."""
        number = next(_numbers)
        _calls[number] = lambda: fn(*args)
        return self._executor.submit(call, number)

    def resume(self, hold: Any = None, **terms: Any) -> int:
        """Resume; wait until the workers have heard it, as tests look at once."""
        found: int = self._executor.resume(*([] if hold is None else [hold]), **terms)
        self._executor.status()
        return found


def call(number: int) -> Any:
    """Call what is submitted with that number."""
    return _calls.pop(number)()


@contextmanager
def clustered() -> Iterator[None]:
    """Have a cluster of threads in this process, all of which are there; it has no sockets."""
    global _client
    from distributed import Client, Scheduler, SpecCluster, Worker  # noqa: PLC0415

    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    options = {"protocol": "inproc://", "dashboard": False, "dashboard_address": ":0"}
    workers = {
        size: {"cls": Worker, "options": {"protocol": "inproc://", "nthreads": size}}
        for size in SIZES
    }
    scheduler = {"cls": Scheduler, "options": {**options, "port": 0}}
    with (
        SpecCluster(workers, scheduler, silence_logs=False) as cluster,
        Client(cluster) as _client,
    ):
        until(lambda: len(_client.scheduler_info()["workers"]) == len(SIZES), SOON)
        yield


DRIVERS = (Clusters,) if find_spec("distributed") else ()
