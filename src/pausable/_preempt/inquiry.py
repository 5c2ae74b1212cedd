"""What is held on account of a frame: the names that its analysis gives, looked up one by one.

Four kinds of names may stand for something that is held:

1. the subject of a `with`, for as long as its `__exit__` lies on the stack (managers.py);
2. what was acquired here and not released, or will be released here and was acquired elsewhere;
3. what a loop iterates over, and any generator: suspended, it stands in a `with` of its own
   (iterables.py);
4. whatever was called: it may have taken a lock for its caller (callees.py).

The first three are held unless they can be seen not to be. A call is taken at its word: where the
callee cannot be told, it has left nothing. That is the place where a lock can hide.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from pausable._preempt import peeking
from pausable._preempt.analysis import analyse
from pausable._preempt.callees import Callees
from pausable._preempt.claims import Claim
from pausable._preempt.iterables import Iterables
from pausable._preempt.locks import Look, is_holder
from pausable._preempt.managers import Managers
from pausable._preempt.scopes import FrameScope, values
from pausable._preempt.symbols import Element, Symbol, spelling, strip

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import FrameType

    from pausable._preempt.analysis import Place
    from pausable._preempt.scopes import Scope

__all__ = ["Inquiry"]


class Inquiry:
    """One decision about one thread, which does not run meanwhile. Takes no lock."""

    def __init__(self, ident: int | None) -> None:
        """Begin an inquiry about the thread *ident*, or about the calling one."""
        self.look: Look = Look(ident, self._suspended)
        self.managers: Managers = Managers(self)
        self.iterables: Iterables = Iterables(self)
        self.callees: Callees = Callees(self)
        self._seen: set[int] = set()  # suspended generators that were looked at

    def frame(self, frame: FrameType) -> Claim | None:
        """Return what is held on account of a frame; None if nothing is."""
        analysis = analyse(frame.f_code)
        if analysis.not_understood is not None:
            what = f"{frame.f_code.co_qualname}: {analysis.not_understood}"
            return Claim(what, is_understood=False)
        place = analysis.place(frame.f_lasti)
        scope = FrameScope(frame)
        return (None if place.is_plain else self.place(place, scope)) or self._locals(scope)

    def owed(self, frame: FrameType) -> Claim | None:
        """Return what would stay acquired for good if an exception left this frame now."""
        symbols = analyse(frame.f_code).owed(frame.f_lasti)
        if not symbols:
            return None
        scope = FrameScope(frame)
        return _first(self._acquired(each, scope) for each in symbols)

    def tasks(self, loop: object) -> Claim | None:
        """Return what is held by the coroutines of an asyncio loop that are suspended."""
        tasks = sys.modules["asyncio"].all_tasks(loop)
        get_coro = sys.modules["asyncio"].Task.get_coro
        return _first(self.any([get_coro(each)], "a task") for each in tasks)

    def place(self, place: Place, scope: Scope, *, is_inside: bool = True) -> Claim | None:
        """Return what is held at a place, by the names of a scope.

        *is_inside*: control is known to stand there, so that what is entered there is entered now.
        """
        return _first(self._claims(place, scope, is_inside=is_inside))

    def _claims(self, place: Place, scope: Scope, *, is_inside: bool) -> Iterable[Claim | None]:
        for mark in place.marks:
            yield self.managers.entered(mark, scope, is_inside=is_inside)
        if place.entering is not None:
            yield self.managers.entered(place.entering, scope, is_inside=False)
        for symbol in place.acquired:
            claim = self._acquired(symbol, scope)
            yield claim and claim._replace(at=place.taken_at.get(symbol))
        for symbol in place.ahead:
            yield self.any(values(symbol, scope), spelling(symbol), certain=False)
        for symbol in place.iterators:
            yield self.iterables.iterated(symbol, scope)
        for call in place.calls:
            yield self.callees.left_by(call, scope)

    def any(
        self, found: Iterable[object] | None, name: str, *, certain: bool = True
    ) -> Claim | None:
        """Return the first of some values, or of what these contain, that is held.

        *certain*: they were acquired or entered. Then what is like a lock, and does not tell, is
        held.
        """
        for each in list(found or ()):
            for value in peeking.contents(each, 1):
                if what := self.look.held(value, certain=certain):
                    return Claim(f"{name} ({what})")
        return None

    def _acquired(self, symbol: Symbol, scope: Scope) -> Claim | None:
        found = values(symbol, scope)
        if found is not None:
            return self.any(found, spelling(symbol))
        if _is_vague(symbol) and isinstance(scope, FrameScope):
            return self.any(scope.locals.values(), "a local name", certain=False)
        return Claim(spelling(symbol))

    def _locals(self, scope: FrameScope) -> Claim | None:
        """Look for what may hold others' locks among the local names, and in the first argument."""
        if scope.is_module:
            return None
        named = [*scope.locals.items(), *peeking.fields(scope.first).items()]
        return _first(self.any([each], name) for name, each in named if is_holder(each))

    def _suspended(self, generator: Any) -> str | None:  # noqa: ANN401 - or a coroutine, or async
        if id(generator) in self._seen:
            return None
        self._seen.add(id(generator))
        frame = _frame_of(generator)
        if frame is None or frame.f_lasti < 0 or _is_running(generator):
            return None
        inner = _awaited_by(generator)
        found = self.frame(frame) or (inner and self.any([inner], "what it awaits"))
        kind = type(generator).__name__.replace("_", " ")
        return f"{found.what}, held by a suspended {kind}" if found else None


def _first(claims: Iterable[Claim | None]) -> Claim | None:
    return next((each for each in claims if each is not None), None)


def _is_vague(symbol: Symbol) -> bool:
    stripped = strip(symbol)
    return type(stripped) is Symbol or isinstance(stripped, Element)


def _frame_of(generator: object) -> FrameType | None:
    for name in ("gi_frame", "cr_frame", "ag_frame"):
        found: FrameType | None = getattr(generator, name, None)
        if found is not None:
            return found
    return None


def _is_running(generator: object) -> bool:
    return any(getattr(generator, name, False) for name in ("gi_running", "cr_running"))


def _awaited_by(generator: object) -> Any:  # noqa: ANN401 - anything that can be awaited
    for name in ("gi_yieldfrom", "cr_await", "ag_await"):
        found: object = getattr(generator, name, None)
        if found is not None:
            return found
    return None
