"""Signal handlers that use a pool: while the main thread waits for it, or is in a call on it.

Those without a signal enter a critical section of the pool by hand, and do in it what a handler
would that interrupts one.
"""

from __future__ import annotations

import random
import signal
import threading
import time
from collections import deque
from contextlib import contextmanager

import pytest
from helpers import until
from workloads import Loop, Stuck, background

from pausable import futures as ours

pytestmark = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs setitimer")

OFTEN = 10  # calls of a handler, at least, in a test that wants it to come at any moment
IN_VAIN = "this signal handler or finalizer has interrupted a call on the same pool"


@contextmanager
def handling(handler):
    """Have *handler* called, with the number of its call, on the main thread at each SIGALRM."""
    assert threading.current_thread() is threading.main_thread()
    calls = [0]
    failed: list[BaseException] = []

    def handle(signum: int, frame: object) -> None:
        calls[0] += 1
        try:
            handler(calls[0])
        except BaseException as error:  # noqa: BLE001 - reported at the end
            failed.append(error)

    before = signal.signal(signal.SIGALRM, handle)
    try:
        yield calls
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert failed == []


@contextmanager
def ticking(handler, interval: float = 0.0005):
    """Call *handler* every so many seconds, wherever the main thread is then: also in *handler*."""
    with handling(handler) as calls:
        signal.setitimer(signal.ITIMER_REAL, interval, interval)
        yield calls


@contextmanager
def ticking_in_turn(handler, pause: float = 0.0005):
    """Call *handler*, which may take long, so many seconds after it has returned, again and again."""
    goes_on = True

    def handle(call: int) -> None:
        handler(call)
        # Not again once it is over: it would end the process when nobody handles it any more.
        signal.setitimer(signal.ITIMER_REAL, pause if goes_on else 0)

    with handling(handle) as calls:
        signal.setitimer(signal.ITIMER_REAL, pause)
        try:
            yield calls
        finally:
            goes_on = False


def hammered(calls: list[int] | None = None, seconds: float = 0.5):
    """Yield for so many seconds, and until the handler has been called often, if *calls* counts."""
    deadline = time.monotonic() + seconds
    number = 0
    while time.monotonic() < deadline or (calls is not None and calls[0] <= OFTEN):
        yield number
        number += 1


def when_it_waits(fact) -> None:
    """Send the signal once the main thread has come to its wait, a moment after *fact*."""

    def send() -> None:
        until(fact, what="the main thread waits")
        threading.Event().wait(0.05)  # from the fact to the system call that the signal interrupts
        signal.pthread_kill(threading.main_thread().ident, signal.SIGALRM)

    background(send)


WAITS = {
    "result": (lambda pool, future: future.result(20), lambda _, f: f._waiting),
    "wait": (lambda pool, future: ours.wait([future], 20), lambda _, f: f._waiters),
    "shutdown": (lambda pool, future: pool.shutdown(), lambda pool, _: pool._node.shutdowns),
    "quiescence": (
        lambda pool, future: pool.wait_quiescent(20),
        lambda pool, _: pool._node.waiters,
    ),
}


@pytest.mark.parametrize("wait", WAITS)
def test_a_handler_resumes_what_the_main_thread_waits_for(pool, wait) -> None:
    """The main thread waits for something paused, or for quiescence; the handler makes it come."""
    loop = Loop()
    future = pool.submit(loop)
    assert loop.began.wait(10)
    if wait != "quiescence":
        assert pool.pause("x").wait(10)
    waits, is_waiting = WAITS[wait]

    def handler(_: int) -> None:
        loop.go.set()
        if wait == "quiescence":
            pool.pause("y")
        else:
            pool.resume()

    with handling(handler) as calls:
        when_it_waits(lambda: is_waiting(pool, future))
        waits(pool, future)
        until(lambda: calls[0] == 1)
    until(lambda: future.done() or pool.is_paused())


def test_a_handler_stops_what_the_main_thread_waits_for(pool) -> None:
    """A stop from a handler ends the wait for a resting task."""
    future = pool.submit(Loop())
    until(future.running)
    assert pool.pause("x").wait(10)
    with handling(lambda _: pool.stop("from the handler")):
        when_it_waits(lambda: future._waiters)
        assert not ours.wait([future], 20).not_done
        until(future.cancelled)


def test_a_button(make_pool) -> None:
    """Pause and resume in turns while the main thread computes something else: none is lost."""
    pool = make_pool(4)
    loops = [Loop() for _ in range(4)]
    for loop in loops:
        pool.submit(loop)
        assert loop.began.wait(10)
    with ticking_in_turn(lambda call: pool.pause("x") if call % 2 else pool.resume()) as calls:
        for _ in hammered(calls):
            pass
    assert calls[0] > OFTEN
    assert pool.is_paused() == bool(calls[0] % 2)
    pool.resume()
    rounds = [loop.rounds for loop in loops]
    until(lambda: all(loop.rounds > n for loop, n in zip(loops, rounds, strict=True)))


def test_a_handler_that_submits(make_pool) -> None:
    """Each task that a handler submits runs once, while the main thread computes something else."""
    pool = make_pool(2)
    ran: list[int] = []
    futures = []
    with ticking(lambda call: futures.append(pool.submit(ran.append, call))) as calls:
        for _ in hammered(calls):
            pass
    for future in futures:
        future.result(20)
    assert sorted(ran) == list(range(1, calls[0] + 1))


def test_two_pools(make_pool) -> None:
    """The main thread is in the middle of calls on one pool, the handler uses another one."""
    mine, others = make_pool(2), make_pool(2)
    futures = []

    def handler(call: int) -> None:
        futures.append(others.submit(int))
        hold = others.pause("handler", duration=3600 if call % 2 else None)
        others.status()
        hold.release()

    with ticking(handler):
        for number in hammered():
            futures.append(mine.submit(int))
            if number % 20 == 0:
                with mine.pause("main", timeout=10):
                    mine.status()
    assert sum(future.result(20) for future in futures) == 0
    assert not mine.is_paused()
    assert not others.is_paused()


def test_a_handler_that_starts_a_thread(make_pool) -> None:
    """Where the main thread may be in a call on the pool, a thread of the handler's may use it."""
    pool = make_pool(2)
    pending = []

    def press() -> None:
        with pool.pause("from the handler's thread", timeout=10):
            pass

    with ticking(lambda _: pending.append(background(press)), interval=0.005):
        futures = [pool.submit(int) for _ in hammered()]
    for each in pending:
        each.result(20)
    assert sum(future.result(20) for future in futures) == 0
    assert not pool.is_paused()


# The handler and the main thread use the same pool.


def idle(pool) -> bool:
    """Say whether nothing is deferred, and each worker waits for a task."""
    state = pool._node.state
    return not state.deferred and not state.coming and len(state.idle) == len(state.seats)


def all_ended(futures) -> None:
    """Wait until all of these are over; no matter how."""
    until(lambda: all(future.done() for future in futures), timeout=20, what="all futures end")


def test_pausing_while_the_main_thread_submits(make_pool) -> None:
    """In turns: each task runs once, and the last call counts."""
    pool = make_pool(2)
    ran: list[int] = []
    futures = []
    with ticking_in_turn(lambda call: pool.pause("x") if call % 2 else pool.resume()) as calls:
        for number in hammered(calls):
            futures += [pool.submit(ran.append, number)]
    assert calls[0] > OFTEN
    until(lambda: pool.is_paused() == bool(calls[0] % 2))
    until(lambda: not pool._node.state.deferred)
    assert pool.is_paused() == bool(calls[0] % 2)
    pool.resume()
    all_ended(futures)
    assert sorted(ran) == list(range(len(futures)))
    assert pool.holds() == ()


def test_submitting_while_the_main_thread_submits(make_pool) -> None:
    """Of both, each task runs once."""
    pool = make_pool(2)
    ran: list[int] = []
    theirs, mine = [], []
    with ticking(lambda call: theirs.append(pool.submit(ran.append, -call))) as calls:
        for number in hammered(calls):
            mine += [pool.submit(ran.append, number)]
    assert calls[0] > OFTEN
    all_ended(mine + theirs)
    assert len(theirs) == calls[0]
    assert sorted(ran) == list(range(-calls[0], len(mine)))


def test_cancelling_while_the_main_thread_pauses_and_submits(make_pool) -> None:
    """Each future ends; none runs of which cancel() has said that it will not."""
    pool = make_pool(2)
    dice = random.Random(1)
    ran: list[int] = []
    futures: list[ours.Future] = []
    cancelled: set[int] = set()

    def handler(_: int) -> None:
        if not futures:
            return
        number = dice.randrange(max(0, len(futures) - 50), len(futures))
        if futures[number].cancel():
            assert number not in ran
            cancelled.add(number)

    with ticking(handler) as calls:
        for number in hammered(calls):
            if number % 20 == 0:
                hold = pool.pause("main")
            futures.append(pool.submit(ran.append, number))
            if number % 20 == 15:
                hold.release()
    assert calls[0] > OFTEN
    pool.resume()
    all_ended(futures)
    assert cancelled
    assert {n for n, each in enumerate(futures) if each.cancelled()} == cancelled
    assert sorted(ran) == sorted(set(range(len(futures))) - cancelled)


def counts(status) -> list[int]:
    """Return what is counted in a status."""
    return [status.queued, status.running, status.resting, status.done]


def test_looking_while_the_main_thread_pauses_resumes_and_cancels(make_pool) -> None:
    """Whatever is half done just then: no look raises, and nothing is counted as less than none."""
    pool = make_pool(2)
    loop, stuck = Loop(), Stuck()
    for each in (loop, stuck):
        pool.submit(each)
        assert each.began.wait(10)
    least = [0]

    def handler(_: int) -> None:
        status = pool.status()
        least[0] = min(least[0], *counts(status))
        pool.tasks()
        pool.stragglers()
        str(status)
        list(status.tasks)

    with ticking_in_turn(handler) as calls:
        for number in hammered(calls):
            hold = pool.pause("main")
            # So many that the queue is cleared of them every other time.
            futures = [pool.submit(int) for _ in range(1100 if number % 2 else 5)]
            for future in futures:
                assert future.cancel()
            hold.release()
    assert calls[0] > OFTEN
    assert least == [0]
    loop.go.set()
    stuck.go.set()
    until(lambda: pool.status().done == pool._node.done and idle(pool))
    assert counts(pool.status())[:3] == [0, 0, 0]


def test_pausing_while_the_main_thread_looks(make_pool) -> None:
    """Holds come and go under the eyes of whoever lists them."""
    pool = make_pool(2)
    loops = [Loop(), Stuck()]
    futures = [pool.submit(each) for each in loops]
    for each in loops:
        assert each.began.wait(10)

    def handler(call: int) -> None:
        for each in (pool, *futures):
            if call % 3:
                each.pause("x")
            else:
                each.resume()

    with ticking_in_turn(handler) as calls:
        for _ in hammered(calls):
            pool.stragglers()
            list(pool.status().tasks)
            pool.holds()
            pool.tasks()
    assert calls[0] > OFTEN


def test_stopping_while_the_main_thread_resumes(make_pool) -> None:
    """Those that run, rest or have not started: all end, and the pool goes on."""
    pool = make_pool(2)
    futures = []
    with ticking_in_turn(lambda _: pool.stop("from the handler")) as calls:
        for _ in hammered(calls):
            pool.pause("main")
            futures += [pool.submit(Loop()) for _ in range(3)]
            pool.resume()
    assert calls[0] > OFTEN
    until(lambda: not pool._node.state.deferred)
    pool.stop("the last ones")
    all_ended(futures)
    assert pool.submit(int).result(20) == 0
    until(lambda: idle(pool))
    assert pool.status().done == len(futures) + 1


def test_shutting_down_while_the_main_thread_submits(make_pool) -> None:
    """At some time the main thread is refused; what was accepted ends."""
    for workers in (1, 2, 1, 2):
        pool = make_pool(workers)
        ran: list[int] = []
        futures = []

        def handler(call: int, pool=pool) -> None:
            if call == 20:
                pool.shutdown(wait=False)

        with ticking(handler), pytest.raises(RuntimeError, match="after shutdown"):
            for number in hammered(seconds=20):
                futures += [pool.submit(ran.append, number)]
        all_ended(futures)
        assert sorted(ran) == list(range(len(futures)))
        assert pool.shutdown(timeout=20)
        assert counts(pool.status()) == [0, 0, 0, len(futures)]


def test_resizing_and_observing_while_the_main_thread_submits(make_pool) -> None:
    """Each task runs once, the last size counts, and no observer stays behind."""
    pool = make_pool(2)
    ran: list[int] = []
    futures, ends = [], []

    def handler(call: int) -> None:
        pool.max_workers = call % 4 + 1
        if call % 2:
            ends.append(pool.observe(lambda event: None))
        else:
            ends.pop()()

    with ticking_in_turn(handler) as calls:
        for number in hammered(calls):
            futures += [pool.submit(ran.append, number)]
    assert calls[0] > OFTEN
    all_ended(futures)
    assert sorted(ran) == list(range(len(futures)))
    for each in ends:
        each()
    until(lambda: not pool._node.state.deferred)
    assert pool.max_workers == calls[0] % 4 + 1
    assert pool._node.observers == ()
    assert pool._node.state.observed == 0


def test_other_threads_wait_for_quiescence_meanwhile(make_pool) -> None:
    """Their calls are as ever: a handler's business with the main thread is not theirs."""
    pool = make_pool(2)
    loop = Loop()
    pool.submit(loop)
    assert loop.began.wait(10)
    over = threading.Event()

    def pause_often() -> int:
        times = 0
        while not over.is_set():
            with pool.pause("another thread", timeout=20):
                assert pool.is_paused()
                before = loop.rounds
                pool.status()
                assert loop.rounds == before
            times += 1
        return times

    def handler(_: int) -> None:
        pool.pause("handler").release()

    with ticking(handler) as calls:
        other = background(pause_often)
        for _ in hammered(calls):
            pool.status()
        over.set()
    assert calls[0] > OFTEN
    assert other.result(20)
    until(lambda: not pool._node.state.deferred)
    assert not pool.is_paused()


# In a critical section, entered by hand.


@contextmanager
def interrupted(pool):
    """Be in the middle of a call on *pool*, as a handler is that has interrupted one."""
    with pool._node.state.lock:
        yield


@pytest.fixture
def catch_up(pool):
    """Keep what is deferred until this is called: nobody else catches up with it before."""
    state = pool._node.state
    call_soon = state.call_soon
    state.call_soon = lambda call: None

    def catch_up() -> None:
        state.call_soon = call_soon
        state.catch_up()
        until(lambda: not state.deferred)  # another thread may be at it

    yield catch_up
    catch_up()


def make_idle(pool) -> None:
    """Let the pool have a worker, and let it wait for a task."""
    pool.submit(int).result(20)
    until(lambda: idle(pool))


def test_a_pause_and_a_resume_in_a_section(pool) -> None:
    """Their order is kept: afterwards the pool is open."""
    with interrupted(pool):
        hold = pool.pause("x")
        pool.resume()
        assert not pool._node.gate.holds
    until(lambda: not pool._node.state.deferred)
    assert not pool.is_paused()
    assert hold.is_released
    assert pool.submit(int).result(20) == 0


def test_a_resume_and_a_pause_in_a_section(pool) -> None:
    """Their order is kept: afterwards the pool is paused, once."""
    first = pool.pause("first")
    with interrupted(pool):
        assert pool.resume() == 1
        second = pool.pause("second")
    until(lambda: not pool._node.state.deferred)
    assert first.is_released
    assert not second.is_released
    assert [hold.reason for hold in pool.holds()] == ["second"]


def test_a_hold_of_a_section_is_released_in_it(pool) -> None:
    """release() says that it will release it; afterwards there is none."""
    with interrupted(pool):
        hold = pool.pause("x")
        assert hold.release()
    until(lambda: not pool._node.state.deferred)
    assert pool.holds() == ()
    assert not hold.release()


def test_a_pause_in_a_section_lets_nothing_start(pool, catch_up) -> None:
    """Not even before it is in force: neither what is queued nor what comes."""
    ran: list[str] = []
    make_idle(pool)
    (seat,) = pool._node.state.seats
    with interrupted(pool):
        hold = pool.pause("from a handler")
    assert hold.reason == "from a handler"
    future = background(pool.submit, ran.append, "after").result(20)
    with pool._node.state.lock:  # the worker is called, looks, and takes nothing
        pool._node.state.idle.remove(seat)
        seat.called = True
        pool._node.state.coming += 1
    seat.parker.wake()
    until(lambda: idle_again(pool, seat))
    assert ran == []
    assert not future.running()
    catch_up()
    assert pool.is_paused()
    assert not hold.is_released
    assert pool.status().queued == 1
    until(lambda: idle(pool))
    assert ran == []
    hold.release()
    future.result(20)
    assert ran == ["after"]


def idle_again(pool, seat) -> bool:
    """Say whether a worker that was called has looked and found nothing."""
    state = pool._node.state
    return not state.coming and seat in state.idle


def test_a_pause_in_a_section_without_a_script(pool) -> None:
    """As above, but whoever catches up comes when it likes."""
    ran: list[str] = []
    make_idle(pool)
    with interrupted(pool):
        hold = pool.pause("from a handler")
    future = background(pool.submit, ran.append, "after").result(20)
    until(pool.is_paused)
    until(lambda: idle(pool))
    assert ran == []
    assert pool.status().queued == 1
    hold.release()
    future.result(20)


def test_a_task_that_ends_does_not_hand_its_worker_on_after_such_a_pause(pool, catch_up) -> None:
    """The queue has tasks, a worker becomes free, and the pause is not in force yet: none starts."""
    pool.max_workers = 1
    stuck = Stuck()
    first, second = pool.submit(stuck), pool.submit(int)
    assert stuck.began.wait(10)
    with interrupted(pool):
        pool.pause("from a handler")
    stuck.go.set()
    first.result(20)
    until(lambda: len(pool._node.state.idle) == 1)
    assert not second.running()
    catch_up()
    assert pool.status().queued == 1
    pool.resume()
    assert second.result(20) == 0


def test_a_submit_in_a_section(pool) -> None:
    """The task runs afterwards, once: by a new worker, or by one that is idle."""
    ran: list[int] = []
    for number in range(2):
        with interrupted(pool):
            future = pool.submit(ran.append, number)
            assert not future.running()
        future.result(20)
        until(lambda: idle(pool))
    assert ran == [0, 1]
    assert pool.status().done == 2


def test_a_submit_that_comes_too_late_by_then(pool) -> None:
    """The pool has been shut down meanwhile: the task is cancelled, and whoever waits is told."""
    told: list[ours.Future] = []
    with interrupted(pool):
        pool.shutdown(wait=False)
        future = pool.submit(int)
        future.add_done_callback(told.append)
    until(future.cancelled)
    until(lambda: told == [future], what="its callback is called")
    assert ours.wait([future], timeout=10).done == {future}


def test_a_cancel_in_a_section(pool) -> None:
    """It says that the task is cancelled, and the task never runs, though it could by now."""
    ran: list[str] = []
    loops = [Stuck(), Stuck()]
    for each in loops:
        pool.submit(each)
        assert each.began.wait(10)
    future = pool.submit(ran.append, "cancelled")
    with interrupted(pool):
        assert future.cancel()
        for each in loops:
            each.go.set()
    until(future.cancelled)
    until(lambda: idle(pool))
    assert ran == []
    assert future.cancel()
    assert pool.status().done == 3


def test_a_cancel_of_a_running_task_in_a_section(pool) -> None:
    """It says no, and the task goes on."""
    loop = Loop()
    future = pool.submit(loop)
    assert loop.began.wait(10)
    with interrupted(pool):
        assert not future.cancel()
    loop.go.set()
    assert future.result(20) == loop.rounds


def test_a_stop_in_a_section(pool) -> None:
    """It says how many it stops; those that run and those that have not started end."""
    loops = [Loop(), Loop()]
    futures = [pool.submit(each) for each in loops]
    for each in loops:
        assert each.began.wait(10)
    futures.append(pool.submit(int))
    with interrupted(pool):
        assert pool.stop("from a handler") == 3
    all_ended(futures)
    assert all(future.cancelled() for future in futures)
    assert pool.submit(int).result(20) == 0


def test_more_workers_in_a_section(pool) -> None:
    """They come afterwards, and take what is queued."""
    loops = [Loop() for _ in range(3)]
    for each in loops:
        pool.submit(each)
    assert loops[1].began.wait(10)
    with interrupted(pool):
        pool.max_workers = 3
    assert loops[2].began.wait(10)
    assert pool.max_workers == 3


def test_all_at_once_in_a_section(pool, catch_up) -> None:
    """Everything that can be deferred is, and is done in the order of the calls."""
    ran: list[str] = []
    events: list[str] = []
    pool.pause("before")
    cancelled = pool.submit(ran.append, "cancelled")
    with interrupted(pool):
        end = pool.observe(lambda event: events.append(type(event).__name__))
        assert cancelled.cancel()
        pool.resume()
        pool.max_workers = 1
        future = pool.submit(ran.append, "submitted")
        hold = pool.pause("during")
        held = future.pause("alone")
        hold.release()
        held.release()
        end()
        pool.shutdown(wait=False)
        assert not pool.is_quiescent() or not ran
    catch_up()
    future.result(20)
    assert ran == ["submitted"]
    assert events[:2] == ["TaskEnded", "HoldReleased"]
    assert "ScopeShutDown" not in events
    assert pool.shutdown(timeout=20)
    assert counts(pool.status()) == [0, 0, 0, 2]


WAITS_IN_A_SECTION = {
    "result": lambda pool, future: future.result(),
    "result with a timeout": lambda pool, future: future.result(20),
    "exception": lambda pool, future: future.exception(),
    "quiescence": lambda pool, future: pool.wait_quiescent(),
    "with": lambda pool, future: pool.pause("x").__enter__(),
    "hold": lambda pool, future: pool.pause("x").wait(),
    "shutdown": lambda pool, future: pool.shutdown(wait=True),
    "map": lambda pool, future: list(pool.map(abs, [1])),
}


@pytest.mark.parametrize("wait", WAITS_IN_A_SECTION.values(), ids=WAITS_IN_A_SECTION)
def test_who_waits_in_a_section_is_told_that_it_would_wait_for_ever(pool, wait) -> None:
    """RuntimeError with advice; afterwards the pool is as usable as the call has left it."""
    stuck = Stuck()
    future = pool.submit(stuck)
    assert stuck.began.wait(10)
    with interrupted(pool), pytest.raises(RuntimeError, match=IN_VAIN) as caught:
        wait(pool, future)
    assert "let it start a thread, or set an event, instead" in str(caught.value)
    until(lambda: not pool._node.state.deferred)
    pool.resume()
    stuck.go.set()
    assert future.result(20) == "let go"


@pytest.mark.parametrize("wait", [ours.wait, lambda futures: list(ours.as_completed(futures))])
def test_who_waits_for_futures_in_a_section_is_told(pool, wait) -> None:
    """As `result()`; for those that have ended they do not wait."""
    stuck = Stuck()
    future, ended = pool.submit(stuck), pool.submit(int)
    assert stuck.began.wait(10)
    ended.result(20)
    with interrupted(pool), no_longer_than(2):
        wait([ended])
        with pytest.raises(RuntimeError, match=IN_VAIN):
            wait([future])


@contextmanager
def no_longer_than(seconds: float):
    """Fail after so many seconds, also in what waits for ever."""

    def fail(signum: int, frame: object) -> None:
        message = f"it still waits after {seconds} s"
        raise AssertionError(message)

    before = signal.signal(signal.SIGALRM, fail)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_what_has_ended_needs_no_wait_in_a_section(pool) -> None:
    """Its result is there."""
    future = pool.submit(int)
    assert future.result(20) == 0
    with interrupted(pool):
        assert future.result() == 0
        assert future.exception() is None


def test_a_with_block_in_a_section_leaves_no_hold(pool) -> None:
    """It cannot be entered there; what it placed is released."""
    with interrupted(pool), pytest.raises(RuntimeError, match=IN_VAIN), pool.pause("x"):
        pass
    until(lambda: not pool._node.state.deferred)
    assert pool.holds() == ()
    assert pool.submit(int).result(20) == 0


def test_a_look_while_the_queue_is_being_cleared(pool) -> None:
    """A status in the midst of it does not count less than nothing."""
    seen: list[list[int]] = []

    class Queue(deque):
        def extendleft(self, items) -> None:
            seen.append(counts(pool.status()))
            pool.tasks()
            super().extendleft(items)

    pool.pause("x")
    pool._node.queue = Queue()
    futures = [pool.submit(int) for _ in range(1100)]
    for future in futures[20:]:
        assert future.cancel()
    assert seen
    assert min(map(min, seen)) >= 0
    pool.resume()
    all_ended(futures)
    assert counts(pool.status()) == [0, 0, 0, 1100]


# Other threads, and callbacks, while something is deferred.


def test_another_thread_pauses_with_a_block_while_something_is_deferred(pool, catch_up) -> None:
    """It waits until the scope is quiescent, and is not sent away because its hold is late."""
    loop = Loop()
    pool.submit(loop)
    assert loop.began.wait(10)
    with interrupted(pool):
        pool.resume()

    def pause() -> tuple[bool, int]:
        with pool.pause("another thread", timeout=20):
            return pool.is_paused(), pool.status().resting

    entered = background(pause)
    until(lambda: entered.done() or pool._node.waiters or len(pool._node.state.deferred) == 2)
    catch_up()
    assert entered.result(20) == (True, 1)


def test_another_thread_waits_for_its_hold_while_something_is_deferred(pool, catch_up) -> None:
    """`wait()` on a hold that is not in force yet does not say that it has ended."""
    loop = Loop()
    pool.submit(loop)
    assert loop.began.wait(10)
    with interrupted(pool):
        pool.resume()
    rests = background(lambda: pool.pause("another thread").wait(20))
    until(lambda: rests.done() or pool._node.waiters or len(pool._node.state.deferred) == 2)
    catch_up()
    assert rests.result(20)
    assert pool.is_quiescent()


def test_what_another_thread_does_while_something_is_deferred_is_done(pool) -> None:
    """When its call has returned, that has been done, as ever: it is in no critical section."""
    state = pool._node.state
    pool.pause("before")
    queued = pool.submit(int)
    deferred, go = threading.Event(), threading.Event()

    def slow() -> None:  # what a handler wanted, being done on a thread of its own
        deferred.set()
        go.wait(20)

    with interrupted(pool):
        assert state.defers(slow)
    assert deferred.wait(10)
    threading.Timer(0.2, go.set).start()  # for those who wait for their turn
    try:
        assert queued.cancel()
        assert queued.cancelled()
        assert pool.resume() == 1
        assert not pool.is_paused()
        hold = pool.pause("after")
        assert not hold.is_released
        assert pool.is_paused()
        pool.shutdown(wait=False)
        with pytest.raises(RuntimeError, match="after shutdown"):
            pool.submit(int)
    finally:
        go.set()
        until(lambda: not state.deferred)


@pytest.mark.parametrize("call", ["cancel", "pause"])
def test_deferred_while_a_worker_takes_a_task(pool, catch_up, call) -> None:
    """What was deferred before is just done, so that tasks may start, and the call comes behind.

    1. C finds something deferred, and goes to put its call there, too. 2. What was there is done.
    3. The worker W sees nothing deferred, and begins to take the task. 4. C puts its call there,
    sees that the task has not started, and returns. 5. W lets the task start.
    """
    state = pool._node.state
    make_idle(pool)
    takes, may_start = threading.Event(), threading.Event()

    class Deferred(deque):
        def append(self, item) -> None:
            if threading.current_thread() is caller:
                background(catch_up)
                assert takes.wait(10)
            super().append(item)

    class Queue(deque):
        def popleft(self):
            task = super().popleft()
            takes.set()
            assert may_start.wait(10)
            return task

    caller = None
    state.deferred, pool._node.queue = Deferred(), Queue()
    ran: list[str] = []
    with interrupted(pool):
        pool.resume()
    future = pool.submit(ran.append, "it has run")
    caller = threading.current_thread()
    # If the call waits for the worker instead, that goes on.
    rescue = threading.Timer(1, may_start.set)
    rescue.start()
    promised = getattr(future if call == "cancel" else pool, call)()
    had_started = future.running() or future.done()
    caller = None
    may_start.set()
    rescue.cancel()
    rescue.join()
    catch_up()
    until(lambda: not state.coming)
    until(lambda: future.done() or pool.is_paused())
    assert had_started or ran == [], f"{call}() had returned {promised} before it started"


def test_a_callback_of_what_a_handler_has_cancelled_may_wait(pool) -> None:
    """It may use the pool as any callback may, and wait for another task."""
    got: list[object] = []
    stuck = [Stuck(), Stuck()]
    for each in stuck:
        pool.submit(each)
        assert each.began.wait(10)
    future = pool.submit(int)
    future.add_done_callback(lambda _: got.append(ours.wait([pool.submit(int)], 5).not_done))
    with interrupted(pool):
        assert future.cancel()
    for each in stuck:
        each.go.set()
    until(lambda: got)
    assert got == [set()]


def test_a_handler_that_interrupts_the_start_of_a_thread(make_pool) -> None:
    """It does not wait for deferred calls, the next of which waits for that start to be over."""
    pool = make_pool(2)
    state = pool._node.state

    def is_at_it() -> bool:
        if not state._catching_up.acquire(blocking=False):
            return True
        state._catching_up.release()
        return False

    with state.starting:  # as `Crew.hire` has it
        with state.lock:
            future = pool.submit(int)  # deferred, and it wants a thread
        until(lambda: background(is_at_it).result(10), what="the timer's thread makes the call")
        hold = pool.pause("from a handler")
        assert hold.release()
    assert future.result(10) == 0
    until(lambda: not pool.is_paused())
