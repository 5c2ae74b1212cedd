"""Namespaces: what a name stands for, in a frame or in a function that was called."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, NamedTuple, Protocol

from pausable._core.frames import locals_of
from pausable._preempt.rule.objects import UNSEEN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import CellType, FrameType, FunctionType

__all__ = ["Arguments", "CallNames", "FrameNames", "Namespace"]


class Namespace(Protocol):
    """Where names are looked up."""

    def local(self, name: str) -> object:
        """Return the value of a local name."""

    def given(self, name: str) -> object:
        """Return what a name stood for when the call began."""

    def outer(self, name: str) -> object:
        """Return the value of a name of the module or of the builtins."""


class FrameNames:
    """The names of a frame."""

    def __init__(self, frame: FrameType) -> None:
        """Look at a frame that does not run meanwhile."""
        self._globals = frame.f_globals
        self.is_module: bool = frame.f_locals is frame.f_globals
        self.locals: Mapping[str, object] = locals_of(frame)
        code = frame.f_code
        self._names = code.co_names
        self.first: object = self.locals.get(code.co_varnames[0]) if code.co_argcount else None

    def local(self, name: str) -> object:
        """Return the value of a local name."""
        return self.locals.get(name, UNSEEN)

    def in_reach(self) -> Iterable[tuple[str, object]]:
        """List the values of all names that the code of the frame has."""
        yield from self.locals.items()
        if type(self._globals) is dict and not self.is_module:
            for name in self._names:
                if name in self._globals:
                    yield name, self._globals[name]

    def given(self, _name: str) -> object:
        """Return nothing: the argument may have been bound anew since."""
        return UNSEEN

    def outer(self, name: str) -> object:
        """Return the value of any other name; in the body of a module or class, of any name."""
        if type(self.locals) is dict and name in self.locals:
            return self.locals[name]
        return _outer(self._globals, name)


class Arguments(NamedTuple):
    """The arguments of a call; those that cannot be told are `UNSEEN`."""

    positional: tuple[object, ...] = ()
    named: Mapping[str, object] = {}  # nobody writes to it

    def after(self, bound: tuple[object, ...]) -> Arguments:
        """Return them behind those that a method or a partial has bound."""
        return Arguments((*bound, *self.positional), self.named)


class CallNames:
    """The names of a function that has been called, with what is known of its arguments."""

    def __init__(self, function: FunctionType, given: Arguments) -> None:
        """Look at a function that was called with these arguments."""
        self._function = function
        names = function.__code__.co_varnames[: function.__code__.co_argcount]
        self._arguments = dict(zip(names, given.positional, strict=False)) | dict(given.named)

    def local(self, _name: str) -> object:
        """Return nothing: the frame is not there."""
        return UNSEEN

    def given(self, name: str) -> object:
        """Return an argument, its default, or a variable of an enclosing function."""
        if name in self._arguments:
            return self._arguments[name]
        found = _defaults(self._function).get(name, UNSEEN)
        return _cells(self._function).get(name, UNSEEN) if found is UNSEEN else found

    def outer(self, name: str) -> object:
        """Return the value of a name of the function's module or of the builtins."""
        return _outer(self._function.__globals__, name)


def _defaults(function: FunctionType) -> dict[str, object]:
    code, values_ = function.__code__, function.__defaults__ or ()
    names = code.co_varnames[code.co_argcount - len(values_) : code.co_argcount]
    return dict(zip(names, values_, strict=False)) | (function.__kwdefaults__ or {})


def _outer(namespace: Mapping[str, object], name: str) -> object:
    if type(namespace) is not dict:
        return UNSEEN
    if name in namespace:
        return namespace[name]
    return vars(builtins).get(name, UNSEEN)


def _cells(function: FunctionType) -> dict[str, object]:
    cells: tuple[CellType, ...] = function.__closure__ or ()
    found: dict[str, object] = {}
    for name, cell in zip(function.__code__.co_freevars, cells, strict=False):
        try:
            found[name] = cell.cell_contents
        except ValueError:  # it is empty
            continue
    return found
