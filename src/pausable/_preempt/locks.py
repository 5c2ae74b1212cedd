"""Is it held now? Asked of locks, of what is made of them, and of what holds some for others."""

from __future__ import annotations

import gc
import itertools
import re
import threading
from _thread import LockType, get_ident
from contextlib import (
    AsyncExitStack,
    ExitStack,
    _AsyncGeneratorContextManager,
    _GeneratorContextManager,
)
from dataclasses import dataclass, field
from functools import partial
from types import (
    AsyncGeneratorType,
    BuiltinMethodType,
    CoroutineType,
    FunctionType,
    GeneratorType,
    MethodType,
    ModuleType,
)
from typing import TYPE_CHECKING, Any

from pausable._preempt import peeking
from pausable._preempt.harmless import is_harmless_class
from pausable._preempt.peeking import UNSEEN, is_a
from pausable._preempt.taking import takes

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["SUSPENDED", "Look", "is_holder", "is_lock"]

_RLOCK = type(threading.RLock())
_PY_RLOCK = threading._PyRLock if hasattr(threading, "_PyRLock") else threading._RLock
_OWNER = re.compile(r"owner=(\d+)")
_LOCKISH = re.compile(r"(?<![bc])lock|mutex|semaphore", re.IGNORECASE)  # no clock, no block
_DEEP = 2  # levels of attributes that are searched for locks
SUSPENDED = (GeneratorType, CoroutineType, AsyncGeneratorType)


# By identity: a metaclass may have an `__eq__` or a `__hash__` of its own.
_ITERATORS = frozenset(
    id(each)
    for each in (enumerate, zip, map, filter, *vars(itertools).values())
    if isinstance(each, type)
)


_HOLDERS = frozenset(map(id, (*SUSPENDED, ExitStack, AsyncExitStack))) | _ITERATORS


def is_holder(value: object) -> bool:
    """Tell whether a value holds only what others have taken.

    That is a generator, an iterator in C that may keep one, or a stack of context managers.
    """
    return id(type(value)) in _HOLDERS


@dataclass(slots=True)
class Look:
    """One look at the locks of one thread, which does not run meanwhile."""

    ident: int | None  #: the thread's, if it is not the calling one
    suspended: Callable[[Any], str | None]  #: says what a suspended generator holds
    seen: set[int] = field(default_factory=set)

    def held(self, value: object, *, certain: bool) -> str | None:
        """Say what is held if *value* is held now, as ``a Lock``; None if not.

        *certain*: the code has entered it, or has acquired it. Then what is like a lock, and does
        not tell, is held.
        """
        kind = type(value)
        if kind is LockType:
            return "a Lock" if value.locked() else None  # type: ignore[attr-defined]
        if is_a(value, _RLOCK, _PY_RLOCK):
            return "an RLock" if self._owns(value) else None
        if is_a(value, *SUSPENDED):
            return self.suspended(value)
        if id(kind) in _ITERATORS:
            return self._iterator(value, certain=certain)
        if is_a(value, MethodType, BuiltinMethodType, partial):
            return self._bound(value, certain=certain)
        return self._object(value, certain=certain)

    def _iterator(self, value: object, *, certain: bool) -> str | None:
        """Look at the generators that an iterator in C keeps; they are nowhere else."""
        for each in gc.get_referents(value):
            for inner in peeking.contents(each, 1):
                is_one = is_a(inner, *SUSPENDED) or id(type(inner)) in _ITERATORS
                if is_one and (found := self._seen_once(inner, certain=certain)):
                    return found
        return None

    def _seen_once(self, value: object, *, certain: bool) -> str | None:
        if id(value) in self.seen:
            return None
        self.seen.add(id(value))
        return self.held(value, certain=certain)

    @staticmethod
    def name(lock: object) -> str:
        """Name a lock of the stdlib by its kind."""
        kind = type(lock).__name__
        return {"lock": "a Lock", "RLock": "an RLock", "_RLock": "an RLock"}.get(kind, f"a {kind}")

    def _owns(self, lock: Any) -> bool:  # noqa: ANN401 - _is_owned is not in typeshed
        if self.ident is None or self.ident == get_ident():
            return bool(lock._is_owned())
        owner = _OWNER.search(repr(lock))
        return owner is not None and int(owner[1]) == self.ident

    def _bound(self, value: Any, *, certain: bool) -> str | None:  # noqa: ANN401 - three kinds
        inner = value.func if is_a(value, partial) else value.__self__
        if inner is None or is_a(inner, ModuleType, type):
            return None
        return self.held(inner, certain=certain)

    def _object(self, value: object, *, certain: bool) -> str | None:
        if id(value) in self.seen:
            return None
        self.seen.add(id(value))
        try:
            return self._instance(value, certain=certain)
        finally:
            self.seen.discard(id(value))

    def _instance(self, value: object, *, certain: bool) -> str | None:
        kind = type(value)
        if is_a(value, threading.Condition):
            inner = peeking.attribute(value, "_lock")
            return f"the lock of a {kind.__name__}" if self.held(inner, certain=certain) else None
        if is_a(value, threading.Semaphore):
            return f"a {kind.__name__}" if certain or _is_taken(value) else None
        semaphore = peeking.attribute(value, "_semlock")
        if semaphore is not UNSEEN:
            return self._of_processes(kind, semaphore, certain=certain)
        if is_a(value, ExitStack, AsyncExitStack):
            return self._stack(value)
        if is_a(value, _GeneratorContextManager, _AsyncGeneratorContextManager):
            return self.held(peeking.attribute(value, "gen"), certain=certain)
        return self._unknown(value, certain=certain) if _may_keep_locks(value) else None

    def _unknown(self, value: object, *, certain: bool) -> str | None:
        found = self._attributes(value)
        if found is None and certain and _is_like_a_lock(type(value)):
            return f"a {type(value).__name__}"
        return found

    def _of_processes(
        self,
        kind: type,
        semaphore: Any,  # noqa: ANN401 - _multiprocessing is not in typeshed
        *,
        certain: bool,
    ) -> str | None:
        is_semaphore = semaphore.kind == 1 and semaphore.maxvalue > 1
        if is_semaphore:
            is_held = certain or semaphore._count() > 0
        elif self.ident is None or self.ident == get_ident():
            is_held = semaphore._is_mine()
        else:
            is_held = semaphore._count() > 0
        return f"a {kind.__name__} of multiprocessing" if is_held else None

    def _stack(self, stack: object) -> str | None:
        for _, callback in list(peeking.attribute(stack, "_exit_callbacks") or ()):  # type: ignore[call-overload]
            found = self._callback(callback)
            if found:
                return f"{found}, in an ExitStack"
        return None

    def _callback(self, callback: object) -> str | None:
        if is_a(callback, FunctionType):  # made by callback(), or push() of a function
            inner = callback.__dict__.get("__wrapped__", UNSEEN)
            if inner is not UNSEEN:
                found = self.held(inner, certain=True)
                return found or self._cells(callback)
            return self._cells(callback)
        return self.held(callback, certain=True)

    def _cells(self, function: FunctionType) -> str | None:
        for cell in function.__closure__ or ():
            try:
                content = cell.cell_contents
            except ValueError:
                continue
            for each in peeking.contents(content):
                if found := self.held(each, certain=False):
                    return found
        return None

    def _attributes(self, value: object, levels: int = _DEEP) -> str | None:
        """Look for a lock that is held among the attributes of an object, and theirs."""
        for _, inner in peeking.attributes(value):
            for each in peeking.contents(inner, 1):
                found = self._attribute(each, levels)
                if found:
                    return found
        return None

    def _attribute(self, value: object, levels: int) -> str | None:
        if is_lock(value) or is_a(value, ExitStack, AsyncExitStack, *SUSPENDED):
            return self.held(value, certain=False)
        if levels > 1 and _may_keep_locks(value):
            return self._attributes(value, levels - 1)
        return None


def is_lock(value: object) -> bool:
    """Tell whether a value is a lock of the stdlib."""
    return (
        type(value) is LockType
        or is_a(value, _RLOCK, _PY_RLOCK, threading.Condition, threading.Semaphore)
        or peeking.attribute(value, "_semlock") is not UNSEEN
    )


def _may_keep_locks(value: object) -> bool:
    """Tell whether the locks among the attributes of a value may be those that it takes."""
    if is_a(value, type, ModuleType, threading.Thread, FunctionType, MethodType):
        return False
    return not is_harmless_class(type(value))


def _is_taken(semaphore: object) -> bool:
    left = peeking.attribute(semaphore, "_value")
    initial = peeking.attribute(semaphore, "_initial_value")  # of a BoundedSemaphore
    if not is_a(left, int):
        return True
    return left < initial if is_a(initial, int) else left == 0


def _is_like_a_lock(cls: type) -> bool:
    names = {each.__name__ for each in peeking.mro(cls)}
    if any(_LOCKISH.search(name) for name in names):
        return True
    if peeking.definer(cls, "acquire") or peeking.definer(cls, "release"):
        return True
    where = peeking.definer(cls, "__enter__") or peeking.definer(cls, "__aenter__")
    if where is None:
        return False
    enter = vars(where).get("__enter__") or vars(where).get("__aenter__")
    return type(enter) is not FunctionType or _takes_something(enter)


def _takes_something(function: FunctionType) -> bool:
    return any(takes(name) for name in function.__code__.co_names)
