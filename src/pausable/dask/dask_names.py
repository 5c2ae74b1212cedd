"""What is used of Dask, all of it in one place, with as much of its types as is relied on.

Public: what its documentation has. Of its inside: `Client._gather` and `Client._cancel`, which its
own executor is made of; a future's `_state`, for its end; `worker.thread_state`, for the key of the
task of a thread; and the `handlers` and `stream_handlers` of servers, by which its own extensions
speak.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from enum import Enum

    class Loop:
        """An event loop."""

        def add_callback(self, callback: Callable[..., object], *args: object) -> None:
            """Have something called there. From any thread."""

        def call_later(
            self, delay: float, callback: Callable[..., object], *args: object
        ) -> object:
            """Have something called there in *delay* seconds."""

    class Client:
        """A client."""

        asynchronous: bool
        id: str
        loop: Loop
        scheduler: Any
        status: str

        def register_plugin(self, plugin: SchedulerPlugin | WorkerPlugin) -> object:
            """Have a plugin where it belongs."""

        def submit(self, fn: Callable[..., object], *args: object, **options: Any) -> DaskFuture:
            """Have a function called in the cluster."""
            raise NotImplementedError

        def sync(self, function: Callable[..., object], *args: object, **given: Any) -> Any:
            """Have a coroutine run on the loop, and wait for it."""

        async def _cancel(self, futures: Collection[DaskFuture]) -> None: ...

        async def _gather(self, futures: Any) -> Any: ...

    class DaskFuture:
        """A future of Dask."""

        key: str
        status: str
        _state: Any

        def __init__(self, key: str, client: Client) -> None:
            """Find the one with that key."""

    class Scheduler:
        """The scheduler."""

        clients: dict[str, Any]
        handlers: dict[str, Callable[..., object]]
        loop: Loop
        stream_comms: dict[str, Any]
        stream_handlers: dict[str, Callable[..., object]]
        tasks: dict[str, Any]
        workers: dict[str, Any]

        def client_releases_keys(self, keys: list[str], client: str, stimulus_id: str) -> None:
            """Forget tasks that nobody else wants."""

    class Worker:
        """A worker."""

        loop: Loop
        memory_manager: Any
        name: object
        plugins: dict[str, Any]
        scheduler: Any
        state: Any
        status: Status
        stream_handlers: dict[str, Callable[..., object]]

        def batched_send(self, message: dict[str, Any]) -> None:
            """Tell the scheduler something."""

    class SchedulerPlugin:
        """What is called by the scheduler."""

    class WorkerPlugin:
        """What is called by each worker."""

    class Status(Enum):
        """Of a worker."""

        running = "running"
        paused = "paused"

    class Reschedule(Exception):
        """Raised in a task that is to be run elsewhere."""

    class ThreadState:
        """Of one of Dask's threads: the first of a thread with a task, the other of its pool's."""

        key: str
        proceed: bool

    task_state: ThreadState
    pool_state: ThreadState

    def get_worker() -> Worker:
        """Return the worker of this task."""
        raise NotImplementedError

    def secede() -> None:
        """Leave the pool of threads, and let another one have the slot."""

    def rejoin() -> None:
        """Wait until there is a slot again."""

    def funcname(function: object) -> str:
        """Return what Dask calls a function."""
        raise NotImplementedError

else:
    from dask.utils import funcname
    from distributed import (
        Client,
        Reschedule,
        Scheduler,
        SchedulerPlugin,
        Worker,
        WorkerPlugin,
        get_worker,
        rejoin,
        secede,
    )
    from distributed import Future as DaskFuture
    from distributed.core import Status
    from distributed.threadpoolexecutor import thread_state as pool_state
    from distributed.worker import thread_state as task_state

__all__ = [
    "Client",
    "DaskFuture",
    "Reschedule",
    "Scheduler",
    "SchedulerPlugin",
    "Status",
    "Worker",
    "WorkerPlugin",
    "funcname",
    "get_worker",
    "pool_state",
    "rejoin",
    "secede",
    "task_state",
]
