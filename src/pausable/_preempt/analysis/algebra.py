"""What can be done with symbols: cut, join, forget and spell them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable._preempt.analysis.mark import Began, Exit, Leaving, Locked
from pausable._preempt.analysis.symbol import (
    UNKNOWN,
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
)

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["bounded", "forget", "forget_stored", "join", "mentions", "spelling", "strip"]

_DEEPEST = 10  # what lies deeper is not known: the analysis of a loop would not end


def bounded(symbol: Symbol, levels: int = _DEEPEST) -> Symbol:
    """Return the symbol, with nothing known of what lies too deep in it."""
    parts = symbol.parts()
    if not parts:
        return symbol
    if not levels:
        return UNKNOWN
    cut = tuple(bounded(each, levels - 1) for each in parts)
    return symbol if all(map(_is, cut, parts)) else symbol.of_parts(cut)


def _is(one: Symbol, other: Symbol) -> bool:
    return one is other


def strip(symbol: Symbol) -> Symbol:
    """Follow local names to where their values came from, as far as that is known."""
    while isinstance(symbol, Local) and symbol.origin is not UNKNOWN:
        symbol = symbol.origin
    return symbol


def join(one: Symbol, other: Symbol) -> Symbol:
    """Return what is known of a value that is this or that.

    Raises:
        ValueError: a `with` is left on one of two ways that meet, and not on the other.
    """
    if one is other or (one == other and type(one) is not Symbol):
        return one
    if isinstance(one, Exit) or isinstance(other, Exit):
        if not (isinstance(one, Exit) and isinstance(other, Exit)) or one.at != other.at:
            raise ValueError("the ways that meet here are in different with statements")
        return one.of_parts((join(one.subject, other.subject), join(one.target, other.target)))
    if isinstance(one, Leaving) and isinstance(other, Leaving) and one.mark.at == other.mark.at:
        return Leaving(one.mark.of_parts(tuple(map(join, one.mark.parts(), other.mark.parts()))))
    if isinstance(one, Iteration) and type(one) is type(other):
        return one.of_parts((join(one.of, other.parts()[0]),))
    if isinstance(one, Local) and isinstance(other, Local) and one.name == other.name:
        return Local(one.name, join(one.origin, other.origin))
    return UNKNOWN


def mentions(symbol: Symbol, name: str) -> bool:
    """Tell whether a local name occurs in a symbol."""
    if isinstance(symbol, Local) and symbol.name == name:
        return True
    return any(mentions(part, name) for part in symbol.parts())


def forget(symbol: Symbol, name: str) -> Symbol:
    """Say what is known of a value when a local name that it was known by is bound anew."""
    return _without(symbol, lambda each: isinstance(each, Local) and each.name == name)


def forget_stored(symbol: Symbol, target: Symbol) -> Symbol:
    """Say the same when an attribute, an item or a global name of this kind is bound anew."""
    match target:
        case Attribute(_, name):
            return _without(symbol, lambda each: isinstance(each, Attribute) and each.name == name)
        case Item():
            return _without(symbol, lambda each: isinstance(each, Item) and each == target)
        case _:
            return _without(symbol, lambda each: each == target)


def _without(symbol: Symbol, is_lost: Callable[[Symbol], bool]) -> Symbol:
    parts = symbol.parts()
    known = tuple(_without(part, is_lost) for part in parts)
    if type(symbol) is not Symbol and is_lost(symbol):
        return known[0] if isinstance(symbol, Local) else UNKNOWN
    return symbol if all(map(_is, known, parts)) else symbol.of_parts(known)


def spelling(symbol: Symbol) -> str:  # noqa: C901, PLR0911 - one for each kind
    """Write a symbol as the code does; unknown parts as an ellipsis."""
    match symbol:
        case Const():
            return repr(symbol.value)
        case Local() | Given() | Global():
            return symbol.name
        case Attribute():
            return f"{spelling(symbol.of)}.{symbol.name}"
        case SuperAttribute():
            return f"super().{symbol.name}"
        case Item():
            return f"{spelling(symbol.of)}[{spelling(symbol.key)}]"
        case Element() | Iteration():
            return f"one of {spelling(symbol.of)}"
        case Locked():
            return f"the lock on {spelling(symbol.file)}"
        case Began():
            return f"the transaction of {spelling(symbol.of)}"
        case Bundle():
            return f"({', '.join(map(spelling, symbol.members))})"
        case CallResult():
            return f"{spelling(symbol.callee)}({', '.join(map(spelling, symbol.arguments))})"
        case _:
            return "..."
