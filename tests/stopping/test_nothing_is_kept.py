"""A task that was stopped leaves nothing behind: its future knows that, and why, and no more."""

from __future__ import annotations

import gc
import threading
import weakref
from contextvars import ContextVar

import pytest
from helpers import until
from workloads import Loop

from pausable import Stopped, TaskStopped, TaskTimeout, checkpoint, sleep


class Big:
    """Something that can be weakly referred to, and called."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.local: weakref.ref | None = None

    def __call__(self, argument: object, *, key: object) -> None:
        """Go round over a checkpoint, with things in its frame."""
        local = Big()
        self.local = weakref.ref(local)
        self.begun.set()
        try:
            raise LookupError  # what is being handled is the context of the stop
        except LookupError:
            while True:
                checkpoint()
                sleep(0.001)


@pytest.fixture(autouse=True)
def without_collector():
    """Switch the collector of cycles off: what goes, goes because nobody refers to it."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def submit(executor, *, starts: bool = True):
    """Submit a call; return its future, and references to all that it has."""
    function, argument, key = Big(), Big(), Big()
    future = executor.submit(function, argument, key=key)
    begun, references = function.begun, [weakref.ref(each) for each in (function, argument, key)]
    if starts:
        assert begun.wait(10)
        references.append(function.local)
    return future, references


def all_gone(references) -> None:
    """Wait until none is left: the worker may be on its way to its next wait."""
    until(lambda: not any(each() for each in references), what="nothing of the task is left")


@pytest.mark.parametrize("where", ["pool", "group"])
def test_a_future_that_was_stopped(pool, where) -> None:
    """Function, arguments, locals, context and the exception are gone while the future is kept."""
    scope = pool if where == "pool" else pool.group("g")
    future, references = submit(scope)
    future.stop("memory is short")
    with pytest.raises(TaskStopped, match="memory is short") as caught:
        future.result(10)
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None
    all_gone(references)
    assert future.cancelled()


def test_one_that_was_at_rest(pool) -> None:
    """It was paused, and stopped in its rest."""
    future, references = submit(pool)
    assert future.pause("x").wait(10)
    future.stop()
    until(future.cancelled)
    all_gone(references)


def test_one_that_was_waited_for_and_called_back(pool) -> None:
    """Those who wait with a condition or want to be called back see nothing of it either."""
    future, references = submit(pool)
    seen = []
    future.add_done_callback(lambda each: seen.append(each._exception))
    waiters = future._waiters
    future.stop()
    until(future.cancelled)
    until(lambda: seen == [None])
    all_gone(references)
    del waiters


@pytest.mark.parametrize("end", ["cancel", "stop"])
def test_one_that_had_not_started(pool, end) -> None:
    """It is gone from the queue, too, as far as it can be reached."""
    pool.pause("x")
    future, references = submit(pool, starts=False)
    getattr(future, end)()
    all_gone(references)
    assert future.cancelled()


def test_one_that_was_refused(make_pool) -> None:
    """What a pool that shuts down refuses in the last moment is not kept in its queue."""
    pool = make_pool(1)
    pool.pause("x")
    pool.submit(int)
    future, references = submit(pool, starts=False)
    assert future._p_refuse(is_queued=True)
    all_gone(references)


def test_one_with_a_context_of_its_own(pool) -> None:
    """What it has set there is gone with it."""
    variable: ContextVar[object] = ContextVar("variable")
    kept, loop = [], Loop()

    def task() -> None:
        kept.append(weakref.ref(thing := Big()))
        variable.set(thing)
        del thing
        loop()

    future = pool.options(context="submitter").submit(task)
    assert loop.began.wait(10)
    future.stop()
    until(future.cancelled)
    all_gone(kept)


def test_one_that_has_stopped_itself(pool) -> None:
    """A task that raises `Stopped` counts as stopped, with its reason."""
    kept = []

    def task() -> None:
        local = Big()
        kept.append(weakref.ref(local))
        raise Stopped("by itself")

    future = pool.submit(task)
    with pytest.raises(TaskStopped, match="by itself"):
        future.result(10)
    all_gone(kept)


def test_one_whose_stop_came_in_a_group_of_exceptions(pool) -> None:
    """As an `asyncio.TaskGroup` raises it."""
    kept, loop = [], Loop()

    def task() -> None:
        local = Big()
        kept.append(weakref.ref(local))
        try:
            loop()
        except Stopped as error:
            raise BaseExceptionGroup("", [error]) from None

    future = pool.submit(task)
    assert loop.began.wait(10)
    future.stop("x")
    until(future.cancelled)
    all_gone(kept)


@pytest.mark.parametrize("limit", ["timeout", "deadline"])
def test_one_whose_time_was_up(pool, limit) -> None:
    """Its future keeps the `TaskTimeout`, and where the task was then, but not what it had."""
    future, references = submit(pool.options(**{limit: 0.05}, name="slow"))
    error = future.exception(10)
    assert isinstance(error, TaskTimeout)
    assert isinstance(error.__cause__, Stopped)
    functions, trace = [], error.__cause__.__traceback__
    while trace is not None:
        functions.append(trace.tb_frame.f_code.co_qualname)
        trace = trace.tb_next
    assert "Big.__call__" in functions
    all_gone(references)


def test_one_that_fails_within_a_time_limit(pool) -> None:
    """What it raises has the frames of its own code, and no other that keeps its arguments."""

    def task(things: list[Big]) -> None:
        things.clear()
        raise LookupError

    thing = Big()
    reference = weakref.ref(thing)
    future = pool.group("g", timeout=60).submit(lambda *args: task(*args), [thing])
    del thing
    assert isinstance(future.exception(10), LookupError)
    all_gone([reference])
