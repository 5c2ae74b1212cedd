"""The mentions of locks in functions that are called: whether they speak of any, by their names.

Analysing all that a task calls, and what that calls, would take longer than most pauses may. A
function in whose code, and in whatever it can reach by the names in it, nothing takes a lock or
drives a generator leaves nothing to its caller, and is not analysed.
"""

from __future__ import annotations

from types import CodeType
from typing import TYPE_CHECKING

from pausable._preempt.analysis import begins, speaks_of_taking
from pausable._preempt.memo import Memo
from pausable._preempt.rule import objects
from pausable._preempt.rule.functions import function_of, initializer_of, kind_of
from pausable._preempt.rule.locks import is_lock
from pausable._preempt.rule.objects import UNSEEN, is_a

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FunctionType

__all__ = ["note_nothing_left", "says_nothing_of_locks"]

_DRIVES = frozenset({"next", "send", "__next__", "asend"})
_OWNERS = 8  # so many of the values that the code names are asked for the other names in it

_quiet: Memo[CodeType, dict[int, int]] = Memo()  # by `self`'s class: for how many calls deep
_loud: Memo[CodeType, set[int]] = Memo()  # by the class of `self`
_telling: Memo[CodeType, bool] = Memo()


def says_nothing_of_locks(function: FunctionType, first: object, levels: int) -> bool:
    """Tell whether there is no word of a lock in a function and in what it calls.

    *first* is its first argument, *levels* for how many levels of calls to look.
    """
    code, kind = function.__code__, id(kind_of((first,)))
    known = _quiet.get(id(code))
    if known is None:
        known = _quiet.put(code, {})
    if known.get(kind, -1) >= levels:
        return True
    loud = _loud.get(id(code))
    if (loud is not None and kind in loud) or _says_something(code):
        return False
    known[kind] = levels  # also ends the recursion of functions that call each other
    for value in _reached(function, first) if levels else ():
        inner = initializer_of(value) if is_a(value, type) else function_of(value)
        if inner is None:
            is_quiet = not is_lock(getattr(value, "__self__", None)) if _is_method(value) else True
        else:
            owner = inner[1][0] if inner[1] else None
            is_quiet = says_nothing_of_locks(inner[0], owner, levels - 1)
        if not is_quiet:
            known.pop(kind, None)
            (_loud.get(id(code)) or _loud.put(code, set())).add(kind)
            return False
    return True


def note_nothing_left(function: FunctionType, first: object, levels: int) -> None:
    """Note that a function was followed, and that there was nothing to be looked at in it."""
    (_quiet.get(id(function.__code__)) or _quiet.put(function.__code__, {}))[
        id(kind_of((first,)))
    ] = levels


def _says_something(code: CodeType) -> bool:
    """Tell whether there is a name in some code that takes a lock or drives a generator."""
    known = _telling.get(id(code))
    if known is None:
        inner = [each for each in code.co_consts if isinstance(each, CodeType)]
        known = any(speaks_of_taking(name) or name in _DRIVES for name in code.co_names)
        known = known or any(map(begins, code.co_consts))
        known = _telling.put(code, known or any(map(_says_something, inner)))
    return known


def _reached(function: FunctionType, first: object) -> Iterator[object]:
    """List the values that a function can name: globals, closures, attributes of those."""
    names = function.__code__.co_names
    is_plain = type(function.__globals__) is dict  # else to look a name up might run code
    namespace = function.__globals__ if is_plain else {}
    found = [namespace[name] for name in names if name in namespace]
    for cell in function.__closure__ or ():
        try:
            found.append(cell.cell_contents)
        except ValueError:  # it is empty
            continue
    if first is not None and first is not UNSEEN:
        found += [objects.attribute(first, name) for name in names]
        if "super" in names:
            found += [each for name in names for each in objects.overridden(first, name)]
    yield from found
    owners = [each for each in found if each is not UNSEEN and not _is_method(each)]
    for owner in owners[:_OWNERS]:
        for name in names:
            value = objects.attribute(owner, name)
            if value is not UNSEEN:
                yield value


def _is_method(value: object) -> bool:
    return is_a(value, type([].append)) or function_of(value) is not None
