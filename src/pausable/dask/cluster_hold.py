"""The hold on one task of a cluster, and the switch: as those of a pool, kept there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from pausable._core.times import clock
from pausable.errors import NotQuiescent
from pausable.scopes.numbers import optional_seconds

if TYPE_CHECKING:
    from types import TracebackType

    from pausable.dask.cluster import Cluster
    from pausable.dask.cluster_terms import HoldTerms
    from pausable.snapshots import HoldStatus

__all__ = ["ClusterHold", "ClusterSwitch"]


class _Kept:
    """One party's request, which the scheduler keeps while it is in force."""

    __slots__ = ("_cluster", "_terms", "_timeout")

    def __init__(self, cluster: Cluster, terms: HoldTerms, timeout: float | None = None) -> None:
        """Use the methods of a future."""
        self._cluster = cluster
        self._terms = terms
        self._timeout = timeout

    @property
    def reason(self) -> str:
        """Why."""
        return self._terms["reason"]

    @property
    def owner(self) -> str:
        """Who: what the caller said, or the thread that called."""
        return self._terms["owner"]

    @property
    def key(self) -> str:
        """Which task is held."""
        return str(self._terms["key"])

    @property
    def scope(self) -> str:
        """The name of the task that is held."""
        return self.key

    def status(self) -> HoldStatus | None:
        """Take a frozen snapshot; None while it is not in force."""
        mark = self._terms["mark"]
        holds = self._cluster.holds(self._terms["key"])
        found = [self._cluster.describe(hold) for hold in holds if hold["mark"] == mark]
        return found[0] if found else None

    def _end(self) -> bool:
        return self._cluster.release(self._terms["mark"])


class ClusterHold(_Kept):
    """One party's request, with a reason, that one task of a cluster be paused.

    Used as a `Hold` of a pool: it stays until it is released, here or by `resume()`, until its
    `duration` is over, or until its client has gone. Used with `with`, it waits until nothing
    runs, or raises `NotQuiescent` after `timeout` seconds, and is released at the end of the block.

    All methods may be called from any thread but that of the client's event loop, any number of
    times. Each but the properties asks the scheduler.
    """

    __slots__ = ()

    @property
    def placed_at(self) -> float:
        """Since when, in seconds since the epoch, by the client's clock."""
        return self._terms["placed_at"]

    @property
    def duration(self) -> float | None:
        """After how many seconds the hold ends by itself; None for never."""
        return self._terms["duration"]

    def is_released(self) -> bool:
        """Say whether it holds no longer."""
        return self.status() is None

    def release(self) -> bool:
        """End this hold; what it holds opens if nobody else holds it. False if it had ended."""
        return self._end()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until nothing runs of what is held, *timeout* seconds at most; say whether so.

        False when the hold has ended before.
        """
        checked = optional_seconds("timeout", timeout)
        what = f"the pause {self.reason!r}"
        return self._cluster.wait_quiescent(self._terms["key"], checked, what)

    def __enter__(self) -> Self:
        """Wait until nothing runs.

        Raises:
            NotQuiescent: that was not so within `timeout` seconds, or the hold ended before; it is
                released.
        """
        began = clock()
        try:
            is_quiet = self.wait(self._timeout)
            late = () if is_quiet else tuple(self._cluster.look().stragglers())
        except BaseException:
            self.release()
            raise
        if not is_quiet:
            was_held = self.release()
            raise NotQuiescent(self.scope, clock() - began, late, hold_ended=not was_held)
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Release the hold."""
        self.release()

    def __repr__(self) -> str:
        """Say who holds what and why; whether it does still is not asked."""
        return f"<ClusterHold on {self.scope!r}: {self.reason!r} by {self.owner}>"


class ClusterSwitch(_Kept):
    """One party's hold on one task of a cluster that can be put on and off again.

    Made by `switch()`, off. However often it is put on, there is one hold at most, and one `off()`
    ends it. The scheduler decides, in the order in which the calls come there.

    All methods may be called from any thread but that of the client's event loop.
    """

    __slots__ = ()

    def on(self) -> bool:
        """Pause; when this has returned, nothing of it starts. False if it was on.

        Raises:
            WorkersSilent: some workers have not answered in time; it is off.
        """
        return bool(self._cluster.place(self._terms)["changed"])

    def off(self) -> bool:
        """End its hold; what it holds opens if nobody else holds it. False if it was off."""
        return self._end()

    def toggle(self) -> bool:
        """Put it off if it is on, else on; return whether it is on now.

        Raises:
            WorkersSilent: some workers have not answered in time; it is off.
        """
        return bool(self._cluster.place(self._terms, toggles=True)["placed"])

    def is_on(self) -> bool:
        """Say whether its hold is in force."""
        return self.status() is not None

    def __repr__(self) -> str:
        """Say who holds what and why, or would; whether it does is not asked."""
        return f"<ClusterSwitch of {self.scope!r}: {self.reason!r} by {self.owner}>"
