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

from pausable._preempt.rule import files, objects
from pausable._preempt.rule.exemptions import is_harmless_class
from pausable._preempt.rule.finding import Finding, weightiest
from pausable._preempt.rule.objects import UNSEEN, is_a
from pausable._preempt.rule.signs import is_like_a_lock, keeps_nothing, says_held
from pausable._preempt.rule.transactions import transaction_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["SUSPENDED", "Locks", "holder_in", "is_holder", "is_lock", "stacks_of"]

_RLOCK = type(threading.RLock())
_PY_RLOCK = threading._PyRLock if hasattr(threading, "_PyRLock") else threading._RLock
_OWNER = re.compile(r"owner=(\d+)")
_DEEP = 2  # levels of attributes that are searched for locks
SUSPENDED = (GeneratorType, CoroutineType, AsyncGeneratorType)


# By identity: a metaclass may have an `__eq__` or a `__hash__` of its own.
_ITERATORS = frozenset(
    id(each)
    for each in (enumerate, zip, map, filter, *vars(itertools).values())
    if isinstance(each, type)
)


_STACKS = frozenset(map(id, (ExitStack, AsyncExitStack)))
_HOLDERS = frozenset(map(id, SUSPENDED)) | _STACKS | _ITERATORS
_PLAIN = (int, str, bytes, float, bool, type(None), list, dict, tuple, set, type, FunctionType)
_WITHOUT = _HOLDERS | frozenset(map(id, (*_PLAIN, MethodType, ModuleType)))  # stacks of their own


def is_holder(value: object) -> bool:
    """Tell whether a value holds only what others have taken.

    That is a generator, an iterator in C that may keep one, or a stack of context managers.
    """
    return id(type(value)) in _HOLDERS


def holder_in(value: object) -> object:
    """Return such a value, or that which a method is of: `close = stack.pop_all().close`."""
    inner = value.__self__ if type(value) is MethodType else value
    return inner if id(type(inner)) in _HOLDERS else UNSEEN


def stacks_of(value: object) -> list[object]:
    """List the stacks of context managers that an object has: `Session(stack.pop_all())`."""
    if id(type(value)) in _WITHOUT:
        return []
    found = (*objects.fields(value).values(),)
    if _STACKS.isdisjoint(map(id, map(type, found))):  # so with nearly all, and quickly told
        return []
    return [each for each in found if id(type(each)) in _STACKS]


@dataclass(slots=True)
class Locks:
    """The locks of one thread, which does not run meanwhile, looked at once."""

    ident: int | None  #: the thread's, if it is not the calling one
    suspended: Callable[[Any], Finding | None]  #: says what a suspended generator holds
    seen: set[int] = field(default_factory=set)

    def held(self, value: object, *, certain: bool) -> Finding | None:
        """Say what is held if *value* is held now, as ``a Lock``; None if not.

        *certain*: the code has entered it, or has acquired it. Then what is like a lock, and does
        not tell, is held, as far as can be guessed.
        """
        kind = type(value)
        if kind is LockType:
            return Finding("a Lock") if value.locked() else None  # type: ignore[attr-defined]
        if is_a(value, _RLOCK, _PY_RLOCK):
            return Finding("an RLock") if self._owns(value) else None
        if is_a(value, *SUSPENDED):
            return self.suspended(value)
        if id(kind) in _ITERATORS:
            return self._iterator(value, certain=certain)
        if is_a(value, MethodType, BuiltinMethodType, partial):
            return self._bound(value, certain=certain)
        return self._object(value, certain=certain)

    def _iterator(self, value: object, *, certain: bool) -> Finding | None:
        """Look at the generators that an iterator in C keeps; they are nowhere else."""
        return weightiest(
            self._seen_once(inner, certain=certain)
            for each in gc.get_referents(value)
            for inner in objects.contents(each, 1)
            if is_a(inner, *SUSPENDED) or id(type(inner)) in _ITERATORS
        )

    def _seen_once(self, value: object, *, certain: bool) -> Finding | None:
        if id(value) in self.seen:
            return None
        self.seen.add(id(value))
        return self.held(value, certain=certain)

    @staticmethod
    def name(lock: object) -> str:
        """Name a lock of the stdlib by its kind."""
        kind = objects.name_of(type(lock))
        return {"lock": "a Lock", "RLock": "an RLock", "_RLock": "an RLock"}.get(kind, f"a {kind}")

    def _owns(self, lock: Any) -> bool:  # noqa: ANN401 - _is_owned is not in typeshed
        if self.ident is None or self.ident == get_ident():
            return bool(lock._is_owned())
        owner = _OWNER.search(repr(lock))
        return owner is not None and int(owner[1]) == self.ident

    def _bound(self, value: Any, *, certain: bool) -> Finding | None:  # noqa: ANN401 - three kinds
        inner = value.func if is_a(value, partial) else value.__self__
        if inner is None or is_a(inner, ModuleType, type):
            return None
        return self.held(inner, certain=certain)

    def _object(self, value: object, *, certain: bool) -> Finding | None:
        if id(value) in self.seen:
            return None
        self.seen.add(id(value))
        try:
            return self._instance(value, certain=certain)
        finally:
            self.seen.discard(id(value))

    def _instance(self, value: object, *, certain: bool) -> Finding | None:
        kind = objects.name_of(type(value))
        if is_a(value, threading.Condition):
            inner = self.held(objects.attribute(value, "_lock"), certain=certain)
            return inner and Finding(f"the lock of a {kind}", is_guess=inner.is_guess)
        if is_a(value, threading.Semaphore):
            return self._semaphore(value, certain=certain)
        semaphore = objects.attribute(value, "_semlock")
        if semaphore is not UNSEEN:
            return self._of_processes(kind, semaphore, certain=certain)
        if is_a(value, ExitStack, AsyncExitStack):
            return self._stack(value)
        if is_a(value, _GeneratorContextManager, _AsyncGeneratorContextManager):
            return self.held(objects.attribute(value, "gen"), certain=certain)
        return self._unknown(value, certain=certain)

    @staticmethod
    def _semaphore(value: object, *, certain: bool) -> Finding | None:
        """Look at a semaphore: it may be a signal, or be released by others."""
        left = objects.attribute(value, "_value")
        initial = objects.attribute(value, "_initial_value")
        if is_a(left, int) and is_a(initial, int):  # a BoundedSemaphore
            is_taken = left < initial
        else:
            is_taken = certain or left == 0
        return Finding(f"a {objects.name_of(type(value))}", is_guess=True) if is_taken else None

    def _unknown(self, value: object, *, certain: bool) -> Finding | None:
        cls = type(value)
        is_open = transaction_of(value, self.ident)
        if is_open or is_open == "" or not _may_keep_locks(value):
            return Finding(is_open) if is_open else None
        found = self._attributes(value)
        if found is not None or not is_like_a_lock(cls):
            return found
        says = says_held(value, self.ident)
        if says or (certain and says is None and not keeps_nothing(value)):
            return Finding(f"a {objects.name_of(cls)}", is_guess=not says)
        return None

    def _of_processes(
        self,
        kind: str,
        semaphore: Any,  # noqa: ANN401 - _multiprocessing is not in typeshed
        *,
        certain: bool,
    ) -> Finding | None:
        is_semaphore = semaphore.kind == 1 and semaphore.maxvalue > 1
        if is_semaphore:
            is_held = certain or semaphore._count() > 0
        elif self.ident is None or self.ident == get_ident():
            is_held = semaphore._is_mine()
        else:
            is_held = semaphore._count() > 0
        return Finding(f"a {kind} of multiprocessing", is_guess=is_semaphore) if is_held else None

    def _stack(self, stack: object) -> Finding | None:
        found = weightiest(
            self._callback(callback)
            for _, callback in list(objects.attribute(stack, "_exit_callbacks") or ())  # type: ignore[call-overload]
        )
        return found and found._replace(what=f"{found.what}, in an ExitStack", is_guess=False)

    def _callback(self, callback: object) -> Finding | None:
        if is_a(callback, FunctionType):  # made by callback(), or push() of a function
            inner = callback.__dict__.get("__wrapped__", UNSEEN)
            found = None if inner is UNSEEN else self.held(inner, certain=True)
            return found or weightiest(self._cells(callback))
        if found := self.held(callback, certain=True):
            return found
        owner = callback.__self__ if is_a(callback, MethodType) else None
        return weightiest(  # of what `acquire()` has returned, the lock
            self.held(inner, certain=True)
            for _, inner in objects.attributes(owner)
            if is_like_a_lock(type(inner))
        )

    def _cells(self, function: FunctionType) -> Iterator[Finding | None]:
        for cell in function.__closure__ or ():
            try:
                content = cell.cell_contents
            except ValueError:
                continue
            for each in objects.contents(content):
                yield self.held(each, certain=False)

    def _attributes(self, value: object, levels: int = _DEEP) -> Finding | None:
        """Look for a lock that is held among the attributes of an object, and theirs."""
        return weightiest(
            self._attribute(each, levels)
            for _, inner in objects.attributes(value)
            for each in objects.contents(inner, 1)
        )

    def _attribute(self, value: object, levels: int) -> Finding | None:
        if is_lock(value) or is_a(value, ExitStack, AsyncExitStack, *SUSPENDED):
            return self.held(value, certain=False)
        if files.is_file(value):
            return Finding("the lock on a file") if files.is_locked(value) else None
        if levels > 1 and _may_keep_locks(value):
            if is_like_a_lock(type(value)) and says_held(value, self.ident):
                return Finding(f"a {objects.name_of(type(value))}")
            return self._attributes(value, levels - 1)
        return None


def is_lock(value: object) -> bool:
    """Tell whether a value is a lock of the stdlib."""
    return (
        type(value) is LockType
        or is_a(value, _RLOCK, _PY_RLOCK, threading.Condition, threading.Semaphore)
        or objects.attribute(value, "_semlock") is not UNSEEN
    )


def _may_keep_locks(value: object) -> bool:
    """Tell whether the locks among the attributes of a value may be those that it takes."""
    if is_a(value, type, ModuleType, threading.Thread, FunctionType, MethodType):
        return False
    return not is_harmless_class(type(value))
