"""Where a task may rest and where a stop may be raised in it: the two questions of the engine.

A task may rest between two of its instructions if no lock that another thread may wait for is held
on account of any of its frames. Whatever is not understood counts as held.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pausable._preempt import territory
from pausable._preempt.analysis import analyse
from pausable._preempt.finalizers import finalizer
from pausable._preempt.inquiry import Inquiry
from pausable._preempt.scopes import locals_of
from pausable.snapshots import Location

if TYPE_CHECKING:
    from collections.abc import Container, Iterator
    from types import CodeType, FrameType

__all__ = ["Kind", "Obstacle", "may_raise", "obstacle"]

Kind = Literal["lock", "import", "finalizer", "library", "declared", "not understood"]

_NEVER_RAISE = ("__exit__", "__aexit__", "__del__")
_HALF_ENTERED = ("__enter__", "__aenter__")


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a task does not rest here: what it is, and where it was taken or which frame is in it."""

    kind: Kind
    what: str
    where: Location | None

    def __str__(self) -> str:
        """Say it in one line."""
        return f"{self.what} at {self.where}" if self.where else self.what


def obstacle(
    frame: FrameType, entries: Container[CodeType], ident: int | None = None
) -> Obstacle | None:
    """Return what keeps the thread whose innermost frame is *frame* from resting there, or None.

    All frames down to the first whose code is in *entries*, which is not looked at, count. The
    thread must not run meanwhile; *ident* is its own if it is not the calling one. Runs no code of
    the task's, takes no lock, and does not block.
    """
    if not territory.may_rest_in(frame):
        kind: Kind = "declared" if territory.is_declared_never(frame) else "library"
        return Obstacle(kind, territory.module_of(frame), _location(frame))
    inquiry = Inquiry(ident)
    for each in _frames(frame, entries):
        if found := _of_frame(each, inquiry) or _of_loop(each, inquiry):
            return found
    return None


def may_raise(frame: FrameType, entries: Container[CodeType]) -> bool:
    """Tell whether raising at the next instruction of *frame* skips no handler and no clean-up.

    The frame is the innermost of the calling thread, and all of its frames down to the first whose
    code is in *entries* count. Says no in a `finally` body, an `__exit__`, an `__aexit__` and a
    `__del__`, in all that these call, and in the lines of an `__enter__`: they cannot be undone.
    Runs no code of the task's, takes no lock, and does not block.
    """
    if frame.f_code.co_name in _HALF_ENTERED:
        return False
    inquiry = Inquiry(None)
    return all(
        _may_raise_through(each, inquiry, in_callee=each is not frame)
        for each in _frames(frame, entries)
    )


def _may_raise_through(frame: FrameType, inquiry: Inquiry, *, in_callee: bool) -> bool:
    if frame.f_code.co_name in _NEVER_RAISE or _imports(frame) or finalizer(frame):
        return False
    analysis = analyse(frame.f_code)
    if frame.f_lasti < 0:
        return True
    return (
        analysis.understood
        and analysis.may_raise(frame.f_lasti, in_callee=in_callee)
        and inquiry.owed(frame) is None
    )


def _frames(frame: FrameType | None, entries: Container[CodeType]) -> Iterator[FrameType]:
    while frame is not None and frame.f_code not in entries:
        yield frame
        frame = frame.f_back


def _of_frame(frame: FrameType, inquiry: Inquiry) -> Obstacle | None:
    if _imports(frame):
        return Obstacle("import", f"the import of {_imported(frame)}", _location(frame))
    if what := finalizer(frame):
        return Obstacle("finalizer", what, _location(frame))
    if territory.is_declared_never(frame):
        return Obstacle("declared", territory.module_of(frame), _location(frame))
    if territory.is_always_safe(frame):
        return None
    found = inquiry.frame(frame)
    if found is None:
        return None
    kind: Kind = "lock" if found.is_understood else "not understood"
    return Obstacle(kind, found.what, _location(frame, found.at))


def _of_loop(frame: FrameType, inquiry: Inquiry) -> Obstacle | None:
    """Look at the suspended coroutines of the asyncio loop that a frame runs: they rest too."""
    if not territory.runs_loop(frame):
        return None
    found = inquiry.tasks(locals_of(frame)["self"])
    return None if found is None else Obstacle("lock", found.what, _location(frame))


def _imports(frame: FrameType) -> bool:
    return frame.f_code.co_filename.startswith("<frozen importlib")


def _imported(frame: FrameType) -> str:
    here: FrameType | None = frame
    while here is not None and _imports(here):
        name = locals_of(here).get("name")
        if type(name) is str:
            return repr(name)
        here = here.f_back
    return "a module"


def _location(frame: FrameType, at: int | None = None) -> Location:
    code = frame.f_code
    line = frame.f_lineno if at is None else analyse(code).instruction(at).line
    return Location(code.co_filename, line or 0, code.co_qualname)
