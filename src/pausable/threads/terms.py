"""The terms of a scope: what it was made with, beyond its limit, and what that means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from pausable._core.nodes import FaultRule
from pausable._core.numbers import whole_number
from pausable.threads.limits import NONE, Limits
from pausable.threads.preempting import enlist, is_wanted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pausable._core.nodes import Node
    from pausable.threads.preempting import Preemptive
    from pausable.threads.scope import Scope

__all__ = ["Faults", "OnFault", "ScopeGuard", "Terms", "limits_of"]

OnFault: TypeAlias = Literal["fail", "hold"]
Faults: TypeAlias = type[BaseException] | tuple[type[BaseException], ...]


class ScopeGuard(Protocol):
    """What pools and groups ask of a guard."""

    def take_on(self, scope: Scope, /) -> None:
        """Hold *scope* while tripped."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Where tasks rest, guards, time limits, what is done about faults. Equal ones are the same."""

    guards: tuple[ScopeGuard, ...] = ()
    limits: Limits = NONE
    faults: tuple[type[BaseException], ...] = ()  #: on which it is held
    after: int = 1
    preemptive: bool | None = None  #: None: as the scope above

    @classmethod
    def checked(
        cls,
        preemptive: Preemptive | None,
        guards: Iterable[ScopeGuard],
        timeout: float | None,
        deadline: float | None,
        on_fault: OnFault,
        faults: Faults,
        after: int,
    ) -> Terms:
        """Check what a user gave.

        Raises:
            TypeError: something is of the wrong kind.
            ValueError: a number is out of range.
            PreemptionUnavailable: *preemptive* is `True` on a Python that cannot.
        """
        if on_fault not in ("fail", "hold"):
            msg = f"on_fault must be 'fail' or 'hold', not {on_fault!r}"
            raise ValueError(msg)
        errors, number = _errors(faults), whole_number("after", after)
        limits = Limits.checked(timeout, deadline)
        wants_engine = None if preemptive is None else is_wanted(preemptive)
        if on_fault == "fail":
            errors, number = (), 1
        return cls(_guards(guards), limits, errors, number, wants_engine)

    def apply(self, node: Node) -> None:
        """Write the terms down for the tasks of *node*, which is just being made."""
        node.terms = self
        if self.preemptive is not None:
            node.is_preemptive = self.preemptive
        if self.faults:
            node.rule = FaultRule(node, self.faults, self.after)

    def begin(self, scope: Scope) -> None:
        """Let the engine and the guards take *scope* on, which has just been made."""
        if scope._node.is_preemptive:
            enlist(scope._node.state)
        for guard in self.guards:
            guard.take_on(scope)


def limits_of(node: Node) -> Limits:
    """Return the time limits of the tasks of a scope: its own, else those of the scopes above."""
    limits = NONE
    for each in node.path():
        if isinstance(each.terms, Terms):
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


def _errors(faults: Faults) -> tuple[type[BaseException], ...]:
    found = faults if isinstance(faults, tuple) else (faults,)
    if not found or not all(isinstance(e, type) and issubclass(e, BaseException) for e in found):
        msg = f"faults must be an exception class, or a tuple of them, not {faults!r}"
        raise TypeError(msg)
    return found
