"""The handlers of a code object: what kind of statement each belongs to, and how far it reaches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pausable._preempt.analysis.symbol import Global
from pausable._preempt.analysis.version import HERE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pausable._preempt.analysis.instruction import Instruction
    from pausable._preempt.analysis.knowledge import Knowledge
    from pausable._preempt.analysis.listing import Listing

__all__ = ["Region", "regions"]

Kind = Literal["finally", "with", "except", "except everything", "except*", "compiler's"]


@dataclass(frozen=True, slots=True)
class Region:
    """The instructions of one handler, up to where it drops or raises the exception again."""

    target: int  #: the index of its first instruction
    kind: Kind
    body: frozenset[int]


def regions(listing: Listing, states: Sequence[Knowledge | None]) -> list[Region]:
    """Return the handlers that are reached."""
    return [
        _region(target, listing, states)
        for target in sorted(listing.targets)
        if states[target] is not None
    ]


def _region(target: int, listing: Listing, states: Sequence[Knowledge | None]) -> Region:
    first = listing.instructions[target]
    if first.name in HERE.leaves_handler:
        return Region(target, "compiler's", frozenset({target}))
    body = frozenset(_reach(target, listing, states))
    return Region(target, _kind(first, body, listing, states), body)


def _reach(target: int, listing: Listing, states: Sequence[Knowledge | None]) -> Iterator[int]:
    """List what is reached from a handler's start while the exception is on the stack."""
    least = _height(states, target)
    seen: set[int] = set()
    ahead = [target]
    while ahead:
        index = ahead.pop()
        if index in seen or _height(states, index) < least:
            continue
        seen.add(index)
        yield index
        ahead += listing.instructions[index].ways()


def _height(states: Sequence[Knowledge | None], index: int) -> int:
    state = states[index]
    return -1 if state is None else len(state.stack)


def _kind(
    first: Instruction, body: frozenset[int], listing: Listing, states: Sequence[Knowledge | None]
) -> Kind:
    if first.name != "PUSH_EXC_INFO":
        return "compiler's"
    second = listing.instructions[first.index + 1]
    if second.name in HERE.leaves_with:
        return "with"
    if second.name == "POP_TOP":
        return "except everything"
    for index in sorted(body):
        name, state = listing.instructions[index].name, states[index]
        above = _height(states, index) - _height(states, first.index)
        if state is not None and name == "CHECK_EXC_MATCH" and above == _ABOVE:
            is_all = state.stack[-1] == Global("BaseException")
            return "except everything" if is_all else "except"
        if name == "CHECK_EG_MATCH" and above <= _ABOVE_IN_GROUP:
            return "except*"
    return "finally"


_ABOVE = 2  # the exception that was handled before, and the class to compare with
_ABOVE_IN_GROUP = 4  # the same, the list of what was raised, and the exception as it was
