"""`multiprocessing.pool.ThreadPool`, also as `multiprocessing.dummy.Pool`: its calls become tasks.

As those of `pausable.pool.ThreadPool`: see `threads.call_queue`.
"""

from __future__ import annotations

import sys
import weakref
from functools import wraps
from typing import TYPE_CHECKING, Any

from pausable.launch.choice import is_chosen
from pausable.scopes.terms import Terms
from pausable.threads.call_queue import have_calls_queued, next_name, number_of_threads
from pausable.threads.pool_threads import PoolThreads

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType, ModuleType

    from pausable.scopes.preemption import Preemptive

__all__ = ["make_thread_pools_ours"]


def make_thread_pools_ours(module: ModuleType, only: Sequence[str], preemptive: Preemptive) -> None:
    """From now on, have the calls of each ThreadPool of `multiprocessing.pool` be tasks."""
    cls: Any = module.ThreadPool
    init, set_up = cls.__init__, cls._setup_queues

    @wraps(init)
    def __init__(self: Any, processes: Any = None, *args: Any, **kwargs: Any) -> None:  # noqa: N807
        classes = type(self).__mro__[: type(self).__mro__.index(cls)]
        if "_p_crew" not in vars(self) and is_chosen(only, _caller(), classes, None):
            self._p_workers = processes
        init(self, processes, *args, **kwargs)

    @wraps(set_up)
    def _setup_queues(self: Any) -> None:
        set_up(self)
        workers = number_of_threads(vars(self).get("_p_workers", 0))
        if workers > 0:
            crew = PoolThreads(next_name(), workers, Terms.checked(preemptive))
            crew.owner = weakref.ref(self)
            have_calls_queued(self, crew)

    cls.__init__, cls._setup_queues = __init__, _setup_queues


def _caller() -> str:
    """Name the module that makes a ThreadPool, which may do so by a function of the stdlib's."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        name = str(frame.f_globals.get("__name__", ""))
        if not name.startswith("multiprocessing."):
            return name
        frame = frame.f_back
    return ""
