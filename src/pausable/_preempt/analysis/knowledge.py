"""What is known before one instruction: the stack, the local names, the locks taken, the calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pausable._preempt.analysis.algebra import bounded, forget, forget_stored, join, spelling
from pausable._preempt.analysis.mark import Entered, Exit
from pausable._preempt.analysis.symbol import UNKNOWN, Given, Local, Symbol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import CodeType

    from pausable._preempt.analysis.symbol import CallResult

__all__ = ["Knowledge", "start"]


class Knowledge(NamedTuple):
    """All that is known before an instruction, whichever way control came there."""

    stack: tuple[Symbol, ...]
    origins: Mapping[str, Symbol]  #: of local names: where their values came from
    acquired: frozenset[Symbol] = frozenset()  #: on some way, and not yet released on it
    calls: frozenset[CallResult] = frozenset()  #: made on some way

    def pushed(self, *values: Symbol) -> Knowledge:
        """Put values on the stack."""
        return Knowledge(self.stack + values, *self[1:])

    def popped(self, count: int) -> Knowledge:
        """Take values from the stack."""
        size = len(self.stack) - count
        if size < 0:
            raise IndexError("the stack is empty")
        return Knowledge(self.stack[:size], *self[1:])

    def local(self, name: str) -> Local:
        """Return the symbol of a local name."""
        return Local(name, self.origins.get(name, UNKNOWN))

    def bound(self, name: str, value: Symbol) -> Knowledge:
        """Bind a local name: what was known by it is so no longer."""
        value = forget(value, name)
        origins = {
            known: forget(origin, name) for known, origin in self.origins.items() if known != name
        }
        if type(value) is not Symbol:
            origins[name] = bounded(value)
        state = Knowledge(
            tuple(forget(each, name) for each in self.stack),
            origins,
            frozenset(forget(each, name) for each in self.acquired),
            self.calls,
        )
        return state.targeted(value, Local(name))

    def stored(self, value: Symbol, target: Symbol) -> Knowledge:
        """Bind an attribute, an item or a global name: what was known by it is so no longer."""
        state = Knowledge(
            tuple(forget_stored(each, target) for each in self.stack),
            self.origins,
            frozenset(forget_stored(each, target) for each in self.acquired),
            self.calls,
        )
        return state.targeted(value, target)

    def targeted(self, value: Symbol, target: Symbol) -> Knowledge:
        """Note the name after `as`, if *value* is what `__enter__` has returned."""
        if not isinstance(value, Entered):
            return self
        stack = tuple(
            each.of_parts((each.subject, target))
            if isinstance(each, Exit) and each.at == value.at
            else each
            for each in self.stack
        )
        return Knowledge(stack, *self[1:])

    def having(self, lock: Symbol) -> Knowledge:
        """Note that something was acquired."""
        return Knowledge(self.stack, self.origins, self.acquired | {lock}, self.calls)

    def without(self, lock: Symbol) -> Knowledge:
        """Note that something was released."""
        name = spelling(lock)
        acquired = frozenset(each for each in self.acquired if spelling(each) != name)
        return Knowledge(self.stack, self.origins, acquired, self.calls)

    def called(self, call: CallResult) -> Knowledge:
        """Note that something was called."""
        return Knowledge(self.stack, self.origins, self.acquired, self.calls | {call})

    def caught(self, depth: int, *, lasti: bool) -> Knowledge:
        """Return what a handler finds that keeps so much of the stack."""
        if depth > len(self.stack):
            raise IndexError("a handler keeps more than there is")
        return Knowledge(self.stack[:depth] + (UNKNOWN,) * (1 + lasti), *self[1:])

    def joined(self, other: Knowledge) -> Knowledge:
        """Return what is known where two ways meet."""
        if self is other:
            return self
        if len(self.stack) != len(other.stack):
            raise ValueError("the ways that meet here have stacks of different heights")
        return Knowledge(
            self.stack if self.stack == other.stack else tuple(map(join, self.stack, other.stack)),
            _common(self.origins, other.origins),
            self.acquired | other.acquired,
            self.calls | other.calls,
        )


def _common(one: Mapping[str, Symbol], other: Mapping[str, Symbol]) -> Mapping[str, Symbol]:
    if one is other or one == other:
        return one
    found = {}
    for name in one.keys() & other.keys():
        symbol = join(one[name], other[name])
        if type(symbol) is not Symbol:
            found[name] = symbol
    return found


def start(code: CodeType) -> Knowledge:
    """Return what is known when a call of some code begins."""
    count = code.co_argcount + code.co_kwonlyargcount
    names = (*code.co_varnames[:count], *code.co_freevars)
    return Knowledge((), {name: Given(name) for name in names})
