"""The decision: the one way to change a pool, and the doing of what has come of it.

`decide` takes the pool's lock and makes a visit, in which a decision is made; then it does what was
decided: threads are woken, workers called, events and lines of the log delivered.

An exception may hit any line, also one of a visit (Ctrl-C, a handler that raises). A decision then
is made or not by what is primary: the holds, the tasks with their states, the requests. All else is
made anew from that (`derived.mend`), before anybody else sees it: by whoever was hit, on the way
out, or, if a second exception has kept him from it, by the next visitor. A decision that can be
made again without harm says so (`Visit.again`), and is made to its end. What was to be done is done
on the way out, too. It is done in two `finally`: the second does what a hit has kept the first
from, some of it twice. The lock itself is what `with` enters, a C object, so that no exception
comes between having it and letting it go; where one can (`grip`), it is let go on the way out.
"""

from __future__ import annotations

from collections import deque
from functools import partial
from time import sleep
from typing import TYPE_CHECKING, Any, TypeVar, cast

from pausable._core.derived import mend
from pausable._core.grip import let_go, under
from pausable._core.interruption import is_owned
from pausable._core.postponement import Postponed, catch_up, let_all_go, postpone
from pausable._core.rest import grant
from pausable._core.retries import retries, retry
from pausable._core.turns import call_workers
from pausable._core.visit import Visit

if TYPE_CHECKING:
    from _thread import RLock
    from collections.abc import Callable

    from pausable._core.pool import Pool
    from pausable._core.ports import Seat

__all__ = [
    "begin",
    "decide",
    "decide_at_once",
    "end",
    "give_way",
    "leave",
    "look",
    "make",
    "through",
    "visit_to",
]

T = TypeVar("T")

_TRIES = 50


def decide(pool: Pool, decision: Callable[..., T], *args: Any) -> T | None:
    """Make a decision in a visit to *pool*, do what has come of it, and return what it returned.

    *decision* is called with the visit and *args*, under the lock. None if the caller has
    interrupted a visit of its own thread: the decision is made at the end of that.

    Raises:
        Exception: the decision was refused: what is in `Visit.error`.
        RuntimeError: a worker was called for, and no thread can be started.
    """
    if pool.lock._is_owned():  # type: ignore[attr-defined]
        postpone(pool, Postponed(decision, args))
        return None
    visit = visit_to(pool)
    answer: T = through(visit, make, visit, decision, *args)
    if visit.error is not None:
        raise visit.error
    return answer


def visit_to(pool: Pool) -> Visit:
    """Begin a visit to a pool, with nothing decided yet; the lock is not taken."""
    visit = Visit()
    visit.pool = pool
    visit.again = visit.error = None
    visit.opens = visit.is_made = visit.is_over = visit.is_patient = False
    visit.wakes, visit.seats = [], []
    visit.chores, visit.calls = deque(), deque()
    return visit


def through(visit: Visit, call: Callable[..., T], *args: Any) -> T:
    """Call what makes the decision of a visit, and do what has come of it, whatever happens."""
    try:
        try:
            return call(*args)
        finally:
            leave(visit)
    finally:
        if not visit.is_over:
            leave(visit)


def make(visit: Visit, decision: Callable[..., T], *args: Any) -> T:
    """Make a decision in a visit; what has come of it is for the caller to do, by `leave`."""
    pool = visit.pool
    with pool.lock:
        if pool.visitor is not None or pool.postponed:
            begin(visit)
        pool.visitor = visit
        answer = decision(visit, *args)
        if visit.opens or pool.postponed:
            end(visit)
        pool.visitor = None
    visit.is_made = True
    return answer


def decide_at_once(pool: Pool, decision: Callable[..., T], *args: Any) -> T:
    """Do as `decide`, also in the midst of a visit of this thread: for what only adds something.

    What has come of it is then done with what comes of that visit.
    """
    if not is_owned(pool.lock):
        return cast("T", decide(pool, decision, *args))
    visit = visit_to(pool)
    answer = decision(visit, *args)
    postpone(pool, partial(_hand_on, visit))
    if visit.error is not None:
        raise visit.error
    return answer


def _hand_on(earlier: Visit, visit: Visit) -> None:
    visit.wakes += earlier.wakes
    visit.seats += earlier.seats
    visit.chores += earlier.chores
    visit.calls += earlier.calls
    visit.opens = visit.opens or earlier.opens


def begin(visit: Visit) -> None:
    """Put right what others have left, and make what was postponed. Under the lock."""
    torn: Any = visit.pool.visitor
    if torn is not None:
        _mend(visit, torn)
    catch_up(visit)


def _mend(visit: Visit, torn: Visit) -> None:
    """Make all that is derived anew, and then the decision that was torn, if that can be."""
    mend(visit)
    again = torn.again
    if again is not None:
        try:
            again(visit)
        finally:
            torn.again = visit.again = None  # once: it may be what has failed


def end(visit: Visit) -> None:
    """Make what was postponed meanwhile, and let all go who may. Under the lock."""
    if visit.pool.postponed:
        catch_up(visit)
    visit.opens = False
    pool = visit.pool
    if pool.lines.back or pool.lines.stopped:
        grant(visit)  # those at rest come first
    if pool.lines.ring:
        call_workers(visit)


def leave(visit: Visit) -> None:
    """Do what is to be done, outside the lock; put right what an exception has torn."""
    pool = visit.pool
    if not visit.is_made:
        _leave_torn(visit)
    if visit.wakes:
        for each in visit.wakes:
            each.wake()
        visit.wakes.clear()
    while visit.seats:
        _call(visit, visit.seats[0])
        del visit.seats[0]
    while visit.chores:
        visit.chores[0]()
        visit.chores.popleft()
    if visit.calls:
        _call_users(visit)
    if pool.outbox:
        pool.outbox.deliver(is_patient=visit.is_patient)
    if retries:
        retry()
    if pool.postponed:  # by a handler that came after the last look
        decide(pool, let_all_go)
    visit.again = None
    visit.is_over = True


def _call_users(visit: Visit) -> None:
    """Make the calls of users' code; what one of them raises keeps no other from being made."""
    failure = None
    while visit.calls:
        try:
            visit.calls.popleft()()
        except BaseException as error:  # noqa: BLE001 - it is raised in the end
            failure = error
    if failure is not None:
        raise failure


def _leave_torn(visit: Visit) -> None:
    let_go(visit.pool.lock)
    under(visit.pool.lock, _put_right, visit)
    visit.is_made = True


def _put_right(visit: Visit) -> None:
    if visit.pool.visitor is visit:
        _mend(visit, visit)
        end(visit)
        visit.pool.visitor = None


def _call(visit: Visit, seat: Seat) -> None:
    """Have a worker come that was called."""
    if not seat.is_new:
        seat.wake()
        return
    pool = visit.pool
    try:
        pool.adapter.hire(seat)
    except BaseException as error:  # no thread can be started, or Ctrl-C
        if not isinstance(error, Exception):
            visit.chores.append(partial(decide, pool, let_all_go))
        seats = visit.seats.copy()
        visit.seats.clear()
        for each in seats:
            if each.is_new and each not in pool.seats:
                pool.seats.called.pop(each, None)
        for each in seats:
            each.wake()  # harmless where nobody is
        raise


def look(pool: Pool, question: Callable[..., T], *args: Any) -> T:
    """Ask something of *pool* under its lock; also in the midst of a visit of this thread."""
    return under(pool.lock, question, *args)


def give_way(lock: RLock) -> None:
    """Let others run until *lock* is free, or for a while: for workers, before they take it.

    With the GIL a thread that is interrupted while it holds the lock makes the others block on it.
    Each of them is then handed the lock while another thread has the GIL, so that the next one
    blocks, too: from then on every visit costs two context switches (measured: 7 µs a visit
    instead of 1.5 with 8 threads). Who lets the others run breaks the chain at its first link.
    """
    for _ in range(_TRIES):
        if lock.acquire(blocking=False):
            lock.release()
            return
        sleep(0)
