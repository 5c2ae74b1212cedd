"""Acquisition: what a call takes, and what it gives back, as the code spells it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pausable._preempt.analysis.algebra import strip
from pausable._preempt.analysis.mark import Began, Locked
from pausable._preempt.analysis.symbol import Attribute, CallResult, Const, Global, Local, Symbol
from pausable._preempt.analysis.vocabulary import begins, ends, gives, speaks_of_sleep, takes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["handed_on", "released", "sleeps", "taken"]

_FILES = re.compile(r"flock|lockf|locking")  # of fcntl, os, msvcrt: the file is the first argument
_UNLOCKS = frozenset({"LOCK_UN", "F_ULOCK", "F_TEST", "LK_UNLCK"})
_ALL_FLAGS = _UNLOCKS | {"LOCK_EX", "LOCK_SH", "LOCK_NB", "LK_LOCK", "LK_NBLCK", "F_LOCK"}
_LOCK_UN = 8  # of fcntl, on every system
_WRAPPERS = frozenset({"closing", "aclosing", "nullcontext"})
_ENDS_BY_NAME = frozenset({"commit", "rollback"})


def taken(call: CallResult) -> Symbol | None:
    """Return what a call acquires, going by its name."""
    file = _file(call)
    if file is not None:
        return None if _unlocks(call) else Locked(file)
    if _states(call, begins):
        return Began(_owner(call))
    method = _method(call)
    return method.of if method is not None and takes(method.name) else None


def released(call: CallResult) -> Symbol | None:
    """Return what a call releases, going by its name."""
    file = _file(call)
    if file is not None:
        return Locked(file) if _unlocks(call) else None
    if _states(call, ends):
        return Began(_owner(call))
    method = _method(call)
    if method is None:
        return None
    if method.name in _ENDS_BY_NAME:
        return Began(method.of)
    return method.of if gives(method.name) else None


def sleeps(call: CallResult) -> bool:
    """Tell whether a call waits for some time to go by, going by its name."""
    return speaks_of_sleep(_name(strip(call.callee)) or "")


def handed_on(made: Symbol) -> Iterator[Symbol]:
    """List what a call has acquired that what it returned gives back: `with lock.acquire():`.

    Also if that was wrapped first: `with closing(pool.acquire()):`.
    """
    call = strip(made)
    if isinstance(call, CallResult):
        subject = taken(call)
        if subject is not None:
            yield subject
        for each in call.arguments if _name(call.callee) in _WRAPPERS else ():
            yield from handed_on(each)


def _method(call: CallResult) -> Attribute | None:
    """Return the method that a call is of: `lock.acquire`, also by another name or in a partial."""
    match strip(call.callee):
        case Attribute() as method:
            return method
        case CallResult(made_by, (first, *_)) if _name(made_by) == "partial":
            bound = strip(first)
            return bound if isinstance(bound, Attribute) else None
        case CallResult(made_by, (Const(str(name)), *_)) if _name(made_by) == "methodcaller":
            return Attribute(call.arguments[0], name) if call.arguments else None
        case _:
            return None


def _file(call: CallResult) -> Symbol | None:
    """Return the file that a call locks or unlocks."""
    name = _name(strip(call.callee))
    if name is None or not call.arguments or not _FILES.fullmatch(name):
        return None
    file = strip(call.arguments[0])
    if _flags(file) & _ALL_FLAGS:  # a method of the same name, which knows its file
        return None
    if isinstance(file, CallResult) and isinstance(file.callee, Attribute):
        return file.callee.of if file.callee.name == "fileno" else call.arguments[0]
    return call.arguments[0]


def _unlocks(call: CallResult) -> bool:
    how = strip(call.arguments[1]) if len(call.arguments) > 1 else None
    if isinstance(how, Const):
        return how.value == _LOCK_UN
    return how is not None and bool(_flags(how) & _UNLOCKS)


def _flags(symbol: Symbol) -> frozenset[str]:
    """Return the names of which a combination of flags is made."""
    name = _name(symbol)
    own = frozenset[str]() if name is None else frozenset({name})
    return own.union(*(_flags(each) for each in symbol.parts()))


def _states(call: CallResult, kind: Callable[[object], bool]) -> bool:
    """Tell whether a call is given a statement of SQL of some kind: `execute("BEGIN")`."""
    first = strip(call.arguments[0]) if call.arguments else None
    if isinstance(first, CallResult) and first.arguments:  # `execute(text("BEGIN"))`
        first = strip(first.arguments[0])
    match first:
        case Const(str(statement)):
            return kind(statement) and _is_statement(call)
        case _:
            return False


def _is_statement(call: CallResult) -> bool:
    name = _name(strip(call.callee)) or ""
    return "exec" in name or "sql" in name or name in {"query", "run", "cmd_query"}


def _owner(call: CallResult) -> Symbol:
    method = _method(call)
    return call.callee if method is None else method.of


def _name(symbol: Symbol) -> str | None:
    return symbol.name if isinstance(symbol, (Global, Local, Attribute)) else None
