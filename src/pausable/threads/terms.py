"""The terms of a scope: what it was made with, beyond its limit, and what that means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from pausable.threads.limits import NONE, Limits

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pausable._core.nodes import Node
    from pausable.threads.scope import Scope

__all__ = ["ScopeGuard", "Terms", "limits_of"]


class ScopeGuard(Protocol):
    """What pools and groups ask of a guard."""

    def take_on(self, scope: Scope, /) -> None:
        """Hold *scope* while tripped."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Guards, time limits and what is to be done about faults. Equal terms are the same."""

    guards: tuple[ScopeGuard, ...] = ()
    limits: Limits = NONE

    @classmethod
    def checked(
        cls,
        guards: Iterable[ScopeGuard] = (),
        timeout: float | None = None,
        deadline: float | None = None,
    ) -> Terms:
        """Check what a user gave.

        Raises:
            TypeError: something is of the wrong kind.
            ValueError: a number is out of range.
        """
        return cls(_guards(guards), Limits.checked(timeout, deadline))

    def begin(self, scope: Scope) -> None:
        """Let the guards take *scope* on, which has just been made."""
        for guard in self.guards:
            guard.take_on(scope)


def limits_of(node: Node) -> Limits:
    """Return the time limits of the tasks of a scope: its own, else those of the scopes above."""
    limits = NONE
    for each in node.path():
        if isinstance(each.terms, Terms) and each.terms.limits != NONE:
            limits = limits.over(each.terms.limits)
    return limits


def _guards(guards: Iterable[ScopeGuard]) -> tuple[ScopeGuard, ...]:
    try:
        found = tuple(guards)
    except TypeError:
        msg = f"guards must be a list of guards, not {guards!r}"
        raise TypeError(msg) from None
    for each in found:
        if not callable(getattr(each, "take_on", None)):
            msg = f"guards must be guards, not {each!r}"
            raise TypeError(msg)
    return found
