"""The interleaving: threads that take turns at scripted points, for races that luck never finds.

Threads that `join` run one at a time. At each *step* (before and after each operation on a scripted
lock, and with `lines=True` at each line of the code under test) the plan may give the turn to
another one. A thread that has to wait gives its turn away; when all that are left have to wait,
somebody was not told: `LostWakeUp`. (Idle ones, such as a worker without a task, may wait for ever;
when only they are left, it is over.) So each plan is one schedule, the same on every machine, and
`schedules` enumerates them all, up to two preemptions.

    1. plan [("ender", 3), ("waiter", 5)]: the ender makes 3 steps, then the waiter 5;
    2. after the plan the threads run in the order of their names, each until it ends or waits.

Threads that have not joined use scripted locks like any others.
"""

from __future__ import annotations

import concurrent.futures._base as stdlib_base
import sys
import threading
from _thread import get_ident
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pausable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import FrameType

__all__ = ["Interleaving", "LostWakeUp", "schedules"]

BOUND = 20.0  # real seconds after which the script itself must be wrong
CODE = (str(Path(pausable.__file__).parent), stdlib_base.__file__)  # whose lines are steps

Plan = list[tuple[str, int]]


class LostWakeUp(AssertionError):
    """All threads wait, and none is left that could wake them."""


class Actor:
    """A thread that has joined."""

    def __init__(self, name: str) -> None:
        """Begin as one that can go on."""
        self.name = name
        self.waits = False
        self.is_idle = False
        self.has_left = False


class Interleaving:
    """One schedule of some named threads."""

    def __init__(self, names: Sequence[str], plan: Plan, *, lines: bool = False) -> None:
        """Begin when a thread has joined for each of *names*."""
        self._names = names
        self._plan = deque(plan)
        self._lines = lines
        self._changed = threading.Condition()
        self._actors: dict[int, Actor] = {}
        self._turn: Actor | None = None
        self._left: int | None = None  # steps of the turn; None for no limit
        self._lost = False
        self.unfinished: set[str] = set()  # whose part of the plan was longer than the thread ran
        self.errors: list[BaseException] = []

    # What threads call.

    def join(self, name: str) -> None:
        """Take part from here on; wait for the first turn."""
        with self._changed:
            actor = self._actors[get_ident()] = Actor(name)
            if len(self._actors) == len(self._names):
                self._next_turn()
            self._await_turn(actor)
        if self._lines:
            self._trace()

    def leave(self) -> None:
        """Take part no longer; harmless for threads that have not joined."""
        actor = self.actor()
        if actor is None:
            return
        sys.settrace(None)
        with self._changed:
            actor.has_left = True
            self._stop_here(actor)
            self._next_turn()

    def run(self, name: str, call: Callable[[], object]) -> threading.Thread:
        """Start a thread that takes part with one call; what the call raises is kept."""

        def body() -> None:
            self.join(name)
            try:
                call()
            except BaseException as error:  # noqa: BLE001 - a failure of the test
                self.errors.append(error)
            finally:
                self.leave()

        thread = threading.Thread(target=body, name=name, daemon=True)
        thread.start()
        return thread

    def actor(self) -> Actor | None:
        """Return the calling thread, if it takes part."""
        actor = self._actors.get(get_ident())
        return None if actor is None or actor.has_left else actor

    def takes_part(self, ident: int) -> bool:
        """Say whether a thread is one of those that take turns."""
        actor = self._actors.get(ident)
        return actor is not None and not actor.has_left

    def step(self) -> None:
        """Give the turn away if the plan says so."""
        actor = self.actor()
        if actor is None or self._lost:
            return
        with self._changed:
            if self._left is None:
                return
            if self._left:
                self._left -= 1
                return
            self._next_turn()
            self._await_turn(actor)

    def wait(self, *, idle: bool = False) -> None:
        """Give the turn away because there is nothing to do before another thread has done more."""
        actor = self.actor()
        assert actor is not None, "only threads that have joined may wait on scripted things"
        with self._changed:
            actor.waits, actor.is_idle = True, idle
            self._stop_here(actor)
            self._next_turn()
            self._await_turn(actor)

    def note_progress(self) -> None:
        """Note that those who wait may be able to go on."""
        if self.actor() is not None:
            for each in self._actors.values():
                each.waits = False

    def wait_over(self) -> None:
        """Wait until all threads have left."""
        with self._changed:
            over = self._changed.wait_for(
                lambda: (
                    len(self._actors) == len(self._names)
                    and all(each.has_left for each in self._actors.values())
                ),
                BOUND,
            )
        assert over, f"{[each.name for each in self._actors.values() if not each.has_left]} stay"

    # How turns are given. Under `_changed`.

    def _stop_here(self, actor: Actor) -> None:
        if self._turn is actor and self._left is not None:
            self.unfinished.add(actor.name)

    def _next_turn(self) -> None:
        while self._plan:
            name, steps = self._plan.popleft()
            actor = next(each for each in self._actors.values() if each.name == name)
            if actor.has_left:
                self.unfinished.add(name)
            elif steps:
                self._give(actor, steps - 1)
                return
        present = [each for each in self._actors.values() if not each.has_left]
        present.sort(key=lambda each: self._names.index(each.name))
        ready = [each for each in present if not each.waits]
        if not ready:
            self._lost = not all(each.is_idle for each in present)
            for each in present:
                each.has_left = True
        self._give(ready[0] if ready else None, None)

    def _give(self, actor: Actor | None, steps: int | None) -> None:
        self._turn, self._left = actor, steps
        self._changed.notify_all()

    def _await_turn(self, actor: Actor) -> None:
        came = self._changed.wait_for(lambda: self._turn is actor or actor.has_left, BOUND)
        assert came, f"{actor.name} got no turn: {self._turn and self._turn.name} keeps it"
        if self._lost and not actor.is_idle:
            message = f"{actor.name} waits, and nobody is left to wake it"
            raise LostWakeUp(message)
        actor.waits = actor.is_idle = False

    # Steps at lines.

    def _trace(self) -> None:
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            if frame.f_code.co_filename.startswith(CODE):
                frame.f_trace = self._at_line
            frame = frame.f_back
        sys.settrace(self._at_call)

    def _at_call(self, frame: FrameType, event: str, _: Any) -> Any:
        return self._at_line if frame.f_code.co_filename.startswith(CODE) else None

    def _at_line(self, frame: FrameType, event: str, _: Any) -> Any:
        if event == "line":
            self.step()
        return self._at_line


def schedules(
    first: str, second: str, run: Callable[[Plan], Interleaving], *, inner: bool = True
) -> Iterator[Plan]:
    """Run all schedules of two threads with at most two preemptions; yield the plans.

    The first makes n steps, the second m, the first goes on, for all n and m that there are. With
    *inner* false, the second runs as far as it can: one preemption.
    """
    far = 10_000
    n = 0
    while True:
        m = 0 if inner else far
        while True:
            plan = [(first, n), (second, m)]
            done = run(plan)
            yield plan
            if second in done.unfinished or first in done.unfinished:
                break
            m += 1
        if first in done.unfinished:
            return
        n += 1
