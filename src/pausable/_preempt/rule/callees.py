"""What a call has left behind: a lock that it took for its caller, who gives it back later.

Each callee that can be told is analysed for what it has acquired and not released when it returns,
and so is what that calls, a few levels down. What it names is looked up with the arguments that it
was given: `self._lock` of `box.begin()` is that of the box.
"""

from __future__ import annotations

import builtins
from functools import partial
from types import BuiltinMethodType, MethodWrapperType, ModuleType
from typing import TYPE_CHECKING, Any

from pausable._preempt.analysis import (
    Attribute,
    Began,
    CallResult,
    Function,
    Global,
    Locked,
    Symbol,
    analyse,
    spelling,
    strip,
    takes,
)
from pausable._preempt.rule.exemptions import gives_back
from pausable._preempt.rule.finding import Finding, weightiest
from pausable._preempt.rule.functions import function_of, initializer_of, kind_of, runs_later
from pausable._preempt.rule.locks import SUSPENDED, is_lock
from pausable._preempt.rule.lookup import arguments_of, values
from pausable._preempt.rule.mentions import note_nothing_left, says_nothing_of_locks
from pausable._preempt.rule.namespace import CallNames
from pausable._preempt.rule.objects import StandIn, is_a

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FunctionType

    from pausable._preempt.rule.evidence import Evidence
    from pausable._preempt.rule.namespace import Arguments, Namespace

__all__ = ["Callees"]

_LEVELS = 3  # of calls that are followed
_IN_C: tuple[type, ...] = (BuiltinMethodType, MethodWrapperType)


class Callees:
    """The part of an inquiry that asks about calls."""

    __slots__ = ("_checks", "_evidence", "_followed")

    def __init__(self, evidence: Evidence) -> None:
        """Ask, and look at what is found."""
        self._evidence = evidence
        self._followed: dict[tuple[int, int], int] = {}  # for how many levels
        self._checks = 0  # locks and generators that were looked at: what a call may leave

    def left_by(
        self, call: CallResult, names: Namespace, levels: int = _LEVELS, *, certain: bool = False
    ) -> Finding | None:
        """Return what a call has taken for its caller, which is still held.

        *certain*: what it takes, and cannot be seen, is held.
        """
        callees = values(call.callee, names) if levels else None
        if _is_of_object(call, names):
            return None
        if callees is None:
            if certain and _is_unseen(call.callee, names):
                return Finding(spelling(call), is_guess=True)
            return None
        return weightiest(
            self._left_by_c(callee, call, names)
            if _is_in_c(callee)
            else self._left_by_python(callee, call, names, levels, certain=certain)
            for callee in callees
        )

    def left_by_function(
        self,
        function: FunctionType,
        symbol: Symbol,
        given: Arguments,
        levels: int = _LEVELS,
        *,
        certain: bool = False,
    ) -> Finding | None:
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
        found = weightiest(self._left_behind(function, symbol, given, levels, certain=certain))
        if self._checks != checks:
            del self._followed[key]  # with other arguments it may leave another lock
        elif found is None:
            note_nothing_left(function, first, levels)
        return found

    def _left_behind(
        self,
        function: FunctionType,
        symbol: Symbol,
        given: Arguments,
        levels: int,
        *,
        certain: bool,
    ) -> Iterator[Finding | None]:
        names, after = CallNames(function, given), analyse(function.__code__).after_return
        name = spelling(symbol)
        for each in after.acquired:
            self._checks += 1
            is_of_file = isinstance(each, (Locked, Began))
            found = values(each.parts()[0] if is_of_file else each, names)
            if certain and (found is None or any(is_a(x, StandIn) for x in found)):
                yield Finding(name, is_guess=True)
            elif is_of_file and found:
                yield self._evidence.acquired(each, names)
            else:
                yield self._evidence.any(found or given.positional, name, certain=certain)
        for call in after.calls:
            yield self.left_by(call, names, levels - 1, certain=certain)

    def _left_by_python(
        self, callee: object, call: CallResult, names: Namespace, levels: int, *, certain: bool
    ) -> Finding | None:
        inner = initializer_of(callee) if is_a(callee, type) else function_of(callee)
        if inner is None:
            return self._left_by_argument(call, names)
        function, bound = inner
        if runs_later(function):
            return None
        given = arguments_of(call, names).after(bound)
        return self.left_by_function(function, call.callee, given, levels, certain=certain)

    def _left_by_c(self, callee: Any, call: CallResult, names: Namespace) -> Finding | None:  # noqa: ANN401
        if callee is builtins.next:
            found = values(call.arguments[0], names) if call.arguments else None
            self._checks += found is not None
            return self._evidence.any(found, spelling(call))
        method: Any = callee.func if type(callee) is partial else callee
        owner = method.__self__
        if is_a(owner, *SUSPENDED) or (is_lock(owner) and takes(method.__name__)):
            self._checks += 1
            return self._evidence.any([owner], spelling(call.callee), certain=False)
        return self._left_by_argument(call, names)

    def _left_by_argument(self, call: CallResult, names: Namespace) -> Finding | None:
        """`map(Lock.acquire, locks)`: code in C that is given a way to take a lock."""
        if not any(map(_is_way_to_take, call.arguments)):
            return None
        self._checks += 1
        return weightiest(
            self._evidence.any(values(owner, names), spelling(owner), certain=False)
            for each in call.arguments
            for owner in _owners(each)
        )


def _is_of_object(call: CallResult, names: Namespace) -> bool:
    """Tell whether a call takes a lock that has a global name, and is no function of a module.

    What it takes is among what was acquired, for as long as it is.
    """
    match strip(call.callee):
        case Attribute(Global() as of, name) if takes(name):
            return not any(is_a(each, ModuleType) for each in values(of, names) or ())
        case _:
            return False


def _is_in_c(callee: object) -> bool:
    return is_a(callee.func if type(callee) is partial else callee, *_IN_C)


def _is_unseen(symbol: Symbol, names: Namespace) -> bool:
    """Tell whether a method is one of an attribute of an instance of which nothing is known."""
    while isinstance(symbol, Attribute):
        symbol = strip(symbol.of)
    return any(is_a(each, StandIn) for each in values(symbol, names) or ())


def _is_way_to_take(symbol: Symbol) -> bool:
    stripped = strip(symbol)
    if isinstance(stripped, CallResult):
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
    return stripped.arguments if isinstance(stripped, CallResult) else (symbol,)
