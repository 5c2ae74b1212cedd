"""Claims: what may be held before one instruction, by the names that the code has for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pausable._preempt.analysis.acquisition import taken
from pausable._preempt.analysis.algebra import spelling
from pausable._preempt.analysis.flow import call_at
from pausable._preempt.analysis.mark import Entering, Exit, Leaving
from pausable._preempt.analysis.symbol import Attribute, CallResult, Iteration, Symbol
from pausable._preempt.analysis.version import HERE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pausable._preempt.analysis.instruction import Instruction
    from pausable._preempt.analysis.knowledge import Knowledge
    from pausable._preempt.analysis.listing import Listing

__all__ = ["NOTHING", "Claims", "all_of", "claims_before"]


@dataclass(frozen=True, slots=True)
class Claims:
    """What may hold something, each by a name that is to be looked up in the frame."""

    marks: tuple[Exit, ...] = ()  #: the `with` statements around it
    entering: Exit | None = None  #: that which is being entered or left
    taking: Symbol | None = None  #: what the call takes that is made here
    acquired: tuple[Symbol, ...] = ()  #: taken on some way here, and not given back
    ahead: tuple[Symbol, ...] = ()  #: given back on some way from here, and not taken before
    iterators: tuple[Symbol, ...] = ()  #: what the loops around it iterate over
    calls: tuple[CallResult, ...] = ()  #: all calls on some way here
    taken_at: Mapping[Symbol, int] = field(default_factory=dict)  #: the offsets of what acquired

    @property
    def is_empty(self) -> bool:
        """Whether nothing can be held on account of this frame."""
        return not (
            self.marks
            or self.entering
            or self.taking
            or self.acquired
            or self.ahead
            or self.iterators
            or self.calls
        )


NOTHING = Claims()


def claims_before(
    index: int,
    listing: Listing,
    states: Sequence[Knowledge | None],
    ahead: Sequence[Iterable[Symbol]],
) -> Claims:
    """Return what may be held before an instruction; *ahead* are the releases from each one on."""
    state, this = states[index], listing.instructions[index]
    if state is None:
        return NOTHING
    call = call_at(this, state)
    taken_at = {each: _taken_at(each, index, listing, states) for each in state.acquired}
    entering = _entering(this, state, call)
    marks = [each for each in state.stack if isinstance(each, Exit)]
    if entering in marks:
        marks.remove(entering)
    return Claims(
        tuple(marks),
        entering,
        None if call is None else taken(call),
        (*state.acquired, *_moved(state.stack)),
        tuple(ahead[index]),
        _iterated(this, state),
        tuple(state.calls),
        {each: at for each, at in taken_at.items() if at is not None},
    )


def all_of(claims: Sequence[Claims]) -> Claims:
    """Return what may be held if control stands at one of several places, apart from `ahead`."""
    return Claims(
        marks=tuple({mark for each in claims for mark in each.marks}),
        acquired=tuple({symbol for each in claims for symbol in each.acquired}),
        iterators=tuple({symbol for each in claims for symbol in each.iterators}),
        calls=tuple({call for each in claims for call in each.calls}),
    )


def _iterated(this: Instruction, state: Knowledge) -> tuple[Symbol, ...]:
    found = [each.of for each in state.stack if isinstance(each, Iteration)]
    if this.name in HERE.delegates:
        found = found[:-1]  # what it delegates to runs, and is on the stack of calls itself
    return tuple(found)


def _moved(symbols: Iterable[Symbol]) -> Iterable[CallResult]:
    """List the stacks of contexts that have no name yet: `return stack.pop_all()` in a `with`.

    Also within what is made of one: `stack.pop_all().close`, `Session(stack.pop_all())`.
    """
    for each in symbols:
        match each:
            case Exit():
                continue
            case CallResult(Attribute(_, "pop_all")):
                yield each
            case _:
                yield from _moved(each.parts())


def _taken_at(
    symbol: Symbol, index: int, listing: Listing, states: Sequence[Knowledge | None]
) -> int | None:
    """Return the offset of the last call before an instruction that acquires *symbol*."""
    name = spelling(symbol)
    for this in reversed(listing.instructions[:index]):
        call = call_at(this, states[this.index])
        subject = None if call is None else taken(call)
        if subject is not None and spelling(subject) == name:
            return this.offset
    return None


def _entering(this: Instruction, state: Knowledge, call: CallResult | None) -> Exit | None:
    """Return the mark of the statement whose `__enter__` or `__exit__` an instruction runs."""
    if this.name in HERE.enters:
        return Exit(this.offset, state.stack[-1])
    leaving = [each.mark for each in state.stack if isinstance(each, Leaving)]
    if leaving:
        return leaving[-1]
    marks = [each for each in state.stack if isinstance(each, Exit)]
    entering = [each.at for each in state.stack if isinstance(each, Entering)]
    if entering:
        return next((each for each in marks if each.at == entering[-1]), None)
    is_exit = call is not None and isinstance(call.callee, Exit)
    return marks[-1] if is_exit or this.name in HERE.leaves_with else None
