"""What a call has left behind: a lock that it took for its caller, who gives it back later.

Each callee that can be told is analysed for what it has acquired and not released when it returns,
and so is what that calls, a few levels down. What it names is looked up with the arguments that it
was given: `self._lock` of `box.begin()` is that of the box.
"""

from __future__ import annotations

import builtins
from functools import partial
from types import BuiltinMethodType, MethodWrapperType
from typing import TYPE_CHECKING, Any

from pausable._preempt.analysis import analyse
from pausable._preempt.claims import Claim
from pausable._preempt.functions import function_of, initializer_of, kind_of, runs_later
from pausable._preempt.harmless import gives_back
from pausable._preempt.locks import SUSPENDED, is_lock
from pausable._preempt.peeking import StandIn, is_a
from pausable._preempt.scopes import CallScope, arguments_of, values
from pausable._preempt.symbols import Attribute, Call, Function, Symbol, spelling, strip
from pausable._preempt.taking import takes
from pausable._preempt.wording import note_nothing_left, says_nothing_of_locks

if TYPE_CHECKING:
    from types import FunctionType

    from pausable._preempt.inquiry import Inquiry
    from pausable._preempt.scopes import Arguments, Scope

__all__ = ["Callees"]

_LEVELS = 3  # of calls that are followed
_IN_C: tuple[type, ...] = (BuiltinMethodType, MethodWrapperType)


class Callees:
    """The part of an inquiry that asks about calls."""

    __slots__ = ("_checks", "_followed", "_inquiry")

    def __init__(self, inquiry: Inquiry) -> None:
        """Ask for an inquiry."""
        self._inquiry = inquiry
        self._followed: dict[tuple[int, int], int] = {}  # for how many levels
        self._checks = 0  # locks and generators that were looked at: what a call may leave

    def left_by(
        self, call: Call, scope: Scope, levels: int = _LEVELS, *, certain: bool = False
    ) -> Claim | None:
        """Return what a call has taken for its caller, which is still held.

        *certain*: what it takes, and cannot be seen, is held.
        """
        callees = values(call.callee, scope) if levels else None
        if callees is None:
            return Claim(spelling(call)) if certain and _is_unseen(call.callee, scope) else None
        for callee in callees:
            if _is_in_c(callee):
                claim = self._left_by_c(callee, call, scope)
            else:
                claim = self._left_by_python(callee, call, scope, levels, certain=certain)
            if claim is not None:
                return claim
        return None

    def left_by_function(
        self,
        function: FunctionType,
        symbol: Symbol,
        given: Arguments,
        levels: int = _LEVELS,
        *,
        certain: bool = False,
    ) -> Claim | None:
        """Return what a call of this function, known as *symbol*, has taken and not given back."""
        first = given.positional[0] if given.positional else None
        if not certain and gives_back(function.__code__):
            return None
        if not certain and says_nothing_of_locks(function, first, levels):
            return None
        analysis = analyse(function.__code__)
        key = id(function.__code__), id(kind_of(given.positional))
        if not analysis.understood or self._followed.get(key, 0) >= levels:
            return None
        self._followed[key] = levels
        checks = self._checks
        claim = self._left_behind(function, symbol, given, levels, certain=certain)
        if self._checks != checks:
            del self._followed[key]  # with other arguments it may leave another lock
        elif claim is None:
            note_nothing_left(function, first, levels)
        return claim

    def _left_behind(
        self,
        function: FunctionType,
        symbol: Symbol,
        given: Arguments,
        levels: int,
        *,
        certain: bool,
    ) -> Claim | None:
        scope, after = CallScope(function, given), analyse(function.__code__).after_return
        name = spelling(symbol)
        for each in after.acquired:
            self._checks += 1
            found = values(each, scope)
            if certain and (found is None or any(is_a(x, StandIn) for x in found)):
                return Claim(name)
            claim = self._inquiry.any(found or given.positional, name, certain=certain)
            if claim is not None:
                return claim
        for call in after.calls:
            claim = self.left_by(call, scope, levels - 1, certain=certain)
            if claim is not None:
                return claim
        return None

    def _left_by_python(
        self, callee: object, call: Call, scope: Scope, levels: int, *, certain: bool
    ) -> Claim | None:
        inner = initializer_of(callee) if is_a(callee, type) else function_of(callee)
        if inner is None:
            return self._left_by_argument(call, scope)
        function, bound = inner
        if runs_later(function):
            return None
        given = arguments_of(call, scope).after(bound)
        return self.left_by_function(function, call.callee, given, levels, certain=certain)

    def _left_by_c(self, callee: Any, call: Call, scope: Scope) -> Claim | None:  # noqa: ANN401
        if callee is builtins.next:
            found = values(call.arguments[0], scope) if call.arguments else None
            self._checks += found is not None
            return self._inquiry.any(found, spelling(call))
        method: Any = callee.func if type(callee) is partial else callee
        owner = method.__self__
        if is_a(owner, *SUSPENDED) or (is_lock(owner) and takes(method.__name__)):
            self._checks += 1
            return self._inquiry.any([owner], spelling(call.callee), certain=False)
        return self._left_by_argument(call, scope)

    def _left_by_argument(self, call: Call, scope: Scope) -> Claim | None:
        """`map(Lock.acquire, locks)`: code in C that is given a way to take a lock."""
        if not any(map(_is_way_to_take, call.arguments)):
            return None
        self._checks += 1
        for owner in (owner for each in call.arguments for owner in _owners(each)):
            claim = self._inquiry.any(values(owner, scope), spelling(owner), certain=False)
            if claim is not None:
                return claim
        return None


def _is_in_c(callee: object) -> bool:
    return is_a(callee.func if type(callee) is partial else callee, *_IN_C)


def _is_unseen(symbol: Symbol, scope: Scope) -> bool:
    """Tell whether a method is one of an attribute of an instance of which nothing is known."""
    while isinstance(symbol, Attribute):
        symbol = strip(symbol.of)
    return any(is_a(each, StandIn) for each in values(symbol, scope) or ())


def _is_way_to_take(symbol: Symbol) -> bool:
    stripped = strip(symbol)
    if isinstance(stripped, Call):
        stripped = strip(stripped.callee)  # a generator expression
    if isinstance(stripped, Function):
        analysis = analyse(stripped.code)
        after = (analysis.after_return, analysis.after_yield) if analysis.understood else ()
        return any(each.acquired for each in after)
    return isinstance(stripped, Attribute) and takes(stripped.name)


def _owners(symbol: Symbol) -> tuple[Symbol, ...]:
    """Return what may be taken by a way to take, or be among what it is given."""
    stripped = strip(symbol)
    if isinstance(stripped, Attribute):
        return (stripped.of,)
    return stripped.arguments if isinstance(stripped, Call) else (symbol,)
