"""What a value on the stack is, as the code names it: `self._lock`, `locks[0]`, `make_lock()`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import CodeType

__all__ = [
    "NULL",
    "UNKNOWN",
    "Attribute",
    "Bundle",
    "CallResult",
    "Const",
    "Delegate",
    "Element",
    "Function",
    "Given",
    "Global",
    "Item",
    "Iteration",
    "Local",
    "SuperAttribute",
    "Symbol",
]


@dataclass(frozen=True, slots=True)
class Symbol:
    """Where a value comes from. The base class itself says that nothing is known."""

    def parts(self) -> tuple[Symbol, ...]:
        """Return the symbols that this one is made of."""
        return ()

    def of_parts(self, parts: tuple[Symbol, ...]) -> Symbol:  # noqa: ARG002
        """Return the same symbol made of other parts."""
        return self


@dataclass(frozen=True, slots=True)
class Null(Symbol):
    """What CALL finds on the stack beside a callable that needs no `self`."""


UNKNOWN = Symbol()
NULL = Null()


@dataclass(frozen=True, slots=True)
class Const(Symbol):
    """A constant that may be a key or a name."""

    value: str | int | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Function(Symbol):
    """A function that is made here: a lambda, a generator expression, a `def`."""

    code: CodeType


@dataclass(frozen=True, slots=True)
class Local(Symbol):
    """A local name, and where its value came from when it was bound."""

    name: str
    origin: Symbol = UNKNOWN

    def parts(self) -> tuple[Symbol, ...]:
        """Return the origin."""
        return (self.origin,)

    def of_parts(self, parts: tuple[Symbol, ...]) -> Symbol:
        """Return the name with another origin."""
        return Local(self.name, parts[0])


@dataclass(frozen=True, slots=True)
class Given(Symbol):
    """An argument, or a variable of an enclosing function, as it was when the call began."""

    name: str


@dataclass(frozen=True, slots=True)
class Global(Symbol):
    """A name of the module or of the builtins; in the body of a module or a class, any name."""

    name: str


@dataclass(frozen=True, slots=True)
class Attribute(Symbol):
    """An attribute of another value."""

    of: Symbol
    name: str

    def parts(self) -> tuple[Symbol, ...]:
        """Return what it is an attribute of."""
        return (self.of,)

    def of_parts(self, parts: tuple[Symbol, ...]) -> Symbol:
        """Return the attribute of another value."""
        return Attribute(parts[0], self.name)


@dataclass(frozen=True, slots=True)
class SuperAttribute(Symbol):
    """`super().name`: an attribute looked up behind a class."""

    cls: Symbol
    of: Symbol
    name: str

    def parts(self) -> tuple[Symbol, ...]:
        """Return the class and what it is an attribute of."""
        return (self.cls, self.of)

    def of_parts(self, parts: tuple[Symbol, ...]) -> Symbol:
        """Return the attribute of another value, or behind another class."""
        return SuperAttribute(parts[0], parts[1], self.name)


@dataclass(frozen=True, slots=True)
class Item(Symbol):
    """`of[key]`."""

    of: Symbol
    key: Symbol

    def parts(self) -> tuple[Symbol, ...]:
        """Return the container and the key."""
        return (self.of, self.key)

    def of_parts(self, parts: tuple[Symbol, ...]) -> Symbol:
        """Return another item, or that of another container."""
        return Item(*parts)


@dataclass(frozen=True, slots=True)
class Element(Symbol):
    """Any of the values that are found in another: by a loop over it, or by unpacking it."""

    of: Symbol

    def parts(self) -> tuple[Symbol, ...]:
        """Return the container."""
        return (self.of,)

    def of_parts(self, parts: tuple[Symbol, ...]) -> Symbol:
        """Return an element of another container."""
        return Element(parts[0])


@dataclass(frozen=True, slots=True)
class Iteration(Symbol):
    """What a `for` loop keeps on the stack."""

    of: Symbol

    def parts(self) -> tuple[Symbol, ...]:
        """Return what it iterates over."""
        return (self.of,)

    def of_parts(self, parts: tuple[Symbol, ...]) -> Symbol:
        """Return an iterator over another value."""
        return Iteration(parts[0])


@dataclass(frozen=True, slots=True)
class Delegate(Iteration):
    """What an `await` or a `yield from` keeps on the stack while it goes on."""

    def of_parts(self, parts: tuple[Symbol, ...]) -> Symbol:
        """Return the same of another value."""
        return Delegate(parts[0])


@dataclass(frozen=True, slots=True)
class Bundle(Symbol):
    """A tuple, list or set that the code builds here."""

    members: tuple[Symbol, ...]

    def parts(self) -> tuple[Symbol, ...]:
        """Return the members."""
        return self.members

    def of_parts(self, parts: tuple[Symbol, ...]) -> Symbol:
        """Return a group of other members."""
        return Bundle(parts)


@dataclass(frozen=True, slots=True)
class CallResult(Symbol):
    """The result of a call."""

    callee: Symbol
    arguments: tuple[Symbol, ...]
    at: int  #: the offset of the instruction that calls
    keywords: tuple[str, ...] = ()  #: the names of the last arguments

    def parts(self) -> tuple[Symbol, ...]:
        """Return the callee and the arguments."""
        return (self.callee, *self.arguments)

    def of_parts(self, parts: tuple[Symbol, ...]) -> Symbol:
        """Return the same call of something else, or with other arguments."""
        return CallResult(parts[0], parts[1:], self.at, self.keywords)
