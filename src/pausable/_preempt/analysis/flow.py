"""The abstract run of a code object: what is known before each of its instructions.

Forward, every instruction is run on symbols instead of values until nothing new is learnt;
backward, every instruction learns which releases lie ahead of it on some way.
"""

from __future__ import annotations

import heapq
import sys
from typing import TYPE_CHECKING

from pausable._preempt.analysis.acquisition import released, taken
from pausable._preempt.analysis.algebra import mentions, spelling
from pausable._preempt.analysis.dialect import NotUnderstood
from pausable._preempt.analysis.knowledge import start
from pausable._preempt.analysis.symbol import Symbol
from pausable._preempt.analysis.version import HERE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import CodeType

    from pausable._preempt.analysis.instruction import Instruction
    from pausable._preempt.analysis.knowledge import Knowledge
    from pausable._preempt.analysis.listing import Listing
    from pausable._preempt.analysis.symbol import CallResult

__all__ = ["call_at", "releases_ahead", "run"]


def run(listing: Listing, code: CodeType) -> list[Knowledge | None]:
    """Return what is known before each instruction; None of those that are never reached.

    Raises:
        NotUnderstood: an instruction is not known.
        IndexError: an instruction takes more from the stack than there is.
        ValueError: ways meet that cannot.
    """
    states: list[Knowledge | None] = [None] * len(listing.instructions)
    states[0] = start(code)
    ahead = [0]
    while ahead:
        index = heapq.heappop(ahead)
        state = states[index]
        for target, found in _outcomes(listing.instructions[index], state) if state else ():
            known = states[target]
            joined = found if known is None else known.joined(found)
            if joined != known:
                states[target] = joined
                if target not in ahead:
                    heapq.heappush(ahead, target)
    return states


def _outcomes(this: Instruction, state: Knowledge) -> Iterator[tuple[int, Knowledge]]:
    if this.handler is not None:
        yield this.handler.target, state.caught(this.handler.depth, lasti=this.handler.lasti)
    if this.jump is not None:
        yield this.jump, _step(state, this, jump=True)
    if this.follows is not None:
        yield this.follows, _step(state, this, jump=False)


def _step(state: Knowledge, this: Instruction, *, jump: bool) -> Knowledge:
    effect = HERE.effects.get(this.name)
    if effect is None:
        raise NotUnderstood(f"{this.name} of CPython {sys.version_info[0]}.{sys.version_info[1]}")
    return effect(state, this, jump)


def call_at(this: Instruction, state: Knowledge | None) -> CallResult | None:
    """Return the call that an instruction makes; None if it makes none, or is never reached."""
    read = HERE.calls.get(this.name)
    return None if read is None or state is None else read(state, this)


Releases = frozenset[Symbol]


def releases_ahead(listing: Listing, states: Sequence[Knowledge | None]) -> list[Releases]:
    """Return for each instruction what is released on some way from it, and not taken before.

    As far as the name means the same. It catches what the run cannot see: a lock that a helper has
    taken for its caller, who has no more than `finally: self._lock.release()`.
    """
    found: list[Releases] = [frozenset()] * len(listing.instructions)
    before = _predecessors(listing)
    ahead = [
        each.index
        for each in listing.instructions
        if (call := call_at(each, states[each.index])) is not None and released(call) is not None
    ]
    while ahead:
        index = ahead.pop()
        this, state = listing.instructions[index], states[index]
        after = frozenset[Symbol]().union(*(found[each] for each in this.successors()))
        known = _before(this, state, after) if state else after
        if known != found[index]:
            found[index] = known
            ahead.extend(before[index])
    return found


def _predecessors(listing: Listing) -> list[list[int]]:
    found: list[list[int]] = [[] for _ in listing.instructions]
    for each in listing.instructions:
        for target in each.successors():
            found[target].append(each.index)
    return found


def _before(this: Instruction, state: Knowledge, after: Releases) -> Releases:
    if this.name in HERE.stores:
        names = this.names[: HERE.stores[this.name]]
        return frozenset(each for each in after if not any(mentions(each, n) for n in names))
    call = call_at(this, state)
    if call is None:
        return after
    subject = released(call)
    if subject is not None:
        return after | {subject}
    subject = taken(call)
    if subject is not None:
        name = spelling(subject)
        return frozenset(each for each in after if spelling(each) != name)
    return after
