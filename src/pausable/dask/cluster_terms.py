"""The terms in which clients, scheduler and workers speak: plain data, as Dask sends it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypedDict

if TYPE_CHECKING:
    from pausable.snapshots import Running, ScopeStatus, Straggler

__all__ = ["PLUGIN", "HoldTerms", "Outlook"]

PLUGIN = "pausable"
"""What the plugins, and the messages for them, are called."""


class HoldTerms(TypedDict):
    """A hold, as the scheduler keeps it and says it to the workers."""

    mark: str  #: by which its client knows it: one hold with it is in force at most
    id: int  #: a number that no other hold of the cluster has; given by the scheduler
    reason: str
    owner: str
    kind: str  #: who has placed it: "pause", "guard", or "process" if that was held
    running: Running
    placed_at: float  #: seconds since the epoch
    duration: float | None  #: seconds after which it ends by itself
    key: str | None  #: of the one task that is held; None for all of the cluster
    party: str  #: the executor that has placed it: others do not resume it
    client: str  #: whose it is: it ends when that has gone


class Outlook(NamedTuple):
    """What one worker says of itself."""

    status: ScopeStatus
    stragglers: list[Straggler]
