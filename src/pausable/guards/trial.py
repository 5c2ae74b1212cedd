"""The trial: one task of all that a guard holds goes on, to find out whether all may go."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Self

from pausable.scopes.joint_waiver import JointWaiver, candidates

if TYPE_CHECKING:
    from collections.abc import Callable

    from pausable.scopes.future import Future
    from pausable.scopes.joint_hold import JointHold

__all__ = ["Trial"]


@dataclass(eq=False, kw_only=True)
class Trial(JointWaiver):
    """The task that tries, while all others rest: as if it were not held."""

    epoch: int  #: of the machine

    @classmethod
    def choose(
        cls,
        holds: JointHold,
        epoch: int,
        last: Trial | None,
        told: Callable[[int, Future[Any]], object],
    ) -> Self | None:
        """Choose who is to try: not the task of the *last* trial, if there is another.

        The fittest; of these, one that has met the failure and waits to try again. None if none. At
        its end *told* is called.
        """
        before = None if last is None else last.task
        records = holds.records()
        ranked = [
            (task is before, fit, task not in holds.tasks, task)
            for fit, task in candidates(holds, records)
        ]
        if not ranked:
            return None
        *_, task = min(ranked, key=itemgetter(0, 1, 2))
        return cls(hold=holds, task=task, records=records, told=partial(told, epoch), epoch=epoch)
