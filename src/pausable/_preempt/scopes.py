"""What the names of some code stand for now: in a frame, or in a function that was called."""

from __future__ import annotations

import builtins
import sys
from typing import TYPE_CHECKING, NamedTuple, Protocol

from pausable._preempt import peeking
from pausable._preempt.peeking import UNSEEN, StandIn, is_a
from pausable._preempt.symbols import (
    Attribute,
    Call,
    Const,
    Element,
    Given,
    Global,
    Group,
    Inherited,
    Item,
    Iterator,
    Local,
    Symbol,
    strip,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import CellType, FrameType, FunctionType

__all__ = [
    "Arguments",
    "CallScope",
    "FrameScope",
    "Scope",
    "arguments_of",
    "locals_of",
    "stand_ins",
    "values",
]

_OPTIMIZED = 1  # co_flags: the local names are not in a dict
_UNSHARED = 3  # references: the frame's, the local name's, and that of the call

_GATHER = {
    "sorted",
    "reversed",
    "list",
    "tuple",
    "set",
    "iter",
    "enumerate",
    "zip",
    "map",
    "filter",
}
_VIEWS = {"values", "items", "keys", "copy"}
_PICK = {"get", "setdefault"}


class Scope(Protocol):
    """Where names are looked up."""

    def local(self, name: str) -> object:
        """Return the value of a local name."""

    def given(self, name: str) -> object:
        """Return what a name stood for when the call began."""

    def outer(self, name: str) -> object:
        """Return the value of a name of the module or of the builtins."""


class FrameScope:
    """The names of a frame."""

    def __init__(self, frame: FrameType) -> None:
        """Look at a frame that does not run meanwhile."""
        self._globals = frame.f_globals
        self.is_module: bool = frame.f_locals is frame.f_globals
        self.locals: Mapping[str, object] = locals_of(frame)
        code = frame.f_code
        self.first: object = self.locals.get(code.co_varnames[0]) if code.co_argcount else None

    def local(self, name: str) -> object:
        """Return the value of a local name."""
        return self.locals.get(name, UNSEEN)

    def given(self, _name: str) -> object:
        """Return nothing: the argument may have been bound anew since."""
        return UNSEEN

    def outer(self, name: str) -> object:
        """Return the value of any other name; in the body of a module or class, of any name."""
        if type(self.locals) is dict and name in self.locals:
            return self.locals[name]
        return _outer(self._globals, name)


def locals_of(frame: FrameType) -> Mapping[str, object]:
    """Return the local names of a frame, without a trace of having looked.

    Up to Python 3.12 a frame keeps the dict that it has given away, and whatever is in it stays
    alive after a `del`. It is emptied if nobody else has it: `locals()` gives away the same dict.
    """
    found = frame.f_locals
    if sys.version_info >= (3, 13) or not frame.f_code.co_flags & _OPTIMIZED:
        return found
    copied = dict(found)
    if sys.getrefcount(found) <= _UNSHARED:
        found.clear()
    return copied


class Arguments(NamedTuple):
    """The arguments of a call; those that cannot be told are `UNSEEN`."""

    positional: tuple[object, ...] = ()
    named: Mapping[str, object] = {}  # nobody writes to it

    def after(self, bound: tuple[object, ...]) -> Arguments:
        """Return them behind those that a method or a partial has bound."""
        return Arguments((*bound, *self.positional), self.named)


class CallScope:
    """The names of a function that has been called, with what is known of its arguments."""

    def __init__(self, function: FunctionType, given: Arguments) -> None:
        """Look at a function that was called with these arguments."""
        self._function = function
        names = function.__code__.co_varnames[: function.__code__.co_argcount]
        self._arguments = dict(zip(names, given.positional, strict=False)) | dict(given.named)

    def local(self, _name: str) -> object:
        """Return nothing: the frame is not there."""
        return UNSEEN

    def given(self, name: str) -> object:
        """Return an argument, its default, or a variable of an enclosing function."""
        if name in self._arguments:
            return self._arguments[name]
        found = _defaults(self._function).get(name, UNSEEN)
        return _cells(self._function).get(name, UNSEEN) if found is UNSEEN else found

    def outer(self, name: str) -> object:
        """Return the value of a name of the function's module or of the builtins."""
        return _outer(self._function.__globals__, name)


def _defaults(function: FunctionType) -> dict[str, object]:
    code, values_ = function.__code__, function.__defaults__ or ()
    names = code.co_varnames[code.co_argcount - len(values_) : code.co_argcount]
    return dict(zip(names, values_, strict=False)) | (function.__kwdefaults__ or {})


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


def values(symbol: Symbol, scope: Scope) -> list[object] | None:  # noqa: PLR0911 - one for each kind
    """Return what a symbol may stand for now; None if that cannot be told."""
    match symbol:
        case Const() | Local() | Given() | Global():
            return _named(symbol, scope)
        case Attribute() | Inherited():
            return _attributes(symbol, scope)
        case Item(of, key):
            return _items(values(of, scope), values(key, scope))
        case Element(of) | Iterator(of):
            inner = values(of, scope)
            return None if inner is None else [x for each in inner for x in peeking.contents(each)]
        case Group(members):
            return _all(members, scope)
        case Call():
            return _gathered(symbol, scope)
        case _:
            return None


def _named(symbol: Symbol, scope: Scope) -> list[object] | None:
    match symbol:
        case Const(value):
            return [value]
        case Local(name, origin):
            found = scope.local(name)
            return values(origin, scope) if found is UNSEEN else [found]
        case Given(name):
            return _seen([scope.given(name)])
        case Global(name):
            return _seen([scope.outer(name)])
        case _:
            return None


def _attributes(symbol: Attribute | Inherited, scope: Scope) -> list[object] | None:
    owners = values(symbol.of, scope) or stand_ins(symbol.of, scope) or []
    if isinstance(symbol, Attribute):
        return _seen([peeking.attribute(each, symbol.name) for each in owners])
    classes = values(symbol.cls, scope)
    if not classes or not is_a(classes[0], type):
        return None
    return _seen([peeking.inherited(each, classes[0], symbol.name) for each in owners])


def _seen(found: list[object]) -> list[object] | None:
    return None if not found or any(each is UNSEEN for each in found) else found


def stand_ins(symbol: Symbol, scope: Scope) -> list[object] | None:
    """Return a stand-in for the instance that a call of a class has made."""
    call = strip(symbol)
    if not isinstance(call, Call):
        return None
    classes = [each for each in values(call.callee, scope) or () if is_a(each, type)]
    return [StandIn(each) for each in classes] or None


def _items(containers: list[object] | None, keys: list[object] | None) -> list[object] | None:
    if containers is None:
        return None
    if keys is not None:
        found = [peeking.item(container, key) for container in containers for key in keys]
        if not any(each is UNSEEN for each in found):
            return found
        if all(is_a(key, str, int) for key in keys):
            return None  # it is not there any more
    inner = [peeking.members(each) for each in containers]
    if None in inner:
        return None
    return [value for each in inner if each for value in each]


def _all(symbols: tuple[Symbol, ...], scope: Scope) -> list[object] | None:
    found = [values(each, scope) for each in symbols]
    return None if None in found else [value for each in found if each for value in each]


def _gathered(call: Call, scope: Scope) -> list[object] | None:
    """Return what a call has gathered from its arguments or its object, if that is all it does."""
    match call.callee:
        case Global(name) if name in _GATHER:
            return _all(
                call.arguments[:2] if name in {"zip", "map", "filter"} else call.arguments[:1],
                scope,
            )
        case Attribute(of, name) if name in _VIEWS:
            found = values(of, scope)
            return (
                None if found is None or any(peeking.members(x) is None for x in found) else found
            )
        case Attribute(of, name) if name in _PICK:
            return _picked(of, call.arguments, scope)
        case _:
            return None


def _picked(of: Symbol, arguments: tuple[Symbol, ...], scope: Scope) -> list[object] | None:
    """Return all that `container.get(key, default)` may return."""
    inner = [peeking.members(each) for each in values(of, scope) or ()]
    if not inner or None in inner:
        return None
    found = [value for each in inner if each for value in each]
    defaults = [values(each, scope) for each in arguments[1:2]]
    return found + [value for each in defaults if each for value in each]


def arguments_of(call: Call, scope: Scope) -> Arguments:
    """Return the arguments of a call, as far as they can be told."""
    count = len(call.arguments) - len(call.keywords)
    found = [_one(values(each, scope)) for each in call.arguments]
    return Arguments(tuple(found[:count]), dict(zip(call.keywords, found[count:], strict=True)))


def _one(found: list[object] | None) -> object:
    return found[0] if found is not None and len(found) == 1 else UNSEEN
