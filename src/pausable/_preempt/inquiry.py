"""What is held on account of a frame: the names that its analysis gives, looked up one by one.

Four kinds of names may stand for something that is held:

1. the subject of a `with`, from the moment when its `__exit__` lies on the stack;
2. what was acquired here and not released, or will be released and was acquired by somebody else;
3. what a loop iterates over, and any other generator: suspended, it may stand in a `with` of its own;
4. whatever was called: it may have taken a lock for its caller. Its code is analysed for what it
   leaves behind, and so is what that calls, a few levels down.

The first three are held unless they can be seen not to be. A call is taken at its word: where the
callee cannot be told, it has left nothing. That is the place where a lock can hide.
"""

from __future__ import annotations

import builtins
import sys
from contextlib import _AsyncGeneratorContextManager, _GeneratorContextManager
from types import BuiltinMethodType, FunctionType, MethodWrapperType
from typing import TYPE_CHECKING, Any, NamedTuple

from pausable._preempt import peeking
from pausable._preempt.analysis import analyse
from pausable._preempt.harmless import is_harmless_class, is_harmless_function
from pausable._preempt.locks import HOLDERS, SUSPENDED, Look, is_lock
from pausable._preempt.peeking import UNSEEN, StandIn
from pausable._preempt.scopes import CallScope, FrameScope, arguments_of, function_of, values
from pausable._preempt.symbols import (
    Attribute,
    Call,
    Element,
    Group,
    Iterator,
    Symbol,
    spelling,
    strip,
)
from pausable._preempt.taking import takes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from types import FrameType

    from pausable._preempt.analysis import Place
    from pausable._preempt.scopes import Scope
    from pausable._preempt.symbols import Exit

__all__ = ["Claim", "Inquiry"]

_LEVELS = 3  # of calls that are followed
_GENERATOR = 0x20
_COROUTINE = 0x80
_ASYNC_GENERATOR = 0x200


class Claim(NamedTuple):
    """Something that is held: what, and the offset at which it was taken, if that is known."""

    what: str
    at: int | None = None
    is_understood: bool = True


class Inquiry:
    """One decision about one thread, which does not run meanwhile. Takes no lock."""

    def __init__(self, ident: int | None) -> None:
        """Begin an inquiry about the thread *ident*, or about the calling one."""
        self._look = Look(ident, self._suspended)
        self._seen: set[int] = set()  # suspended generators that were looked at
        self._followed: set[tuple[int, type]] = set()  # functions that leave nothing
        self._checks = 0  # locks and generators that were looked at on account of calls

    def frame(self, frame: FrameType) -> Claim | None:
        """Return what is held on account of a frame; None if nothing is."""
        analysis = analyse(frame.f_code)
        if not analysis.understood:
            return Claim(f"{frame.f_code.co_qualname}: {analysis.not_understood}", None, False)
        place = analysis.place(frame.f_lasti)
        scope = FrameScope(frame)
        return (None if place.is_plain else self._place(place, scope)) or self._locals(scope)

    def owed(self, frame: FrameType) -> Claim | None:
        """Return what would stay acquired for good if an exception left this frame now."""
        owed = analyse(frame.f_code).owed(frame.f_lasti)
        scope = FrameScope(frame) if owed else None
        for symbol in owed:
            if scope is not None and (found := self._acquired(symbol, scope)):
                return found
        return None

    def suspended(self, generator: Any) -> Claim | None:
        """Return what is held on account of a suspended generator or coroutine."""
        if id(generator) in self._seen:
            return None
        self._seen.add(id(generator))
        frame = _frame_of(generator)
        if frame is None or frame.f_lasti < 0 or _is_running(generator):
            return None
        inner = _awaited_by(generator)
        return self.frame(frame) or (
            None if inner is None else self._any([inner], "what it awaits")
        )

    def _suspended(self, generator: Any) -> str | None:
        found = self.suspended(generator)
        return None if found is None else f"{found.what}, held by a suspended {_kind(generator)}"

    def _place(self, place: Place, scope: Scope, levels: int = _LEVELS) -> Claim | None:
        for mark in place.marks:
            if found := self._entered(mark, scope):
                return found
        if place.entering and (found := self._entered(place.entering, scope, is_inside=False)):
            return found
        for symbol in place.acquired:
            if found := self._acquired(symbol, scope):
                return found
        for symbol in place.ahead:
            if found := self._any(values(symbol, scope), spelling(symbol), certain=False):
                return found
        for symbol in place.iterators:
            if found := self._iterates(symbol, scope):
                return found
        for call in place.calls:
            if found := self._left_by(call, scope, levels):
                return found
        return None

    # --- 1. `with` -------------------------------------------------------------------------------

    def _entered(self, mark: Exit, scope: Scope, *, is_inside: bool = True) -> Claim | None:
        found = values(mark.subject, scope)
        if is_inside and found and all(map(is_lock, found)):
            return Claim(f"{spelling(mark.subject)} ({self._look.name(found[0])})", mark.at)
        if found is None and not isinstance(strip(mark.subject), Call):
            found = values(mark.target, scope)
        if found is None:
            claimed = self._made(mark.subject, scope)
            if claimed is not None and mark.target is not None:
                instance = values(mark.target, scope)
                if instance is not None and _is_made_by(instance, mark.subject, scope):
                    claimed = self._managers(instance, spelling(mark.subject))
        else:
            claimed = self._managers(found, spelling(mark.subject))
        return None if claimed is None else Claim(claimed.what, mark.at)

    def _managers(self, found: Iterable[object], name: str) -> Claim | None:
        """Return what these context managers hold, which have been entered."""
        for each in found:
            if claimed := self._any([each], name) or self._left_by_enter(each, name):
                return claimed
        return None

    def _left_by_enter(self, manager: object, name: str) -> Claim | None:
        enter = _enter_of(type(manager))
        if enter is None or is_harmless_class(type(manager)):
            return None
        return self._left_by_function(enter, name, (manager,), {}, _LEVELS, certain=True)

    def _made(self, symbol: Symbol, scope: Scope, levels: int = _LEVELS) -> Claim | None:
        """Return what the context manager holds that a call returns, and nothing else knows."""
        call, name = strip(symbol), spelling(symbol)
        callees = values(call.callee, scope) if isinstance(call, Call) and levels else None
        if callees is None:
            return Claim(name)
        given = arguments_of(call, scope)  # type: ignore[arg-type]
        for callee in callees:
            if found := self._made_by(callee, name, *given, levels):
                return found
        return None

    def _made_by(
        self,
        callee: object,
        name: str,
        positional: Sequence[object],
        named: dict[str, object],
        levels: int,
    ) -> Claim | None:
        if isinstance(callee, type):
            return self._made_by_class(callee, name, positional)
        inner = function_of(callee)
        if inner is None:
            return None if is_harmless_function(callee) else Claim(name)
        function, bound = inner
        generator = _managed(function)
        if generator is not None:
            return self._yielded(generator, name, (*bound, *positional), named)
        if is_harmless_function(function):
            return None
        scope = CallScope.of_call(function, (*bound, *positional), named)
        analysis = analyse(function.__code__)
        if not analysis.understood or not analysis.returned:
            return Claim(name)
        for symbol in analysis.returned:
            found = values(symbol, scope)
            if claimed := (
                self._made(symbol, scope, levels - 1)
                if found is None
                else self._managers(found, name)
            ):
                return claimed
        return None

    def _made_by_class(self, cls: type, name: str, positional: Sequence[object]) -> Claim | None:
        if is_harmless_class(cls):
            return None
        if cls in {_GeneratorContextManager, _AsyncGeneratorContextManager}:
            function = positional[0] if positional else UNSEEN
            arguments = peeking.members(positional[1]) if len(positional) > 1 else None
            if isinstance(function, FunctionType):
                return self._yielded(function, name, arguments or (), {})
            return Claim(name)
        enter = _enter_of(cls)
        if enter is None:
            return Claim(name)
        return self._left_by_function(enter, name, (StandIn(cls),), {}, _LEVELS, certain=True)

    # --- 2. `acquire()` and `release()` ----------------------------------------------------------

    def _acquired(self, symbol: Symbol, scope: Scope) -> Claim | None:
        found = values(symbol, scope)
        if found is not None:
            return self._any(found, spelling(symbol))
        if _is_vague(symbol) and isinstance(scope, FrameScope):
            return self._any(scope.locals.values(), "a local name", certain=False)
        return Claim(spelling(symbol))

    def _any(
        self, found: Iterable[object] | None, name: str, *, certain: bool = True
    ) -> Claim | None:
        for each in list(found or ()):
            for value in peeking.contents(each, 1):
                if what := self._look.held(value, certain=certain):
                    return Claim(f"{name} ({what})")
        return None

    # --- 3. Generators ---------------------------------------------------------------------------

    def _iterates(self, symbol: Symbol, scope: Scope) -> Claim | None:
        found = values(symbol, scope)
        stripped = strip(symbol)
        if found is None and isinstance(stripped, Call):
            return self._iterates_over_call(stripped, scope)
        if isinstance(stripped, (Iterator, Element)):
            return self._iterates(stripped.of, scope)
        if found is None and isinstance(stripped, Group):
            found = [x for each in stripped.members for x in values(each, scope) or ()]
        for each in found or ():
            if claimed := self._iterable(each, spelling(symbol)):
                return claimed
        return None

    def _iterable(self, value: object, name: str) -> Claim | None:
        if isinstance(value, SUSPENDED) or type(value) in HOLDERS:
            return self._any([value], name)
        make = _iter_of(type(value))
        return None if make is None else self._yielded(make, name, (value,), {})

    def _iterates_over_call(self, call: Call, scope: Scope) -> Claim | None:
        name = spelling(call)
        positional, named = arguments_of(call, scope)
        for callee in values(call.callee, scope) or ():
            inner = function_of(callee)
            if inner is not None and _is_generator_function(inner[0]):
                found = self._yielded(inner[0], name, (*inner[1], *positional), named)
            elif isinstance(callee, type) and (make := _iter_of(callee)) is not None:
                found = self._yielded(make, name, (StandIn(callee),), {})
            else:
                continue
            if found:
                return found
        for each in call.arguments:
            if found := self._iterates(each, scope):
                return found
        return None

    def _yielded(
        self,
        function: FunctionType,
        name: str,
        positional: Sequence[object],
        named: dict[str, object],
    ) -> Claim | None:
        """Return what a generator of this function holds, at whichever of its yields it stands."""
        analysis = analyse(function.__code__)
        if not analysis.understood:
            return Claim(name)
        scope = CallScope.of_call(function, positional, named)
        found = self._place(analysis.after_yield, scope)
        return None if found is None else Claim(f"{name} ({found.what})")

    def _locals(self, scope: FrameScope) -> Claim | None:
        """Look for what may hold others' locks among the local names, and in the first argument."""
        if scope.is_module:
            return None
        inner = peeking.fields(scope.first)
        for name, value in [*scope.locals.items(), *inner.items()]:
            if type(value) in HOLDERS and (claimed := self._any([value], name)):
                return claimed
        return None

    def tasks(self, loop: object) -> Claim | None:
        """Return what is held by the coroutines of an asyncio loop that are suspended."""
        for task in sys.modules["asyncio"].all_tasks(loop):
            if claimed := self._any([task.get_coro()], f"the task {task.get_name()}"):
                return claimed
        return None

    # --- 4. Calls --------------------------------------------------------------------------------

    def _left_by(self, call: Call, scope: Scope, levels: int) -> Claim | None:
        """Return what a call has taken for its caller, which is still held."""
        callees = values(call.callee, scope) if levels else None
        for callee in callees or ():
            if type(callee) in _C_CALLABLES:
                found = self._left_by_builtin(callee, call, scope)
            else:
                found = self._left_by_callable(callee, call, scope, levels)
            if found:
                return found
        return None

    def _left_by_callable(
        self, callee: object, call: Call, scope: Scope, levels: int
    ) -> Claim | None:
        inner = _initializer(callee) if isinstance(callee, type) else function_of(callee)
        if inner is None:
            return self._left_by_argument(call, scope)
        function, bound = inner
        if _is_generator_function(function) and not _is_coroutine_function(function):
            return None  # nothing of it has run
        kind = _kind_of(bound[0]) if bound else object
        if kind in analyse(function.__code__).quiet_for:
            return None
        positional, named = arguments_of(call, scope)
        name = spelling(call.callee)
        return self._left_by_function(function, name, (*bound, *positional), named, levels)

    def _left_by_builtin(self, callee: Any, call: Call, scope: Scope) -> Claim | None:
        if callee is builtins.next:
            self._checks += 1
            name = spelling(call)
            return self._any(values(call.arguments[0], scope) if call.arguments else None, name)
        owner = callee.__self__
        if isinstance(owner, SUSPENDED) or (is_lock(owner) and takes(callee.__name__)):
            self._checks += 1
            return self._any([owner], spelling(call.callee), certain=False)
        return self._left_by_argument(call, scope)

    def _left_by_argument(self, call: Call, scope: Scope) -> Claim | None:
        """`map(Lock.acquire, locks)`: code in C that is given a way to take a lock."""
        if not any(map(_is_way_to_take, call.arguments)):
            return None
        self._checks += 1
        for each in call.arguments:
            stripped = strip(each)
            owner = stripped.of if isinstance(stripped, Attribute) else each
            if found := self._any(values(owner, scope), spelling(owner), certain=False):
                return found
        return None

    def _left_by_function(
        self,
        function: FunctionType,
        name: str,
        positional: Sequence[object],
        named: dict[str, object],
        levels: int,
        *,
        certain: bool = False,
    ) -> Claim | None:
        analysis = analyse(function.__code__)
        kind = _kind_of(positional[0]) if positional else object
        key = id(function.__code__), kind
        if not analysis.understood or key in self._followed or kind in analysis.quiet_for:
            return None
        self._followed.add(key)
        checks = self._checks
        scope = CallScope.of_call(function, positional, named)
        found = None
        for symbol in analysis.after_return.acquired:
            self._checks += 1
            held = values(symbol, scope)
            if held is None and certain:
                return Claim(name)
            found = found or self._any(held or positional, name, certain=certain)
        for call in analysis.after_return.calls:
            found = found or self._left_by(call, scope, levels - 1)
        if self._checks != checks:
            self._followed.discard(key)  # with other arguments it may leave another lock
        elif levels == _LEVELS and found is None:
            analysis.quiet_for.add(kind)
        return found


_C_CALLABLES = {BuiltinMethodType, MethodWrapperType}


def _initializer(cls: type) -> tuple[FunctionType, tuple[object, ...]] | None:
    found = peeking.attribute(cls, "__init__")
    return (found, (StandIn(cls),)) if isinstance(found, FunctionType) else None


def _is_way_to_take(symbol: Symbol) -> bool:
    stripped = strip(symbol)
    return isinstance(stripped, Attribute) and takes(stripped.name)


def _is_vague(symbol: Symbol) -> bool:
    stripped = strip(symbol)
    return type(stripped) is Symbol or isinstance(stripped, Element)


def _is_made_by(instances: Sequence[object], symbol: Symbol, scope: Scope) -> bool:
    """Tell whether the value after `as` is the context manager itself, an instance of the class."""
    call = strip(symbol)
    classes = values(call.callee, scope) if isinstance(call, Call) else None
    return classes is not None and all(type(each) in classes for each in instances)


def _enter_of(cls: type) -> FunctionType | None:
    for name in ("__enter__", "__aenter__"):
        found = peeking.attribute(cls, name)
        if isinstance(found, FunctionType):
            return found
    return None


def _iter_of(cls: type) -> FunctionType | None:
    """Return `__iter__` of a class if it is a generator function."""
    for name in ("__iter__", "__aiter__"):
        found = peeking.attribute(cls, name)
        if isinstance(found, FunctionType) and _is_generator_function(found):
            return found
    return None


def _is_generator_function(function: FunctionType) -> bool:
    return bool(function.__code__.co_flags & (_GENERATOR | _COROUTINE | _ASYNC_GENERATOR))


def _is_coroutine_function(function: FunctionType) -> bool:
    return bool(function.__code__.co_flags & _COROUTINE)


def _managed(function: FunctionType) -> FunctionType | None:
    """Return the generator function that `contextmanager` has wrapped."""
    if (
        function.__globals__.get("__name__") != "contextlib"
        or function.__code__.co_name != "helper"
    ):
        return None
    wrapped = function.__dict__.get("__wrapped__")
    return wrapped if isinstance(wrapped, FunctionType) else None


def _kind_of(value: object) -> type:
    return value.cls if isinstance(value, StandIn) else type(value)


def _kind(generator: Any) -> str:
    return type(generator).__name__.replace("_", " ")


def _frame_of(generator: Any) -> FrameType | None:
    for name in ("gi_frame", "cr_frame", "ag_frame"):
        found: FrameType | None = getattr(generator, name, None)
        if found is not None:
            return found
    return None


def _is_running(generator: Any) -> bool:
    return any(getattr(generator, name, False) for name in ("gi_running", "cr_running"))


def _awaited_by(generator: Any) -> object:
    for name in ("gi_yieldfrom", "cr_await", "ag_await"):
        found: object = getattr(generator, name, None)
        if found is not None:
            return found
    return None
