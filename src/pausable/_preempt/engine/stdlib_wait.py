"""Waits of the standard library in which a task counts as at rest, since nothing of it runs there.

All of them come down to `threading.Condition.wait`, which has given back its lock and waits in C
for a lock of its own, that nobody else knows. What comes next is a line of that function, before
it takes the lock of the condition back: there an event is set, for as long as anybody counts.

The invariant: a task that counts is inside that call, or its thread is in our hands, or it has
been resumed.

    1. The look L sets the event, and only then takes the pool's lock, and sees the task T inside
       the call: T has not come to the event since, and will. (Python may collect garbage between:
       the finalizers that run then are not the task's.)
    2. T comes out, and takes the pool's lock at the event. If L was first, T counts, and parks.
       If T was first it does not, and goes on to its own code, as from any call.
    3. R resumes T: it counts no longer. At the event, then or later, T sees that, and goes on.

To be in a line of waiters is an effect, though, and so is to be woken:

- `notify()` wakes one waiter. If that one rests, others wait beside work that nobody takes, perhaps
  in programs whose producer then waits, too. So T passes a notification on that it has got while it
  rests: it keeps its own, as whoever comes late does, and others look again. Python reserves to
  itself to wake more than were asked for. A flag or a future wakes all of its waiters, and one
  more would be misled: there is nothing to pass on.
- A wait that is over in time is still in the line until its lock is taken back, and a notification
  that comes meanwhile is lost. T leaves the line before it parks.

Not certain, and so not here: a bare lock, and `join()` before 3.13, would be held by a task at
rest; `recv()`, `accept()`, `SimpleQueue.get()` and all queues of processes take something away in
C, which others may wait for; a semaphore and a barrier count those that are in them; and of
`select()` or `sleep()` in the task's own code the next event may be a line too late.
"""

from __future__ import annotations

import queue
import threading
from _thread import LockType
from concurrent.futures import Future
from functools import cache
from typing import TYPE_CHECKING, Any

from pausable._core.frames import entries, locals_of
from pausable._preempt.analysis import analyse, spelling
from pausable._preempt.engine.precaution import has_room
from pausable._preempt.rule.doubt import is_over_in_wait
from pausable._preempt.rule.objects import attribute
from pausable._preempt.rule.safety import held
from pausable._preempt.rule.territory import may_rest_in, runs_loop

if TYPE_CHECKING:
    from types import CodeType, FrameType

    from pausable._core.task import Task

__all__ = ["WAIT", "is_waiting", "leave_line"]

WAIT: CodeType = threading.Condition.wait.__code__
"""The code in which all of them wait."""

# What calls it, and has nothing but the condition: each was read. The first wake all who wait.
_FLAGS = tuple(each.__code__ for each in (threading.Event.wait, Future.result, Future.exception))
_LINES = tuple(
    each.__code__
    for each in (threading.Condition.wait_for, queue.Queue.get, queue.Queue.put, queue.Queue.join)
)
_LOCKS = (LockType, type(threading.RLock()))  # what runs no code when it is taken


@cache
def _blocking_calls() -> frozenset[int]:
    """Return the offsets of the calls that wait, once the lock has been given back."""
    calls = [(spelling(each.callee), each.at) for each in analyse(WAIT).calls]
    released = next((at for name, at in calls if name == "self._release_save"), None)
    if released is None:
        return frozenset()
    return frozenset(at for name, at in calls if name == "waiter.acquire" and at > released)


def is_waiting(task: Task, frame: FrameType, ident: int) -> bool:
    """Say whether a thread is certainly in such a wait, with nothing held by its other frames.

    *frame* was its innermost. Any other thread may ask, where there is a GIL. Runs no code of the
    program, and takes no lock.
    """
    return frame.f_code is WAIT and _blocks(frame) and _is_harmless(task, frame, ident)


def _blocks(frame: FrameType) -> bool:
    return (
        frame.f_lasti >= 0 and analyse(WAIT).instruction(frame.f_lasti).offset in _blocking_calls()
    )


def _is_harmless(task: Task, frame: FrameType, ident: int) -> bool:
    condition = locals_of(frame).get("self")
    lock = attribute(condition, "_lock")
    caller = frame.f_back
    if type(condition) is not threading.Condition or type(lock) not in _LOCKS or caller is None:
        return False
    while caller is not None and caller.f_code in (*_FLAGS, *_LINES):
        caller = caller.f_back
    if caller is None or caller.f_code in entries:  # the wait itself was submitted
        return caller is not None
    if not may_rest_in(caller) or runs_loop(caller) or not has_room(caller):
        return False
    found = held(caller, entries, ident, released=lock)
    return found is None or (found.is_guess and is_over_in_wait(task))


def leave_line(frame: FrameType) -> None:
    """Leave the line of waiters, or pass on the notification that has come; on its own thread."""
    names: Any = locals_of(frame)
    condition, waiter = names["self"], names["waiter"]
    caller = frame.f_back
    with condition:
        try:
            condition._waiters.remove(waiter)
        except ValueError:  # it has been notified
            if caller is None or caller.f_code not in _FLAGS:
                condition.notify()
