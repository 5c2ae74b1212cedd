"""The public API as type checkers see it: `mypy --strict` reads this file, nothing runs it.

A line with ``type: ignore[...]`` is one that must be an error: strict mode complains about an
ignore without one.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from traceback import StackSummary
from typing import TYPE_CHECKING, Any, Literal, assert_type

import pausable
import pausable.futures
from pausable import (
    Event,
    Fault,
    Future,
    Group,
    Hold,
    HoldEvent,
    HoldPlaced,
    HoldReleased,
    HoldStatus,
    Location,
    NotQuiescent,
    PausableError,
    PoolHandle,
    ProcessStatus,
    ScopeEnded,
    ScopeStatus,
    Stopped,
    Straggler,
    Switch,
    TaskEnded,
    TaskStatus,
    TaskStopped,
    TaskTimeout,
    ThreadPoolExecutor,
    aio,
    checkpoint,
    current_task,
    each,
    resting,
    shield,
    sleep,
    terminal,
)
from pausable.aio.anyio_group import AnyioGroup, AnyioSubgroup
from pausable.control.client import Client
from pausable.control.programs import processes
from pausable.guards import Backoff, Guard, GuardStatus, Window, probes, retry_after
from pausable.pool import ThreadPool

if TYPE_CHECKING:
    import multiprocessing.pool
    import threading
    from contextlib import AbstractContextManager


@contextmanager
def surround(task: Future[Any]) -> Iterator[str]:
    """Be what is opened around tasks."""
    yield task.name


def render(page: int, *, size: float = 1.0) -> str:
    """Be a task with a signature."""
    return f"{page} {size}"


def submit(pool: ThreadPoolExecutor, group: Group) -> None:
    """Arguments are checked against the function's, and the future has its type."""
    assert_type(pool.submit(render, 1), Future[str])
    assert_type(pool.submit(render, 1, size=2.0).result(), str)
    assert_type(group.submit(render, 1).result(timeout=1), str)
    assert_type(pool.options(name="page 1").submit(render, 1), Future[str])
    assert_type(pool.options(context="worker").submit(render, 1), Future[str])
    assert_type(pool.group("traced", context="submitter").submit(render, 1), Future[str])
    assert_type(pool.options(preemptive=True).submit(render, 1), Future[str])
    assert_type(pool.submit(lambda: 42).exception(), BaseException | None)
    pool.submit(render, "one")  # type: ignore[arg-type]
    pool.submit(render)  # type: ignore[call-arg]
    pool.submit(render, 1, sized=2)  # type: ignore[call-arg]
    pool.submit(fn=render)  # type: ignore[call-arg]
    group.options(name="page 1").submit(render, size="large")  # type: ignore[call-arg, arg-type]
    pool.submit(None)  # type: ignore[arg-type]


def map_(pool: ThreadPoolExecutor, group: Group) -> None:
    """map() gives the function's results; buffersize is known on every Python."""
    assert_type(pool.map(render, [1, 2]), Iterator[str])
    assert_type(pool.map(len, ["a"], timeout=1.5, chunksize=2), Iterator[int])
    assert_type(group.map(render, range(9), buffersize=3), Iterator[str])
    assert_type(pool.options(name="pages").map(render, [1], buffersize=None), Iterator[str])
    pool.map(render, 42)  # type: ignore[arg-type]
    pool.map(render, [1], buffersize="3")  # type: ignore[arg-type]


def make() -> None:
    """The constructor is the stdlib's; a `with` block gives the pool's own type."""
    ThreadPoolExecutor()
    ThreadPoolExecutor(None, "prefix", print, ("begins",))
    ThreadPoolExecutor(max_workers=2, thread_name_prefix="", initializer=None, initargs=())
    with ThreadPoolExecutor(2) as pool:
        assert_type(pool, ThreadPoolExecutor)
        with pool.group("thumbnails", limit=2) as group:
            assert_type(group, Group)
            assert_type(group.group("small"), Group)
            assert_type(group.group("smaller", preemptive=False), Group)
            assert_type(group.group("first", priority=1, limit=None, timeout=None), Group)
            assert_type(group.limit, int | None)
            assert_type(group.priority, int)
            group.limit = 3
            group.limit = None
            group.limit = "3"  # type: ignore[assignment]
            group.priority = 1  # type: ignore[misc]
    ThreadPoolExecutor("2")  # type: ignore[arg-type]
    ThreadPoolExecutor(2, context="submitter", queue_size=10, daemon=True)
    ThreadPoolExecutor(2, around=surround)
    ThreadPoolExecutor(2, around=render)  # type: ignore[arg-type]
    ThreadPoolExecutor(2, context="task")  # type: ignore[arg-type]
    pool.group("thumbnails", 2)  # type: ignore[call-arg]
    pool.group("thumbnails", priority="high")  # type: ignore[arg-type]


def terms(pool: ThreadPoolExecutor, group: Group) -> None:
    """Guards, time limits and faults are given to pools and groups; options take limits."""
    db = Guard("db", print, trip_on=ConnectionError)
    window = Window("mon-fri 20:00-06:00", tz="UTC")
    ThreadPoolExecutor(2, guards=[db, window], on_fault="hold", faults=(KeyError, ValueError))
    assert_type(pool.group("g", guards=(db,), timeout=1, deadline=2.5, after=3), Group)
    assert_type(group.options(timeout=1.5).submit(render, 1), Future[str])
    assert_type(pool.pause(until=datetime.now(UTC)), Hold)
    pool.group("g", on_fault="stop")  # type: ignore[arg-type]
    pool.group("g", guards=[pool])  # type: ignore[list-item]
    pool.group("g", faults="ValueError")  # type: ignore[arg-type]
    for fault in pool.faults():
        assert_type(fault, Fault)
        assert_type(fault.task, Future[Any])
        assert_type(fault.exception, BaseException | None)
        assert_type(fault.traceback, str)
        assert_type(fault.locals, Mapping[str, Any])
        assert_type(fault.is_decided(), bool)
        assert_type(fault.retry(1, size=2), bool)
        assert_type(fault.resolve("page"), bool)
        assert_type((fault.fail(), fault.skip()), tuple[bool, bool])


def guard(db: Guard, group: Group) -> None:
    """A guard is a block, a decorator that keeps signatures, and a maker of attempts."""
    with db as entered:
        assert_type(entered, Guard)
    for attempt in db.attempts(tries=3, timeout=60):
        with attempt:
            render(1)
    assert_type(db.protect(render)(1, size=2.0), str)
    assert_type(db.protect(tries=3)(render)(1), str)
    db.protect(render)("one")  # type: ignore[arg-type]
    db.protect(tries="3")  # type: ignore[call-overload]
    assert_type(db.take_on(group), None)
    assert_type(db.override(), bool)
    assert_type(db.wait_healthy(1.0), bool)
    assert_type(db.status(), GuardStatus)
    assert_type(db.status().trips, int)
    assert_type(Guard.level(lambda: 0.5, pause_above=0.9, resume_below=0.8), Guard)
    Guard("db", 3)  # type: ignore[arg-type]
    Guard("db", print, trip_on="x")  # type: ignore[arg-type]
    Guard("db", print, backoff=Backoff(factor=1.5), at_most=3600, retry_after=retry_after)
    assert_type(retry_after(ValueError()), float | None)
    assert_type(db.status().retry_at, float | None)
    assert_type(db.is_tripped(), bool)
    if db.is_tripped:  # type: ignore[truthy-function]
        pass
    Guard("db", print, retry_after=3)  # type: ignore[arg-type]
    raise probes.ProbeFailed("starting", retry_after=1.5)


def window() -> None:
    """A window, and what probes are."""
    assert_type(Window("08:00-18:00", tz="UTC").is_open(), bool)
    probe: Callable[[], object] = probes.tcp("localhost", 80, timeout=1)
    del probe


async def guard_in_a_loop(db: Guard) -> None:
    """The same for coroutines."""

    @db.protect
    async def fetch(number: int) -> str:
        return str(number)

    assert_type(await fetch(1), str)
    async with db:
        pass
    async for attempt in db.attempts():
        with attempt:
            await fetch(2)


def change(pool: ThreadPoolExecutor, group: Group) -> None:
    """The number of workers can be set, names cannot; shutdown() says whether all is over."""
    ThreadPoolExecutor(2, preemptive="auto")
    ThreadPoolExecutor(preemptive="yes")  # type: ignore[arg-type]
    assert_type(pool.max_workers, int)
    pool.max_workers = 4
    pool.max_workers = "4"  # type: ignore[assignment]
    assert_type(pool.name, str)
    assert_type(pool.shutdown(), bool)
    assert_type(pool.shutdown(wait=False, cancel_futures=True, timeout=None), bool)
    assert_type(group.shutdown(True, timeout=1.0), bool)  # noqa: FBT003 - as in the stdlib
    pool.name = "other"  # the program may write over it
    pool.shutdown(True, True)  # type: ignore[call-arg]  # noqa: FBT003


async def everything() -> None:
    """The functions of the package act on all pools, with the types of the methods."""
    assert_type(pausable.pause("why", running="finish", duration=1, timeout=2.5), Hold)
    assert_type(pausable.adopt(), bool)
    assert_type(pausable.give_back(), bool)
    with pausable.pause("nightly backup", timeout=5, owner="cron") as hold:
        assert_type(hold, Hold)
    async with pausable.pause():
        pass
    assert_type(pausable.resume(), int)
    assert_type(pausable.resume(hold, stagger=1.0, jitter=0.5), int)
    assert_type(pausable.switch("why", running="rest", owner="button"), Switch)
    assert_type(pausable.stop("why"), int)
    assert_type(pausable.is_paused(), bool)
    assert_type(pausable.is_quiescent(), bool)
    assert_type(pausable.wait_quiescent(1.0), bool)
    assert_type(await pausable.wait_quiescent_async(), bool)
    assert_type(pausable.stragglers(), list[Straggler])
    assert_type(pausable.holds(), tuple[HoldStatus, ...])
    status = pausable.status()
    assert_type(status, ProcessStatus)
    assert_type(status.pools, tuple[ScopeStatus, ...])
    assert_type(status.running, int)
    assert_type(pausable.observe(print), Callable[[], None])
    for pool in pausable.pools():
        assert_type(pool, PoolHandle)
        assert_type(pool.pause("why", duration=1), Hold)
        assert_type(pool.submit(render, 1), Future[str])
    pausable.pause(1)  # type: ignore[arg-type]
    pausable.resume("x")  # type: ignore[arg-type]


def pause(pool: ThreadPoolExecutor, group: Group, future: Future[int]) -> None:
    """A pause is a call and a context manager; pool, group and task have the same verbs."""
    for scope in (pool, group, future):
        assert_type(scope.pause(), Hold)
        assert_type(scope.pause("why", running="finish", duration=1, timeout=2.5), Hold)
        assert_type(scope.is_paused(), bool)
        assert_type(scope.is_quiescent(), bool)
    assert_type(pool.pause("why", duration=1, stagger=0.5, jitter=0.1), Hold)
    future.pause("why", duration=1, stagger=0.5)  # type: ignore[call-arg]
    with pool.pause("nightly backup", timeout=5, owner="cron") as hold:
        assert_type(hold, Hold)
    assert_type(pool.resume(), int)
    assert_type(pool.resume(hold), int)
    assert_type(group.resume(stagger=0.5, jitter=0.1), int)
    assert_type(future.resume(), int)
    assert_type(pool.stop("not needed"), int)
    assert_type(group.stop(), int)
    assert_type(future.stop("not needed"), bool)
    pool.pause(None)  # type: ignore[arg-type]
    pool.pause("why", "finish")  # type: ignore[call-arg]
    pool.pause("why", running="sleep")  # type: ignore[arg-type]
    pool.resume("why")  # type: ignore[arg-type]
    future.resume(stagger=1)  # type: ignore[call-arg]


def switch(pool: ThreadPoolExecutor, group: Group, future: Future[int]) -> None:
    """Pool, group and task have switches; a switch is not true or false itself."""
    for scope in (pool, group, future):
        assert_type(scope.switch(), Switch)
    button = pool.switch("the user asked", running="finish", owner="a button")
    assert_type(button.on(), bool)
    assert_type(button.off(), bool)
    assert_type(button.toggle(), bool)
    assert_type(button.is_on(), bool)
    assert_type(button.status(), HoldStatus | None)
    assert_type((button.reason, button.owner, button.scope), tuple[str, str, str])
    button.reason = "another"  # type: ignore[misc]
    pool.switch(None)  # type: ignore[arg-type]
    pool.switch("x", duration=1)  # type: ignore[call-arg]


def look(pool: ThreadPoolExecutor, future: Future[int], hold: Hold, button: Switch) -> None:
    """Live objects answer by methods: one that is not called is always true, and mypy says so."""
    if pool.is_paused:  # type: ignore[truthy-function]
        pass
    if not future.is_quiescent:  # type: ignore[truthy-function]
        pass
    if hold.is_released:  # type: ignore[truthy-function]
        pass
    if button.is_on:  # type: ignore[truthy-function]
        pass
    if pool.status().is_paused:  # a snapshot's are attributes
        pass


def hold_(hold: Hold) -> None:
    """A hold says what it is, and can be released and waited for."""
    assert_type(hold.reason, str)
    assert_type(hold.owner, str)
    assert_type(hold.scope, str)
    assert_type(hold.since, float)
    assert_type(hold.duration, float | None)
    assert_type(hold.place, Location | None)
    assert_type(hold.release(), bool)
    assert_type(hold.wait(), bool)
    assert_type(hold.wait(1.5), bool)
    assert_type(hold.is_released(), bool)
    assert_type(hold.status(), HoldStatus)
    hold.reason = "another"  # type: ignore[misc]


def futures_(future: Future[int]) -> None:
    """A future is the stdlib's, and more."""
    stdlib: concurrent.futures.Future[int] = future
    assert_type(stdlib.result(), int)
    assert_type(future.result(), int)
    assert_type(future.name, str)
    assert_type(future.active_time, float)
    assert_type(future.paused_time, float)
    assert_type(future.where(), Location | None)
    assert_type(future.stack(), StackSummary)
    assert_type(future.locals(), dict[str, str])
    assert_type(future.step(), Location | None)
    assert_type(future.step(0.5), Location | None)
    assert_type(future.status(), TaskStatus)
    future.add_done_callback(lambda each: print(each.result()))  # noqa: T201
    future.set_result("one")  # type: ignore[arg-type]
    Future[int]().set_result(1)


def status(pool: ThreadPoolExecutor, group: Group) -> None:
    """Snapshots are frozen, and their counts are numbers."""
    snapshot = pool.status()
    assert_type(snapshot, ScopeStatus)
    assert_type(group.status(), ScopeStatus)
    assert_type(snapshot.name, str)
    assert_type(snapshot.is_paused, bool)
    assert_type(snapshot.is_quiescent, bool)
    assert_type(snapshot.max_workers, int)
    assert_type(snapshot.running, int)
    assert_type(snapshot.resting, int)
    assert_type(snapshot.queued, int)
    assert_type(snapshot.done, int)
    assert_type((snapshot.succeeded, snapshot.failed), tuple[int, int])
    assert_type((snapshot.cancelled, snapshot.stopped), tuple[int, int])
    assert_type((snapshot.path, snapshot.id, snapshot.unlisted), tuple[str, int, int])
    assert_type((snapshot.items, snapshot.items_done, snapshot.items_held), tuple[int, int, int])
    assert_type(snapshot.holds, tuple[HoldStatus, ...])
    assert_type(snapshot.groups, Mapping[str, ScopeStatus])
    assert_type(snapshot.tasks[0], TaskStatus)
    assert_type(snapshot.tasks[1:], tuple[TaskStatus, ...])
    assert_type([task.name for task in snapshot.tasks], list[str])
    assert_type(len(snapshot.tasks), int)
    task = snapshot.tasks[0]
    assert_type(task.active_time, float)
    assert_type(task.paused_time, float)
    assert_type(task.where, Location | None)
    assert_type(task.stop_reason, str | None)
    hold = snapshot.holds[0]
    assert_type(hold.reason, str)
    assert_type(hold.placed_at, float)
    assert_type(hold.running, Literal["rest", "finish", "freeze"])
    snapshot.running = 0  # type: ignore[misc]


def see(pool: ThreadPoolExecutor, group: Group) -> None:
    """Tasks, holds, stragglers and events."""
    assert_type(pool.tasks(), list[Future[Any]])
    assert_type(group.holds(), tuple[HoldStatus, ...])
    assert_type(pool.stragglers(), list[Straggler])
    assert_type(pool.wait_quiescent(), bool)
    assert_type(pool.wait_quiescent(1.5), bool)
    (straggler,) = pool.stragglers()
    assert_type(straggler.where, Location | None)
    assert_type(straggler.seconds, float)

    def callback(event: Event) -> None:
        if isinstance(event, HoldPlaced | HoldReleased):
            assert_type(event.hold, HoldStatus)
        elif isinstance(event, TaskEnded):
            assert_type(event.task, str)
            assert_type(event.active_time, float)
        assert_type(event.scope, str)
        assert_type(event.at, float)

    assert_type(pool.observe(callback), Callable[[], None])
    pool.observe(lambda event: print(event.hold), kinds=HoldEvent)  # noqa: T201
    pool.observe(callback, kinds=(HoldEvent, TaskEnded))
    pool.observe(callback, kinds=HoldEvent | TaskEnded)
    pool.observe(callback, kinds=int)  # type: ignore[arg-type]
    assert_type((pool.path, pool.id), tuple[str, int])
    assert_type((group.path, group.id), tuple[str, int])
    group.observe(42)  # type: ignore[arg-type]


def task() -> None:
    """What a task calls."""
    checkpoint()
    sleep(0.5)
    for number in each([1, 2, 3]):
        assert_type(number, int)
    for line in each(iter("abc")):
        assert_type(line, str)
    with resting(), shield():
        pass
    resting_: AbstractContextManager[object] = resting()
    shield_: AbstractContextManager[object] = shield()
    assert_type(current_task(), Future[object] | None)
    sleep("long")  # type: ignore[arg-type]
    each(42)  # type: ignore[arg-type]
    del resting_, shield_


def errors() -> None:
    """The errors are the stdlib's, too, and keep their facts."""
    try:
        checkpoint()
    except NotQuiescent as error:
        assert_type(error.stragglers, tuple[Straggler, ...])
        timeout: TimeoutError = error
        del timeout
    except TaskStopped as error:
        assert_type(error.reason, str)
        cancelled: concurrent.futures.CancelledError = error
        del cancelled
    except TaskTimeout as error:
        assert_type(error.limit, float)
        assert_type(error.used, float)
    except ScopeEnded as error:
        runtime_error: RuntimeError = error
        del runtime_error
    except PausableError as error:
        base: Exception = error
        del base
    except Stopped as error:
        assert_type(error.reason, str)


def drop_in(future: Future[int]) -> None:
    """The names of `concurrent.futures` have its types, with our classes in their places."""
    pool = pausable.futures.ThreadPoolExecutor(2)
    executor: concurrent.futures.Executor = pool
    theirs: concurrent.futures.ThreadPoolExecutor = pool
    assert_type(executor.submit(render, 1), concurrent.futures.Future[str])
    stdlib = concurrent.futures.Future[int]()
    done, not_done = pausable.futures.wait([future, stdlib], timeout=1, return_when="ALL_COMPLETED")
    assert_type(done.pop().result(), int)
    assert_type(not_done.pop().result(), int)
    for completed in pausable.futures.as_completed([future, stdlib], timeout=None):
        assert_type(completed.result(), int)
    ours = [future]
    finished, unfinished = pausable.futures.wait(ours)
    assert_type(finished, set[Future[int]])
    assert_type(unfinished, set[Future[int]])
    assert_type(pausable.futures.wait(ours).done, set[Future[int]])
    for came in pausable.futures.as_completed(ours):
        assert_type(came, Future[int])
        came.pause()
    by_future = {pool.submit(render, n): n for n in range(3)}
    for key in pausable.futures.as_completed(by_future):
        assert_type(by_future[key], int)
    theirs_only: list[concurrent.futures.Future[int]] = [stdlib]
    assert_type(pausable.futures.wait(theirs_only).done, set[concurrent.futures.Future[int]])
    condition: str = pausable.futures.ALL_COMPLETED
    error: type[Exception] = pausable.futures.BrokenExecutor
    del theirs, error, condition


async def in_a_loop(pool: ThreadPoolExecutor, future: Future[int]) -> None:
    """Asyncio takes what we give."""
    loop = asyncio.get_running_loop()
    async with pool as entered, pool.group("g") as group:
        assert_type(entered, ThreadPoolExecutor)
        assert_type(group, Group)
    async with pool.pause("x", timeout=5) as hold:
        assert_type(hold, Hold)
    assert_type(await hold.wait_async(1.5), bool)
    assert_type(await pool.wait_quiescent_async(), bool)
    assert_type(await pool.shutdown_async(cancel_futures=True, timeout=1.0), bool)
    loop.set_default_executor(pool)
    assert_type(await loop.run_in_executor(pool, render, 1), str)
    assert_type(await asyncio.wrap_future(future), int)


async def of_coroutines(pool: ThreadPoolExecutor) -> None:
    """Tasks of a task group are asyncio's, and have the types of their coroutines."""

    async def fetch(page: int) -> str:
        await aio.sleep(page)
        return str(page)

    async with aio.TaskGroup("crawler", below=pool, limit=2) as tasks:
        assert_type(tasks, aio.TaskGroup)
        task = tasks.create_task(fetch(1), name="first")
        assert_type(task, asyncio.Task[str])
        assert_type(await tasks.wait_quiescent(timeout=1), bool)
        assert_type(tasks.limit, int | None)
        part = tasks.group("part", limit=3)
        assert_type(part, aio.Subgroup)
        assert_type(await part.create_task(fetch(2)), str)
        assert_type(await tasks.drive(fetch(3)), str)
        assert_type(aio.future_of(task), aio.CoroutineFuture[str])
        async with tasks.pause("x", timeout=5) as hold:
            assert_type(hold, Hold)
        async with aio.timeout(1) as limit:
            assert_type(limit, aio.Timeout)
            assert_type(limit.expired(), bool)
            assert_type(limit.when(), float | None)
            limit.reschedule(None)
            limit.reschedule(when=1)
        assert_type(await aio.checkpoint(), None)
    tasks.create_task(fetch)  # type: ignore[arg-type]
    aio.TaskGroup(below=3)  # type: ignore[arg-type]
    aio.TaskGroup(threads=pool, offspring=True)
    aio.TaskGroup(threads=3)  # type: ignore[arg-type]
    async with AnyioGroup("copies", below=pool, limit=2) as group:
        assert_type(group, AnyioGroup)
        assert_type(group.start_soon(aio.sleep, 1.0, name="nap"), aio.CoroutineFuture[Any])
        assert_type(await group.start(aio.sleep, 1.0, name="nap"), Any)
        copies = group.group("part", limit=1, timeout=5.0)
        assert_type(copies, AnyioSubgroup)
        assert_type(copies.start_soon(aio.sleep, 1.0), aio.CoroutineFuture[Any])
        async with group.pause("why", timeout=1) as hold:
            assert_type(hold, Hold)


class Mine(ThreadPoolExecutor):
    """A subclass is used like its base."""

    label = "mine"


def subclass() -> None:
    """A `with` block gives the subclass, too."""
    with Mine(2) as mine:
        assert_type(mine, Mine)
        assert_type(mine.label, str)


def control() -> None:
    """A program serves; another one pauses it, and its replies are dicts of known shapes."""
    with pausable.serve("shop") as server:
        assert_type(server, pausable.ControlServer)
        assert_type(server.address, str)
        assert_type(server.is_serving(), bool)
    for found in processes():
        with Client(found.address, timeout=1) as client:
            assert_type(client.pause({"path": "shop"}, wait=5)["is_quiescent"], bool)
            assert_type(client.status()["scopes"][0]["limit"], int | None)
            client.pause({"paths": "shop"})  # type: ignore[arg-type]
            client.resume(whose="mine")  # type: ignore[arg-type]
            for frame in client.watch(hz=2):
                if frame["reply"] == "event":
                    assert_type(frame["lost"], int)
    pausable.serve(7)  # type: ignore[arg-type]


def version() -> None:
    """The version is text."""
    assert_type(pausable.__version__, str)


def keys(hold: Hold) -> None:
    """The keys are there or not."""
    assert_type(terminal.take_keys(), bool)
    assert_type(terminal.take_keys(hold), bool)
    assert_type(terminal.give_back_keys(), bool)


def names() -> None:
    """What is looked up when it is used is known all the same, and what is not there is an error."""
    assert_type(pausable.checkpoint(), None)
    assert_type(pausable.errors.Stopped("enough").reason, str)
    pausable.chekpoint()  # type: ignore[attr-defined]
    processes = pausable.ProcessPoolExecutor(2, on_death="fail", preemptive="auto")
    assert_type(processes.submit(pow, 2, 3).stop("enough", kill_after=1.0), bool)
    assert_type(processes.stop(kill_after=1.0), int)
    assert_type(processes.pause("all of it", running="freeze"), pausable.Hold)
    pausable.futures.ProcessPoolExecutor(max_workers=2)


def threads() -> None:
    """A thread is one of the stdlib's, and has the verbs of a task."""
    thread = pausable.Thread(target=print, args=["a"], name="one", daemon=True, preemptive="auto")
    stdlibs: threading.Thread = thread
    stdlibs.start()
    assert_type(thread.pause("why", duration=1.0), Hold)
    assert_type(thread.resume(), int)
    assert_type(thread.stop("why"), bool)
    assert_type(thread.status(), TaskStatus)
    assert_type(thread.where(), Location | None)
    assert_type(thread.switch(), Switch)
    assert_type(thread.wait_quiescent(1.0), bool)
    assert_type(thread.task, Future[Any])
    assert_type(pausable.Thread.threads, ThreadPoolExecutor)
    pausable.Thread(ThreadPoolExecutor().group("feeders"), print)
    pausable.Thread("feeders", print)  # type: ignore[arg-type]


def calls_of_multiprocessing() -> None:
    """The thread pool is that of `multiprocessing`, and a scope."""
    pool = ThreadPool(2, name="calls")
    stdlibs: multiprocessing.pool.ThreadPool = pool
    assert_type(stdlibs.map(len, ["a"]), list[int])
    assert_type(pool.map(len, ["a"]), list[int])
    assert_type(pool.pause("why"), Hold)
    assert_type(pool.submit(len, "a"), Future[int])
    assert_type(pool.group("part"), Group)
    assert_type(pool.status(), ScopeStatus)
