"""The subscription: what one client is sent of what changes, and how much of it.

It is a sample of the status at the client's own rate, and no observer of tasks: what it costs does
not depend on how many tasks come and go. What is sent is the difference to what this client was
sent last, so that one which was not sent is made up for by the next.

What a sample costs grows with how many scopes and tasks it lists. If that were more than a few
hundredths of a processor, samples come less often.

A client that does not read is sent nothing: its samples are counted as lost, and it is told when it
reads again. Clocks that run are no change: they can be told from the state, and from when that was.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from pausable.control.replies import Sample

if TYPE_CHECKING:
    from collections.abc import Callable

    from pausable.control.commands import Number, Selection
    from pausable.control.parts import Hold, Process, Scope, Task
    from pausable.control.picture import Picture

__all__ = ["FASTEST", "SHARE", "SLOWEST", "Subscription"]

FASTEST, SLOWEST = 60.0, 1.0
"""Samples a second, at most and at least, whatever is asked for."""

SHARE = 0.03
"""How much of one processor all watches together may take: beyond that they are sent less often."""

_QUIETEST = 1.0  # seconds, after which a sample is sent that has nothing in it

_CLOCKS = frozenset({"active_time", "paused_time", "age", "left"})


class Subscription:
    """What one client has been sent, and when it is to be sent more. The time is an argument."""

    def __init__(self, number: Number, on: Selection, hz: float, tasks: int, now: float) -> None:
        """Begin; the first sample is due at once, and complete."""
        self.id = number
        self.on = on
        self.tasks = tasks
        self.hz: float = min(max(hz, SLOWEST), FASTEST)
        self.due: float = now
        self.lost_events = 0
        self._sent_at = -_QUIETEST  # never
        self._number = 0
        self._lost = 0
        self._process: object = None
        self._scopes: dict[int, object] = {}
        self._tasks: dict[int, object] = {}

    def sample(self, now: float, take: Callable[[], Picture], *, is_slow: bool) -> Sample | None:
        """Return the sample that is due; None if there is none, or nothing to say.

        One that is due while the client *is_slow*, has not read the last one, is lost.
        """
        if now < self.due:
            return None
        period = 1.0 / self.hz
        self.due = max(self.due + period, now + period / 2)
        if is_slow:
            self._lost += 1
            return None
        sample = self._difference(take())
        is_empty = not (sample.process or sample.scopes or sample.tasks or sample.gone)
        if is_empty and not self._lost and now - self._sent_at < _QUIETEST:
            return None
        self._number += 1
        self._lost = 0
        self._sent_at = now
        return sample

    def spare(self, cost: float, now: float) -> None:
        """Let the next sample wait, if this one has cost so much that the program would feel it.

        *cost* is seconds of the processor. A sample comes each second all the same.
        """
        self.due = min(max(self.due, now + cost / SHARE), max(self.due, now + 1.0 / SLOWEST))

    def _difference(self, picture: Picture) -> Sample:
        """Return what is new, and keep it as what was sent."""
        scopes = {each: _without_clocks(scope) for each, scope in picture.scopes.items()}
        tasks = {each: _without_clocks(task) for each, task in picture.tasks.items()}
        process = _without_clocks(picture.process)
        before = self._scopes.keys() | self._tasks.keys()
        sample = Sample(
            id=self.id,
            number=self._number + 1,
            at=time.time(),
            lost=self._lost,
            process=picture.process if process != self._process else None,
            scopes=[picture.scopes[each] for each in _new(scopes, self._scopes)],
            tasks=[picture.tasks[each] for each in _new(tasks, self._tasks)],
            gone=sorted(before - scopes.keys() - tasks.keys()),
            unlisted=picture.unlisted,
        )
        self._process, self._scopes, self._tasks = process, scopes, tasks
        return sample


def _new(now: dict[int, object], before: dict[int, object]) -> list[int]:
    return [each for each, facts in now.items() if before.get(each) != facts]


def _without_clocks(part: Process | Scope | Task | Hold) -> Any:  # noqa: ANN401 - to be compared
    """Return the facts of a part, as what can be compared, without those that run on."""
    facts = []
    for name in part.__struct_fields__:
        if name not in _CLOCKS:
            fact = getattr(part, name)
            facts.append([_without_clocks(each) for each in fact] if name == "holds" else fact)
    return facts
