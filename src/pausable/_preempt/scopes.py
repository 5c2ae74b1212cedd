"""What the names of some code stand for now: in a frame, or in a function that was called."""

from __future__ import annotations

import builtins
from functools import partial
from types import CellType, CodeType, FrameType, FunctionType, MethodType
from typing import TYPE_CHECKING, Protocol

from pausable._preempt import peeking
from pausable._preempt.peeking import UNSEEN
from pausable._preempt.symbols import (
    Attribute,
    Call,
    Const,
    Element,
    Global,
    Group,
    Item,
    Iterator,
    Local,
    Symbol,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CallScope", "FrameScope", "Scope", "function_of", "values"]

_GATHER = {"sorted", "reversed", "list", "tuple", "set", "iter", "enumerate", "zip", "map", "filter"}
_VIEWS = {"values", "items", "keys", "copy", "get", "pop", "setdefault"}
_NAMESPACE = type(FrameType.f_locals) and dict


class Scope(Protocol):
    """Where names are looked up."""

    def local(self, name: str) -> object:
        """Return the value of a local name."""

    def outer(self, name: str) -> object:
        """Return the value of a name of the module or of the builtins."""


class FrameScope:
    """The names of a frame."""

    def __init__(self, frame: FrameType) -> None:
        """Look at a frame that does not run meanwhile."""
        self.locals: Mapping[str, object] = frame.f_locals
        self._globals = frame.f_globals
        self._is_function = frame.f_code.co_flags & 2 != 0  # CO_NEWLOCALS

    def local(self, name: str) -> object:
        """Return the value of a local name."""
        return self.locals.get(name, UNSEEN)

    def outer(self, name: str) -> object:
        """Return the value of any other name; in the body of a module or class, of any name."""
        if type(self.locals) is dict and name in self.locals:
            return self.locals[name]
        return _outer(self._globals, name)


class CallScope:
    """The names of a function that has been called, with what is known of its arguments."""

    def __init__(self, function: FunctionType, arguments: Mapping[str, object]) -> None:
        """Look at a function that was called with these arguments, by their names."""
        self._function = function
        self._arguments = arguments
        self._cells = _cells(function)

    def local(self, name: str) -> object:
        """Return the value of an argument, or of a variable of an enclosing function."""
        if name in self._arguments:
            return self._arguments[name]
        return self._cells.get(name, UNSEEN)

    def outer(self, name: str) -> object:
        """Return the value of a name of the function's module or of the builtins."""
        return _outer(self._function.__globals__, name)


def _outer(namespace: Mapping[str, object], name: str) -> object:
    if type(namespace) is not dict:
        return UNSEEN
    if name in namespace:
        return namespace[name]
    return vars(builtins).get(name, UNSEEN)


def _cells(function: FunctionType) -> dict[str, object]:
    cells: tuple[CellType, ...] = function.__closure__ or ()
    found: dict[str, object] = {}
    for name, cell in zip(function.__code__.co_freevars, cells, strict=False):
        try:
            found[name] = cell.cell_contents
        except ValueError:  # it is empty
            continue
    return found


def values(symbol: Symbol, scope: Scope) -> list[object] | None:
    """Return what a symbol may stand for now; None if that cannot be told."""
    match symbol:
        case Const(value):
            return [value]
        case Local(name, origin):
            found = scope.local(name)
            return values(origin, scope) if found is UNSEEN else [found]
        case Global(name):
            return _seen([scope.outer(name)])
        case Attribute(of, name):
            owners = values(of, scope)
            return _seen([peeking.attribute(each, name) for each in owners or ()])
        case Item(of, key):
            return _items(values(of, scope), values(key, scope))
        case Element(of) | Iterator(of):
            inner = _inside(of, scope)
            return None if inner is None else [x for each in inner for x in peeking.contents(each)]
        case Group(members):
            return _all(members, scope)
        case Call():
            return _gathered(symbol, scope)
        case _:
            return None


def _seen(found: list[object]) -> list[object] | None:
    return None if not found or UNSEEN in found else found


def _items(containers: list[object] | None, keys: list[object] | None) -> list[object] | None:
    if containers is None:
        return None
    if keys is not None:
        found = [peeking.item(container, key) for container in containers for key in keys]
        if UNSEEN not in found:
            return found
    inner = [peeking.members(each) for each in containers]
    if None in inner:
        return None
    return [value for each in inner if each for value in each]


def _all(symbols: tuple[Symbol, ...], scope: Scope) -> list[object] | None:
    found = [values(each, scope) for each in symbols]
    return None if None in found else [value for each in found if each for value in each]


def _inside(of: Symbol, scope: Scope) -> list[object] | None:
    return values(of, scope)


def _gathered(call: Call, scope: Scope) -> list[object] | None:
    """Return what a call has gathered from its arguments or its object, if that is all it does."""
    match call.callee:
        case Global(name) if name in _GATHER:
            return _all(call.arguments[:2] if name in {"zip", "map", "filter"} else call.arguments[:1], scope)
        case Attribute(of, name) if name in _VIEWS:
            found = values(of, scope)
            return None if found is None or any(peeking.members(x) is None for x in found) else found
        case _:
            return None


def function_of(value: object) -> tuple[FunctionType, tuple[object, ...]] | None:
    """Return the Python function that calling a value runs, and the arguments it is given first."""
    if type(value) is FunctionType:
        return value, ()
    if type(value) is MethodType:
        inner = function_of(value.__func__)
        return None if inner is None else (inner[0], (value.__self__, *inner[1]))
    if type(value) is partial:
        inner = function_of(value.func)
        return None if inner is None else (inner[0], (*inner[1], *value.args))
    return None


_ = CodeType
