"""The keeper: what guards and windows have in common: they hold what depends on them, or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable.scopes.gated import Gated

if TYPE_CHECKING:
    from collections.abc import Callable

    from pausable.scopes.joint_hold import JointHold

__all__ = ["Keeper", "checked_name"]


class Keeper:
    """Holds the scopes that depend on it while it is tripped.

    Their holds are of kind "guard": a user's `resume()` does not release them, nor do they end with
    a user's pause. All methods may be called from any thread, but not from signal handlers.
    """

    def __init__(self, holds: JointHold) -> None:
        """Keep what is held by *holds*, whoever decides whether it is."""
        self._holds = holds

    @property
    def name(self) -> str:
        """What it is called, in holds, statuses and the log."""
        return self._holds.name

    def take_on(self, scope: Gated) -> None:
        """Hold *scope*, too, while tripped: from now on if it is. Does not block; idempotent.

        What ``guards=[...]`` of a pool or a group does. The scope keeps its guards alive.
        """
        if not isinstance(scope, Gated):
            msg = f"a guard takes on pools and groups, not {scope!r}"
            raise TypeError(msg)
        self._decide(self._holds.add, scope, self)

    def look_around(self) -> None:
        """Look again who depends on it, and whether they are to be held. Scopes call it.

        Also from signal handlers and finalizers, in which a scope may end.
        """
        self._holds.anywhere(self._look_again)

    def _look_again(self) -> None:
        self._holds.refresh()

    def _decide(self, decision: Callable[..., object], *args: object) -> None:
        self._holds.decide(decision, *args)

    def is_tripped(self) -> bool:
        """Say whether what depends on it is held."""
        return self._holds.reason is not None


def checked_name(name: str) -> str:
    """Return the *name* of a guard.

    Raises:
        TypeError: it is no text, or empty.
    """
    if not isinstance(name, str) or not name:
        msg = f"a guard's name must be text, not {name!r}"
        raise TypeError(msg)
    return name
