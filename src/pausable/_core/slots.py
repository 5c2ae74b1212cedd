"""The slots: who has the right to run.

A task has a slot from its start to its end, but while it rests because of a gate of its own, of its
group or of its pool. Who has one is counted at its scope, and at those above.

Every function here is called under the pool's lock.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from pausable._core.pace import drop_pace, keep_pace
from pausable._core.turns import rearm

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pausable._core.task import Task

__all__ = [
    "Slots",
    "bring_slot",
    "free_slot",
    "give_back",
    "has_slot",
    "mend_slots",
    "set_limit",
    "take_slot",
    "take_slot_along",
    "wrong_with_slots",
]


class Slots:
    """The slots of one scope, those of the tasks below it included.

    Primary are `asked` and `pace`. Derived from the tasks on seats, whenever the lock is free:
    - `taken` is the number of tasks that hold one; ``active <= taken``;
    - `active` counts the started tasks that neither rest nor have ended: see `Node.busy`;
    - `limit` is how many there are: those asked for, and one more for each task that brings one.
    """

    __slots__ = ("active", "asked", "limit", "pace", "taken")

    def __init__(self, limit: float) -> None:
        """Let so many tasks run at once."""
        self.asked: float = limit  # by the user
        self.forget_all()

    def forget_all(self) -> None:
        """Start anew, also in a forked child."""
        self.limit: float = self.asked
        self.taken: int = 0
        self.active: int = 0
        self.pace: Any = None  # a `Pace`, while tasks go one by one


def take_slot(visit: Any, node: Any) -> None:
    """Count one more task of *node* that holds a slot and runs; consume the paces on its path."""
    each: Any = node
    while each is not None:
        slots = each.slots
        slots.taken += 1
        slots.active += 1
        if slots.pace is not None:
            keep_pace(visit, each)
        each = each.parent


def give_back(visit: Any, node: Any) -> None:
    """Count one slot fewer; scopes whose limit has room again take turns once more."""
    each: Any = node
    while each is not None:
        slots = each.slots
        slots.taken -= 1
        if each.parent is not None and slots.taken == slots.limit - 1:
            rearm(visit, each)
        each = each.parent


def free_slot(visit: Any, node: Any) -> None:
    """Give the slot of a task back that has ended; nobody goes one by one where nobody is left."""
    each: Any = node
    while each is not None:
        each.slots.active -= 1
        each = each.parent
    give_back(visit, node)
    each = node
    while each is not None:
        if each.slots.pace is not None and not each.unfinished():
            drop_pace(visit, each)
        each = each.parent


def set_limit(visit: Any, node: Any, limit: float) -> None:
    """Let so many tasks of a pool or group run at once; less takes effect as tasks end or rest."""
    visit.pool.is_plain = False
    slots = node.slots
    slots.asked, slots.limit = limit, limit + _brought(visit.pool).get(node, 0)
    rearm(visit, node)


def bring_slot(node: Any) -> None:
    """Have a slot more for a task of *node* that brings one, on each level; it takes it at once."""
    for each in node.path():
        each.slots.limit += 1


def take_slot_along(visit: Any, node: Any) -> None:
    """Free the slot of a task that has brought it, and have one fewer."""
    free_slot(visit, node)
    for each in node.path():
        each.slots.limit -= 1


def has_slot(task: Task) -> bool:
    """Say whether a task on a seat holds a slot: it runs, or is quiet with its gate open."""
    record = task._p_rest
    if record is None or record.since is None:
        return True
    return record.quiet is not None and not record.quiet.slotless


def _counted(pool: Any) -> dict[Any, tuple[int, int]]:
    """Count, for each scope, the tasks on seats that have a slot, and those that are active."""
    counts = dict.fromkeys(pool.root.below(), (0, 0))
    for task in pool.seats.tasks():
        for above in task._p_node.path():
            if above in counts:
                taken, active = counts[above]
                counts[above] = taken + has_slot(task), active + (not task._p_is_at_rest())
    return counts


def _brought(pool: Any) -> Counter[Any]:
    """Count, for each scope, the tasks on seats that have brought a slot."""
    seats = [seat for seat in tuple(pool.seats) if seat.brings_slot and seat.task is not None]
    return Counter(above for seat in seats for above in seat.task._p_node.path())


def mend_slots(pool: Any) -> None:
    """Count anew."""
    brought = _brought(pool)
    for node, (taken, active) in _counted(pool).items():
        node.slots.taken, node.slots.active = taken, active
        node.slots.limit = node.slots.asked + brought[node]


def wrong_with_slots(pool: Any) -> Iterator[str]:
    """Say what is not counted right."""
    brought = _brought(pool)
    for node, (taken, active) in _counted(pool).items():
        slots = node.slots
        if slots.limit != slots.asked + brought[node]:
            yield f"{node.name!r} has {slots.limit} slots: {slots.asked}, {brought[node]} brought"
        if (slots.taken, slots.active) != (taken, active):
            yield (
                f"{slots.taken} slots of {node.name!r} are taken and {slots.active} active, "
                f"counted {taken} and {active}"
            )
        if slots.active > slots.taken:
            yield f"{node.name!r}: active {slots.active} > taken {slots.taken}"
