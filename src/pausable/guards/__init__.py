"""Guards: pools that pause themselves while a shared resource is unavailable.

from pausable.guards import Guard, Window
"""

from pausable.guards import probes
from pausable.guards.attempts import Attempt, Attempts
from pausable.guards.backoff import Backoff
from pausable.guards.guard import Guard, GuardStatus
from pausable.guards.probes.calls import ProbeFailed
from pausable.guards.windows import Window

__all__ = [
    "Attempt",
    "Attempts",
    "Backoff",
    "Guard",
    "GuardStatus",
    "ProbeFailed",
    "Window",
    "probes",
]
