"""Short representations of values, made without running anybody's code.

To look at a task that rests must not change it: a `__repr__` of its objects could wait for a lock
that it holds. Values of built-in types are shown, cut short; all others by their type.
"""

from __future__ import annotations

from collections import deque
from itertools import islice
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["short_repr"]

_CHARACTERS = 200
_ITEMS = 10
_DEPTH = 3
_BITS = 2000

_PLAIN = frozenset({bool, complex, float, range, type(None), type(...), type(NotImplemented)})
_NAMED = frozenset({BuiltinFunctionType, FunctionType, ModuleType})
_BRACKETS = {
    list: ("[", "]"),
    tuple: ("(", ")"),
    set: ("{", "}"),
    frozenset: ("frozenset({", "})"),
    deque: ("deque([", "])"),
}


def short_repr(value: object, depth: int = _DEPTH) -> str:
    """Represent a value in a few hundred characters at most, and some more for each nesting."""
    kind = type(value)
    try:
        if kind in _PLAIN or kind in _NAMED:
            return repr(value)
        if isinstance(value, int) and kind is int:
            return repr(value) if value.bit_length() <= _BITS else f"<int of {value.bit_length()} bits>"
        if isinstance(value, (str, bytes, bytearray)) and kind in (str, bytes, bytearray):
            return _cut(repr(value[:_CHARACTERS]), len(value) > _CHARACTERS)
        if isinstance(value, dict) and kind is dict:
            return _items(("{", "}"), len(value), _pairs(value, depth), depth)
        if isinstance(value, (list, tuple, set, frozenset, deque)) and kind in _BRACKETS:
            parts = (short_repr(item, depth - 1) for item in value)
            trailing = "," if kind is tuple and len(value) == 1 else ""
            opening, closing = _BRACKETS[kind]
            return _items((opening, trailing + closing), len(value), parts, depth)
    except RuntimeError:  # another thread changes it meanwhile
        pass
    return type.__repr__(value) if isinstance(value, type) else object.__repr__(value)


def _pairs(value: dict[object, object], depth: int) -> Iterable[str]:
    return (
        f"{short_repr(key, depth - 1)}: {short_repr(item, depth - 1)}"
        for key, item in value.items()
    )


def _items(brackets: tuple[str, str], length: int, parts: Iterable[str], depth: int) -> str:
    if depth <= 0 and length:
        inner = "..."
    else:
        inner = ", ".join(islice(parts, _ITEMS))
        if length > _ITEMS:
            inner += f", ... {length - _ITEMS} more"
    return brackets[0] + inner + brackets[1]


def _cut(text: str, was_cut: bool) -> str:  # noqa: FBT001 - of this module only
    return f"{text}..." if was_cut else text
