"""What a value on the stack is, as the code names it: `self._lock`, `locks[0]`, `make_lock()`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType

__all__ = [
    "NULL",
    "UNKNOWN",
    "Attribute",
    "Call",
    "Const",
    "Delegate",
    "Element",
    "Entered",
    "Entering",
    "Exit",
    "Function",
    "Given",
    "Global",
    "Group",
    "Inherited",
    "Item",
    "Iterator",
    "Leaving",
    "Local",
    "Symbol",
    "bounded",
    "forget",
    "forget_stored",
    "join",
    "mentions",
    "spelling",
    "strip",
]

_DEEPEST = 10  # what lies deeper is not known: the analysis of a loop would not end


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
class Inherited(Symbol):
    """`super().name`: an attribute looked up behind a class."""

    cls: Symbol
    of: Symbol
    name: str

    def parts(self) -> tuple[Symbol, ...]:
        """Return the class and what it is an attribute of."""
        return (self.cls, self.of)

    def of_parts(self, parts: tuple[Symbol, ...]) -> Symbol:
        """Return the attribute of another value, or behind another class."""
        return Inherited(parts[0], parts[1], self.name)


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
class Iterator(Symbol):
    """What a `for` loop keeps on the stack."""

    of: Symbol

    def parts(self) -> tuple[Symbol, ...]:
        """Return what it iterates over."""
        return (self.of,)

    def of_parts(self, parts: tuple[Symbol, ...]) -> Symbol:
        """Return an iterator over another value."""
        return Iterator(parts[0])


@dataclass(frozen=True, slots=True)
class Delegate(Iterator):
    """What an `await` or a `yield from` keeps on the stack while it goes on."""

    def of_parts(self, parts: tuple[Symbol, ...]) -> Symbol:
        """Return the same of another value."""
        return Delegate(parts[0])


@dataclass(frozen=True, slots=True)
class Group(Symbol):
    """A tuple, list or set that the code builds here."""

    members: tuple[Symbol, ...]

    def parts(self) -> tuple[Symbol, ...]:
        """Return the members."""
        return self.members

    def of_parts(self, parts: tuple[Symbol, ...]) -> Symbol:
        """Return a group of other members."""
        return Group(parts)


@dataclass(frozen=True, slots=True)
class Call(Symbol):
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
        return Call(parts[0], parts[1:], self.at, self.keywords)


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


def bounded(symbol: Symbol, levels: int = _DEEPEST) -> Symbol:
    """Return the symbol, with nothing known of what lies too deep in it."""
    parts = symbol.parts()
    if not parts:
        return symbol
    if not levels:
        return UNKNOWN
    cut = tuple(bounded(each, levels - 1) for each in parts)
    return symbol if all(map(_is, cut, parts)) else symbol.of_parts(cut)


def _is(one: Symbol, other: Symbol) -> bool:
    return one is other


def strip(symbol: Symbol) -> Symbol:
    """Follow local names to where their values came from, as far as that is known."""
    while isinstance(symbol, Local) and symbol.origin is not UNKNOWN:
        symbol = symbol.origin
    return symbol


def join(one: Symbol, other: Symbol) -> Symbol:
    """Return what is known of a value that is this or that.

    Raises:
        ValueError: a `with` is left on one of two ways that meet, and not on the other.
    """
    if one is other or (one == other and type(one) is not Symbol):
        return one
    if isinstance(one, Exit) or isinstance(other, Exit):
        if not (isinstance(one, Exit) and isinstance(other, Exit)) or one.at != other.at:
            raise ValueError("the ways that meet here are in different with statements")
        return one.of_parts((join(one.subject, other.subject), join(one.target, other.target)))
    if isinstance(one, Leaving) and isinstance(other, Leaving) and one.mark.at == other.mark.at:
        return Leaving(one.mark.of_parts(tuple(map(join, one.mark.parts(), other.mark.parts()))))
    if isinstance(one, Iterator) and type(one) is type(other):
        return one.of_parts((join(one.of, other.parts()[0]),))
    if isinstance(one, Local) and isinstance(other, Local) and one.name == other.name:
        return Local(one.name, join(one.origin, other.origin))
    return UNKNOWN


def mentions(symbol: Symbol, name: str) -> bool:
    """Tell whether a local name occurs in a symbol."""
    if isinstance(symbol, Local) and symbol.name == name:
        return True
    return any(mentions(part, name) for part in symbol.parts())


def forget(symbol: Symbol, name: str) -> Symbol:
    """Say what is known of a value when a local name that it was known by is bound anew."""
    return _without(symbol, lambda each: isinstance(each, Local) and each.name == name)


def forget_stored(symbol: Symbol, target: Symbol) -> Symbol:
    """Say the same when an attribute, an item or a global name of this kind is bound anew."""
    match target:
        case Attribute(_, name):
            return _without(symbol, lambda each: isinstance(each, Attribute) and each.name == name)
        case Item():
            return _without(symbol, lambda each: isinstance(each, Item) and each == target)
        case _:
            return _without(symbol, lambda each: each == target)


def _without(symbol: Symbol, is_lost: Callable[[Symbol], bool]) -> Symbol:
    parts = symbol.parts()
    known = tuple(_without(part, is_lost) for part in parts)
    if type(symbol) is not Symbol and is_lost(symbol):
        return known[0] if isinstance(symbol, Local) else UNKNOWN
    return symbol if all(map(_is, known, parts)) else symbol.of_parts(known)


def spelling(symbol: Symbol) -> str:  # noqa: PLR0911 - one for each kind
    """Write a symbol as the code does; unknown parts as an ellipsis."""
    match symbol:
        case Const():
            return repr(symbol.value)
        case Local() | Given() | Global():
            return symbol.name
        case Attribute():
            return f"{spelling(symbol.of)}.{symbol.name}"
        case Inherited():
            return f"super().{symbol.name}"
        case Item():
            return f"{spelling(symbol.of)}[{spelling(symbol.key)}]"
        case Element() | Iterator():
            return f"one of {spelling(symbol.of)}"
        case Group():
            return f"({', '.join(map(spelling, symbol.members))})"
        case Call():
            return f"{spelling(symbol.callee)}({', '.join(map(spelling, symbol.arguments))})"
        case _:
            return "..."
