"""The tally: how many tasks of a scope have ended, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pausable.events import OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pausable.events import Outcome

__all__ = ["Tally", "mend_tallies", "total", "wrong_with_tallies"]


class Tally:
    """What has come of the tasks of one scope, without those below it.

    Primary are `done` and `ends`: a task is counted where it is written down as over, and nothing
    is called in between, where an exception could come. What ends on the shortest way is counted in
    `done` only: it has succeeded. `finishing` is derived from the tasks on seats.
    """

    __slots__ = ("done", "ends", "finishing", "items")

    def __init__(self) -> None:
        """Begin with nothing."""
        self.forget_all()

    def forget_all(self) -> None:
        """Start anew, also in a forked child."""
        self.done: int = 0
        self.ends: dict[Outcome, int] = dict.fromkeys(OUTCOMES, 0)
        self.finishing: int = 0  # ended, their callbacks still run
        self.items: object = None  # of `scopes`: how many there are in its tasks


def total(tallies: Iterable[Tally]) -> tuple[int, dict[Outcome, int]]:
    """Return how many tasks have ended in several scopes, and how."""
    counted = list(tallies)
    ends = {how: sum(each.ends[how] for each in counted) for how in OUTCOMES}
    return sum(each.done for each in counted), ends


def _counted(pool: Any) -> Iterator[tuple[Any, int]]:
    tasks = [task for task in pool.seats.tasks() if task._p_ended_at is not None]
    for node in pool.root.below():
        yield node, sum(task._p_node is node for task in tasks)


def mend_tallies(pool: Any) -> None:
    """Count anew whose callbacks run."""
    for node, finishing in _counted(pool):
        node.tally.finishing = finishing


def wrong_with_tallies(pool: Any) -> Iterator[str]:
    """Say what is not counted right."""
    for node, finishing in _counted(pool):
        if node.tally.finishing != finishing:
            yield f"{node.tally.finishing} of {node.name!r} are finishing, counted {finishing}"
