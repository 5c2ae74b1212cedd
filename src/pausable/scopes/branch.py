"""The branch: how a group comes into its pool's tree, and makes room for one of its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable._core.audience import reckon
from pausable._core.end import end_holds
from pausable._core.names import plain_text
from pausable._core.tally import total
from pausable._core.tree import Node
from pausable.scopes.items import hand_on

if TYPE_CHECKING:
    from pausable._core.visit import Visit
    from pausable.scopes.terms import Terms

__all__ = ["child_of", "name_of_group"]


def name_of_group(name: str) -> str:
    """Return the name that a user gave to a group as plain text.

    Raises:
        TypeError: it is no text, or empty.
    """
    if not isinstance(name, str) or not name:
        msg = f"a group's name must be text, not {name!r}"
        raise TypeError(msg)
    return plain_text(name)


def child_of(visit: Visit, parent: Node, name: str, terms: Terms) -> tuple[Node, bool]:
    """Return the group of this name, and whether it was made just now.

    One that has shut down and is empty makes room for a new one of its name.
    """
    child = parent.children.get(name)
    if not parent.queue.is_accepting:
        visit.error = RuntimeError(f"cannot make a group: {parent.name!r} has shut down")
        return parent, False
    if child is not None and child.queue.is_accepting:
        return child, False
    if child is not None and (left := child.unfinished()):
        msg = f"the group {name!r} has been shut down, and {left} tasks of it are left"
        visit.error = RuntimeError(msg)
        return child, False
    made = Node(name, visit.pool, parent, terms.limit, terms.priority)
    terms.apply(made)
    if child is None:
        parent.children[name] = made
    else:
        _replace(parent, child, made)
        _bury(visit, parent, child)
    return made, True


def _replace(parent: Node, child: Node, made: Node) -> None:
    """Put a new group in the place of one that is over; what was done in that counts above."""
    done, ends = total(each.tally for each in (parent, *child.below()))
    # Nothing is called in these lines: see `Tally`.
    parent.children[made.name] = made
    parent.tally.done = done
    parent.tally.ends = ends


def _bury(visit: Visit, parent: Node, child: Node) -> None:
    """Let go of a group that has left the tree."""
    for each in child.below():
        hand_on(each, parent)
    end_holds(visit, child)
    child.gate.detach()
    if visit.pool.demand.observed:
        reckon(visit.pool)
