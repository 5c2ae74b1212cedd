"""The release: which holds it ends, and which it will have ended once it is made."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from pausable._core.closure import place, release
from pausable._core.held import holds_on, pool_of
from pausable._core.pace import end_pace
from pausable._core.tree import Node

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pausable._core.gate import HoldRecord
    from pausable._core.held import Held
    from pausable._core.visit import Visit

__all__ = ["chosen", "end_pauses", "expected", "is_expected"]


def end_pauses(
    visit: Visit, held: Held, hold: HoldRecord | None, pace: tuple[float, float] | None
) -> int:
    """Do what `resume` does, in a visit."""
    visit.again = partial(end_pauses, held=held, hold=hold, pace=pace)
    if pace is None and hold is None and isinstance(held, Node) and held.slots.pace is not None:
        end_pace(visit, held)
    records = chosen(holds_on(held), hold)
    for each in records:
        release(visit, held, each, pace)
    return len(records)


def chosen(holds: Iterable[HoldRecord], hold: HoldRecord | None) -> list[HoldRecord]:
    """List what a resume ends: *hold*, or, with None, all that `pause` has placed."""
    if hold is None:
        return [each for each in holds if each.kind == "pause"]
    return [each for each in holds if each is hold]


def expected(held: Held) -> list[HoldRecord]:
    """List the holds on it as they will be when what is postponed has been made.

    For a call that is postponed behind that, and has to say what it will do. Under the lock.
    """
    holds = list(holds_on(held))
    for decision, hold in _decisions(held, pool_of(held).postponed.copy()):
        if decision is place:
            holds.append(hold)
        else:
            ended = chosen(holds, hold)
            holds = [each for each in holds if each not in ended]
    return holds


def is_expected(held: Held, hold: HoldRecord) -> bool:
    """Say whether it is held by *hold* once what is postponed has been made. As `expected`.

    The last that concerns it decides: a signal handler that comes often, and ends what it has just
    placed, is not to look through all that those before it have postponed.
    """
    for decision, other in _decisions(held, reversed(pool_of(held).postponed.copy())):
        if decision is place and other is hold:
            return True
        if decision is not place and chosen([hold], other):
            return False
    return hold in holds_on(held)


def _decisions(held: Held, calls: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
    """Yield those of postponed calls that place or end holds on it, with what they are given."""
    for call in calls:
        decision = getattr(call, "decision", None)
        if decision in (place, release, end_pauses) and call.args[0] is held:
            yield decision, call.args[1]
