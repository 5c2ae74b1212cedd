"""Which releases lie ahead: backward from each `lock.release()`, as far as the name means the same.

It catches what the forward run cannot see: a lock that a helper has taken for its caller, who has
no more than `finally: self._lock.release()`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable._preempt.effects import CALLS, call_at
from pausable._preempt.flow import successors
from pausable._preempt.symbols import Symbol, mentions, spelling
from pausable._preempt.taking import released, taken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pausable._preempt.instructions import Instruction, Listing
    from pausable._preempt.knowledge import State

__all__ = ["releases_ahead"]

_STORES = ("STORE_FAST", "STORE_DEREF", "STORE_FAST_STORE_FAST", "STORE_FAST_LOAD_FAST")

Releases = frozenset[Symbol]


def releases_ahead(listing: Listing, states: Sequence[State | None]) -> list[Releases]:
    """Return for each instruction what is released on some way from it, and not taken before."""
    found: list[Releases] = [frozenset()] * len(listing.instructions)
    before = _predecessors(listing)
    ahead = [
        each.index
        for each in listing.instructions
        if each.name in CALLS and (state := states[each.index]) and released(call_at(state, each))
    ]
    while ahead:
        index = ahead.pop()
        this, state = listing.instructions[index], states[index]
        after = frozenset[Symbol]().union(*(found[each] for each in successors(this)))
        known = _before(this, state, after) if state else after
        if known != found[index]:
            found[index] = known
            ahead.extend(before[index])
    return found


def _predecessors(listing: Listing) -> list[list[int]]:
    found: list[list[int]] = [[] for _ in listing.instructions]
    for each in listing.instructions:
        for target in successors(each):
            found[target].append(each.index)
    return found


def _before(this: Instruction, state: State, after: Releases) -> Releases:
    if this.name in _STORES:
        names = this.value if isinstance(this.value, tuple) else (this.value,)
        if this.name == "STORE_FAST_LOAD_FAST":
            names = names[:1]
        return frozenset(each for each in after if not any(mentions(each, n) for n in names))
    if this.name not in CALLS:
        return after
    call = call_at(state, this)
    subject = released(call)
    if subject is not None:
        return after | {subject}
    subject = taken(call)
    if subject is not None:
        name = spelling(subject)
        return frozenset(each for each in after if spelling(each) != name)
    return after
