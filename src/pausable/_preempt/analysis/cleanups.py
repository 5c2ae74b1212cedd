"""Where an exception would skip a clean-up: the static half of the rule for stops.

Goal: an exception that is raised at an instruction runs every `finally` and every `__exit__` that
the task has come to owe by then, once and from its first instruction to its last.

What does not work is to trust the exception table:

1. Between the end of a `with` body and the call of `__exit__` no handler covers the instruction.
2. On the line of `try:` the resource is there and the `finally` does not cover it yet.
3. A `finally` body is compiled twice or more, once for each way into it, and only the copy for
   exceptions can be told by the table. The others are told by their place in the source.
4. A handler that cleans up need not be a `finally`: `except BaseException: undo(); raise`.
5. Where a handler begins and where it ends, nothing covers the instruction that saves the exception
   that is being handled, or puts the one before back: the thread would go on handling it for ever.

What still fails: a resource that is kept by neither (`x = acquire_it()` and an exception when
`acquire_it` returns; a `release()` that no handler calls), as with Ctrl-C. Where that can be seen,
a stop waits for a better place, for a second.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable._preempt.analysis.mark import Entering, Exit, Leaving
from pausable._preempt.analysis.regions import regions
from pausable._preempt.analysis.symbol import Delegate
from pausable._preempt.analysis.version import HERE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pausable._preempt.analysis.instruction import Instruction
    from pausable._preempt.analysis.knowledge import Knowledge
    from pausable._preempt.analysis.listing import Listing
    from pausable._preempt.analysis.regions import Region

__all__ = ["Cleanups"]

_CLEANS_UP = ("with", "except*", "compiler's")
_EXCHANGES = ("PUSH_EXC_INFO", "POP_EXCEPT")  # of the exception that is being handled
_ENDS_OF_HANDLERS = ("PUSH_EXC_INFO", "RERAISE", "COPY", "POP_EXCEPT")

Span = tuple[int, int, int, int]


class Cleanups:
    """The instructions of a code object at which nothing may be raised."""

    def __init__(self, listing: Listing, states: Sequence[Knowledge | None]) -> None:
        """Find them."""
        barred = set(_owing_exits(listing, states))
        barred |= {each.index for each in listing.instructions if each.name in _EXCHANGES}
        for each in regions(listing, states):
            barred |= _barred_by(each, listing)
        self._barred = frozenset(barred)
        self._suspense = frozenset(_in_suspense(listing, states))

    def may_raise(self, index: int, *, in_callee: bool) -> bool:
        """Tell whether an exception from an instruction, or from what it calls, skips nothing."""
        if index in self._barred:
            return False
        return in_callee or index not in self._suspense


def _barred_by(region: Region, listing: Listing) -> set[int]:
    """Return where a handler would not be run, or not from its start."""
    if region.kind == "finally":
        copies, gaps = _copies(region, listing), _gaps(region, listing)
        return {*region.body, *copies, *gaps, *_before_try(region, listing)}
    if region.kind == "except everything":
        return {*region.body, *_before_try(region, listing)}
    return set(region.body) if region.kind in _CLEANS_UP else set()


def _copies(region: Region, listing: Listing) -> set[int]:
    """Return the instructions that stand in the source where a `finally` body does."""
    hull = _hull(region, listing)
    if hull is None:
        return set()
    spans = [(each.index, _span(each)) for each in listing.instructions]
    return {
        index for index, span in spans if span and hull[:2] <= span[:2] and span[2:] <= hull[2:]
    }


def _hull(region: Region, listing: Listing) -> Span | None:
    """Return where the body of a handler stands in the source."""
    spans = [
        span
        for index in region.body
        if (this := listing.instructions[index]).name not in _ENDS_OF_HANDLERS
        and (span := _span(this)) is not None
    ]
    if not spans:
        return None
    return *min(each[:2] for each in spans), *max(each[2:] for each in spans)


def _span(this: Instruction) -> Span | None:
    if this.span is not None or this.line is None:
        return this.span
    return this.line, 0, this.line, 1 << 30  # -X no_debug_ranges


def _gaps(region: Region, listing: Listing) -> Iterator[int]:
    """List what lies between the instructions that a `finally` covers and its copies.

    A `continue` in the `try` block, for example, is an instruction of its own that is not covered.
    """
    copies = _copies(region, listing)
    covered = _covered_by(region, listing)
    seen = copies | covered | region.body
    last = max((listing.instructions[index].line or 0 for index in copies), default=0)
    ahead = [index for each in covered for index in listing.instructions[each].ways()]
    while ahead:
        index = ahead.pop()
        this = listing.instructions[index]
        if index not in seen and (this.line or 0) <= last:
            seen.add(index)
            yield index
            ahead += this.ways()


def _covered_by(region: Region, listing: Listing) -> set[int]:
    """Return the instructions from which an exception comes to a handler, directly or by others."""
    targets = {region.target}
    while True:
        found = {
            each.index
            for each in listing.instructions
            if each.handler is not None and each.handler.target in targets
        }
        more = {target for target in listing.targets if target in found} - targets
        if not more:
            return found
        targets |= more


def _before_try(region: Region, listing: Listing) -> Iterator[int]:
    """List what stands between a call and the `try:` whose handler cleans up after it."""
    covered = _covered_by(region, listing)
    for each in listing.instructions[1:]:
        before = listing.instructions[each.index - 1]
        if each.index in covered and before.index not in covered:
            while before.name in HERE.does_nothing or before.name.startswith("STORE_"):
                yield before.index
                before = listing.instructions[before.index - 1]


def _owing_exits(listing: Listing, states: Sequence[Knowledge | None]) -> Iterator[int]:
    """List the instructions whose handler forgets an `__exit__`."""
    for this in listing.instructions:
        state = states[this.index]
        if state is not None and _forgets_exit(this, state):
            yield this.index


def _forgets_exit(this: Instruction, state: Knowledge) -> bool:
    kept = 0 if this.handler is None else this.handler.depth
    entering = {each.at for each in state.stack if isinstance(each, Entering)}
    return any(
        isinstance(each, Leaving)
        or (isinstance(each, Exit) and slot >= kept and each.at not in entering)
        for slot, each in enumerate(state.stack)
    )


def _in_suspense(listing: Listing, states: Sequence[Knowledge | None]) -> Iterator[int]:
    """List where something is about to be entered, or something else is awaited.

    What was made to be entered would be lost; and what is awaited would not see the exception.
    """
    for this in listing.instructions:
        state = states[this.index]
        if state is None:
            continue
        if this.name in HERE.begins_with or any(
            isinstance(each, (Entering, Delegate)) for each in state.stack
        ):
            yield this.index
