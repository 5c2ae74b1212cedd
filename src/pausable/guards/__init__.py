"""Guards: pools that pause themselves while a shared resource is unavailable.

from pausable.guards import Guard, Window

Within, from the outside in:

- `guard` and `window` are what users make; `keeper` is what both have in common.
- `attempts` is work that is tried again; `retreat` is where it waits, and rests if it is a task;
  `bystanders` are those who wait and do not rest.
- `sentry` is what a guard does on its own. It is told what has happened, tells the `machine`, which
  decides and does nothing, and makes all what the machine says: a trip and a recovery are there.
- What is held, and the lock under which all of this is decided, is a joint hold (`scopes`). `trial`
  and `reprieve` are two reasons why one task of it goes on.
- `question` is what a resource is asked, with one of the `probes`, or what a `level` says, and what
  it says about when to come back.
- `settings` are the numbers, `calendar` the hours. `watcher` has the thread of all guards.
"""

from pausable.guards import probes
from pausable.guards.attempts import Attempt, Attempts
from pausable.guards.guard import Guard, GuardStatus
from pausable.guards.question import ProbeFailed, retry_after
from pausable.guards.settings import Backoff
from pausable.guards.window import Window

__all__ = [
    "Attempt",
    "Attempts",
    "Backoff",
    "Guard",
    "GuardStatus",
    "ProbeFailed",
    "Window",
    "probes",
    "retry_after",
]
