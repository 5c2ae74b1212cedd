"""Signal handlers that use a pool: while the main thread waits for it, or is in a call on it.

Those without a signal enter a critical section of the pool by hand, and do in it what a handler
would that interrupts one: where the main thread just looks, and where it decides something.
"""

from __future__ import annotations

import math
import random
import signal
import sys
import threading
import time
from contextlib import contextmanager
from functools import partial
from itertools import count

import pytest
from helpers import put_back, until
from odd_hours.interrupted import in_a_look
from workloads import Loop, Stuck, background

from pausable import futures as ours
from pausable._core.closure import release
from pausable._core.decision import decide, look, make
from pausable._core.derived import validate
from pausable._core.frames import frames_of_threads
from pausable._core.postponement import let_all_go
from pausable._core.run import start, take
from pausable.threads.seat import ThreadSeat

pytestmark = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs setitimer")

OFTEN = 10  # calls of a handler, at least, in a test that wants it to come at any moment
DEEP = 4  # handlers that have interrupted one another, at most
IN_VAIN = "this signal handler or finalizer has interrupted a call on the same pool"


@contextmanager
def handling(handler, deep: float = math.inf):
    """Have *handler* called, with the number of its call, on the main thread at each SIGALRM.

    In no more than *deep* calls of its own at once. The list that is given has their numbers.
    """
    assert threading.current_thread() is threading.main_thread()
    numbers, inside = count(1), 0
    calls: list[int] = []
    failed: list[BaseException] = []

    def handle(signum: int, frame: object) -> None:
        nonlocal inside
        if inside >= deep:
            return
        inside += 1
        try:
            number = next(numbers)  # in one step: the next signal may come at any moment
            calls.append(number)
            handler(number)
        except BaseException as error:  # noqa: BLE001 - reported at the end
            failed.append(error)
        finally:
            inside -= 1

    before = signal.signal(signal.SIGALRM, handle)
    try:
        yield calls
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        put_back(signal.SIGALRM, before)
    assert failed == []


@contextmanager
def ticking(handler, interval: float = 0.0005):
    """Call *handler* every so many seconds, wherever the main thread is then: also in *handler*.

    Not in more than a few at once; and what was interrupted gets at least as long as that took. On
    a machine so busy that a call takes longer than the interval, nobody else would ever go on.
    """
    goes_on = True

    def handle(call: int) -> None:
        began = time.monotonic()
        handler(call)
        if goes_on:  # or it would end the process when nobody handles it any more
            took = time.monotonic() - began
            signal.setitimer(signal.ITIMER_REAL, max(interval, took), interval)

    with handling(handle, DEEP) as calls:
        signal.setitimer(signal.ITIMER_REAL, interval, interval)
        try:
            yield calls
        finally:
            goes_on = False


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
    while time.monotonic() < deadline or (calls is not None and len(calls) <= OFTEN):
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
    "result": (lambda pool, future: future.result(20), lambda _, f: f._p_waiting),
    "wait": (lambda pool, future: ours.wait([future], 20), lambda _, f: f._waiters),
    "shutdown": (
        lambda pool, future: pool.shutdown(),
        lambda pool, _: pool._p_node.waiters.shutdowns,
    ),
    "quiescence": (
        lambda pool, future: pool.wait_quiescent(20),
        lambda pool, _: pool._p_node.waiters.listed,
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
        until(lambda: len(calls) == 1)
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
    assert len(calls) > OFTEN
    assert pool.is_paused() == bool(len(calls) % 2)
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
    assert sorted(ran) == list(range(1, len(calls) + 1))


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
    """Say whether nothing is postponed, and each worker waits for a task."""
    state = pool._p_node.pool
    return (
        not state.postponed and not state.seats.called and len(state.seats.idle) == len(state.seats)
    )


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
    assert len(calls) > OFTEN
    until(lambda: pool.is_paused() == bool(len(calls) % 2))
    until(lambda: not pool._p_node.pool.postponed)
    assert pool.is_paused() == bool(len(calls) % 2)
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
    assert len(calls) > OFTEN
    all_ended(mine + theirs)
    assert len(theirs) == len(calls)
    assert sorted(ran) == list(range(-len(calls), len(mine)))


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
    assert len(calls) > OFTEN
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
    assert len(calls) > OFTEN
    assert least == [0]
    loop.go.set()
    stuck.go.set()
    until(lambda: pool.status().done == pool._p_node.tally.done and idle(pool))
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
    assert len(calls) > OFTEN


def test_stopping_while_the_main_thread_resumes(make_pool) -> None:
    """Those that run, rest or have not started: all end, and the pool goes on."""
    pool = make_pool(2)
    futures = []
    with ticking_in_turn(lambda _: pool.stop("from the handler")) as calls:
        for _ in hammered(calls):
            pool.pause("main")
            futures += [pool.submit(Loop()) for _ in range(3)]
            pool.resume()
    assert len(calls) > OFTEN
    until(lambda: not pool._p_node.pool.postponed)
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
    assert len(calls) > OFTEN
    all_ended(futures)
    assert sorted(ran) == list(range(len(futures)))
    for each in ends:
        each()
    until(lambda: not pool._p_node.pool.postponed)
    assert pool.max_workers == len(calls) % 4 + 1
    assert pool._p_node.audience.observers == ()
    assert pool._p_node.pool.demand.observed == 0


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
    assert len(calls) > OFTEN
    assert other.result(20)
    until(lambda: not pool._p_node.pool.postponed)
    assert not pool.is_paused()


# In a critical section: interrupted in the middle of a call, as a handler finds it.


@pytest.fixture
def held_back(pool):
    """Let nobody come to make what a look has postponed: the next visitor of the pool does."""
    adapter = pool._p_node.pool.adapter
    adapter.decide_later = lambda *_: None
    yield
    del adapter.decide_later
    decide(pool._p_node.pool, let_all_go)


def nothing_postponed(pool) -> bool:
    """Say whether all that handlers have called has been made."""
    return not pool._p_node.pool.postponed


def make_idle(pool) -> None:
    """Let the pool have a worker, and let it wait for a task."""
    pool.submit(int).result(20)
    until(lambda: idle(pool))


def test_a_pause_and_a_resume_in_a_section(pool, interrupt) -> None:
    """Their order is kept: afterwards the pool is open."""

    def handler():
        hold = pool.pause("x")
        assert pool.resume() == 1
        assert not pool._p_node.gate.holds
        return hold

    hold = interrupt(pool, handler)
    until(lambda: nothing_postponed(pool))
    assert not pool.is_paused()
    assert hold.is_released()
    assert pool.submit(int).result(20) == 0


def test_a_resume_and_a_pause_in_a_section(pool, interrupt) -> None:
    """Their order is kept: afterwards the pool is paused, once."""
    first = pool.pause("first")

    def handler():
        assert pool.resume() == 1
        assert pool.resume() == 0
        return pool.pause("second")

    second = interrupt(pool, handler)
    until(lambda: nothing_postponed(pool))
    assert first.is_released()
    assert not second.is_released()
    assert [hold.reason for hold in pool.holds()] == ["second"]


def test_a_hold_of_a_section_is_released_in_it(pool, interrupt) -> None:
    """release() says that it will release it, once; afterwards there is none."""

    def handler():
        hold = pool.pause("x")
        assert hold.release()
        assert not hold.release()
        return hold

    hold = interrupt(pool, handler)
    until(lambda: nothing_postponed(pool))
    assert pool.holds() == ()
    assert not hold.release()


def test_a_resume_of_one_hold_in_a_section(pool, interrupt) -> None:
    """It counts that one, if it is there by then, and leaves the others."""
    first, second = pool.pause("first"), pool.pause("second")

    def handler():
        assert pool.resume(first) == 1
        assert pool.resume(first) == 0
        assert not first.release()
        third = pool.pause("third")
        assert pool.resume(third) == 1
        assert pool.resume() == 1

    interrupt(pool, handler)
    until(lambda: nothing_postponed(pool))
    assert second.is_released()
    assert pool.holds() == ()


def test_a_pause_in_a_section_lets_nothing_start(pool, interrupt) -> None:
    """Not even before it is in force: neither what is queued nor what comes, nor for a worker."""
    ran: list[str] = []
    make_idle(pool)
    (seat,) = pool._p_node.pool.seats

    def handler():
        hold = pool.pause("from a handler")
        assert not pool._p_node.gate.holds
        future = pool.submit(ran.append, "after")
        seat.wake()  # it looks for a task as soon as it gets the lock
        return hold, future

    hold, future = interrupt(pool, handler)
    other = background(pool.submit, ran.append, "from elsewhere").result(20)
    until(pool.is_paused)
    until(lambda: idle(pool))
    assert hold.reason == "from a handler"
    assert not hold.is_released()
    assert not future.running()
    assert pool.status().queued == 2
    assert ran == []
    hold.release()
    future.result(20)
    other.result(20)
    assert sorted(ran) == ["after", "from elsewhere"]


@pytest.mark.usefixtures("held_back")
def test_a_worker_that_comes_first_after_such_a_pause(pool) -> None:
    """A worker is the first to have the lock: it puts the pause in force, and takes nothing."""
    ran: list[str] = []
    make_idle(pool)
    (seat,) = pool._p_node.pool.seats

    def handler() -> None:
        pool.pause("from a handler")
        pool.submit(ran.append, "after")

    in_a_look(pool, handler)
    assert not pool.is_paused()
    assert not nothing_postponed(pool)
    seat.wake()
    until(pool.is_paused)
    until(lambda: idle(pool))
    assert ran == []
    assert pool.status().queued == 1
    pool.resume()
    until(lambda: ran == ["after"])


def test_a_pause_that_interrupts_who_is_about_to_start_a_task(pool) -> None:
    """The visit goes on, and starts nothing: the pause has returned already."""
    make_idle(pool)
    state, node = pool._p_node.pool, pool._p_node
    hold = pool.pause("before")
    future = pool.submit(int)
    seat = ThreadSeat()

    def takes(visit):
        release(visit, node, hold._record)
        pool.pause("from a handler")
        assert not node.gate.closed
        return take(visit, seat)

    assert decide(state, takes) is None
    assert seat.task is None
    assert pool.is_paused()
    assert pool.status().queued == 1
    pool.resume()
    assert future.result(20) == 0


class AtStart:
    """Makes a call where the next task starts, on any thread of which it traces the calls."""

    def __init__(self, call) -> None:
        self.call = call

    def __call__(self, frame, event, _arg) -> None:
        if frame.f_code is start.__code__ and self.call is not None:
            call, self.call = self.call, None
            call()


@pytest.mark.parametrize("who", ["the submitter", "a worker that comes", "a worker that goes on"])
def test_a_pause_at_the_last_moment_before_a_start(make_pool, who) -> None:
    """Whoever starts a task: it does not if the call comes before that, and waits in the queue."""
    ran: list[str] = []
    tracer = AtStart(lambda: pool.pause("at the last moment", running="finish"))
    threading.settrace(tracer if who != "the submitter" else None)
    try:
        pool = make_pool(1)
        if who == "a worker that goes on":
            stuck = Stuck()
            call, tracer.call = tracer.call, None
            pool.submit(stuck)
            assert stuck.began.wait(10)
            future = pool.submit(ran.append, "it has run")
            tracer.call = call
            stuck.go.set()
        elif who == "a worker that comes":
            future = pool.submit(ran.append, "it has run")
        else:
            make_idle(pool)
            sys.settrace(tracer)
            future = pool.submit(ran.append, "it has run")
            sys.settrace(None)
        until(lambda: pool.is_paused() and idle(pool))
    finally:
        sys.settrace(None)
        threading.settrace(None)
    assert tracer.call is None
    assert ran == []
    assert pool.status().queued == 1
    pool.resume()
    future.result(20)
    assert ran == ["it has run"]
    until(lambda: idle(pool))
    assert look(pool._p_node.pool, validate, pool._p_node.pool) == []


@pytest.mark.usefixtures("held_back")
def test_a_task_that_ends_does_not_hand_its_worker_on_after_such_a_pause(pool) -> None:
    """The queue has tasks, a worker becomes free, and the pause is not in force yet: none starts."""
    pool.max_workers = 1
    stuck = Stuck()
    first, second = pool.submit(stuck), pool.submit(int)
    assert stuck.began.wait(10)
    in_a_look(pool, lambda: pool.pause("from a handler"))
    assert not pool.is_paused()
    stuck.go.set()
    first.result(20)
    until(lambda: len(pool._p_node.pool.seats.idle) == 1)
    assert not second.running()
    assert pool.is_paused()
    assert pool.status().queued == 1
    pool.resume()
    assert second.result(20) == 0


def test_a_submit_in_a_section(pool, interrupt) -> None:
    """The task runs afterwards, once: by a new worker, or by one that is idle."""
    ran: list[int] = []

    def handler(number):
        future = pool.submit(ran.append, number)
        assert not future.running()
        return future

    for number in range(2):
        interrupt(pool, partial(handler, number)).result(20)
        until(lambda: idle(pool))
    assert ran == [0, 1]
    assert pool.status().done == 2


def test_a_submit_that_comes_too_late_by_then(pool, interrupt) -> None:
    """The pool has been shut down meanwhile: the task is cancelled, and whoever waits is told."""
    told: list[ours.Future] = []

    def handler():
        pool.shutdown(wait=False)
        future = pool.submit(int)
        future.add_done_callback(told.append)
        return future

    future = interrupt(pool, handler)
    until(future.cancelled)
    until(lambda: told == [future], what="its callback is called")
    assert ours.wait([future], timeout=10).done == {future}


def test_a_cancel_in_a_section(pool, interrupt) -> None:
    """It says that the task is cancelled, and the task never runs, though it could by now."""
    ran: list[str] = []
    loops = [Stuck(), Stuck()]
    for each in loops:
        pool.submit(each)
        assert each.began.wait(10)
    future = pool.submit(ran.append, "cancelled")

    def handler() -> None:
        assert future.cancel()
        for each in loops:
            each.go.set()

    interrupt(pool, handler)
    until(future.cancelled)
    until(lambda: idle(pool))
    assert ran == []
    assert future.cancel()
    assert pool.status().done == 3


def test_a_cancel_of_a_running_task_in_a_section(pool, interrupt) -> None:
    """It says no, and the task goes on."""
    loop = Loop()
    future = pool.submit(loop)
    assert loop.began.wait(10)
    assert not interrupt(pool, future.cancel)
    loop.go.set()
    assert future.result(20) == loop.rounds


def test_a_stop_in_a_section(pool, interrupt) -> None:
    """It says how many it stops; those that run and those that have not started end."""
    loops = [Loop(), Loop()]
    futures = [pool.submit(each) for each in loops]
    for each in loops:
        assert each.began.wait(10)
    futures.append(pool.submit(int))
    assert interrupt(pool, lambda: pool.stop("from a handler")) == 3
    all_ended(futures)
    assert all(future.cancelled() for future in futures)
    assert pool.submit(int).result(20) == 0


def test_more_workers_in_a_section(pool, interrupt) -> None:
    """They come afterwards, and take what is queued."""
    loops = [Loop() for _ in range(3)]
    for each in loops:
        pool.submit(each)
    assert loops[1].began.wait(10)
    interrupt(pool, lambda: setattr(pool, "max_workers", 3))
    assert loops[2].began.wait(10)
    assert pool.max_workers == 3


def test_all_at_once_in_a_section(pool, interrupt) -> None:
    """Everything that can be postponed is, and is done in the order of the calls."""
    ran: list[str] = []
    events: list[str] = []
    pool.pause("before")
    cancelled = pool.submit(ran.append, "cancelled")

    def handler():
        end = pool.observe(lambda event: events.append(type(event).__name__))
        assert cancelled.cancel()
        pool.resume()
        pool.max_workers = 1
        future = pool.submit(ran.append, "submitted")
        hold = pool.pause("during")
        held = future.pause("alone")
        assert hold.release()
        assert held.release()
        end()
        pool.shutdown(wait=False)
        assert ran == []
        return future

    future = interrupt(pool, handler)
    future.result(20)
    assert ran == ["submitted"]
    assert cancelled.cancelled()
    assert pool.shutdown(timeout=20)
    assert events[:2] == ["TaskEnded", "HoldReleased"]
    assert "ScopeShutDown" not in events
    assert counts(pool.status()) == [0, 0, 0, 2]


def test_a_call_that_fails_costs_those_behind_it_nothing(pool, interrupt, caplog) -> None:
    """Whatever is refused by then, or fails: the log tells of it, and the others are made."""

    def fails(_visit) -> None:
        raise ZeroDivisionError

    def handler() -> None:
        decide(pool._p_node.pool, fails)
        pool.pause("behind it")

    interrupt(pool, handler)
    until(pool.is_paused)
    until(lambda: "ZeroDivisionError" in caplog.text)
    pool.resume()
    assert pool.submit(int).result(20) == 0


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
def test_who_waits_in_a_section_is_told_that_it_would_wait_for_ever(pool, interrupt, wait) -> None:
    """RuntimeError with advice; afterwards the pool is as usable as the call has left it."""
    stuck = Stuck()
    future = pool.submit(stuck)
    assert stuck.began.wait(10)

    def handler() -> None:
        with pytest.raises(RuntimeError, match=IN_VAIN) as caught:
            wait(pool, future)
        assert "let it start a thread, or set an event, instead" in str(caught.value)

    interrupt(pool, handler)
    until(lambda: nothing_postponed(pool))
    pool.resume()
    stuck.go.set()
    assert future.result(20) == "let go"


@pytest.mark.parametrize("wait", [ours.wait, lambda futures: list(ours.as_completed(futures))])
def test_who_waits_for_futures_in_a_section_is_told(pool, interrupt, wait) -> None:
    """As `result()`; for those that have ended they do not wait."""
    stuck = Stuck()
    future, ended = pool.submit(stuck), pool.submit(int)
    assert stuck.began.wait(10)
    ended.result(20)

    def handler() -> None:
        with no_longer_than(2):
            wait([ended])
            with pytest.raises(RuntimeError, match=IN_VAIN):
                wait([future])

    interrupt(pool, handler)


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
        put_back(signal.SIGALRM, before)


def test_what_has_ended_needs_no_wait_in_a_section(pool, interrupt) -> None:
    """Its result is there."""
    future = pool.submit(int)
    assert future.result(20) == 0
    assert interrupt(pool, lambda: (future.result(), future.exception())) == (0, None)


def test_a_with_block_in_a_section_leaves_no_hold(pool, interrupt) -> None:
    """It cannot be entered there; what it placed is released."""

    def handler() -> None:
        with pytest.raises(RuntimeError, match=IN_VAIN), pool.pause("x"):
            pass

    interrupt(pool, handler)
    until(lambda: nothing_postponed(pool))
    assert pool.holds() == ()
    assert pool.submit(int).result(20) == 0


def test_a_look_while_the_queue_is_being_cleared(pool) -> None:
    """A status in the midst of it does not count less than nothing."""
    seen: list[list[int]] = []

    class Queue(type(pool._p_node.queue)):
        def extendleft(self, items) -> None:
            seen.append(counts(pool.status()))
            pool.tasks()
            super().extendleft(items)

    pool.pause("x")
    pool._p_node.queue = Queue()
    futures = [pool.submit(int) for _ in range(1100)]
    for future in futures[20:]:
        assert future.cancel()
    assert seen
    assert min(map(min, seen)) >= 0
    pool.resume()
    all_ended(futures)
    assert counts(pool.status()) == [0, 0, 0, 1100]


# Other threads, and callbacks, while something is postponed.


@pytest.mark.usefixtures("held_back")
def test_another_thread_pauses_with_a_block_while_something_is_postponed(pool) -> None:
    """It waits until the scope is quiescent, and its hold comes behind the resume."""
    loop = Loop()
    pool.submit(loop)
    assert loop.began.wait(10)
    in_a_look(pool, pool.resume)

    def pause() -> tuple[bool, int]:
        with pool.pause("another thread", timeout=20):
            return pool.is_paused(), pool.status().resting

    assert background(pause).result(20) == (True, 1)


@pytest.mark.usefixtures("held_back")
def test_another_thread_waits_for_its_hold_while_something_is_postponed(pool) -> None:
    """`wait()` on a hold that comes behind a resume does not say that it has ended."""
    loop = Loop()
    pool.submit(loop)
    assert loop.began.wait(10)
    in_a_look(pool, pool.resume)
    assert background(lambda: pool.pause("another thread").wait(20)).result(20)
    assert pool.is_quiescent()


@pytest.mark.usefixtures("held_back")
def test_what_another_thread_does_while_something_is_postponed_is_done(pool) -> None:
    """When its call has returned, that has been done, as ever: it is in no critical section."""
    pool.pause("before")
    queued = pool.submit(int)
    made: list[int] = []

    def first(call, *args):
        """Make a call before which something else has been postponed."""
        count = len(made)
        in_a_look(pool, lambda: decide(pool._p_node.pool, lambda _visit: made.append(count)))
        assert len(made) == count
        answer = background(call, *args).result(20)
        assert made[count:] == [count]
        return answer

    assert first(queued.cancel)
    assert queued.cancelled()
    assert first(pool.resume) == 1
    assert not pool.is_paused()
    hold = first(pool.pause, "after")
    assert not hold.is_released()
    assert pool.is_paused()
    first(lambda: pool.shutdown(wait=False))
    with pytest.raises(RuntimeError, match="after shutdown"):
        pool.submit(int)


@pytest.mark.parametrize("call", ["cancel", "pause"])
def test_a_call_while_a_worker_takes_a_task(pool, call) -> None:
    """What it has promised is so, though the task is being taken just then.

    1. The worker W, under the lock, begins to take the task. 2. C calls, and waits for the lock.
    3. W lets the task start. 4. C returns, and says what has become of it.
    """
    state = pool._p_node.pool
    make_idle(pool)
    takes, may_start = threading.Event(), threading.Event()

    class Queue(type(pool._p_node.queue)):
        def popleft(self):
            takes.set()
            assert may_start.wait(10)
            return super().popleft()

    ran: list[str] = []
    pool.pause("before")
    future = pool.submit(ran.append, "it has run")
    pool._p_node.queue = Queue(pool._p_node.queue)
    pool.resume()
    assert takes.wait(10)
    who: list[int] = []

    def caller() -> tuple[object, bool]:
        who.append(threading.get_ident())
        promised = getattr(future if call == "cancel" else pool, call)()
        return promised, future.running() or future.done()

    called = background(caller)
    until(lambda: called.done() or (who and is_at_lock(who[0])), what="it waits for the lock")
    may_start.set()
    promised, had_started = called.result(20)
    until(lambda: not state.seats.called)
    until(lambda: future.done() or pool.is_paused())
    assert had_started or ran == [], f"{call}() had returned {promised} before it started"
    assert ran == [] or promised is not True


def is_at_lock(ident: int) -> bool:
    """Say whether a thread has come to where it takes a pool's lock to decide something."""
    return frames_of_threads()[ident].f_code is make.__code__


def test_a_callback_of_what_a_handler_has_cancelled_may_wait(pool, interrupt) -> None:
    """It may use the pool as any callback may, and wait for another task."""
    got: list[object] = []
    stuck = [Stuck(), Stuck()]
    for each in stuck:
        pool.submit(each)
        assert each.began.wait(10)
    future = pool.submit(int)
    future.add_done_callback(lambda _: got.append(ours.wait([pool.submit(int)], 20).not_done))

    def handler() -> None:
        assert future.cancel()
        for each in stuck:
            each.go.set()

    interrupt(pool, handler)
    until(lambda: got, timeout=20)
    assert got == [set()]


def test_a_handler_that_interrupts_the_start_of_a_thread(make_pool) -> None:
    """It does not wait for who makes a postponed call, which waits for that start to be over."""
    pool = make_pool(2)
    state = pool._p_node.pool
    crew = state.adapter
    hire, hires = crew.hire, threading.Event()

    def hire_later(seat) -> None:
        if threading.current_thread() is not threading.main_thread():
            hires.set()
        hire(seat)

    crew.hire = hire_later
    with crew._starting:  # as `Crew.hire` has it
        with state.lock:
            future = pool.submit(int)  # postponed, and it wants a thread
        assert hires.wait(10), "the timer's thread makes the call"
        hold = pool.pause("from a handler")
        assert hold.release()
    assert future.result(10) == 0
    until(lambda: not pool.is_paused())
    del crew.hire
