"""What a lock that is not the stdlib's says of itself, in fields whose names are plain.

`acquired` of a file lock, `_writer` and `_readers` of a reader-writer lock that is made of a
condition and a field: they say that it is held, or that it is free.
"""

from __future__ import annotations

import re
import threading
from _thread import get_ident
from types import FunctionType

from pausable._preempt.analysis import gives, speaks_of_taking
from pausable._preempt.memo import Memo
from pausable._preempt.rule import files, objects
from pausable._preempt.rule.objects import is_a

__all__ = ["class_keeps_nothing", "is_descriptor", "is_like_a_lock", "keeps_nothing", "says_held"]

_LOCKISH = re.compile(
    r"(?<![bc])lock|mutex|semaphore|atomic|transaction", re.IGNORECASE
)  # no clock, no block
_SAYS = re.compile(
    r"_*(?:is_|n_|num_|active_|current_)?"
    r"(?:acquired|locked|held|owner|holder|writers?|readers?)(?:_(?:id|ident|thread|count))?"
)
_NAMES_SOMEBODY = re.compile("owner|holder")  # a number may be anybody's
_DESCRIPTOR = re.compile(r"_*(?:.*_)?(?:fd|fileno)")
_PLAIN = frozenset(map(id, (bool, int, type(None))))

_lockish: Memo[type, bool] = Memo()
_keeping: Memo[type, bool] = Memo()


def says_held(value: object, ident: int | None) -> bool | None:
    """Tell whether the fields of a lock say that it is held; None if they say nothing.

    By the thread *ident*, or by the calling one, where that can be told.
    """
    said = [_says(name, inner, ident) for name, inner in objects.attributes(value)]
    known = [each for each in said if each is not None]
    return any(known) if known else None


def is_descriptor(name: str, value: object) -> bool:
    """Tell whether a value is the descriptor of a file, going by its name."""
    return type(value) is int and _DESCRIPTOR.fullmatch(name) is not None


def _says(name: str, value: object, ident: int | None) -> bool | None:
    if type(name) is not str:
        return None
    if is_descriptor(name, value):
        return files.is_locked(value) or None
    return _says_plainly(name, value, ident or get_ident()) if _SAYS.fullmatch(name) else None


def _says_plainly(name: str, value: object, ident: int) -> bool | None:
    if is_a(value, threading.Thread):
        return objects.attribute(value, "_ident") == ident
    if id(type(value)) in _PLAIN:
        if value and type(value) is int and _NAMES_SOMEBODY.search(name):
            return True if value == ident else None
        return bool(value)
    inner = objects.members(value)
    return None if inner is None else bool(inner)


def is_like_a_lock(cls: type) -> bool:
    """Tell whether the names of a class and of its methods are those of a lock."""
    known = _lockish.get(id(cls))
    return _lockish.put(cls, _judge(cls)) if known is None else known


def _judge(cls: type) -> bool:
    if any(_LOCKISH.search(objects.name_of(each)) for each in objects.mro(cls)):
        return True
    if objects.names(cls) & {"acquire", "release"}:
        return True
    name = next((each for each in ("__enter__", "__aenter__") if objects.definer(cls, each)), None)
    enter = None if name is None else objects.attribute(cls, name)
    if is_a(enter, FunctionType):
        return any(map(speaks_of_taking, enter.__code__.co_names))
    return name is not None


def keeps_nothing(value: object) -> bool:
    """Tell whether there is no way to give back what is taken of a value: it limits a rate."""
    own = objects.fields(value)
    is_given_back = any(type(each) is str and gives(each) for each in own)
    return class_keeps_nothing(type(value)) and not is_given_back


def class_keeps_nothing(cls: type) -> bool:
    """Tell the same of the instances of a class, but for what each of them has of its own."""
    known = _keeping.get(id(cls))
    return _keeping.put(cls, _keeps_nothing(cls)) if known is None else known


def _keeps_nothing(cls: type) -> bool:
    names = objects.names(cls)
    if "__getattr__" in names or "__getattribute__" in names:
        return False
    return all(_gives_nothing(cls, each) for each in names if gives(each))


def _gives_nothing(cls: type, name: str) -> bool:
    """Tell whether a method is an `__exit__` that does nothing."""
    found = objects.attribute(cls, name)
    return "exit" in name and is_a(found, FunctionType) and not found.__code__.co_names
