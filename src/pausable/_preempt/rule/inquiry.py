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
import threading
import weakref
from typing import TYPE_CHECKING, Any

from pausable._preempt.analysis import analyse, spelling
from pausable._preempt.rule import objects
from pausable._preempt.rule.callees import Callees
from pausable._preempt.rule.evidence import Evidence
from pausable._preempt.rule.finding import Finding, weightiest
from pausable._preempt.rule.iterables import Iterables
from pausable._preempt.rule.locks import Locks, holder_in, stacks_of
from pausable._preempt.rule.lookup import values
from pausable._preempt.rule.managers import Managers
from pausable._preempt.rule.namespace import FrameNames
from pausable._preempt.rule.objects import UNSEEN
from pausable._preempt.rule.reach import Reach

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import FrameType

    from pausable._preempt.analysis import Claims, Exit
    from pausable._preempt.rule.namespace import Namespace

__all__ = ["Inquiry"]


class Inquiry:
    """One decision about one thread, which does not run meanwhile. Takes no lock."""

    def __init__(self, ident: int | None, released: object = None) -> None:
        """Begin an inquiry about the thread *ident*, or about the calling one.

        *released*: the lock that it has given back, for the time of a wait, within its `with`.
        """
        self._released = released
        # Weak, or they and it would be a cycle: what an inquiry has seen dies with it.
        this: Inquiry = weakref.proxy(self)
        self._evidence = Evidence(Locks(ident, lambda each: this._suspended(each)))  # noqa: PLW0108 - strong
        self._callees = Callees(self._evidence)
        self._iterables = Iterables(
            self._evidence, lambda *standing, is_inside: this._held(*standing, is_inside=is_inside)
        )
        self._managers = Managers(self._evidence, self._callees, self._iterables)
        self._reach = Reach(ident)
        self._seen: set[int] = set()  # suspended generators that were looked at

    def frame(self, frame: FrameType) -> Finding | None:
        """Return what is held on account of a frame; None if nothing is."""
        analysis = analyse(frame.f_code)
        if analysis.not_understood is not None:
            what = f"{frame.f_code.co_qualname}: {analysis.not_understood}"
            return Finding(what, is_understood=False)
        claims = analysis.claims(frame.f_lasti)
        names = FrameNames(frame)
        return weightiest(self._each_of_frame(claims, names))

    def _each_of_frame(self, claims: Claims, names: FrameNames) -> Iterable[Finding | None]:
        if not claims.is_empty:
            yield self._held(claims, names)
        yield self._locals(names)
        yield self._reach.held_on(names)

    def tasks(self, loop: object) -> Finding | None:
        """Return what is held by the coroutines of an asyncio loop that are suspended."""
        tasks = sys.modules["asyncio"].all_tasks(loop)
        get_coro = sys.modules["asyncio"].Task.get_coro
        return weightiest(self._evidence.any([get_coro(each)], "a task") for each in tasks)

    def _held(self, claims: Claims, names: Namespace, *, is_inside: bool = True) -> Finding | None:
        """Return what is held of all that is claimed, by the names of a namespace.

        *is_inside*: control is known to stand there, so that what is entered there is entered now.
        """
        return weightiest(self._each_held(claims, names, is_inside=is_inside))

    def _each_held(
        self, claims: Claims, names: Namespace, *, is_inside: bool
    ) -> Iterable[Finding | None]:
        for mark in claims.marks:
            if self._released is not None and self._is_released(mark, names):
                continue
            yield self._managers.entered(mark, names, is_inside=is_inside)
        if claims.entering is not None:
            yield self._managers.entered(claims.entering, names, is_inside=False)
        if claims.taking is not None:  # a call that goes on: it may have taken it by now
            found = self._evidence.acquired(claims.taking, names)
            yield found and found._replace(is_guess=True, is_attempt=True)
        given_back = {spelling(each) for each in claims.ahead}
        for symbol in claims.acquired:
            found = self._evidence.acquired(symbol, names)
            if found is not None:
                is_guess = found.is_guess and spelling(symbol) not in given_back
                yield found._replace(at=claims.taken_at.get(symbol), is_guess=is_guess)
        for symbol in claims.ahead:
            yield self._evidence.acquired(symbol, names, certain=False)
        for symbol in claims.iterators:
            yield self._iterables.iterated(symbol, names)
        for call in claims.calls:
            yield self._callees.left_by(call, names)

    def _is_released(self, mark: Exit, names: Namespace) -> bool:
        """Say whether a `with` is on the lock that was given back, or on a condition of it."""
        found = values(mark.subject, names)
        return bool(found) and all(
            each is self._released
            or (
                type(each) is threading.Condition
                and objects.attribute(each, "_lock") is self._released
            )
            for each in found or ()
        )

    def _locals(self, names: FrameNames) -> Finding | None:
        """Look for what may hold others' locks among the local names, and in the first argument."""
        if names.is_module:
            return None
        named = [*names.locals.items(), *objects.fields(names.first).items()]
        found = []
        for name, value in named:
            holder = holder_in(value)
            if holder is not UNSEEN:
                found.append(self._evidence.any([holder], name))
            for stack in stacks_of(value):  # it may be another thread's
                claim = self._evidence.any([stack], name)
                found.append(claim and claim._replace(is_guess=True))
        return weightiest(found)

    def _suspended(self, generator: Any) -> Finding | None:  # noqa: ANN401 - or a coroutine, or async
        if id(generator) in self._seen:
            return None
        self._seen.add(id(generator))
        frame = _frame_of(generator)
        if frame is None or frame.f_lasti < 0 or _is_running(generator, frame):
            return None
        inner = _awaited_by(generator)
        awaited = None if inner is None else self._evidence.any([inner], "what it awaits")
        found = weightiest([self.frame(frame), awaited])
        kind = type(generator).__name__.replace("_", " ")
        return found and found._replace(what=f"{found.what}, held by a suspended {kind}")


def _frame_of(generator: object) -> FrameType | None:
    for name in ("gi_frame", "cr_frame", "ag_frame"):
        found: FrameType | None = getattr(generator, name, None)
        if found is not None:
            return found
    return None


def _is_running(generator: object, frame: FrameType) -> bool:
    """Tell whether a generator runs; an async one does not say so.

    What it awaits must not be asked then: CPython 3.12 reads a stack that is not up to date.
    """
    is_said = any(getattr(generator, name, False) for name in ("gi_running", "cr_running"))
    return is_said or frame.f_back is not None


def _awaited_by(generator: object) -> Any:  # noqa: ANN401 - anything that can be awaited
    for name in ("gi_yieldfrom", "cr_await", "ag_await"):
        found: object = getattr(generator, name, None)
        if found is not None:
            return found
    return None
