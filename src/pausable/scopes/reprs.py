"""Short representations of values, made without running anybody's code.

To look at a task that rests must not change it: a `__repr__` of its objects could wait for a lock
that it holds. Values of built-in types are shown, cut short; all others by their type.
"""

from __future__ import annotations

from collections import deque
from itertools import islice
from types import BuiltinFunctionType, FunctionType
from typing import TYPE_CHECKING, Any, TypeGuard
from weakref import WeakSet

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["plain_spoken", "short_repr"]

plain_spoken: WeakSet[Any] = WeakSet()
"""Pools whose futures say of themselves what the stdlib's say, and no more."""

_CHARACTERS = 200
_ITEMS = 10
_DEPTH = 3
_BITS = 2000

_PLAIN: frozenset[type] = frozenset(
    {bool, complex, float, range, type(None), type(...), BuiltinFunctionType, FunctionType}
)
_TEXTS: frozenset[type] = frozenset({str, bytes, bytearray})
_BRACKETS: dict[type, tuple[str, str]] = {
    list: ("[", "]"),
    tuple: ("(", ")"),
    set: ("{", "}"),
    frozenset: ("frozenset({", "})"),
    deque: ("deque([", "])"),
}


def short_repr(value: object, depth: int = _DEPTH) -> str:
    """Represent a value in a few hundred characters at most, and some more for each nesting."""
    try:
        shown = _builtin(value, depth)
    except RuntimeError:  # another thread changes it meanwhile
        shown = None
    if shown is not None:
        return shown
    return type.__repr__(value) if _is_type(value) else object.__repr__(value)


def _is_type(value: object) -> TypeGuard[type]:
    return issubclass(type(value), type)  # not asked: `isinstance` looks at `__class__`, too


def _builtin(value: Any, depth: int) -> str | None:
    """Represent a value of a built-in type; None for all others, subclasses included."""
    kind = type(value)
    if kind in _PLAIN:
        return repr(value)
    if kind is int:
        bits = value.bit_length()
        return repr(value) if bits <= _BITS else f"<int of {bits} bits>"
    if kind in _TEXTS:
        return repr(value[:_CHARACTERS]) + ("..." if len(value) > _CHARACTERS else "")
    if kind is dict:
        return _items("{", "}", len(value), _pairs(value, depth), depth)
    if kind in _BRACKETS:
        opening, closing = _BRACKETS[kind]
        if kind is tuple and len(value) == 1:
            closing = ",)"
        return _items(opening, closing, len(value), _each(value, depth), depth)
    return None


def _pairs(value: dict[object, object], depth: int) -> Iterable[str]:
    for key, item in value.items():
        yield f"{short_repr(key, depth - 1)}: {short_repr(item, depth - 1)}"


def _each(value: Iterable[object], depth: int) -> Iterable[str]:
    return (short_repr(item, depth - 1) for item in value)


def _items(opening: str, closing: str, length: int, parts: Iterable[str], depth: int) -> str:
    if depth <= 0 and length:
        return f"{opening}...{closing}"
    more = f", ... {length - _ITEMS} more" if length > _ITEMS else ""
    return opening + ", ".join(islice(parts, _ITEMS)) + more + closing
