"""The look-up of symbols: which objects may be there now that some code has a name for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable._preempt.analysis import (
    Attribute,
    Bundle,
    CallResult,
    Const,
    Element,
    Given,
    Global,
    Item,
    Iteration,
    Local,
    SuperAttribute,
    Symbol,
    strip,
)
from pausable._preempt.rule import objects
from pausable._preempt.rule.namespace import Arguments
from pausable._preempt.rule.objects import UNSEEN, StandIn, is_a

if TYPE_CHECKING:
    from pausable._preempt.rule.namespace import Namespace

__all__ = ["arguments_of", "stand_ins", "values"]

_GATHER_FROM_ONE = frozenset({"sorted", "reversed", "list", "tuple", "set", "iter", "enumerate"})
_GATHER_FROM_TWO = frozenset({"zip", "map", "filter"})
_VIEWS = frozenset({"values", "items", "keys", "copy"})
_PICK = frozenset({"get", "setdefault"})


def values(symbol: Symbol, names: Namespace) -> list[object] | None:  # noqa: PLR0911 - kinds
    """Return what a symbol may stand for now; None if that cannot be told."""
    match symbol:
        case Const() | Local() | Given() | Global():
            return _named(symbol, names)
        case Attribute() | SuperAttribute():
            return _attributes(symbol, names)
        case Item(of, key):
            return _items(values(of, names), values(key, names))
        case Element(of) | Iteration(of):
            inner = values(of, names)
            return None if inner is None else [x for each in inner for x in objects.contents(each)]
        case Bundle(members):
            return _all(members, names)
        case CallResult():
            return _gathered(symbol, names)
        case _:
            return None


def _named(symbol: Symbol, names: Namespace) -> list[object] | None:
    match symbol:
        case Const(value):
            return [value]
        case Local(name, origin):
            found = names.local(name)
            return values(origin, names) if found is UNSEEN else [found]
        case Given(name):
            return _seen([names.given(name)])
        case Global(name):
            return _seen([names.outer(name)])
        case _:
            return None


def _attributes(symbol: Attribute | SuperAttribute, names: Namespace) -> list[object] | None:
    owners = values(symbol.of, names) or stand_ins(symbol.of, names) or []
    if isinstance(symbol, Attribute):
        return _seen([objects.attribute(each, symbol.name) for each in owners])
    classes = values(symbol.cls, names)
    if not classes or not is_a(classes[0], type):
        return None
    return _seen([objects.inherited(each, classes[0], symbol.name) for each in owners])


def _seen(found: list[object]) -> list[object] | None:
    return None if not found or any(each is UNSEEN for each in found) else found


def stand_ins(symbol: Symbol, names: Namespace) -> list[object] | None:
    """Return a stand-in for the instance that a call of a class has made."""
    call = strip(symbol)
    if not isinstance(call, CallResult):
        return None
    classes = [each for each in values(call.callee, names) or () if is_a(each, type)]
    return [StandIn(each) for each in classes] or None


def _items(containers: list[object] | None, keys: list[object] | None) -> list[object] | None:
    if containers is None:
        return None
    if keys is not None:
        found = [objects.item(container, key) for container in containers for key in keys]
        if not any(each is UNSEEN for each in found):
            return found
        if all(is_a(key, str, int) for key in keys):
            return None  # it is not there any more
    inner = [objects.members(each) for each in containers]
    if None in inner:
        return None
    return [value for each in inner if each for value in each]


def _all(symbols: tuple[Symbol, ...], names: Namespace) -> list[object] | None:
    found = [values(each, names) for each in symbols]
    return None if None in found else [value for each in found if each for value in each]


def _gathered(call: CallResult, names: Namespace) -> list[object] | None:
    """Return what a call has gathered from its arguments or its object, if that is all it does."""
    match call.callee:
        case Global(name) if name in _GATHER_FROM_ONE | _GATHER_FROM_TWO:
            return _all(
                call.arguments[: 2 if name in _GATHER_FROM_TWO else 1],
                names,
            )
        case Attribute(of, name) if name in _VIEWS:
            found = values(of, names)
            return (
                None if found is None or any(objects.members(x) is None for x in found) else found
            )
        case Attribute(of, name) if name in _PICK:
            return _picked(of, call.arguments, names)
        case _:
            return None


def _picked(of: Symbol, arguments: tuple[Symbol, ...], names: Namespace) -> list[object] | None:
    """Return all that `container.get(key, default)` may return."""
    inner = [objects.members(each) for each in values(of, names) or ()]
    if not inner or None in inner:
        return None
    found = [value for each in inner if each for value in each]
    defaults = [values(each, names) for each in arguments[1:2]]
    return found + [value for each in defaults if each for value in each]


def arguments_of(call: CallResult, names: Namespace) -> Arguments:
    """Return the arguments of a call, as far as they can be told."""
    count = len(call.arguments) - len(call.keywords)
    found = [_one(values(each, names)) for each in call.arguments]
    return Arguments(tuple(found[:count]), dict(zip(call.keywords, found[count:], strict=True)))


def _one(found: list[object] | None) -> object:
    return found[0] if found is not None and len(found) == 1 else UNSEEN
