"""What a `with` holds: its subject if that can be found, else what a call would have made.

The context manager itself lies on the stack, where no code can look. It is found again by the name
that the code has for it. Where it has none (`with self.transaction():`), the code that makes it is
analysed for what it holds when it has been entered.
"""

from __future__ import annotations

from contextlib import _AsyncGeneratorContextManager, _GeneratorContextManager
from types import FunctionType
from typing import TYPE_CHECKING

from pausable._preempt.analysis import CallResult, Symbol, analyse, handed_on, spelling, strip
from pausable._preempt.rule import objects
from pausable._preempt.rule.exemptions import is_harmless_class, is_harmless_function
from pausable._preempt.rule.finding import Finding, weightiest
from pausable._preempt.rule.functions import enter_of, function_of, managed_by
from pausable._preempt.rule.locks import is_lock
from pausable._preempt.rule.lookup import arguments_of, values
from pausable._preempt.rule.namespace import Arguments, CallNames
from pausable._preempt.rule.objects import StandIn, is_a
from pausable._preempt.rule.signs import class_keeps_nothing, is_like_a_lock, keeps_nothing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pausable._preempt.analysis import Exit
    from pausable._preempt.rule.callees import Callees
    from pausable._preempt.rule.evidence import Evidence
    from pausable._preempt.rule.iterables import Iterables
    from pausable._preempt.rule.namespace import Namespace

__all__ = ["Managers"]

_LEVELS = 3  # of functions that return what another function returns


class Managers:
    """The part of an inquiry that asks about `with` statements."""

    __slots__ = ("_callees", "_evidence", "_iterables")

    def __init__(self, evidence: Evidence, callees: Callees, iterables: Iterables) -> None:
        """Ask, look at what is found, and at what `__enter__` and generators have taken."""
        self._evidence = evidence
        self._callees = callees
        self._iterables = iterables

    def entered(self, mark: Exit, names: Namespace, *, is_inside: bool) -> Finding | None:
        """Return what a `with` holds.

        *is_inside*: control is in its body, not in its `__enter__` or `__exit__`. Then a lock that
        is free has been given back by somebody, or the name stands for another one by now: it
        counts as held.
        """
        there = values(mark.subject, names)
        if there is None:
            found = self._nameless(mark, names, is_inside=is_inside)
        elif is_inside and there and all(map(is_lock, there)):
            found = Finding(f"{spelling(mark.subject)} ({self._evidence.locks.name(there[0])})")
        else:
            found = self._held_by(there, mark.subject)
        for each in handed_on(mark.subject):  # `with lock.acquire():`
            found = weightiest([found, self._evidence.acquired(each, names)])
        if is_inside and found is None and any(map(_is_like_a_lock, there or ())):
            found = Finding(spelling(mark.subject))
        if found is None:
            return None
        is_guess = found.is_guess and not is_inside
        return found._replace(at=mark.at, is_guess=is_guess, is_attempt=is_guess)

    def _nameless(self, mark: Exit, names: Namespace, *, is_inside: bool) -> Finding | None:
        instance = values(mark.target, names)
        if instance is not None and _is_itself(instance, mark.subject, names):
            return self._held_by(instance, mark.subject)
        return self._made(mark.subject, names, _LEVELS, is_inside=is_inside)

    def _held_by(self, managers: Sequence[object], symbol: Symbol) -> Finding | None:
        """Return what these context managers hold, which have been entered."""
        return weightiest(
            found
            for each in managers
            for found in (
                self._evidence.any([each], spelling(symbol)),
                self._left_by_enter(each, symbol),
            )
        )

    def _left_by_enter(self, manager: object, symbol: Symbol) -> Finding | None:
        cls = manager.cls if is_a(manager, StandIn) else type(manager)
        enter = enter_of(cls)
        if enter is None or is_harmless_class(cls):
            return None
        arguments = Arguments((manager,))
        is_certain = not class_keeps_nothing(cls)
        return self._callees.left_by_function(enter, symbol, arguments, certain=is_certain)

    def _made(
        self, symbol: Symbol, names: Namespace, levels: int, *, is_inside: bool
    ) -> Finding | None:
        """Return what the context manager holds that a call returns, and that has no name."""
        call = strip(symbol)
        callees = values(call.callee, names) if isinstance(call, CallResult) and levels else None
        if callees is None or not isinstance(call, CallResult):
            return Finding(spelling(symbol), is_guess=True)
        arguments = arguments_of(call, names)
        return weightiest(
            self._made_by_class(callee, symbol, arguments, is_inside=is_inside)
            if is_a(callee, type)
            else self._made_by(callee, symbol, arguments, levels, is_inside=is_inside)
            for callee in callees
        )

    def _made_by(
        self, callee: object, symbol: Symbol, given: Arguments, levels: int, *, is_inside: bool
    ) -> Finding | None:
        inner = function_of(callee)
        if inner is None:
            return (
                None if is_harmless_function(callee) else Finding(spelling(symbol), is_guess=True)
            )
        function, bound = inner
        if is_harmless_function(function):
            return None
        generator = managed_by(function)
        if generator is not None:
            return self._iterables.yielded(
                generator, symbol, given.after(bound), is_inside=is_inside
            )
        names = CallNames(function, given.after(bound))
        returned = analyse(function.__code__).returned or (symbol,)
        return weightiest(
            self._made(each, names, levels - 1, is_inside=is_inside)
            if (found := values(each, names)) is None
            else self._held_by(found, symbol)
            for each in returned
        )

    def _made_by_class(
        self, cls: type, symbol: Symbol, given: Arguments, *, is_inside: bool
    ) -> Finding | None:
        if is_harmless_class(cls):
            return None
        if cls is _GeneratorContextManager or cls is _AsyncGeneratorContextManager:
            # contextlib makes them anew for each call of a decorated function: (func, args, kwds)
            function, arguments = (*given.positional, None, None)[:2]
            if not is_a(function, FunctionType):
                return Finding(spelling(symbol), is_guess=True)
            inner = Arguments(tuple(objects.members(arguments) or ()))
            return self._iterables.yielded(function, symbol, inner, is_inside=is_inside)
        if enter_of(cls) is None:
            return Finding(spelling(symbol), is_guess=True)
        return self._left_by_enter(StandIn(cls), symbol)


def _is_like_a_lock(manager: object) -> bool:
    """Tell whether it is a lock, though it does not say that it is held: the block says so."""
    cls = type(manager)
    return is_like_a_lock(cls) and not is_harmless_class(cls) and not keeps_nothing(manager)


def _is_itself(instances: Sequence[object], symbol: Symbol, names: Namespace) -> bool:
    """Tell whether the value after `as` is the context manager: an instance of the class called."""
    call = strip(symbol)
    if not isinstance(call, CallResult):
        return True
    classes = values(call.callee, names)
    return classes is not None and all(
        any(type(each) is cls for cls in classes) for each in instances
    )
