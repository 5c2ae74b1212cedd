"""What is in reach of a frame, and says by itself that it is held: transactions, locks on files.

Whatever has begun a transaction: the connection tells, if it can be found by the names of the
frame, or by the attributes of what these stand for. Files and descriptors only by the names: those
that are kept elsewhere may be locked for good, and not on account of this task.
"""

from __future__ import annotations

from types import FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, Literal

from pausable._preempt.memo import Memo
from pausable._preempt.rule import files, objects
from pausable._preempt.rule.finding import Finding
from pausable._preempt.rule.objects import is_a
from pausable._preempt.rule.signs import is_descriptor
from pausable._preempt.rule.transactions import are_possible, transaction_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pausable._preempt.rule.namespace import FrameNames

__all__ = ["Reach"]

_DEEP = 2  # levels of attributes that are searched for connections
_MANY = 200  # objects that are looked at for one decision

Kind = Literal["nothing", "file", "number", "container", "connection", "object"]

_NOTHING = (type, ModuleType, FunctionType, MethodType, str, bytes, float, complex, type(None))
_kinds: Memo[type, Kind] = Memo()


class Reach:
    """The part of an inquiry that looks around, one object once."""

    __slots__ = ("_ident", "_left", "_seen")

    def __init__(self, ident: int | None) -> None:
        """Look for what a thread, or the calling one, has open."""
        self._ident = ident
        self._seen: dict[int, int] = {}  # how deep it was looked into
        self._left = _MANY if are_possible() else 0

    def held_on(self, names: FrameNames) -> Finding | None:
        """Return what is open or locked, in reach of a frame."""
        for name, value in names.locals.items():
            kind = _kind_of(value)
            is_candidate = kind == "file" or (kind == "number" and is_descriptor(name, value))
            if is_candidate and files.is_locked(value):
                return Finding(f"the lock on {name}")
        if not self._left:
            return None
        for name, value in names.in_reach():
            if found := self._open(value, _DEEP):
                return Finding(f"{name} ({found})")
        return None

    def _open(self, value: object, levels: int) -> str | None:
        kind = _kind_of(value)
        if kind == "connection":
            return transaction_of(value, self._ident)
        is_owner = kind in {"object", "container"}
        if not is_owner or not levels or not self._left or self._seen.get(id(value), 0) >= levels:
            return None
        self._seen[id(value)] = levels
        self._left -= 1
        if kind == "container":
            return self._first_open(objects.members(value) or (), levels)
        return self._first_open((inner for _, inner in objects.attributes(value)), levels - 1)

    def _first_open(self, values: Iterable[object], levels: int) -> str | None:
        return next((found for each in values if (found := self._open(each, levels))), None)


def _kind_of(value: object) -> Kind:
    cls = type(value)
    return _kinds.get(id(cls)) or _kinds.put(cls, _judge(value))


def _judge(value: object) -> Kind:
    if is_a(value, *_NOTHING):
        return "nothing"
    if is_a(value, int):
        return "number"
    if files.is_file(value):
        return "file"
    if transaction_of(value) is not None:
        return "connection"
    return "object" if objects.members(value) is None else "container"
