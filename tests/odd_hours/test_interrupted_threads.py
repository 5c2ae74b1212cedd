"""A thread that was interrupted in its own logging, or in an observer's queue, pauses the pool.

What a handler of the log or an observer needs is locked by the very thread that the signal handler
or the finalizer runs on: it must not be called there. The lock of a `queue.Queue` stands for it.
"""

from __future__ import annotations

import gc
import logging
import logging.handlers
import queue
import signal
import weakref

import pytest
from helpers import until
from scripts import run
from workloads import Stuck, background

from pausable import HoldPlaced, HoldReleased, futures

pytestmark = pytest.mark.skipif(not hasattr(signal, "raise_signal"), reason="needs raise_signal")


@pytest.fixture
def records():
    """Let the log of the package go into a queue; return it."""
    found: queue.Queue[logging.LogRecord] = queue.Queue()
    handler = logging.handlers.QueueHandler(found)
    logger = logging.getLogger("pausable")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield found
    logger.removeHandler(handler)
    logger.setLevel(level)


@pytest.fixture
def news(pool):
    """Let the events of the pool go into a queue; return it."""
    found: queue.Queue[object] = queue.Queue()
    pool.observe(found.put)
    return found


def in_a_handler(call) -> None:
    """Make *call* in a signal handler that interrupts this line."""
    before = signal.signal(signal.SIGUSR1, lambda number, frame: call())
    try:
        signal.raise_signal(signal.SIGUSR1)
    finally:
        signal.signal(signal.SIGUSR1, before)


class Finalized:
    """Calls something when it goes away."""

    def __init__(self, call) -> None:
        """Call *call* then."""
        self.call = call

    def __del__(self) -> None:
        self.call()


def in_a_weakref_callback(call) -> None:
    """Make *call* in the callback of a weak reference."""
    target = Finalized(int)
    reference = weakref.ref(target, lambda _: call())
    del target
    assert reference() is None


INTERRUPTIONS = {
    "handler": in_a_handler,
    "weakref callback": in_a_weakref_callback,
}
CALLS = {
    "pause": lambda pool, future: pool.pause("x"),
    "pause and resume": lambda pool, future: (pool.pause("x"), pool.resume()),
    "duration": lambda pool, future: pool.pause("x", duration=60),
    "release": lambda pool, future: pool.pause("x").release(),
    "stagger": lambda pool, future: (pool.pause("x"), pool.resume(stagger=0.001)),
    "task": lambda pool, future: future.pause("x"),
    "stop the task": lambda pool, future: future.stop("x"),
    "cancel": lambda pool, future: future.cancel(),
    "stop": lambda pool, future: pool.stop("x"),
    "group": lambda pool, future: pool.group("g").pause("x"),
    "submit": lambda pool, future: pool.submit(int),
    "resize": lambda pool, future: setattr(pool, "max_workers", 2),
    "shutdown": lambda pool, future: pool.shutdown(wait=False, cancel_futures=True),
}


@pytest.mark.parametrize("how", INTERRUPTIONS)
@pytest.mark.parametrize("call", CALLS)
def test_what_it_calls_comes_back(make_pool, records, call, how) -> None:
    """Each call returns, although all that it tells others of waits for this very thread."""
    pool = make_pool(1)
    news: queue.Queue[object] = queue.Queue()
    pool.observe(news.put)
    stuck = Stuck()
    pool.submit(stuck)
    assert stuck.began.wait(10)
    future = pool.submit(int)
    future.add_done_callback(news.put)
    until(lambda: news.qsize() >= 3)
    while not news.empty():
        news.get()
    with records.mutex, news.mutex:
        INTERRUPTIONS[how](lambda: CALLS[call](pool, future))
    if call not in {"resize", "duration"}:
        assert news.get(timeout=10)
    stuck.go.set()
    pool.stop("enough")
    pool.resume()
    pool.group("g").resume() if call == "group" else None


def test_the_collector_on_another_thread(pool, records, news) -> None:
    """A finalizer may run on any thread, in the midst of its own logging."""

    def drop() -> None:
        with records.mutex, news.mutex:
            cycle = [Finalized(lambda: pool.pause("x"))]
            cycle.append(cycle)
            del cycle
            gc.collect()

    background(drop).result(10)
    assert "is paused: x" in records.get(timeout=10).getMessage()
    assert news.get(timeout=10)


def test_the_order_stays(pool, records) -> None:
    """Holds come and go in handlers and between them: lines and events come as it was decided."""
    said: list[str] = []
    pool.observe(
        lambda event: (
            said.append(f"{type(event).__name__} {event.hold.reason}")
            if isinstance(event, (HoldPlaced, HoldReleased))
            else None
        )
    )
    wanted = []
    for number in range(200):
        reason = str(number)
        if number % 3:
            in_a_handler(lambda reason=reason: pool.pause(reason))
        else:
            pool.pause(reason)
        wanted.append(f"HoldPlaced {reason}")
        if number % 5 < 3:
            in_a_handler(pool.resume)
        else:
            pool.resume()
        wanted.append(f"HoldReleased {reason}")
    until(lambda: len(said) == len(wanted))
    assert said == wanted
    lines = [records.get(timeout=10).getMessage() for _ in wanted]
    assert [line.rpartition(": ")[2] for line in lines[1::2]] == [str(n) for n in range(200)]


def test_outside_of_them_it_is_told_before_the_call_returns(pool, records, news) -> None:
    """A pause between two handlers is in the log, and observed, when `pause()` has returned."""
    for number in range(50):
        in_a_handler(lambda: None)
        pool.pause(str(number))
        assert records.get_nowait()
        assert isinstance(news.get_nowait(), HoldPlaced)
        pool.resume()
        assert records.get_nowait()
        assert news.qsize() == 2  # quiescent, released
        news.get(), news.get()


def test_nobody_listens(pool, monkeypatch) -> None:
    """Without an observer, and with nobody who wants the lines, no thread is started for them."""
    from pausable._core import outbox  # noqa: PLC0415

    started = []
    monkeypatch.setattr(outbox, "start_new_thread", lambda *call: started.append(call))
    in_a_handler(lambda: pool.pause("x"))
    in_a_handler(pool.resume)
    assert started == []


@pytest.mark.parametrize("wait", ["wait", "as_completed"])
def test_a_handler_stops_what_the_stdlib_waits_for(make_pool, wait) -> None:
    """The lock of whoever waits in the stdlib's functions is held by the interrupted thread."""
    pool = make_pool(1)
    stuck = Stuck()
    running = pool.submit(stuck)
    assert stuck.began.wait(10)
    queued = pool.submit(int)
    if wait == "wait":
        waiting = background(futures.wait, [queued], 20)
    else:
        waiting = background(list, futures.as_completed([queued], 20))
    until(lambda: queued._waiters)
    (waiter,) = queued._waiters
    lock = waiter.lock if hasattr(waiter, "lock") else waiter.event._cond
    with lock:
        in_a_handler(lambda: pool.stop("enough"))
    assert waiting.result(10)
    assert queued.cancelled()
    stuck.go.set()
    futures.wait([running], 10)


def test_a_callback_in_a_handler(make_pool) -> None:
    """Done callbacks are others' code, too: the one of a task that a handler cancels comes later."""
    pool = make_pool(1)
    pool.pause("x")
    done: queue.Queue[object] = queue.Queue()
    future = pool.submit(int)
    future.add_done_callback(done.put)
    with done.mutex:
        in_a_handler(lambda: future.cancel() and pool.resume())
        assert future.cancelled()
    assert done.get(timeout=10) is future


AT_EXIT = """
    class Later(logging.Handler):
        def emit(self, record):
            time.sleep(0.2)
            say(record.getMessage())

    logging.getLogger("pausable").addHandler(Later())
    logging.getLogger("pausable").setLevel(logging.INFO)
    pool = ThreadPoolExecutor(1)
    pool.observe(lambda event: (time.sleep(0.1), say(type(event).__name__)))
    signal.signal(signal.SIGUSR1, lambda *_: (pool.pause("x"), pool.resume(), pool.pause("y")))
    signal.raise_signal(signal.SIGUSR1)
"""


def test_nothing_is_lost_at_the_exit() -> None:
    """The program ends right after the handler: all that it has caused is told before."""
    said = run(AT_EXIT)
    assert [line.split(" after")[0] for line in said][:8] == [
        "HoldPlaced",
        "ScopeQuiescent",
        "'ThreadPoolExecutor-0' is paused: x (by MainThread)",
        "HoldReleased",
        "'ThreadPoolExecutor-0': hold was released",
        "HoldPlaced",
        "ScopeQuiescent",
        "'ThreadPoolExecutor-0' is paused: y (by MainThread)",
    ]


def test_an_observer_that_blocks_holds_up_no_exit() -> None:
    """An exit waits for what is told for a second or so, and not for ever."""
    assert "end" in run("""
        began = threading.Event()
        pool = ThreadPoolExecutor(1)
        pool.observe(lambda event: (began.set(), threading.Event().wait()))
        signal.signal(signal.SIGUSR1, lambda *_: pool.pause("x"))
        signal.raise_signal(signal.SIGUSR1)
        assert began.wait(20)
        pool.resume()
        say("end")
    """)


@pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="needs fork")
def test_a_fork_while_something_is_to_be_told() -> None:
    """The parent tells all of it, once; the child nothing of it, and what is its own."""
    said = run("""
        import warnings
        warnings.simplefilter("ignore", DeprecationWarning)
        began, go = threading.Event(), threading.Event()
        def observer(event):
            began.set()
            assert go.wait(20)
            if hasattr(event, "hold"):
                say("child" if os.getpid() != parent else "parent", event.hold.reason)
        parent = os.getpid()
        pool = ThreadPoolExecutor(1)
        pool.observe(observer)
        signal.signal(signal.SIGUSR1, lambda *_: pool.pause("before"))
        signal.raise_signal(signal.SIGUSR1)
        assert began.wait(20)
        child = os.fork()
        go.set()
        if not child:
            pool.pause("in the child")
            pool.resume()
            sys.exit(0)
        assert os.waitpid(child, 0)[1] == 0
    """)
    assert sorted(said) == ["child in the child", "child in the child", "parent before"]
