"""Pools of threads that are made as the stdlib's become ours; those that cannot are adopted."""

from __future__ import annotations

from concurrent.futures import thread as stdlib
from typing import TYPE_CHECKING

from pausable.launch.made_ours import MadeOurs
from pausable.launch.subclasses import why_not_ours
from pausable.launch.takeover import Takeover
from pausable.threads.executor import ThreadPoolExecutor

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["make_ours"]

_OVERRIDES = ("_adjust_thread_count", "_initializer_failed", "prepare_context")
"""Methods by which a class has threads and failures of its own, or runs calls elsewhere, as the
stdlib's pool of interpreters does; ours are never asked."""

_INNARDS = {"_WorkItem": "the stdlib's work items"}


def make_ours(only: Sequence[str], say: Callable[[str], object], *, is_preemptive: bool) -> None:
    """From now on, have pools that are made as the stdlib's be ours, once in a process.

    Those that *only* selects, or all. Those that cannot be are adopted; to *say* is given why
    pools of some class are not even that.
    """
    MadeOurs._p_preemptive = "auto" if is_preemptive else False
    _ThreadTakeover(stdlib.ThreadPoolExecutor, only, say).begin("__init__", "submit", "shutdown")


class _ThreadTakeover(Takeover):
    """The takeover of pools of threads."""

    def our_class(self) -> type[MadeOurs]:
        return MadeOurs

    def are_ours(self, cls: type) -> bool:
        return issubclass(cls, ThreadPoolExecutor)

    def why_not(self, cls: type) -> str | None:
        return why_not_ours(self.stdlib, cls, _OVERRIDES, _INNARDS)

    def leave(self, _cls: type, _why: str) -> str | None:
        """Have pools of a class adopted, that cannot be ours; say why not even that, if so."""
        if self.only:
            return ", and with --only none is adopted"
        from pausable.adopted.custody import adopt  # noqa: PLC0415 - few have such classes

        try:
            adopt()
        except RuntimeError as error:
            return f", {error}"
        return None
