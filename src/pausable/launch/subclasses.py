"""Pools of classes that a program derives from the stdlib's: such a class comes before ours.

`class Theirs(ThreadPoolExecutor)` gets a class below it and ours, in whose order of methods ours
stands between theirs and the stdlib's: so what theirs calls by `super()` is ours.
"""

from __future__ import annotations

from abc import ABCMeta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from types import CodeType

__all__ = ["below", "why_not_ours"]

_ORDERED = ("LifoQueue", "PriorityQueue")


def why_not_ours(
    stdlib: type, cls: type, overrides: Collection[str], innards: dict[str, str]
) -> str | None:
    """Say why pools of a class have to stay the stdlib's; None if they can be ours.

    It has one of *overrides*, by which it does what ours does otherwise, or names one of *innards*.
    """
    own = [each for each in cls.__mro__ if issubclass(each, stdlib) and each is not stdlib]
    for each in own:
        for name in overrides:
            if name in vars(each):
                return f"it has its own {name}()"
    codes = [code for each in own for code in _codes(each)]
    for name, what in innards.items():
        if any(name in code.co_names for code in codes):
            return f"it makes {what}"
    if any(_has_own_queue(code) for code in codes):
        return "it has a work queue of its own"
    if type(cls) not in (type, ABCMeta):
        return f"it is made by {type(cls).__name__}, and not by type"
    return None


def _codes(cls: type) -> Iterator[CodeType]:
    """Yield the code of the methods of a class."""
    for each in vars(cls).values():
        function = getattr(each, "__func__", each)
        code = getattr(function, "__code__", None)
        if code is not None:
            yield code


def _has_own_queue(code: CodeType) -> bool:
    """Say whether it puts something else in the place of the queue than one with a bound.

    A bound can be kept; an order that is not that of submission cannot.
    """
    if "_work_queue" not in code.co_names:
        return False
    from dis import get_instructions  # noqa: PLC0415 - few programs need it

    if not any(
        each.opname == "STORE_ATTR" and each.argval == "_work_queue"
        for each in get_instructions(code)
    ):
        return False
    names = {*code.co_names, *code.co_varnames, *code.co_freevars}
    return not names & {"Queue", "SimpleQueue"} or bool(names & {*_ORDERED})


class _Unannounced:
    """Keeps classes from being announced to their bases, as to a registry of the program's."""

    __slots__ = ()

    def __init_subclass__(cls) -> None:
        """Tell nobody."""


def below(cls: type, ours: type) -> type:
    """Make the class that stands below *cls* and *ours*, and looks like *cls*.

    Raises:
        TypeError: they cannot be bases together.
    """
    looks: dict[str, Any] = {
        "__module__": cls.__module__,
        "__qualname__": cls.__qualname__,
        "__doc__": cls.__doc__,
        "_p_class": cls,
    }
    made: type = type(cls)(cls.__name__, (_Unannounced, cls, ours), looks)
    return made
