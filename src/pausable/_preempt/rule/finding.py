"""The answer of an inquiry: something that is held, or may be."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Finding", "weightiest"]


class Finding(NamedTuple):
    """Something that is held: what, and the offset at which it was taken, if that is known.

    It is a guess if nothing says so but the name of what was called: no object that is there shows
    it, no `with` block is around it, and no release lies ahead. A guess delays a rest for some
    time, and no longer; one about an attempt, a call that takes something and goes on, until it is
    plain that this has failed so far: it is about to sleep before it tries again.
    """

    what: str
    at: int | None = None
    is_understood: bool = True
    is_guess: bool = False
    is_attempt: bool = False

    @property
    def weight(self) -> int:
        """How much it keeps a task from resting."""
        return 2 - self.is_guess * (2 - self.is_attempt)


def weightiest(claims: Iterable[Finding | None]) -> Finding | None:
    """Return the first claim that is no guess; the weightiest guess if there is none; or None."""
    found = None
    for each in claims:
        if each is not None:
            if not each.is_guess:
                return each
            if found is None or each.weight > found.weight:
                found = each
    return found
