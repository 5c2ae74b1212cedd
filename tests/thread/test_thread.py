"""A `Thread` is one of the stdlib's, and is paused, resumed and stopped like a task."""

from __future__ import annotations

import gc
import sys
import threading
import time
import weakref
from contextvars import copy_context

import pytest
from helpers import until

import pausable
from pausable import NotSupported, Stopped, Thread, ThreadPoolExecutor, checkpoint, current_task
from pausable._core.derived import validate
from pausable.futures import ProcessPoolExecutor

SOON = 20.0


class Walk:
    """Goes round over a checkpoint, and counts, until it is let go."""

    def __init__(self):
        self.rounds = 0
        self.go = threading.Event()
        self.ended = False

    def __call__(self):
        try:
            while not self.go.is_set():
                checkpoint()
                self.rounds += 1
                time.sleep(0.0005)
        finally:
            self.ended = True

    def goes_on(self):
        before = self.rounds
        until(lambda: self.rounds > before + 1, SOON)


@pytest.fixture
def walk():
    walk = Walk()
    yield walk
    walk.go.set()


@pytest.fixture(autouse=True)
def nothing_is_left():
    yield
    Thread.threads.resume()
    until(lambda: not Thread.threads.tasks(), SOON)
    assert not validate(Thread.threads._p_node.pool)


def started(*args, **kwargs):
    thread = Thread(*args, **kwargs)
    thread.start()
    return thread


# As the stdlib's.


def test_it_is_a_thread_of_the_stdlib():
    """It runs its target with its arguments, under its name, and is joined."""
    seen = []

    def target(*args, **kwargs):
        seen.append((args, kwargs, threading.current_thread(), thread.is_alive()))

    thread = Thread(None, target, "reader", (1,), {"two": 2}, daemon=True)
    assert isinstance(thread, threading.Thread)
    assert (thread.name, thread.daemon, thread.ident, thread.is_alive()) == (
        "reader",
        True,
        None,
        False,
    )
    with pytest.raises(RuntimeError, match="before it is started"):
        thread.join()
    thread.start()
    thread.join()
    assert seen == [((1,), {"two": 2}, thread, True)]
    assert not thread.is_alive()
    with pytest.raises(RuntimeError, match="only be started once"):
        thread.start()
    with pytest.raises(TypeError):
        Thread(target=print, nonsense=1)


class Counting(Thread):
    """A subclass of the old style."""

    def __init__(self, times):
        Thread.__init__(self, name="counting")
        self.times = times
        self.count = 0

    def run(self):
        for _ in range(self.times):
            checkpoint()
            self.count += 1


def test_a_subclass_has_a_run_of_its_own():
    """Which is what runs; called by hand it is a call like any other."""
    thread = Counting(3)
    thread.pause("not yet")
    thread.start()
    assert (thread.count, thread.status().state, thread.where()) == (0, "queued", None)
    thread.resume()
    thread.join()
    assert thread.count == 3
    by_hand = Counting(2)
    by_hand.run()
    assert (by_hand.count, by_hand.is_alive(), by_hand.status().state) == (2, False, "queued")


def test_a_class_that_never_calls_our_init_is_pausable_too(walk):
    """It calls that of the stdlib's class."""

    class Old(Thread):
        def __init__(self):
            threading.Thread.__init__(self)

        def run(self):
            walk()

    thread = Old()
    thread.start()
    walk.goes_on()
    with thread.pause("a look", timeout=SOON):
        assert thread.status().state == "resting"
    walk.go.set()
    thread.join()


@pytest.mark.parametrize("base", [threading.Thread, Thread])
def test_a_class_may_have_attributes_of_any_name(base):
    """Of its own, or of its objects: what we have under these names is not used for it."""
    ours = [
        "task",
        "scope",
        "threads",
        "status",
        "stop",
        "pause",
        "resume",
        "where",
        "holds",
        "step",
    ]

    class Worker(base):
        task = scope = threads = status = None

        def __init__(self):
            super().__init__()
            for name in ours:
                setattr(self, name, name.upper())

        def run(self):
            checkpoint()
            self.seen = [getattr(self, name) for name in ours]

    worker = Worker()
    worker.name = "worker"
    worker.start()
    worker.join(SOON)
    assert worker.seen == [name.upper() for name in ours]


def test_one_that_has_such_attributes_is_held():
    """With all others, and by what its class has for that."""

    class Worker(Thread):
        def __init__(self):
            super().__init__(daemon=True)
            self.task, self.scope, self.rounds = "resize", "images", 0

        def run(self):
            while True:
                checkpoint()
                self.rounds += 1

    worker = Worker()
    worker.start()
    with Thread.threads.pause("a look", timeout=SOON):
        assert (worker.status().state, worker.is_paused()) == ("resting", True)
    assert (worker.task, worker.scope) == ("resize", "images")
    worker.stop("seen")
    worker.join(SOON)
    assert not worker.is_alive()


@pytest.mark.parametrize("base", [threading.Thread, Thread])
def test_what_is_wrong_is_said_as_by_the_stdlib(base, monkeypatch):
    """How long a thread cannot be waited for; what it cannot call, and when it says so."""
    hooked, over, before = [], threading.Event(), threading.active_count()
    monkeypatch.setattr(threading, "excepthook", lambda args: hooked.append(args.exc_type))
    for timeout, error in (
        (1e20, OverflowError),
        (float("inf"), OverflowError),
        (float("nan"), ValueError),
        ("1", TypeError),
    ):
        thread = base(target=over.wait, daemon=True)  # a new one: CPython 3.11 takes it for over
        thread.start()
        with pytest.raises(error):
            thread.join(timeout)
    over.set()
    called = []
    again = base(target=called.append, args=(1,))
    again.run()
    for each in (base(args=5), base(kwargs=5), base(target=3), again):
        each.start()
        each.join(SOON)
    assert (called, hooked) == ([1], [TypeError, AttributeError])
    until(lambda: threading.active_count() <= before, SOON)


def test_a_class_that_calls_no_init_cannot_be_started():
    """It is told so, as in the stdlib."""

    class Careless(Thread):
        def __init__(self):
            pass

    with pytest.raises(RuntimeError, match=r"__init__\(\) not called"):
        Careless().start()


def test_a_run_that_was_set_on_the_thread_is_called():
    """As in the stdlib, and it is there again afterwards."""
    thread, seen = Thread(), []
    thread.run = run = lambda: seen.append(1)
    thread.start()
    thread.join()
    assert (seen, thread.run) == ([1], run)


def test_join_waits_so_long(walk):
    """And returns None whether the thread has ended or not."""
    thread = started(target=walk)
    assert thread.join(0.001) is None
    assert thread.join(-1) is None
    assert thread.is_alive()
    with pytest.raises(TypeError):
        thread.join("soon")
    walk.go.set()
    assert thread.join(SOON) is None
    assert not thread.is_alive()


def test_it_cannot_join_itself():
    """As in the stdlib."""
    errors = []

    def run():
        try:
            threading.current_thread().join()
        except RuntimeError as error:
            errors.append(str(error))

    thread = started(target=run)
    thread.join()
    assert errors == ["cannot join current thread"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_exception_goes_to_the_hook(monkeypatch):
    """With a traceback that has no line of ours; its task keeps it."""
    hooked = []
    monkeypatch.setattr(threading, "excepthook", hooked.append)

    def fail():
        raise ValueError("no such file")

    thread = started(target=fail)
    thread.join()
    (args,) = hooked
    names, trace = [], args.exc_value.__traceback__
    while trace is not None:
        names.append(trace.tb_frame.f_code.co_name)
        trace = trace.tb_next
    assert (args.thread, names[-1], names[0]) == (thread, "fail", "_bootstrap_inner")
    assert len(names) == 2
    assert thread.task.exception() is args.exc_value
    assert thread.status().state == "done"
    hooked.clear()
    args = None


def test_nothing_keeps_a_thread_that_is_over():
    """Nor its target and arguments."""

    class Thing:
        pass

    thing = Thing()
    gone = weakref.ref(thing)
    thread = started(target=lambda _: None, args=(thing,))
    thread.join()
    del thing
    assert gone() is None
    gone = weakref.ref(thread)
    del thread
    assert gone() is None


def test_a_copy_of_its_context_does_not_keep_what_it_raised(monkeypatch):
    """Nor the thread, whoever has the copy; while it lives, code in the copy is the task's."""

    class Thing:
        pass

    def fail(thing):
        copies.append(copy_context())
        other = threading.Thread(target=lambda: tasks.append(copies[0].run(current_task)))
        other.start()
        other.join()
        things.append(weakref.ref(thing))
        raise ValueError(thing)

    copies, tasks, things = [], [], []
    monkeypatch.setattr(threading, "excepthook", id)
    thread = Thread(target=lambda: fail(Thing()))
    thread.start()
    thread.join()
    assert tasks.pop() is thread.task
    assert isinstance(thread.task.exception(), ValueError)
    gone = weakref.ref(thread.task)
    del thread
    assert copies[0].run(current_task) is None
    gc.collect()  # the stdlib's own frame in the traceback refers to the thread
    assert (gone(), things[0]()) == (None, None)


def test_nothing_keeps_a_thread_that_was_never_started():
    """Paused or not: what held it is over."""
    for prepare in (id, Thread.pause):
        thread = Thread(target=print)
        hold = prepare(thread)
        gone = weakref.ref(thread)
        del thread, hold
        gc.collect()
        assert gone() is None
    assert not Thread.threads._p_node.queue.outside


def test_a_new_name_is_the_tasks_too(walk):
    """From then on, in its status."""
    thread = started(target=walk, name="one")
    thread.name = "two"
    assert (thread.name, thread.status().name, thread.task.name) == ("two", "two", "two")
    walk.go.set()
    thread.join()


# Pause, resume, stop.


def test_it_rests_and_goes_on(walk):
    """At its checkpoint, without a line; the others of its scope go on."""
    thread = started(target=walk)
    walk.goes_on()
    other = Walk()
    beside = started(target=other)
    with thread.pause("a look", timeout=SOON) as hold:
        before = walk.rounds
        assert (thread.is_paused(), thread.is_quiescent(), thread.wait_quiescent(0)) == (True,) * 3
        assert thread.status().state == "resting"
        assert thread.where().function == "Walk.__call__"
        assert thread.stack()[-1].line == "checkpoint()"
        assert thread.locals()["self"]
        assert [each.reason for each in thread.holds()] == ["a look"]
        other.goes_on()
        assert walk.rounds == before
    assert hold.is_released()
    walk.goes_on()
    thread.pause("once more")
    assert thread.resume() == 1
    switch = thread.switch("a button")
    switch.on()
    assert thread.wait_quiescent(SOON)
    assert thread.step(SOON) is not None
    switch.off()
    walk.goes_on()
    for each in (walk, other):
        each.go.set()
    thread.join()
    beside.join()


def test_it_may_be_paused_before_its_start(walk):
    """It is alive then, and does not begin before it is resumed."""
    thread = Thread(target=walk)
    hold = thread.pause("not yet")
    thread.start()
    assert (thread.is_alive(), thread.status().state) == (True, "queued")
    assert Thread.threads.status().queued == 1
    assert thread in threading.enumerate()
    assert walk.rounds == 0
    hold.release()
    walk.goes_on()
    walk.go.set()
    thread.join()


@pytest.mark.parametrize("running", ["rest", "finish"])
def test_none_begins_under_a_hold_of_the_scope(walk, running):
    """Whatever those that run may do; under one of the process neither."""
    for scope in (Thread.threads, pausable):
        scope.pause("all", running=running)
        thread = started(target=walk)
        assert (thread.status().state, walk.rounds) == ("queued", 0)
        scope.resume()
        walk.goes_on()
        walk.go.set()
        thread.join()
        walk.go.clear()
        walk.rounds = 0


def test_those_that_wait_begin_one_by_one():
    """After a resume with a stagger; a resume without ends that."""
    Thread.threads.pause("all")
    walks = [Walk() for _ in range(3)]
    threads = [started(target=walk) for walk in walks]
    Thread.threads.resume(stagger=3600)
    until(lambda: sum(walk.rounds > 0 for walk in walks) == 1, SOON)
    assert Thread.threads.status().queued == 2
    Thread.threads.resume()
    for walk in walks:
        walk.goes_on()
        walk.go.set()
    for thread in threads:
        thread.join()


def test_a_stop_ends_it_silently(walk, capsys):
    """Its `finally` blocks run; there is no traceback, and its future says why it has ended."""
    thread = started(target=walk)
    walk.goes_on()
    assert thread.stop("not needed")
    thread.join()
    assert (walk.ended, thread.status().state, thread.status().stop_reason) == (
        True,
        "stopped",
        "not needed",
    )
    assert thread.task.cancelled()
    assert not thread.stop("once more")
    assert capsys.readouterr().err == ""


def test_a_thread_cannot_be_killed(walk):
    """It is said at the call, which then does nothing."""
    thread = started(target=walk)
    walk.goes_on()
    with pytest.raises(NotSupported, match="kill_after"):
        thread.stop("not needed", kill_after=1)
    walk.goes_on()
    walk.go.set()
    thread.join()
    assert not thread.task.cancelled()


def test_a_stop_reaches_one_at_rest_and_one_that_waits(walk):
    """While the gate is closed: the one runs its `finally` blocks, the other not a line."""
    resting = started(target=walk)
    walk.goes_on()
    Thread.threads.pause("all")
    assert Thread.threads.wait_quiescent(SOON)
    other = Walk()
    waiting = started(target=other)
    assert Thread.threads.stop("give up") == 2
    resting.join()
    waiting.join()
    assert (walk.ended, other.ended, other.rounds) == (True, False, 0)
    assert Thread.threads.is_paused()


def test_one_that_was_stopped_before_its_start_calls_nothing():
    """It starts and ends."""
    thread = Thread(target=pytest.fail)
    assert thread.stop("not needed")
    thread.start()
    thread.join()
    assert thread.status().state == "stopped"


def test_a_thread_may_stop_itself(walk):
    """By what it raises."""

    def run():
        raise Stopped("I have seen enough")

    thread = started(target=run)
    thread.join()
    assert (thread.status().state, thread.status().stop_reason) == ("stopped", "I have seen enough")


def test_unmodified_code_rests_and_stops():
    """Where it is preemptive, in a target and in a `run()` of a subclass; else it says that it cannot."""
    if sys.version_info < (3, 12):
        with pytest.raises(pausable.PreemptionUnavailable):
            Thread(preemptive=True)
        return

    counts = [0, 0]

    def target(at):
        while True:
            counts[at] += 1

    class Hot(Thread):
        def run(self):
            target(1)

    threads = [started(target=target, args=(0,), preemptive=True), Hot(preemptive=True)]
    threads[1].start()
    until(lambda: all(counts), SOON)
    with Thread.threads.pause("a look", timeout=SOON):
        before = list(counts)
        assert [each.status().is_preemptive for each in threads] == [True, True]
        assert counts == before
    for thread in threads:
        thread.stop("seen")
        thread.join(SOON)
    assert not any(each.is_alive() for each in threads)


# In a scope.


@pytest.fixture
def pool():
    with ThreadPoolExecutor(1) as pool:
        yield pool
        pool.resume()


def test_one_hold_rests_a_pool_and_its_threads(pool, walk):
    """It takes no slot of the pool's own tasks, and the pool's shutdown waits for it."""
    group = pool.group("feeders")
    thread = started(group, walk)
    walk.goes_on()
    assert (pool.submit(int).result(SOON), thread.scope) == (0, group)
    task = Walk()
    future = pool.submit(task)
    task.goes_on()
    assert (pool.max_workers, pool.status().running, group.status().running) == (1, 2, 1)
    with pool.pause("both", timeout=SOON):
        assert pool.status().resting == 2
        rounds = (walk.rounds, task.rounds)
    assert rounds
    walk.goes_on()
    task.goes_on()
    group.pause("the thread alone")
    assert group.wait_quiescent(SOON)
    task.goes_on()
    task.go.set()
    assert future.result(SOON) is None
    group.resume()
    walk.goes_on()
    assert not validate(pool._p_node.pool)
    walk.go.set()
    thread.join()
    assert pool.shutdown(timeout=SOON)


def test_a_limit_can_be_set_while_there_are_threads(pool, walk):
    """It is that of the others: each thread has brought its own slot."""
    group = pool.group("feeders", limit=1)
    threads = [started(group, walk) for _ in range(3)]
    until(lambda: group.status().running == 3, SOON)
    assert (group.limit, group.status().max_workers) == (1, 1)
    group.limit = 2
    pool.max_workers = 3
    assert (group.limit, pool.max_workers, group.status().running) == (2, 3, 3)
    assert not validate(pool._p_node.pool)
    walk.go.set()
    for thread in threads:
        thread.join()
    assert (group._p_node.slots.limit, pool._p_node.slots.limit) == (2, 3)
    assert not validate(pool._p_node.pool)


def test_no_thread_begins_in_a_scope_that_has_shut_down(pool):
    """It says so, and may be started nowhere; what is no scope is refused when it is made."""
    pool.shutdown()
    thread = Thread(pool, print)
    for _ in range(2):
        with pytest.raises(RuntimeError, match="has shut down"):
            thread.start()
    assert (thread.is_alive(), thread.ident) == (False, None)
    assert not validate(pool._p_node.pool)
    with pytest.raises(TypeError, match="group must be a pool or a group"):
        Thread("feeders", print)


def test_a_pool_of_processes_takes_no_thread():
    """Nor do its groups: it is said at the making, and the pool goes on."""
    with ProcessPoolExecutor(1) as pool:
        for scope in (pool, pool.group("part")):
            with pytest.raises(NotSupported, match="threads"):
                Thread(scope, target=print)
        assert pool.submit(abs, -1).result(SOON) == 1


def test_a_time_limit_of_the_group_is_its_own(pool, monkeypatch):
    """As of any task of the group; the error goes to the hook."""
    hooked = []
    monkeypatch.setattr(threading, "excepthook", lambda args: hooked.append(args.exc_type))
    walk = Walk()
    thread = started(pool.group("short", timeout=0.01), walk)
    thread.join()
    assert (hooked, walk.ended) == ([pausable.TaskTimeout], True)


def test_a_thread_that_cannot_be_started_leaves_nothing(monkeypatch, walk):
    """And may be started when it can be."""

    def fail(*_args, **_kwargs):
        raise RuntimeError("can't start new thread")

    name = (
        "_start_joinable_thread"
        if hasattr(threading, "_start_joinable_thread")
        else "_start_new_thread"
    )
    thread = Thread(target=walk)
    with monkeypatch.context() as patch:
        patch.setattr(threading, name, fail)
        with pytest.raises(RuntimeError, match="can't start"):
            thread.start()
    assert not Thread.threads.tasks()
    assert not validate(Thread.threads._p_node.pool)
    thread.start()
    walk.goes_on()
    walk.go.set()
    thread.join()


def test_who_joins_counts_as_at_rest(walk):
    """So a thread that waits for another one does not keep their scope from resting."""
    child = started(target=walk)
    parent = started(target=child.join)
    walk.goes_on()
    until(lambda: parent.status().state == "resting", SOON)
    with Thread.threads.pause("both", timeout=SOON):
        assert Thread.threads.status().resting == 2
    walk.goes_on()
    parent.stop("it waits for ever")
    parent.join()
    assert child.is_alive()
    walk.go.set()
    child.join()


def test_a_signal_handler_may_start_and_pause_one(walk):
    """In the midst of a visit: it begins when that is over."""
    pool = Thread.threads._p_node.pool
    with pool.lock:
        pool.visitor = visit = object()
        thread = Thread(target=walk)
        thread.start()
        thread.pause("at once")
        pool.visitor = None
    assert visit
    thread.resume()
    walk.goes_on()
    walk.go.set()
    thread.join()


def test_who_joins_a_thread_that_is_held_says_so(caplog):
    """In the log, with the hold, when it takes long."""
    thread = Thread(target=int, name="held")
    thread.pause("the disk is full")
    thread.start()
    joiner = threading.Thread(target=thread.join)
    joiner.start()
    until(lambda: "has waited for" in caplog.text, SOON)
    assert "held has not started, held by 'the disk is full'" in caplog.text
    thread.resume()
    joiner.join()
