"""What users gave us, by name: a callable, a text.

A callable is asked for nothing but to be called: its name is looked up without running its code,
at what the interpreter itself keeps of it, or else at its type. (A `__getattr__` that raises, or a
property that blocks, would do so under a pool's lock.)
"""

from __future__ import annotations

import functools
from operator import attrgetter
from types import BuiltinFunctionType, FunctionType, GetSetDescriptorType, MethodType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "bases_of",
    "callable_name",
    "context_of",
    "function_of",
    "plain_text",
    "type_name",
    "wrappers",
]

wrappers: dict[type, Callable[[Any], Any]] = {
    functools.partial: attrgetter("func"),
    MethodType: attrgetter("__func__"),
}
"""Types whose objects call another callable, and how to get at that: it has the name."""

context_of: Callable[[BaseException], BaseException | None] = BaseException.__dict__[
    "__context__"
].__get__
"""What an exception was raised in the handling of, whatever its class makes of that name."""

bases_of: Callable[[type], tuple[type, ...]] = type.__dict__["__mro__"].__get__
"""The types that a type is made of, whatever its metaclass makes of that name."""

_TOO_DEEP = 10
_names_of_type = type.__dict__["__dict__"].__get__
_name_of_type = type.__dict__["__name__"].__get__  # whatever the metaclass makes of `__name__`


def callable_name(fn: object) -> str:
    """Name a callable as people would: its function's name, through partial and bound objects.

    As it is: it may be no text that can be sent, see `plain_text`.
    """
    fn = _unwrapped(fn)
    kind = type(fn)
    if kind is FunctionType or kind is BuiltinFunctionType:
        name = fn.__name__  # type: ignore[attr-defined]  # both have one
    elif issubclass(kind, type):
        name = _name_of_type(fn)
    else:
        name = _kept_name(fn)
    return name if type(name) is str and name else type_name(fn)


def _kept_name(fn: object) -> object:
    """Return what *fn* keeps as `__name__`, or else its type does."""
    name: object = dict.get(_names_of(fn), "__name__")
    for base in bases_of(type(fn)):
        if name is None:
            name = _names_of_type(base).get("__name__")
    return name


def _names_of(value: object) -> dict[str, object]:
    """Return the `__dict__` of *value*; an empty one if it has none, or one that is computed."""
    for base in bases_of(type(value)):
        kept = _names_of_type(base).get("__dict__")
        if kept is not None:
            is_plain = type(kept) is GetSetDescriptorType and kept.__objclass__ is base
            names: Any = kept.__get__(value) if is_plain else None
            return names if issubclass(type(names), dict) else {}
    return {}


def function_of(fn: object) -> FunctionType | None:
    """Return the Python function that is called in the end, if it is one."""
    fn = _unwrapped(fn)
    return fn if type(fn) is FunctionType else None


def _unwrapped(fn: object) -> object:
    for _ in range(_TOO_DEEP):
        inner = wrappers.get(type(fn))
        if inner is None:
            break
        fn = inner(fn)
    return fn


def type_name(value: object) -> str:
    """Name the type of *value*."""
    return str(_name_of_type(type(value)))


def plain_text(text: str) -> str:
    """Return a `str` of just that type, which can be sent: users may give one of a class of theirs.

    What stands for a byte that could not be read (a lone surrogate) becomes an escape.
    """
    text = str.__str__(text)
    if not text.isascii():
        text = text.encode("utf-8", "backslashreplace").decode()
    return text
