"""pausable: thread pools whose tasks can be paused, resumed and stopped.

A drop-in for `concurrent.futures` is in `pausable.futures`; what a task calls is here.
"""

from pausable.checkpoints import checkpoint, current_task, each, resting, shield, sleep
from pausable.errors import (
    NotQuiescent,
    PausableError,
    PreemptionUnavailable,
    ScopeEnded,
    Stopped,
    TaskStopped,
    TaskTimeout,
)
from pausable.events import (
    Event,
    HoldEvent,
    HoldPlaced,
    HoldReleased,
    ScopeQuiescent,
    ScopeShutDown,
    StopRequested,
    TaskEnded,
    TaskEvent,
    TaskFaulted,
    TaskRested,
    TaskResumed,
    TaskStarted,
    TaskSubmitted,
)
from pausable.snapshots import HoldStatus, Location, ScopeStatus, Straggler, TaskStatus
from pausable.threads.executor import ThreadPoolExecutor
from pausable.threads.faults import Fault
from pausable.threads.future import Future
from pausable.threads.group import Group
from pausable.threads.holds import Hold

__version__ = "0.1.0"

__all__ = [
    "Event",
    "Fault",
    "Future",
    "Group",
    "Hold",
    "HoldEvent",
    "HoldPlaced",
    "HoldReleased",
    "HoldStatus",
    "Location",
    "NotQuiescent",
    "PausableError",
    "PreemptionUnavailable",
    "ScopeEnded",
    "ScopeQuiescent",
    "ScopeShutDown",
    "ScopeStatus",
    "StopRequested",
    "Stopped",
    "Straggler",
    "TaskEnded",
    "TaskEvent",
    "TaskFaulted",
    "TaskRested",
    "TaskResumed",
    "TaskStarted",
    "TaskStatus",
    "TaskStopped",
    "TaskSubmitted",
    "TaskTimeout",
    "ThreadPoolExecutor",
    "checkpoint",
    "current_task",
    "each",
    "resting",
    "shield",
    "sleep",
]
