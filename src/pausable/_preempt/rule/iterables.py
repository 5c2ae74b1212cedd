"""What a loop holds: the generator that it drives is suspended, maybe in a `with` of its own.

The iterator of a loop lies on the stack, where no code can look. What the code iterates over has a
name, or is the result of a call of a generator function, which is analysed for what it holds at its
yields.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from pausable._preempt.analysis import (
    Bundle,
    CallResult,
    Element,
    Iteration,
    Symbol,
    analyse,
    spelling,
    strip,
)
from pausable._preempt.rule.finding import Finding, weightiest
from pausable._preempt.rule.functions import function_of, iter_of, starts_suspended
from pausable._preempt.rule.locks import is_holder
from pausable._preempt.rule.lookup import arguments_of, values
from pausable._preempt.rule.namespace import Arguments, CallNames
from pausable._preempt.rule.objects import StandIn, is_a

if TYPE_CHECKING:
    from types import FunctionType

    from pausable._preempt.analysis import Claims
    from pausable._preempt.rule.evidence import Evidence
    from pausable._preempt.rule.namespace import Namespace

__all__ = ["Iterables"]


class WhatIsHeld(Protocol):
    """Says what is held of all that is claimed, by the names of a namespace."""

    def __call__(self, claims: Claims, names: Namespace, /, *, is_inside: bool) -> Finding | None:
        """Return it; *is_inside*: control is known to stand there."""


class Iterables:
    """The part of an inquiry that asks about loops and generators."""

    __slots__ = ("_asked", "_evidence", "_held")

    def __init__(self, evidence: Evidence, held: WhatIsHeld) -> None:
        """Look at what is found, and ask *held* what a suspended generator holds."""
        self._evidence = evidence
        self._held = held
        self._asked: set[int] = set()  # the generator functions that led here: they may call again

    def iterated(self, symbol: Symbol, names: Namespace) -> Finding | None:
        """Return what is held by that over which the code iterates."""
        found = values(symbol, names)
        if found is not None:
            return weightiest(self._iterable(each, symbol) for each in found)
        match strip(symbol):
            case Iteration(of) | Element(of):
                return self.iterated(of, names)
            case Bundle(members):
                return self._first_of(members, names)
            case CallResult() as call:
                inner = self._first_of(call.arguments, names)
                return weightiest([self._result(call, names), inner])
            case _:
                return None

    def yielded(
        self, function: FunctionType, symbol: Symbol, given: Arguments, *, is_inside: bool
    ) -> Finding | None:
        """Return what a generator of this function holds, at whichever of its yields it stands.

        *is_inside*: it does stand at one of them.
        """
        code = function.__code__
        analysis = analyse(code)
        if not analysis.understood:
            return Finding(spelling(symbol), is_guess=True)
        if id(code) in self._asked:
            return None
        self._asked.add(id(code))
        try:
            names = CallNames(function, given)
            found = self._held(analysis.after_yield, names, is_inside=is_inside)
        finally:
            self._asked.discard(id(code))
        what = f"{spelling(symbol)} ({found.what})" if found else ""
        return found and Finding(what, is_guess=found.is_guess)

    def _iterable(self, value: object, symbol: Symbol) -> Finding | None:
        if is_holder(value):
            return self._evidence.any([value], spelling(symbol))
        make = iter_of(type(value))
        if make is None:
            return None
        return self.yielded(make, symbol, Arguments((value,)), is_inside=False)

    def _first_of(self, symbols: tuple[Symbol, ...], names: Namespace) -> Finding | None:
        return weightiest(self.iterated(each, names) for each in symbols)

    def _result(self, call: CallResult, names: Namespace) -> Finding | None:
        """Return what is held by the generator that a call has made."""
        given = arguments_of(call, names)
        return weightiest(
            self._made_by(callee, call, given) for callee in values(call.callee, names) or ()
        )

    def _made_by(self, callee: object, call: CallResult, given: Arguments) -> Finding | None:
        inner = function_of(callee)
        if is_a(callee, type):
            make = iter_of(callee)
            given = Arguments((StandIn(callee),))
            return None if make is None else self.yielded(make, call, given, is_inside=False)
        if inner is not None and starts_suspended(inner[0]):
            return self.yielded(inner[0], call, given.after(inner[1]), is_inside=False)
        return None
