"""The terms of a scope: what it was made with, beyond its limit, and what that means."""

from __future__ import annotations

import math
import operator
from enum import Enum
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol, TypeAlias, cast

from pausable._core.rules import FaultRule
from pausable.scopes.contexts import travels
from pausable.scopes.numbers import any_whole_number, whole_number
from pausable.scopes.preemption import enlist, is_wanted
from pausable.scopes.reprs import short_repr
from pausable.scopes.surroundings import checked_around
from pausable.scopes.time_limits import NONE, Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pausable._core.tree import Node
    from pausable.scopes.contexts import Contexts
    from pausable.scopes.preemption import Preemptive
    from pausable.scopes.surroundings import Around

__all__ = [
    "Faults",
    "OnFault",
    "ScopeGuard",
    "Scoped",
    "Terms",
    "Unset",
    "check_same",
    "checked_limit",
    "limits_of",
    "shown_limit",
]

OnFault: TypeAlias = Literal["fail", "hold"]
Faults: TypeAlias = type[BaseException] | tuple[type[BaseException], ...]


class Scoped(Protocol):
    """What has a place in a tree: a pool, a group."""

    _p_node: Node

    def _p_reference(self) -> Callable[[], Any]:
        """Return what finds it for as long as its pool is there, and does not keep it."""


class ScopeGuard(Protocol):
    """What pools and groups ask of a guard."""

    def take_on(self, scope: Any, /) -> None:
        """Hold *scope* while tripped."""


class Unset(Enum):
    """The default of a term: to have it is not to be asked for it."""

    UNSET = "..."

    def __repr__(self) -> str:
        """Say that there is something behind it."""
        return self.value


class Terms(NamedTuple):
    """Where tasks rest, guards, time limits, what is done about faults."""

    guards: tuple[ScopeGuard, ...] = ()
    limits: Limits = NONE
    on_fault: OnFault = "fail"
    faults: tuple[type[BaseException], ...] = (Exception,)  #: on which it is held, if it holds
    after: int = 1
    preemptive: bool | None = None  #: None: as the scope above
    travels: bool | None = None  #: whether context variables do; None: as the scope above
    limit: float = math.inf  #: as it was made; it can be set
    priority: int = 0
    around: Around | None = None  #: opened around each task; None: as the scope above

    @classmethod
    def checked(
        cls,
        preemptive: Preemptive | None = None,
        guards: Iterable[ScopeGuard] = (),
        timeout: float | None = None,
        deadline: float | None = None,
        on_fault: OnFault = "fail",
        faults: Faults = Exception,
        after: int = 1,
        context: Contexts | None = None,
        limit: int | None = None,
        priority: int = 0,
        around: Around | None = None,
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
        return cls(
            checked_guards(guards),
            limits,
            on_fault,
            errors,
            number,
            wants_engine,
            travels(context),
            checked_limit(limit),
            any_whole_number("priority", priority),
            checked_around(around),
        )

    def apply(self, node: Node) -> None:
        """Write the terms down for the tasks of *node*, which is just being made."""
        node.rules.terms = self
        if self.preemptive is not None:
            node.rules.is_preemptive = self.preemptive
        if self.travels is not None:
            node.rules.travels = self.travels
        if self.around is not None:
            node.rules.around = self.around
        node.rules.prepare()
        if self.on_fault == "hold":
            node.rules.fault = FaultRule(node, self.faults, self.after)

    def begin(self, scope: Scoped) -> None:
        """Let the engine and the guards take *scope* on, which has just been made."""
        if scope._p_node.rules.is_preemptive:
            enlist(scope._p_node.pool)
        for guard in self.guards:
            guard.take_on(scope)

    def said(self, name: str) -> object:
        """Return the term of this *name* as users say it."""
        if name == "limit":
            return shown_limit(self.limit)
        if name == "context":
            return {None: None, True: "submitter", False: "worker"}[self.travels]
        return getattr(self.limits if name in ("timeout", "deadline") else self, name)


def check_same(node: Node, asked: Terms, given: Iterable[str]) -> None:
    """Raise if the scope that is there has other terms than it is *asked* for with.

    Compared are those that were *given*; a limit is as it is now. Not under the lock.
    """
    there = cast("Terms", node.rules.terms)._replace(limit=node.slots.asked)
    other = [name for name in given if not _is_same(there.said(name), asked.said(name))]
    if other:
        has, wanted = (
            ", ".join(f"{name}={short_repr(terms.said(name))}" for name in other)
            for terms in (there, asked)
        )
        msg = (
            f"the group {node.name!r} exists with {has}, not with {wanted}: "
            "ask for it without terms, or choose another name"
        )
        raise ValueError(msg)


def checked_limit(limit: int | None) -> float:
    """Return how many tasks run at once at most; infinity for None."""
    return math.inf if limit is None else whole_number("limit", limit)


def shown_limit(limit: float) -> int | None:
    """Return a limit as users say it."""
    return None if math.isinf(limit) else int(limit)


def limits_of(node: Node) -> Limits:
    """Return the time limits of the tasks of a scope: its own, else those of the scopes above."""
    limits = NONE
    for each in node.path():
        if isinstance(each.rules.terms, Terms):
            limits = limits.over(each.rules.terms.limits)
    return limits


def _is_same(one: object, other: object) -> bool:
    """Compare two terms. Asks no guard, hook or class of exceptions: it would be their code."""
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(operator.is_, one, other))
    return one is other or (not callable(one) and one == other)


def checked_guards(guards: Iterable[ScopeGuard]) -> tuple[ScopeGuard, ...]:
    """Return the guards that a user gave.

    Raises:
        TypeError: one is none.
    """
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
