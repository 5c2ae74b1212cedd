"""What a loop holds: the generator that it drives is suspended, maybe in a `with` of its own.

The iterator of a loop lies on the stack, where no code can look. What the code iterates over has a
name, or is the result of a call of a generator function, which is analysed for what it holds at its
yields.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable._preempt.analysis import analyse
from pausable._preempt.claims import Claim
from pausable._preempt.functions import function_of, iter_of, starts_suspended
from pausable._preempt.locks import is_holder
from pausable._preempt.peeking import StandIn, is_a
from pausable._preempt.scopes import Arguments, CallScope, arguments_of, values
from pausable._preempt.symbols import Call, Element, Group, Iterator, Symbol, spelling, strip

if TYPE_CHECKING:
    from types import FunctionType

    from pausable._preempt.inquiry import Inquiry
    from pausable._preempt.scopes import Scope

__all__ = ["Iterables"]


class Iterables:
    """The part of an inquiry that asks about loops and generators."""

    __slots__ = ("_asked", "_inquiry")

    def __init__(self, inquiry: Inquiry) -> None:
        """Ask for an inquiry."""
        self._inquiry = inquiry
        self._asked: set[int] = set()  # the generator functions that led here: they may call again

    def iterated(self, symbol: Symbol, scope: Scope) -> Claim | None:
        """Return what is held by that over which the code iterates."""
        found = values(symbol, scope)
        if found is not None:
            claims = (self._iterable(each, symbol) for each in found)
            return next((each for each in claims if each is not None), None)
        match strip(symbol):
            case Iterator(of) | Element(of):
                return self.iterated(of, scope)
            case Group(members):
                return self._first_of(members, scope)
            case Call() as call:
                return self._result(call, scope) or self._first_of(call.arguments, scope)
            case _:
                return None

    def yielded(
        self, function: FunctionType, symbol: Symbol, given: Arguments, *, is_inside: bool
    ) -> Claim | None:
        """Return what a generator of this function holds, at whichever of its yields it stands.

        *is_inside*: it does stand at one of them.
        """
        code = function.__code__
        analysis = analyse(code)
        if not analysis.understood:
            return Claim(spelling(symbol))
        if id(code) in self._asked:
            return None
        self._asked.add(id(code))
        try:
            scope = CallScope(function, given)
            found = self._inquiry.place(analysis.after_yield, scope, is_inside=is_inside)
        finally:
            self._asked.discard(id(code))
        return None if found is None else Claim(f"{spelling(symbol)} ({found.what})")

    def _iterable(self, value: object, symbol: Symbol) -> Claim | None:
        if is_holder(value):
            return self._inquiry.any([value], spelling(symbol))
        make = iter_of(type(value))
        if make is None:
            return None
        return self.yielded(make, symbol, Arguments((value,)), is_inside=False)

    def _first_of(self, symbols: tuple[Symbol, ...], scope: Scope) -> Claim | None:
        claims = (self.iterated(each, scope) for each in symbols)
        return next((each for each in claims if each is not None), None)

    def _result(self, call: Call, scope: Scope) -> Claim | None:
        """Return what is held by the generator that a call has made."""
        given = arguments_of(call, scope)
        for callee in values(call.callee, scope) or ():
            claim = None
            inner = function_of(callee)
            if is_a(callee, type):
                make = iter_of(callee)
                if make is not None:
                    claim = self.yielded(make, call, Arguments((StandIn(callee),)), is_inside=False)
            elif inner is not None and starts_suspended(inner[0]):
                claim = self.yielded(inner[0], call, given.after(inner[1]), is_inside=False)
            if claim is not None:
                return claim
        return None
