"""The class of the pools of processes that a program has made as the stdlib's: ours, disguised."""

from __future__ import annotations

from concurrent.futures import process as stdlib
from typing import TYPE_CHECKING, Any

from pausable.launch.made_ours import Guise, disguise
from pausable.processes.process_pool import ProcessPoolExecutor
from pausable.scopes.reprs import plain_spoken

if TYPE_CHECKING:
    from pausable.scopes.preemption import Preemptive

__all__ = ["MadeProcesses"]


class MadeProcesses(Guise, ProcessPoolExecutor):
    """Our pool, that looks like the stdlib's: to whoever prints it, or asks for its class."""

    _p_class = stdlib.ProcessPoolExecutor
    _p_preemptive: Preemptive = "auto"
    """Of all of them: nobody can say it where a program makes one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Make a pool, with the arguments of the stdlib's."""
        super().__init__(*args, **{"preemptive": self._p_preemptive, **kwargs})
        plain_spoken.add(self._p_node.pool)


disguise(MadeProcesses, stdlib.ProcessPoolExecutor)
