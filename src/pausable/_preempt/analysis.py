"""What the rules need to know of a code object, found once and kept for as long as it lives."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from pausable._preempt.cleanups import Cleanups
from pausable._preempt.effects import CALLS, NotUnderstood, call_at
from pausable._preempt.flow import run
from pausable._preempt.identity import ByCode
from pausable._preempt.instructions import Listing
from pausable._preempt.releasing import releases_ahead
from pausable._preempt.symbols import Entering, Exit, Iterator, Leaving, Symbol, spelling
from pausable._preempt.taking import taken

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import CodeType

    from pausable._preempt.instructions import Instruction
    from pausable._preempt.knowledge import State
    from pausable._preempt.symbols import Call

__all__ = ["Analysis", "Place", "analyse"]

_YIELDS = ("YIELD_VALUE",)
_RETURNS = ("RETURN_VALUE", "RETURN_CONST")
_ENTERS = ("BEFORE_WITH", "BEFORE_ASYNC_WITH")


@dataclass(frozen=True, slots=True)
class Place:
    """What may hold something before one instruction. Names are those that the code uses."""

    marks: tuple[Exit, ...] = ()  #: the `with` statements around it
    entering: Exit | None = None  #: that which is being entered or left
    acquired: tuple[Symbol, ...] = ()  #: taken on some way here, and not given back
    ahead: tuple[Symbol, ...] = ()  #: given back on some way from here, and not taken before
    iterators: tuple[Symbol, ...] = ()  #: what the loops around it iterate over
    calls: tuple[Call, ...] = ()  #: all calls on some way here
    taken_at: Mapping[Symbol, int] = field(
        default_factory=dict
    )  #: of what was acquired: the offset

    @property
    def is_plain(self) -> bool:
        """Whether nothing can be held on account of this frame."""
        return not (
            self.marks
            or self.entering
            or self.acquired
            or self.ahead
            or self.iterators
            or self.calls
        )


NOWHERE = Place()


class Analysis:
    """A code object as the rules see it. If it is not understood, that says why."""

    def __init__(self, code: CodeType) -> None:
        """Analyse the code."""
        self.listing: Listing = Listing(code)
        self.not_understood: str | None = None
        self._places: dict[int, Place] = {}
        try:
            self._states: list[State | None] = run(self.listing, code)
            self._ahead = releases_ahead(self.listing, self._states)
        except (NotUnderstood, IndexError, ValueError) as error:
            self.not_understood = f"{type(error).__name__}: {error}"

    @property
    def understood(self) -> bool:
        """Whether the abstract run came to an end."""
        return self.not_understood is None

    def instruction(self, offset: int) -> Instruction:
        """Return the instruction at an offset, which may be that of one of its caches."""
        return self.listing.instructions[self.listing.index_of(offset)]

    def place(self, offset: int) -> Place:
        """Return what may be held before the instruction at an offset."""
        if offset < 0:
            return NOWHERE
        index = self.listing.index_of(offset)
        found = self._places.get(index)
        if found is None:
            found = self._places[index] = self._place(index)
        return found

    @cached_property
    def _cleanups(self) -> Cleanups:
        return Cleanups(self.listing, self._states, self._ahead)

    @cached_property
    def after_return(self) -> Place:
        """What may be held when a call has returned."""
        return self._after(_RETURNS)

    @cached_property
    def after_yield(self) -> Place:
        """What may be held while a generator is suspended."""
        return self._after(_YIELDS)

    def _after(self, names: tuple[str, ...]) -> Place:
        reached = [
            self.place(each.offset)
            for each in self.listing.instructions
            if each.name in names and self._states[each.index] is not None
        ]
        return Place(
            marks=tuple({mark for each in reached for mark in each.marks}),
            acquired=tuple({symbol for each in reached for symbol in each.acquired}),
            iterators=tuple({symbol for each in reached for symbol in each.iterators}),
            calls=tuple({call for each in reached for call in each.calls}),
        )

    @cached_property
    def returned(self) -> tuple[Symbol, ...]:
        """What a call returns."""
        ends = [each for each in self.listing.instructions if each.name in _RETURNS]
        states = [self._states[each.index] for each in ends]
        return tuple({each.stack[-1] for each in states if each is not None and each.stack})

    def may_raise(self, offset: int, *, in_callee: bool) -> bool:
        """Tell whether raising at an offset, or in what is called there, skips no clean-up."""
        return self._cleanups.may_raise(self.listing.index_of(offset), in_callee=in_callee)

    def owed(self, offset: int) -> tuple[Symbol, ...]:
        """Return what stays acquired for good if an exception is raised at an offset."""
        return self._cleanups.owed(self.listing.index_of(offset))

    def _place(self, index: int) -> Place:
        state = self._states[index]
        if state is None:
            return NOWHERE
        marks = [each for each in state.stack if isinstance(each, Exit)]
        this = self.listing.instructions[index]
        entering = _entering(this, state)
        if entering in marks:
            marks.remove(entering)
        iterators = [each.of for each in state.stack if isinstance(each, Iterator)]
        if this.name in {"SEND", "END_SEND"}:
            iterators = iterators[:-1]  # what it delegates to runs, and is on the stack itself
        return Place(
            tuple(marks),
            entering,
            tuple(state.acquired),
            tuple(self._ahead[index]),
            tuple(iterators),
            tuple(state.calls),
            {
                each: at
                for each in state.acquired
                if (at := self._taken_at(each, index)) is not None
            },
        )

    def _taken_at(self, symbol: Symbol, index: int) -> int | None:
        """Return the offset of the last call before an instruction that acquires *symbol*."""
        name = spelling(symbol)
        for this in reversed(self.listing.instructions[:index]):
            state = self._states[this.index] if this.name in CALLS else None
            subject = taken(call_at(state, this)) if state is not None else None
            if subject is not None and spelling(subject) == name:
                return this.offset
        return None


def _entering(this: Instruction, state: State) -> Exit | None:
    """Return the mark of the statement whose `__enter__` or `__exit__` an instruction runs."""
    if this.name in _ENTERS:
        return Exit(this.offset, state.stack[-1])
    leaving = [each.mark for each in state.stack if isinstance(each, Leaving)]
    if leaving:
        return leaving[-1]
    marks = [each for each in state.stack if isinstance(each, Exit)]
    entering = [each.at for each in state.stack if isinstance(each, Entering)]
    if entering:
        return next((each for each in marks if each.at == entering[-1]), None)
    if this.name == "WITH_EXCEPT_START" or (this.name in CALLS and _calls_exit(this, state)):
        return marks[-1]
    return None


def _calls_exit(this: Instruction, state: State) -> bool:
    return isinstance(call_at(state, this).callee, Exit)


_known: ByCode[Analysis] = ByCode()


def analyse(code: CodeType) -> Analysis:
    """Return the analysis of a code object. Any thread; two at once may both do the work."""
    return _known.get(code) or _known.put(code, Analysis(code))
