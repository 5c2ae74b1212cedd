"""What a `with` holds: its subject if that can be found, else what a call would have made.

The context manager itself lies on the stack, where no code can look. It is found again by the name
that the code has for it. Where it has none (`with self.transaction():`), the code that makes it is
analysed for what it holds when it has been entered.
"""

from __future__ import annotations

from contextlib import _AsyncGeneratorContextManager, _GeneratorContextManager
from types import FunctionType
from typing import TYPE_CHECKING

from pausable._preempt import peeking
from pausable._preempt.analysis import analyse
from pausable._preempt.claims import Claim
from pausable._preempt.functions import enter_of, function_of, managed_by
from pausable._preempt.harmless import is_harmless_class, is_harmless_function
from pausable._preempt.locks import is_lock
from pausable._preempt.peeking import StandIn, is_a
from pausable._preempt.scopes import Arguments, CallScope, arguments_of, values
from pausable._preempt.symbols import Call, Symbol, spelling, strip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pausable._preempt.inquiry import Inquiry
    from pausable._preempt.scopes import Scope
    from pausable._preempt.symbols import Exit

__all__ = ["Managers"]

_LEVELS = 3  # of functions that return what another function returns


class Managers:
    """The part of an inquiry that asks about `with` statements."""

    __slots__ = ("_inquiry",)

    def __init__(self, inquiry: Inquiry) -> None:
        """Ask for an inquiry."""
        self._inquiry = inquiry

    def entered(self, mark: Exit, scope: Scope, *, is_inside: bool) -> Claim | None:
        """Return what a `with` holds.

        *is_inside*: control is in its body, not in its `__enter__` or `__exit__`. Then a lock that
        is free has been given back by somebody, or the name stands for another one by now: it
        counts as held.
        """
        found = values(mark.subject, scope)
        if found is None:
            claim = self._nameless(mark, scope, is_inside=is_inside)
        elif is_inside and found and all(map(is_lock, found)):
            claim = Claim(f"{spelling(mark.subject)} ({self._inquiry.look.name(found[0])})")
        else:
            claim = self._held_by(found, mark.subject)
        return None if claim is None else claim._replace(at=mark.at)

    def _nameless(self, mark: Exit, scope: Scope, *, is_inside: bool) -> Claim | None:
        instance = values(mark.target, scope)
        if instance is not None and _is_itself(instance, mark.subject, scope):
            return self._held_by(instance, mark.subject)
        return self._made(mark.subject, scope, _LEVELS, is_inside=is_inside)

    def _held_by(self, found: Sequence[object], symbol: Symbol) -> Claim | None:
        """Return what these context managers hold, which have been entered."""
        for each in found:
            claim = self._inquiry.any([each], spelling(symbol)) or self._left_by_enter(each, symbol)
            if claim is not None:
                return claim
        return None

    def _left_by_enter(self, manager: object, symbol: Symbol) -> Claim | None:
        cls = manager.cls if is_a(manager, StandIn) else type(manager)
        enter = enter_of(cls)
        if enter is None or is_harmless_class(cls):
            return None
        arguments = Arguments((manager,))
        return self._inquiry.callees.left_by_function(enter, symbol, arguments, certain=True)

    def _made(self, symbol: Symbol, scope: Scope, levels: int, *, is_inside: bool) -> Claim | None:
        """Return what the context manager holds that a call returns, and that has no name."""
        call = strip(symbol)
        callees = values(call.callee, scope) if isinstance(call, Call) and levels else None
        if callees is None or not isinstance(call, Call):
            return Claim(spelling(symbol))
        arguments = arguments_of(call, scope)
        for callee in callees:
            if is_a(callee, type):
                claim = self._made_by_class(callee, symbol, arguments, is_inside=is_inside)
            else:
                claim = self._made_by(callee, symbol, arguments, levels, is_inside=is_inside)
            if claim is not None:
                return claim
        return None

    def _made_by(
        self, callee: object, symbol: Symbol, given: Arguments, levels: int, *, is_inside: bool
    ) -> Claim | None:
        inner = function_of(callee)
        if inner is None:
            return None if is_harmless_function(callee) else Claim(spelling(symbol))
        function, bound = inner
        if is_harmless_function(function):
            return None
        generator = managed_by(function)
        if generator is not None:
            return self._inquiry.iterables.yielded(
                generator, symbol, given.after(bound), is_inside=is_inside
            )
        scope = CallScope(function, given.after(bound))
        returned = analyse(function.__code__).returned or (symbol,)
        for each in returned:
            found = values(each, scope)
            if found is None:
                claim = self._made(each, scope, levels - 1, is_inside=is_inside)
            else:
                claim = self._held_by(found, symbol)
            if claim is not None:
                return claim
        return None

    def _made_by_class(
        self, cls: type, symbol: Symbol, given: Arguments, *, is_inside: bool
    ) -> Claim | None:
        if is_harmless_class(cls):
            return None
        if cls is _GeneratorContextManager or cls is _AsyncGeneratorContextManager:
            # contextlib makes them anew for each call of a decorated function: (func, args, kwds)
            function, arguments = (*given.positional, None, None)[:2]
            if not is_a(function, FunctionType):
                return Claim(spelling(symbol))
            inner = Arguments(tuple(peeking.members(arguments) or ()))
            return self._inquiry.iterables.yielded(function, symbol, inner, is_inside=is_inside)
        if enter_of(cls) is None:
            return Claim(spelling(symbol))
        return self._left_by_enter(StandIn(cls), symbol)


def _is_itself(instances: Sequence[object], symbol: Symbol, scope: Scope) -> bool:
    """Tell whether the value after `as` is the context manager: an instance of the class called."""
    call = strip(symbol)
    if not isinstance(call, Call):
        return True
    classes = values(call.callee, scope)
    return classes is not None and all(
        any(type(each) is cls for cls in classes) for each in instances
    )
