"""What counts as taking a lock, and as giving it back, by the names that are called."""

from __future__ import annotations

import re

from pausable._preempt.symbols import Attribute, Call, Const, Global, Local, Symbol, strip

__all__ = ["gives", "released", "taken", "takes"]

_TAKES = re.compile(
    r"""__a?enter__ | enter_context | enter_async_context | pop_all
      | (?:try_?)? (?:acquire | lock | flock | lockf) (?:_.*)? | .*_acquire
      | (?:take | obtain | grab | enter | wait_for) _ (?:.*_)? (?:lock | mutex)""",
    re.VERBOSE,
)
_GIVES = re.compile(r"(?:__a?exit__|(?:.*_)?(?:release|unlock)(?:_.*)?)")


def takes(name: str) -> bool:
    """Tell whether a method of this name takes a lock."""
    return _TAKES.fullmatch(name) is not None


def gives(name: str) -> bool:
    """Tell whether a method of this name gives a lock back."""
    return _GIVES.fullmatch(name) is not None


def taken(call: Call) -> Symbol | None:
    """Return what a call acquires, going by its name."""
    method = _method(call)
    return method.of if method is not None and takes(method.name) else None


def released(call: Call) -> Symbol | None:
    """Return what a call releases, going by its name."""
    method = _method(call)
    return method.of if method is not None and gives(method.name) else None


def _method(call: Call) -> Attribute | None:
    """Return the method that a call is of: `lock.acquire`, also by another name or in a partial."""
    match strip(call.callee):
        case Attribute() as method:
            return method
        case Call(made_by, (first, *_)) if _name(made_by) == "partial":
            bound = strip(first)
            return bound if isinstance(bound, Attribute) else None
        case Call(made_by, (Const(str(name)), *_)) if _name(made_by) == "methodcaller":
            return Attribute(call.arguments[0], name) if call.arguments else None
        case _:
            return None


def _name(symbol: Symbol) -> str | None:
    return symbol.name if isinstance(symbol, (Global, Local, Attribute)) else None
