"""Pools of processes that are made as the stdlib's become ours.

Their workers are processes of the program, started as it says; `--children` apart, they find
nothing of us but what they are sent. So they must be able to import the very package that runs
here.
"""

from __future__ import annotations

import sys
from importlib.machinery import PathFinder
from typing import TYPE_CHECKING, Any

import pausable
from pausable.launch.subclasses import why_not_ours
from pausable.launch.takeover import Takeover

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import ModuleType

__all__ = ["make_process_pools_ours"]

_OVERRIDES = (
    "_adjust_process_count",
    "_launch_processes",
    "_spawn_process",
    "_start_executor_manager_thread",
)
"""Methods by which a class has processes of its own; ours are never asked."""

_INNARDS = {
    "_ExecutorManagerThread": "the stdlib's manager of processes",
    "_process_worker": "the stdlib's workers",
    "_WorkItem": "the stdlib's work items",
}
"""What the stdlib's pools are made of, and ours are not."""


def make_process_pools_ours(
    module: ModuleType, only: Sequence[str], say: Callable[[str], object], *, is_preemptive: bool
) -> None:
    """From now on, have pools of *module* be ours: it is `concurrent.futures.process`.

    Those that *only* selects, or all. To *say* is given why pools of some class are not.
    """
    takeover = _ProcessTakeover(module.ProcessPoolExecutor, only, say)
    takeover.preemptive = "auto" if is_preemptive else False
    takeover.begin("__init__", "submit", "map", "shutdown")


class _ProcessTakeover(Takeover):
    """The takeover of pools of processes; ours are imported when the first one is made."""

    preemptive: Any = "auto"

    def our_class(self) -> type[Any]:
        from pausable.launch.made_processes import MadeProcesses  # noqa: PLC0415 - few have any

        MadeProcesses._p_preemptive = self.preemptive
        return MadeProcesses

    def are_ours(self, cls: type) -> bool:
        module: Any = sys.modules.get("pausable.processes.process_pool")
        return module is not None and issubclass(cls, module.ProcessPoolExecutor)

    def why_not(self, cls: type) -> str | None:
        if not _is_found():
            return "their processes would not find pausable on sys.path"
        return why_not_ours(self.stdlib, cls, _OVERRIDES, _INNARDS)

    def leave(self, _cls: type, _why: str) -> str | None:
        return ""


def _is_found() -> bool:
    """Say whether a process that is started with our `sys.path` imports what is imported here."""
    spec = PathFinder.find_spec("pausable")
    return spec is not None and spec.origin == pausable.__file__
