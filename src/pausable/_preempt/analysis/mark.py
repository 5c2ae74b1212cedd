"""Marks of what was entered or begun, and is to be left: a `with`, a transaction and the like."""

from __future__ import annotations

from dataclasses import dataclass

from pausable._preempt.analysis.symbol import UNKNOWN, Symbol

__all__ = ["Began", "Entered", "Entering", "Exit", "Leaving", "Locked"]


@dataclass(frozen=True, slots=True)
class Exit(Symbol):
    """The mark of a `with`: its `__exit__`, which lies on the stack for as long as it is to run."""

    at: int  #: the offset of the instruction that put it there
    subject: Symbol
    target: Symbol = UNKNOWN  #: the name after `as`
    is_async: bool = False

    def parts(self) -> tuple[Symbol, ...]:
        """Return the subject and the target."""
        return (self.subject, self.target)

    def of_parts(self, parts: tuple[Symbol, ...]) -> Exit:
        """Return the mark of the same statement under other names."""
        return Exit(self.at, parts[0], parts[1], self.is_async)


@dataclass(frozen=True, slots=True)
class Leaving(Symbol):
    """The coroutine of `__aexit__`, while it is awaited."""

    mark: Exit


@dataclass(frozen=True, slots=True)
class Entering(Symbol):
    """`__enter__`, or the coroutine of `__aenter__`, of the `with` that starts at this offset."""

    at: int


@dataclass(frozen=True, slots=True)
class Entered(Symbol):
    """What `__enter__` has returned."""

    at: int


@dataclass(frozen=True, slots=True)
class Locked(Symbol):
    """The lock on a file, which is given as an object or as a descriptor."""

    file: Symbol

    def parts(self) -> tuple[Symbol, ...]:
        """Return the file."""
        return (self.file,)

    def of_parts(self, parts: tuple[Symbol, ...]) -> Symbol:
        """Return the lock on another file."""
        return Locked(parts[0])


@dataclass(frozen=True, slots=True)
class Began(Symbol):
    """The transaction that a statement has begun on a connection, a cursor or the like."""

    of: Symbol

    def parts(self) -> tuple[Symbol, ...]:
        """Return the connection."""
        return (self.of,)

    def of_parts(self, parts: tuple[Symbol, ...]) -> Symbol:
        """Return the transaction of another connection."""
        return Began(parts[0])
