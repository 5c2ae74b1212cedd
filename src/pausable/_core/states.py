"""The states of a task, as a table of the moves between them.

The words are those of `concurrent.futures`, whose `wait` and `as_completed` test for them
literally. To be paused is no state: requests (a hold, a stop) and facts (this task rests) are kept
on axes of their own.
"""

from __future__ import annotations

import concurrent.futures  # noqa: F401 - first: another thread may import it, which has `_base`
from concurrent.futures._base import (
    CANCELLED,
    CANCELLED_AND_NOTIFIED,
    FINISHED,
    PENDING,
    RUNNING,
)

__all__ = [
    "CANCELLED",
    "CANCELLED_AND_NOTIFIED",
    "DONE",
    "FINISHED",
    "MOVES",
    "PENDING",
    "RUNNING",
]

MOVES = {
    # A worker took the task from its queue, its gate open and a slot free.
    (PENDING, RUNNING),
    # cancel() on a future that no pool owns: whoever made it will notify the waiters.
    (PENDING, CANCELLED),
    # cancel(), stop() or a shutdown, before the pool started it: waiters are told at once, since
    # in a paused pool no worker would come by to do it.
    (PENDING, CANCELLED_AND_NOTIFIED),
    # set_result() or set_exception() by hand; or the pool broke before it could start the task.
    (PENDING, FINISHED),
    # set_running_or_notify_cancel() on a future that no pool owns.
    (CANCELLED, CANCELLED_AND_NOTIFIED),
    # The task returned or raised.
    (RUNNING, FINISHED),
    # The task raised, and its scope holds on faults: it waits for a decision, and may run again.
    (RUNNING, PENDING),
    # The task was asked to stop, and Stopped came out of it.
    (RUNNING, CANCELLED_AND_NOTIFIED),
}

DONE = frozenset({CANCELLED, CANCELLED_AND_NOTIFIED, FINISHED})
