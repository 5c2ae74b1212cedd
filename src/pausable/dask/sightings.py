"""The sightings: what the scheduler and the workers say of themselves, at about one moment."""

from __future__ import annotations

import pickle
from operator import attrgetter
from typing import TYPE_CHECKING, Any, cast

from pausable._core.times import wall_clock
from pausable.snapshots import HoldStatus, Straggler

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pausable._core.tree import Node
    from pausable.dask.cluster_terms import HoldTerms, Outlook

__all__ = ["Sightings", "describe"]


class Sightings:
    """What was seen for the executor with the scope *root*."""

    def __init__(self, found: dict[str, Any], root: Node, client: str, patience: float) -> None:
        """Read what the scheduler has gathered in *patience* seconds, at most, for a *client*."""
        self.holds: Sequence[HoldTerms] = found["holds"]
        self.outlooks: dict[str, Outlook] = {
            worker: cast("Outlook", pickle.loads(seen))  # noqa: S301 - of our own plugin
            for worker, seen in found["seen"].items()
        }
        self.threads: dict[str, int] = found["threads"]
        self.is_quiescent: bool = not found["busy"]
        self._silent: Sequence[str] = found["silent"]
        self._root, self._client, self._patience = root, client, patience

    def holds_with(self, own: Sequence[HoldStatus], party: str) -> tuple[HoldStatus, ...]:
        """List the holds on the cluster, the *own* of this executor among them, oldest first.

        Of *party* is the executor. Those for a hold of the process, which it has, too, are left
        out where they are of another executor of the same client.
        """
        others = [
            describe(each, self._root)
            for each in self.holds
            if each["key"] is None
            and each["party"] != party
            and not (each["kind"] == "process" and each["client"] == self._client)
        ]
        return tuple(sorted((*own, *others), key=attrgetter("placed_at")))

    def stragglers(self) -> list[Straggler]:
        """Name the tasks that neither rest nor have ended, and the workers that do not answer."""
        found = [
            Straggler(
                f"{each.task} on {worker}",
                each.where,
                each.seconds,
                each.why,
                each.is_preemptive,
                each.path,
                each.id,
            )
            for worker, outlook in self.outlooks.items()
            for each in outlook.stragglers
        ]
        return found + [
            Straggler(f"the worker {worker}", None, self._patience, "has not answered")
            for worker in self._silent
        ]


def describe(hold: HoldTerms, root: Node) -> HoldStatus:
    """Describe a hold, as one on the scope of an executor, or on a task of it."""
    key, identity = hold["key"], root.identity
    return HoldStatus(
        root.name if key is None else key,
        hold["reason"],
        hold["owner"],
        hold["placed_at"],
        hold["duration"],
        hold["running"],
        None,
        "pause" if hold["kind"] == "process" else hold["kind"],
        max(wall_clock() - hold["placed_at"], 0.0),
        identity.path if key is None else f"{identity.path}/{key}",
        identity.id if key is None else 0,
    )
