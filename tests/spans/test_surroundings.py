"""What is opened around tasks: where, when and how often; and that it harms none of them."""

from __future__ import annotations

import gc
import threading
import weakref
from contextlib import contextmanager
from contextvars import ContextVar

import pytest
from helpers import until
from workloads import Loop, Stuck

from pausable import Stopped, TaskStopped, TaskTimeout, current_task, sleep
from pausable.futures import CancelledError

place = ContextVar("place", default="nowhere")


class Recorded:
    """A hook that says what it sees."""

    def __init__(self):
        self.seen = []

    @contextmanager
    def __call__(self, task):
        self.seen.append(("enter", task.name, threading.get_ident()))
        token = place.set(f"around {task.name}")
        try:
            yield
        except BaseException as error:
            self.seen.append(("raised", task.name, type(error).__name__))
            raise
        finally:
            place.reset(token)
            self.seen.append(("leave", task.name, threading.get_ident()))


def look():
    """Be a task that says where it is."""
    return place.get(), threading.get_ident()


@pytest.mark.parametrize("context", ["worker", "submitter"])
def test_it_is_around_the_task(make_pool, context):
    """On its thread and in its context: what the hook sets, the task sees."""
    hook = Recorded()
    pool = make_pool(1, around=hook, context=context)
    where, thread = pool.submit(look).result()
    assert where == "around look-1"
    until(lambda: len(hook.seen) == 2)
    assert hook.seen == [("enter", "look-1", thread), ("leave", "look-1", thread)]
    assert place.get() == "nowhere"


def test_it_gets_the_future(make_pool):
    """The one that `submit()` returns, which is the current task."""
    found = []

    @contextmanager
    def hook(task):
        found.append((task, current_task()))
        yield

    future = make_pool(1, around=hook).submit(int)
    future.result()
    assert found[0][0] is future
    assert found[0][1] is not None


def test_groups(make_pool):
    """A group has that of its pool, or one of its own."""
    outer, inner = Recorded(), Recorded()
    pool = make_pool(1, around=outer)
    pool.group("as the pool").submit(look).result()
    pool.group("own", around=inner).submit(look).result()
    pool.group("own").group("below").submit(look).result()
    assert [name for what, name, _ in outer.seen if what == "enter"] == ["look-1"]
    assert [name for what, name, _ in inner.seen if what == "enter"] == ["look-2", "look-3"]
    with pytest.raises(ValueError, match="exists with around="):
        pool.group("own", around=outer)
    assert pool.group("own", around=inner) is not None


def test_map_and_options(make_pool):
    """Each task has it, however it was submitted; a chunk is one task."""
    hook = Recorded()
    pool = make_pool(1, around=hook)
    assert list(pool.map(abs, range(4), chunksize=2)) == [0, 1, 2, 3]
    pool.options(name="named", timeout=10).submit(look).result()
    until(lambda: len(hook.seen) == 6)
    assert hook.seen[-1][1] == "named"


def fail():
    """Be a task that fails."""
    raise ValueError("a test wants it")


def test_what_the_task_raises(make_pool):
    """The hook sees it, and cannot make it vanish; the task's result is what it would be."""

    class Swallows:
        def __enter__(self):
            """Open nothing."""

        def __exit__(self, kind, error, trace):
            seen.append((kind, str(error), trace is not None))
            return True

    seen = []
    pool = make_pool(1, around=lambda _: Swallows())
    error = pool.submit(fail).exception()
    assert isinstance(error, ValueError)
    assert seen == [(ValueError, "a test wants it", True)]


def test_a_stop_is_seen(make_pool):
    """And so is a time limit, as what it is to the caller."""
    hook = Recorded()
    pool = make_pool(1, around=hook)
    loop = Loop()
    future = pool.submit(loop)
    assert loop.began.wait(10)
    future.stop("not needed")
    with pytest.raises(TaskStopped):
        future.result()
    slow = pool.options(timeout=0.01).submit(sleep, 60)
    assert isinstance(slow.exception(), TaskTimeout)
    until(lambda: len(hook.seen) == 6)
    assert [error for what, _, error in hook.seen if what == "raised"] == [
        Stopped.__name__,
        TaskTimeout.__name__,
    ]


def test_a_task_that_never_starts(make_pool):
    """It is surrounded by nothing."""
    hook = Recorded()
    pool = make_pool(1, around=hook)
    with pool.pause("for a test"):
        future = pool.submit(look)
        future.cancel()
    with pytest.raises(CancelledError):
        future.result()
    assert hook.seen == []


def test_a_task_that_is_tried_again(make_pool):
    """It is surrounded each time."""
    hook = Recorded()
    pool = make_pool(1, around=hook, on_fault="hold")
    fails = [True]

    def task():
        if fails.pop():
            fails.append(False)
            raise ValueError("once")
        return "done"

    future = pool.submit(task)
    until(pool.faults)
    pool.faults()[0].retry()
    assert future.result() == "done"
    until(lambda: len(hook.seen) == 5)
    assert [what for what, *_ in hook.seen] == ["enter", "raised", "leave", "enter", "leave"]


def broken_call(_):
    raise RuntimeError("the hook is broken")


@contextmanager
def broken_enter(_):
    raise RuntimeError("the hook is broken")
    yield


@contextmanager
def broken_exit(_):
    yield
    raise RuntimeError("the hook is broken")


@contextmanager
def broken_at_errors(_):
    try:
        yield
    finally:
        raise SystemExit("the hook is broken")


@pytest.mark.parametrize(
    "hook", [broken_call, broken_enter, broken_exit, broken_at_errors, lambda _: None]
)
def test_a_hook_that_is_broken(make_pool, hook, caplog):
    """It is logged, and costs no task and no worker."""
    pool = make_pool(1, around=hook)
    assert pool.submit(str.upper, "done").result() == "DONE"
    assert isinstance(pool.submit(fail).exception(), ValueError)
    until(lambda: "around" in caplog.text)
    assert pool.submit(str.upper, "done").result() == "DONE"


def test_it_is_no_part_of_the_task(make_pool):
    """The task has its own name, and its own line, and the pool's is that of its code."""
    pool = make_pool(1, around=Recorded())
    stuck = Stuck()
    future = pool.submit(stuck)
    assert stuck.began.wait(10)
    assert future.name == "Stuck-1"
    assert "workloads" in future.where().file
    stuck.go.set()
    future.result()


def test_bad_input(make_pool, pool):
    """What cannot be called is refused at once."""
    with pytest.raises(TypeError, match="returns a context manager"):
        make_pool(1, around="a span")
    with pytest.raises(TypeError, match="returns a context manager"):
        pool.group("g", around=3)


def test_nothing_is_kept(make_pool):
    """A task that has failed does not keep its arguments, nor what was around it."""

    class Thing:
        pass

    pool = make_pool(1, around=Recorded())
    thing = Thing()
    there = weakref.ref(thing)

    def use(_):
        raise ValueError

    future = pool.submit(use, thing)
    assert future.exception()
    del thing
    error = future.exception()
    error.__traceback__ = None
    gc.collect()
    assert there() is None
