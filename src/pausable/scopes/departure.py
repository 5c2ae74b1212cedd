"""The departure of a pool: its last status, for those who count over all pools, also those gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable.scopes.outpost import outpost_of
from pausable.scopes.status import scope_status

if TYPE_CHECKING:
    from collections.abc import Callable

    from pausable._core.tree import Node
    from pausable.snapshots import ScopeStatus

__all__ = ["departing", "note_departure"]

departing: set[Callable[[ScopeStatus], object]] = set()
"""Called with the last status of each pool that goes, by whoever lets it go: also a finalizer. They
are ours, take no lock, and neither block nor raise."""


def note_departure(root: Node) -> None:
    """Tell who counts that a pool is over and about to go: it is listed among all until then.

    Called by its adapter, once, before anything of the pool is let go of. So whoever looks at all
    pools, and then at those that have departed, misses none; one may be among both.
    """
    if departing:
        status, outpost = scope_status(root, lists_tasks=False), outpost_of(root)
        if outpost is not None:
            status = outpost.counted(status)
        for tell in tuple(departing):
            tell(status)
