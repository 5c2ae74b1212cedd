"""The drivers of the contract: how an adapter is made, is given tasks, and is let go on.

A task of the contract is a generator function: each `yield` is a checkpoint. The executor of steps
runs it as it is, a thread calls `checkpoint()` in its place, a coroutine awaits something.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import multiprocessing
import threading
from concurrent.futures.process import BrokenProcessPool
from concurrent.futures.thread import BrokenThreadPool
from functools import cached_property, partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adapters.puppets import Theatre
from adapters.steps import Broken, StepExecutor
from helpers import until
from start_methods import METHODS

from pausable import (
    ProcessPoolExecutor,
    Stopped,
    Thread,
    ThreadPoolExecutor,
    aio,
    checkpoint,
    futures,
)
from pausable.pool import ThreadPool
from pausable.processes.frost import CAN_FREEZE
from pausable.scopes.inheritance import welcome
from pausable.scopes.shutdown import close, is_over

try:
    import joblib

    from pausable.joblib import Backend
except ImportError:  # an extra
    joblib = None

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Mapping

__all__ = [
    "DRIVERS",
    "SOON",
    "CallPools",
    "Coroutines",
    "Driver",
    "OwnThreads",
    "Processes",
    "Steps",
    "Threads",
]

SOON = 20.0

NO_PROCESSES = {
    "freeze": "its tasks run in no processes of their own",
    "kill": "its tasks run in no processes of their own",
}


_AWAY = "the frames of tasks, which run in other {}: where() says their lines"
_NO_CONTEXT = "a context cannot be sent to where tasks run"


class Driver:
    """Makes executors of one adapter, and lets their tasks go on."""

    broken: type[Exception]  #: what a broken one raises
    refusal = "it has lost its legs"  #: and says to what is submitted then
    # What a test needs, and why it is not to be had here. The page of limits is made of these.
    lacks: Mapping[str, str] = {}  #: what raises `NotSupported`, which says this
    spared: Mapping[str, str] = {}  #: what cannot be asked for: the test has no meaning here

    def __init__(self) -> None:
        """Begin with none."""
        self.made: list[Any] = []

    def make(self, limit: int = 4, **terms: Any) -> Any:
        """Make an executor."""
        self.made.append(self._make(limit, **terms))
        return self.made[-1]

    def until(self, predicate: Callable[[], object]) -> None:
        """Let all tasks go on until something is true."""
        until(lambda: self._go_on() or predicate(), SOON)

    def rest(self, scope: Any) -> None:
        """Let all tasks go on until each one of a scope rests."""
        self.until(scope.is_quiescent)

    def result(self, future: Any) -> Any:
        """Let all tasks go on until one is over; return what came of it."""
        self.until(future.done)
        return future.result(0)

    def map(self, pool: Any, fn: Callable[..., Any], items: Iterable[Any]) -> list[Any]:
        """Let a function run for each item; return the results in the order of the items."""
        results = pool.map(self.task(fn), items)
        self.until(lambda: not pool.tasks())
        return list(results)

    def end(self) -> None:
        """End all executors, paused or not."""
        for executor in self.made:
            executor.stop("the test is over")
            executor.shutdown(wait=False)
            self.until(lambda executor=executor: not executor.status().tasks)
            assert executor.shutdown()

    def task(self, fn: Callable[..., Any]) -> Callable[..., Any]:
        """Return what runs a generator function as a task."""
        raise NotImplementedError

    def bare(self, fn: Callable[[], Any]) -> Callable[[], Any]:
        """Return what calls a function, where the task is, and comes to a checkpoint then."""
        return fn

    def _make(self, limit: int, **terms: Any) -> Any:
        raise NotImplementedError

    def _go_on(self) -> None:
        """Let the tasks go on that wait for whoever asks."""


class Steps(Driver):
    """The executor that runs tasks by steps."""

    broken = Broken
    lacks = NO_PROCESSES
    spared = {  # noqa: RUF012 - it is not written to
        "preemption": "a step is all that it does",
        "step": "who asks for a task's step lets it do one",
        "threads": "a step that waits keeps the test itself",
    }

    def _make(self, limit: int, **terms: Any) -> StepExecutor:
        executor = StepExecutor(limit, **terms)
        welcome(executor.pool)
        return executor

    def task(self, fn: Callable[..., Any]) -> Callable[..., Any]:
        """Return it as it is."""
        return fn

    def bare(self, fn: Callable[[], Any]) -> Callable[[], Any]:
        """Return a generator function with two steps."""
        return wraps(fn)(partial(_twice, fn))

    def _go_on(self) -> None:
        for executor in self.made:
            executor.step()


def _twice(fn: Callable[[], Any]) -> Iterator[None]:
    fn()
    yield


class Threads(Driver):
    """The pool of threads."""

    broken = BrokenThreadPool
    lacks = NO_PROCESSES

    def _make(self, limit: int, **terms: Any) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(limit, **terms)

    def task(self, fn: Callable[..., Any]) -> Callable[..., Any]:
        """Return what calls `checkpoint()` at each of its yields."""
        return wraps(fn)(partial(_run, fn))


def _run(fn: Callable[..., Generator[None, None, Any]], *args: Any) -> Any:
    code = fn(*args)
    step: Callable[[], object] = partial(next, code)
    moment = threading.Event()
    while True:
        try:
            step()
        except StopIteration as end:
            return end.value
        moment.wait(0.0005)  # as real work, it lets the others run
        try:
            checkpoint()
        except Stopped as stopped:
            step = partial(code.throw, stopped)
        else:
            step = partial(next, code)


class OwnThreads(Threads):
    """Threads that a user starts: what is submitted is one of them, in the scope of a pool."""

    spared = {  # noqa: RUF012 - it is not written to
        "slots": "a thread that is started brings its slot",
        "faults": "what a thread raises goes to `threading.excepthook`",
        "executor": "a thread is made by who starts it",
        "contexts": "a thread has the context that the stdlib gives it",
    }

    def _make(self, limit: int, **terms: Any) -> Any:
        return Started(super()._make(limit, **terms))

    def result(self, future: Any) -> Any:
        """Return what the function of a thread has returned."""
        self.until(future.done)
        future.result(0)
        return self.results.pop(future)

    results: dict[Any, Any] = {}  # noqa: RUF012 - of all, by the futures of threads


class Started:
    """Stands for a pool or a group: what is submitted to it is a thread that is started."""

    def __init__(self, scope: Any, name: str | None = None) -> None:
        """Stand for a scope."""
        self._scope = scope
        self._name = name

    def __getattr__(self, name: str) -> Any:
        """Do as the scope."""
        return getattr(self._scope, name)

    def group(self, name: str, **terms: Any) -> Started:
        """Stand for a group of it."""
        return Started(self._scope.group(name, **terms))

    def options(self, *, name: str | None = None, timeout: float | None = None) -> Started:
        """Start threads with a name, or in a group with a time limit."""
        scope = self._scope if timeout is None else self._scope.group("limited", timeout=timeout)
        return Started(scope, name)

    def submit(self, fn: Callable[..., Any], *args: Any) -> Any:
        """Start a thread, and return its future."""

        def run() -> None:
            OwnThreads.results[thread.task] = fn(*args)

        thread = Thread(self._scope, wraps(fn)(run), self._name)
        thread.start()
        return thread.task


class CallPools(Threads):
    """The thread pool of `multiprocessing.pool`."""

    spared = {  # noqa: RUF012 - it is not written to
        "more threads": "it has as many threads as it was made with, and a task at rest keeps its own",
    }

    def _make(self, limit: int, **terms: Any) -> Any:
        if "on_fault" in terms:  # that is for its groups
            return self.make(limit).group("held", **terms)
        return ThreadPool(limit, **terms)

    def map(self, pool: Any, fn: Callable[..., Any], items: Iterable[Any]) -> list[Any]:
        """Let it do that, which waits."""
        return list(pool.map(self.task(fn), items))


class Batches(Threads):
    """joblib on a pool of threads: what is submitted is a batch of one item."""

    def _make(self, limit: int, **terms: Any) -> Any:
        return Dispatching(super()._make(limit, **terms))

    def result(self, future: Any) -> Any:
        """Return the one result of a batch, or what somebody has given for it."""
        result = super().result(future)
        return result[0] if isinstance(result, list) else result

    def map(self, pool: Any, fn: Callable[..., Any], items: Iterable[Any]) -> list[Any]:
        """Let joblib's `Parallel` do that, which waits."""
        with joblib.parallel_config("pausable", pool=pool.scope):
            calls = (joblib.delayed(self.task(fn))(item) for item in items)
            return list(joblib.Parallel()(calls))


class Dispatching:
    """Stands for a pool or a group: what is submitted to it is dispatched as joblib does it."""

    def __init__(self, scope: Any) -> None:
        """Stand for a scope."""
        self.scope = scope
        self._backend = Backend(pool=scope)
        self._backend.configure(-1)

    def __getattr__(self, name: str) -> Any:
        """Do as the scope."""
        return getattr(self.scope, name)

    def group(self, name: str, **terms: Any) -> Dispatching:
        """Stand for a group of it."""
        return Dispatching(self.scope.group(name, **terms))

    def options(self, name: str = "", timeout: float | None = None) -> Dispatching:
        """Dispatch without a name, as joblib does, or in a group with a time limit."""
        return self if timeout is None else self.group(f"limited {name}", timeout=timeout)

    def submit(self, fn: Callable[..., Any], *args: Any) -> Any:
        """Dispatch a batch."""
        nested = self._backend.get_nested_backend()
        return self._backend.submit(joblib.parallel.BatchedCalls([(fn, args, {})], nested))


class Coroutines(Driver):
    """The task groups of asyncio, on a loop of this thread that runs while somebody waits."""

    broken = RuntimeError
    lacks = {  # noqa: RUF012 - it is not written to
        **NO_PROCESSES,
        "faults": "a coroutine that has raised cannot be run again; "
        "catch the error in the coroutine, and try again there",
        "step": "a coroutine rests at an await; resume() it",
    }
    spared = {  # noqa: RUF012 - it is not written to
        "preemption": "a coroutine rests at any `await`, and not between two of them",
        "executor": "asyncio maps nothing",
        "threads": "a coroutine that waits keeps its loop",
        "contexts": "asyncio gives each task a copy of its maker's",
    }

    @cached_property
    def _loop(self) -> asyncio.AbstractEventLoop:
        return asyncio.new_event_loop()

    def _make(self, limit: int, **terms: Any) -> Submitting:
        group = aio.TaskGroup("coroutines", limit=limit, **terms)
        self._loop.run_until_complete(_bound(group))
        return Submitting(self._loop, group)

    def task(self, fn: Callable[..., Any]) -> Callable[..., Any]:
        """Return what awaits something at each of its yields."""
        return wraps(fn)(partial(_await, fn))

    def bare(self, fn: Callable[[], Any]) -> Callable[[], Any]:
        """Return what runs it as the first step of a coroutine."""
        return self.task(partial(_twice, fn))

    def _go_on(self) -> None:
        self._loop.call_soon(self._loop.stop)
        self._loop.run_forever()

    def end(self) -> None:
        """End all, and the loop."""
        super().end()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()


async def _bound(group: aio.TaskGroup) -> None:
    group._p_carrier.bind()


async def _await(fn: Callable[..., Generator[None, None, Any]], *args: Any) -> Any:
    code = fn(*args)
    step: Callable[[], object] = partial(next, code)
    while True:
        try:
            step()
        except StopIteration as end:
            return end.value
        try:
            await asyncio.sleep(0)  # the checkpoint
        except BaseException as error:  # noqa: BLE001 - it is the generator's
            step = partial(code.throw, error)
        else:
            step = partial(next, code)


class Submitting:
    """A scope of coroutines as an executor: each call makes one, and a task of asyncio's."""

    def __init__(self, loop: asyncio.AbstractEventLoop, scope: Any, name: str | None = None):
        """Submit to a scope."""
        self._loop, self._scope, self._name = loop, scope, name
        self._tasks: set[asyncio.Task[Any]] = set()

    def __getattr__(self, name: str) -> Any:
        """Say what the scope says."""
        return getattr(self._scope, name)

    def options(self, name: str | None = None, timeout: float | None = None) -> Submitting:
        """Return one with a name for tasks, or, as there is no limit for one alone, a group."""
        scope = self._scope if timeout is None else self._scope.group("limited", timeout=timeout)
        return Submitting(self._loop, scope, name)

    def group(self, name: str, **terms: Any) -> Submitting:
        """Make a group."""
        return Submitting(self._loop, self._scope.group(name, **terms))

    def submit(self, fn: Callable[..., Any], *args: Any) -> Any:
        """Make a task; return our future of it."""
        task = self._loop.run_until_complete(self._created(fn, *args))
        self._tasks.add(task)
        task.add_done_callback(lambda task: task.cancelled() or task.exception())
        return aio.future_of(task)

    async def _created(self, fn: Callable[..., Any], *args: Any) -> asyncio.Task[Any]:
        return asyncio.create_task(self._scope.drive(fn(*args), name=self._name))

    def wait_quiescent(self, timeout: float) -> bool:
        """Await it."""
        found: bool = self._loop.run_until_complete(self._scope.wait_quiescent(timeout))
        return found

    def shutdown(self, wait: bool = True) -> bool:
        """Take no more; with *wait*, say whether nothing is left."""
        close(self._scope._p_node, cancel_futures=False)
        self._scope._p_carrier.unbind()
        return is_over(self._scope._p_node)


class Processes(Driver):
    """The pool of processes, by each way to start them."""

    broken = BrokenProcessPool
    refusal = "not usable anymore"
    lacks = {  # noqa: RUF012 - it is not written to
        "frames": _AWAY.format("processes"),
        "step": _AWAY.format("processes"),
        "within": "that is for where its pool is",
        "contexts": _NO_CONTEXT,
        **({} if CAN_FREEZE else {"freeze": "that is known to work on Linux only"}),
    }
    method: str  #: how they are started

    @cached_property
    def _theatre(self) -> Theatre:
        return Theatre()

    def _make(self, limit: int, **terms: Any) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(limit, multiprocessing.get_context(self.method), **terms)

    def task(self, fn: Callable[..., Any]) -> Callable[..., Any]:
        """Return what has its steps done here, and comes to its checkpoints there."""
        return self._theatre.puppet(fn)

    def end(self) -> None:
        """End all, and the theatre."""
        super().end()
        self._theatre.close()


class Fork(Processes):
    """Processes that are copies of this one."""

    method = "fork"


class Spawn(Processes):
    """Processes that begin anew."""

    method = "spawn"


class Forkserver(Processes):
    """Processes that are copies of a server that has no threads."""

    method = "forkserver"


class Interpreters(Driver):
    """The pool of sub-interpreters."""

    lacks = {  # noqa: RUF012 - it is not written to
        **NO_PROCESSES,
        "frames": _AWAY.format("interpreters"),
        "step": _AWAY.format("interpreters"),
        "contexts": _NO_CONTEXT,
        "within": "that is for where its pool is",
    }

    @property
    def broken(self) -> type[Exception]:
        """Return what a broken one raises."""
        return futures.InterpreterPoolExecutor.BROKEN

    @cached_property
    def _theatre(self) -> Theatre:
        return Theatre()

    def _make(self, limit: int, **terms: Any) -> Any:
        path = str(Path(__file__).parents[1])
        return futures.InterpreterPoolExecutor(
            limit, initializer=_find_tests, initargs=(path,), **terms
        )

    def task(self, fn: Callable[..., Any]) -> Callable[..., Any]:
        """Return what has its steps done here, and comes to its checkpoints there."""
        return self._theatre.puppet(fn)

    def end(self) -> None:
        """End all, and the theatre."""
        super().end()
        self._theatre.close()


def _find_tests(path: str) -> None:
    import sys  # noqa: PLC0415 - it is sent without its module

    sys.path.insert(0, path)


DRIVERS = (
    Steps,
    Threads,
    OwnThreads,
    CallPools,
    Coroutines,
    *((Batches,) if joblib else ()),
    *(each for each in (Fork, Spawn, Forkserver) if each.method in METHODS),
    *((Interpreters,) if hasattr(concurrent.futures, "InterpreterPoolExecutor") else ()),
)
