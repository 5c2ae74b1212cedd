"""The abstract run of a code object: what is known before each of its instructions.

Forward, every instruction is run on symbols instead of values until nothing new is learnt;
backward, every instruction learns which releases lie ahead of it on some way.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

from pausable._preempt.effects import step
from pausable._preempt.knowledge import start

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType

    from pausable._preempt.instructions import Instruction, Listing
    from pausable._preempt.knowledge import State

__all__ = ["run", "successors"]


def run(listing: Listing, code: CodeType) -> list[State | None]:
    """Return what is known before each instruction; None of those that are never reached.

    Raises:
        NotUnderstood: an instruction is not known.
        IndexError: an instruction takes more from the stack than there is.
        ValueError: ways meet that cannot.
    """
    states: list[State | None] = [None] * len(listing.instructions)
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


def _outcomes(this: Instruction, state: State) -> Iterator[tuple[int, State]]:
    if this.handler is not None:
        yield this.handler.target, state.caught(this.handler.depth, lasti=this.handler.lasti)
    if this.jump is not None:
        yield this.jump, step(state, this, jump=True)
    if this.follows is not None:
        yield this.follows, step(state, this, jump=False)


def successors(this: Instruction) -> Iterator[int]:
    """List the instructions that may come next, the first one of its handler included."""
    if this.handler is not None:
        yield this.handler.target
    if this.jump is not None:
        yield this.jump
    if this.follows is not None:
        yield this.follows
