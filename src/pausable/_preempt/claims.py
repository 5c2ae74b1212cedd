"""What keeps a lock on account of one frame: the names that its analysis gives, looked up."""

from __future__ import annotations

from contextlib import _AsyncGeneratorContextManager, _GeneratorContextManager
from types import BuiltinMethodType, FunctionType, GeneratorType, MethodType
from typing import TYPE_CHECKING, Any, NamedTuple

from pausable._preempt.analysis import analyse
from pausable._preempt.harmless import is_harmless_class, is_harmless_function
from pausable._preempt.locks import Look
from pausable._preempt.scopes import CallScope, FrameScope, function_of, values
from pausable._preempt.symbols import Call, Symbol, spelling, strip

if TYPE_CHECKING:
    from types import CodeType, FrameType

    from pausable._preempt.analysis import Place
    from pausable._preempt.scopes import Scope
    from pausable._preempt.symbols import Exit

__all__ = ["Claim", "claim"]


class Claim(NamedTuple):
    """Something that is held: what, and the offset at which it was taken, if that is known."""

    what: str
    at: int | None = None


def claim(frame: FrameType, ident: int | None = None) -> Claim | None:
    """Return what is held on account of a frame; None if nothing is."""
    analysis = analyse(frame.f_code)
    if not analysis.understood:
        return Claim(f"not understood: {analysis.not_understood}")
    place = analysis.place(frame.f_lasti)
    scope = FrameScope(frame)
    look = Look(ident, _suspended(ident))
    return _in_place(place, scope, look) or _in_locals(frame, scope, look)


def _in_place(place: Place, scope: Scope, look: Look) -> Claim | None:
    if place.is_plain:
        return None
    for mark in place.marks:
        if found := _entered(mark, scope, look):
            return found
    for symbol in place.acquired:
        if found := _acquired(symbol, scope, look):
            return found
    for symbol in place.ahead:
        if found := _any_held(values(symbol, scope), symbol, look, certain=False):
            return found
    for symbol in place.iterators:
        if found := _iterates(symbol, scope, look):
            return found
    return None


def _entered(mark: Exit, scope: Scope, look: Look) -> Claim | None:
    found = values(mark.subject, scope)
    if found is None:
        found = values(mark.target, scope)
    if found is not None:
        claimed = _any_held(found, mark.subject, look, certain=True)
        return None if claimed is None else Claim(claimed.what, mark.at)
    if _makes_harmless(strip(mark.subject), scope):
        return None
    return Claim(spelling(mark.subject), mark.at)


def _makes_harmless(symbol: Symbol, scope: Scope) -> bool:
    """Tell whether a call returns a context manager that holds nothing."""
    if not isinstance(symbol, Call):
        return False
    callees = values(symbol.callee, scope)
    return callees is not None and all(_is_harmless_maker(each) for each in callees)


def _is_harmless_maker(callee: object) -> bool:
    if isinstance(callee, type):
        return is_harmless_class(callee)
    if is_harmless_function(callee):
        return True
    return False


def _acquired(symbol: Symbol, scope: Scope, look: Look) -> Claim | None:
    found = values(symbol, scope)
    if found is None:
        return Claim(spelling(symbol))
    return _any_held(found, symbol, look, certain=True)


def _any_held(
    found: list[object] | None, symbol: Symbol, look: Look, *, certain: bool
) -> Claim | None:
    for each in found or ():
        what = look.held(each, certain=certain)
        if what:
            return Claim(f"{spelling(symbol)} ({what})")
    return None


def _iterates(symbol: Symbol, scope: Scope, look: Look) -> Claim | None:
    for each in values(symbol, scope) or ():
        if isinstance(each, GeneratorType) and (what := look.held(each, certain=True)):
            return Claim(f"{spelling(symbol)} ({what})")
    return None


def _in_locals(frame: FrameType, scope: FrameScope, look: Look) -> Claim | None:
    """Look for suspended generators and coroutines among the local names."""
    if scope.locals is frame.f_globals:
        return None
    for name, value in list(scope.locals.items()):
        if type(value) is GeneratorType and (what := look.held(value, certain=True)):
            return Claim(f"{name} ({what})")
    return None


def _suspended(ident: int | None) -> Any:
    def look_at(generator: Any) -> str | None:
        frame = getattr(generator, "gi_frame", None) or getattr(generator, "cr_frame", None)
        if frame is None or frame.f_lasti < 0:
            return None
        if getattr(generator, "gi_running", False) or getattr(generator, "cr_running", False):
            return None
        found = claim(frame, ident)
        return None if found is None else f"{found.what}, held by a suspended generator"

    return look_at


_ = CallScope, BuiltinMethodType, FunctionType, MethodType, function_of
_ = _AsyncGeneratorContextManager, _GeneratorContextManager
if TYPE_CHECKING:
    _c: CodeType
