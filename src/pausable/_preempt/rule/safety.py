"""Where a task may rest and where a stop may be raised in it: the two questions of the engine.

A task may rest between two of its instructions if no lock that another thread may wait for is held
on account of any of its frames. Whatever is not understood counts as held.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pausable._core.frames import locals_of
from pausable._core.locations import line_of
from pausable._preempt.analysis import analyse
from pausable._preempt.rule import territory
from pausable._preempt.rule.finalizers import finalizer
from pausable._preempt.rule.inquiry import Inquiry

if TYPE_CHECKING:
    from collections.abc import Container, Iterator
    from types import CodeType, FrameType

    from pausable._preempt.rule.finding import Finding
    from pausable.snapshots import Location

__all__ = [
    "Kind",
    "Obstacle",
    "held",
    "may_raise",
    "may_raise_next",
    "obstacle",
    "obstacle_of",
    "owes_nothing",
]

Kind = Literal["lock", "import", "finalizer", "library", "declared", "not understood"]

_NEVER_RAISE = ("__exit__", "__aexit__", "__del__")
_HALF_ENTERED = ("__enter__", "__aenter__")


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a task does not rest here: what it is, and where it was taken or which frame is in it.

    A guess (`Finding`) keeps it from resting for some time only.
    """

    kind: Kind
    what: str
    where: Location | None
    frame: int | None = None  #: the `id` of the frame that holds it
    at: int | None = None  #: the offset at which it was taken there
    is_guess: bool = False

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
    return held(frame, entries, ident)


def held(
    frame: FrameType, entries: Container[CodeType], ident: int | None, *, released: object = None
) -> Obstacle | None:
    """Do as `obstacle`, whatever module the code of *frame* is of.

    *released*: a lock that the thread has given back though it stands in a `with` on it, until the
    wait is over that *frame* is in.
    """
    if found := _import_below(frame, entries):
        return found
    inquiry = Inquiry(ident, released)
    guess = None
    for each in _frames(frame, entries):
        for found in (_of_frame(each, frame, inquiry), _of_loop(each, frame, inquiry)):
            if found is not None and not found.is_guess:
                return found
            guess = guess or found
    return guess


def obstacle_of(frame: FrameType, ident: int | None) -> Obstacle | None:
    """Do as `obstacle` for what this one frame holds, whatever is below it."""
    return _of_frame(frame, frame, Inquiry(ident))


def may_raise(frame: FrameType, entries: Container[CodeType]) -> bool:
    """Tell whether raising at the next instruction of *frame* skips no handler and no clean-up.

    The frame is the innermost of the calling thread, and all of its frames down to the first whose
    code is in *entries* count. Says no in a `finally` body, an `__exit__`, an `__aexit__` and a
    `__del__`, and in all that these call. What no handler gives back is no reason: a lock that was
    acquired without one stays locked. Runs no code of the task's, takes no lock, and does not
    block.
    """
    return all(
        _may_raise_through(each, in_callee=each is not frame) for each in _frames(frame, entries)
    )


def may_raise_next(frame: FrameType, entries: Container[CodeType]) -> bool:
    """Do as `may_raise` for where the instruction leads to at which *frame* is.

    No handler covers the jump back of a loop on one line, though all of the loop is in a `try`.
    """
    analysis = analyse(frame.f_code)
    return (
        not _never_raises(frame)
        and frame.f_lasti >= 0
        and analysis.understood
        and analysis.may_raise_next(frame.f_lasti)
        and all(
            _may_raise_through(each, in_callee=True)
            for each in _frames(frame, entries)
            if each is not frame
        )
    )


def owes_nothing(frame: FrameType, entries: Container[CodeType]) -> bool:
    """Tell whether what an exception leaves behind at *frame* is whole: a better place for a stop.

    Nothing is held, not even by a guess, and it is not in the lines of an `__enter__`, which cannot
    be undone. As for `may_raise`.
    """
    return frame.f_code.co_name not in _HALF_ENTERED and obstacle(frame, entries) is None


def _never_raises(frame: FrameType) -> bool:
    return bool(frame.f_code.co_name in _NEVER_RAISE or _imports(frame) or finalizer(frame))


def _may_raise_through(frame: FrameType, *, in_callee: bool) -> bool:
    if _never_raises(frame):
        return False
    analysis = analyse(frame.f_code)
    if frame.f_lasti < 0:
        return True
    return analysis.understood and analysis.may_raise(frame.f_lasti, in_callee=in_callee)


def _frames(frame: FrameType | None, entries: Container[CodeType]) -> Iterator[FrameType]:
    while frame is not None and frame.f_code not in entries:
        yield frame
        frame = frame.f_back


def _import_below(frame: FrameType, entries: Container[CodeType]) -> Obstacle | None:
    """Look for what is seen without an inquiry, which is dear: modules have thousands of lines."""
    found = next((each for each in _frames(frame, entries) if _imports(each)), None)
    return None if found is None else _of_import(found)


def _of_import(frame: FrameType) -> Obstacle:
    return Obstacle("import", f"the import of {_imported(frame)}", _location(frame))


def _of_frame(frame: FrameType, top: FrameType, inquiry: Inquiry) -> Obstacle | None:
    if _imports(frame):
        return _of_import(frame)
    if what := finalizer(frame):
        return Obstacle("finalizer", what, _location(frame))
    if territory.is_declared_never(frame):
        return Obstacle("declared", territory.module_of(frame), _location(frame))
    if territory.is_always_safe(frame):
        return None
    return _of_claim(inquiry.frame(frame), frame, top)


def _of_claim(found: Finding | None, frame: FrameType, top: FrameType) -> Obstacle | None:
    if found is None:
        return None
    kind: Kind = "lock" if found.is_understood else "not understood"
    is_guess = found.is_guess and not (found.is_attempt and not _is_about_to_sleep(top))
    holder = None if found.is_attempt else id(frame)
    return Obstacle(kind, found.what, _location(frame, found.at), holder, found.at, is_guess)


def _is_about_to_sleep(frame: FrameType) -> bool:
    """Tell whether an attempt has failed so far: it waits before it tries again."""
    return analyse(frame.f_code).sleeps_in_line(frame.f_lasti)


def _of_loop(frame: FrameType, top: FrameType, inquiry: Inquiry) -> Obstacle | None:
    """Look at the suspended coroutines of the asyncio loop that a frame runs: they rest too."""
    if not territory.runs_loop(frame):
        return None
    found = inquiry.tasks(locals_of(frame)["self"])
    return _of_claim(found and found._replace(at=None), frame, top)


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
    return line_of(code, line)
