"""Where an exception would skip a clean-up: the static half of the rule for stops.

Goal: an exception that is raised at an instruction runs every `finally` and every `__exit__` that
the task has come to owe by then, once and from its first instruction to its last.

What does not work is to trust the exception table:

1. Between the end of a `with` body and the call of `__exit__` no handler covers the instruction.
2. On the line of `try:` the resource is there and the `finally` does not cover it yet.
3. A `finally` body is compiled twice or more, once for each way into it, and only the copy for
   exceptions can be told by the table. The others are told by their place in the source.
4. A handler that cleans up need not be a `finally`: `except BaseException: undo(); raise`.

What still fails: a resource that is kept by neither (`x = acquire_it()` and an exception when
`acquire_it` returns), as with Ctrl-C.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable._preempt.handlers import regions
from pausable._preempt.symbols import Element, Entering, Exit, Leaving, Symbol, spelling

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pausable._preempt.handlers import Region
    from pausable._preempt.instructions import Instruction, Listing
    from pausable._preempt.knowledge import State
    from pausable._preempt.releasing import Releases

__all__ = ["Cleanups"]

_CLEANS_UP = ("finally", "with", "except everything", "except*", "compiler's")
_AFTER_A_CALL = ("NOP", "POP_TOP", "UNPACK_SEQUENCE", "NOT_TAKEN")
_ENDS_OF_HANDLERS = ("PUSH_EXC_INFO", "RERAISE", "COPY", "POP_EXCEPT")

Span = tuple[int, int, int, int]


class Cleanups:
    """The instructions of a code object at which nothing may be raised."""

    def __init__(
        self, listing: Listing, states: Sequence[State | None], ahead: Sequence[Releases]
    ) -> None:
        """Find them."""
        found = regions(listing, states)
        self._barred: frozenset[int] = frozenset(
            {
                *(index for each in found if each.kind in _CLEANS_UP for index in each.body),
                *_copies(found, listing),
                *_before_try(found, listing),
                *_owing(listing, states, ahead),
            }
        )
        self._before_with: frozenset[int] = frozenset(_entries_of_with(listing, states))

    def may_raise(self, index: int, *, in_callee: bool) -> bool:
        """Tell whether an exception from an instruction, or from what it calls, skips nothing."""
        if index in self._barred:
            return False
        return in_callee or index not in self._before_with


def _copies(found: Sequence[Region], listing: Listing) -> Iterator[int]:
    """List the instructions that stand in the source where a `finally` body does."""
    for region in found:
        hull = _hull(region, listing) if region.kind == "finally" else None
        if hull is not None:
            for each in listing.instructions:
                span = _span(each)
                if span is not None and hull[:2] <= span[:2] and span[2:] <= hull[2:]:
                    yield each.index


def _hull(region: Region, listing: Listing) -> Span | None:
    spans = [
        span
        for index in region.body
        if (this := listing.instructions[index]).name not in _ENDS_OF_HANDLERS
        and (span := _span(this)) is not None
    ]
    if not spans:
        return None
    return *min(each[:2] for each in spans), *max(each[2:] for each in spans)  # type: ignore[return-value]


def _span(this: Instruction) -> Span | None:
    if this.span is not None or this.line is None:
        return this.span
    return this.line, 0, this.line, 1 << 30  # -X no_debug_ranges


def _before_try(found: Sequence[Region], listing: Listing) -> Iterator[int]:
    """List what stands between a call and the `try:` whose `finally` cleans up after it."""
    cleaning = {each.target for each in found if each.kind in {"finally", "except everything"}}
    for each in listing.instructions[1:]:
        before = listing.instructions[each.index - 1]
        if _target(each) in cleaning and _target(before) != _target(each):
            while before.name in _AFTER_A_CALL or before.name.startswith("STORE_"):
                yield before.index
                before = listing.instructions[before.index - 1]


def _target(this: Instruction) -> int | None:
    return None if this.handler is None else this.handler.target


def _owing(
    listing: Listing, states: Sequence[State | None], ahead: Sequence[Releases]
) -> Iterator[int]:
    """List the instructions whose handler forgets an `__exit__` or a `release()`."""
    for this in listing.instructions:
        state = states[this.index]
        if state is not None and (
            _forgets_exit(this, state) or _forgets_release(this, state, ahead)
        ):
            yield this.index


def _forgets_exit(this: Instruction, state: State) -> bool:
    kept = 0 if this.handler is None else this.handler.depth
    entering = {each.at for each in state.stack if isinstance(each, Entering)}
    return any(
        isinstance(each, Leaving)
        or (isinstance(each, Exit) and slot >= kept and not _is_entered_later(each, entering))
        for slot, each in enumerate(state.stack)
    )


def _is_entered_later(mark: Exit, entering: set[int]) -> bool:
    return mark.at in entering


def _forgets_release(this: Instruction, state: State, ahead: Sequence[Releases]) -> bool:
    if not state.acquired:
        return False
    then = frozenset[Symbol]() if this.handler is None else ahead[this.handler.target]
    released = {spelling(each) for each in then}
    targets = {spelling(each.target) for each in state.stack if isinstance(each, Exit)}
    return any(
        spelling(each) not in released | targets and not (_is_vague(each) and released)
        for each in state.acquired
    )


def _is_vague(symbol: Symbol) -> bool:
    return type(symbol) is Symbol or isinstance(symbol, Element)


def _entries_of_with(listing: Listing, states: Sequence[State | None]) -> Iterator[int]:
    """List where something is about to be entered: what was made for it would be lost."""
    for this in listing.instructions:
        state = states[this.index]
        if state is None:
            continue
        if this.name in {"BEFORE_WITH", "BEFORE_ASYNC_WITH", "LOAD_SPECIAL"} or any(
            isinstance(each, Entering) for each in state.stack
        ):
            yield this.index
