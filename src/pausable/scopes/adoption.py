"""The adoption: what of a pool that the stdlib made its adapter alone knows, and all others ask.

Its tasks wait in a queue of the stdlib, begin without us while nothing is held, and are only
written down when somebody looks: see `pausable.adopted`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pausable._core.tree import Node
    from pausable._core.visit import Visit

__all__ = ["Adoption", "adoption_of", "backlog_of", "drain"]


class Adoption:
    """The terms of an adopted pool: what it has that is not in its scope."""

    is_given_back: bool = False  #: it is the stdlib's alone again: nothing holds it any more

    def backlog(self) -> int:
        """Count the calls in its queue that no worker has taken out."""
        raise NotImplementedError

    def drain(self, visit: Visit) -> int:
        """Take these calls out, to be cancelled after the visit; return how many there were."""
        raise NotImplementedError


def adoption_of(node: Node) -> Adoption | None:
    """Return how a scope was adopted; None of one of our own."""
    return node.rules.terms if isinstance(node.rules.terms, Adoption) else None


def backlog_of(node: Node) -> int:
    """Count what waits for a scope without being in its queue."""
    found = adoption_of(node)
    return 0 if found is None else found.backlog()


def drain(visit: Visit, node: Node) -> int:
    """Have what `backlog_of` counts cancelled after the visit; return how much there was."""
    found = adoption_of(node)
    return 0 if found is None else found.drain(visit)
