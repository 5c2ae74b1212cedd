"""The analysis of bytecode: a code object and an instruction in, claims out.

This is its one door: what lies above imports from here, and from none of the modules in it. From
the bottom up they are:

- symbol, mark, algebra: what a value is, as the code names it, and what is done with that;
- vocabulary, acquisition: what counts as taking and as giving back, by the names that are called;
- instruction, dialect, stack, variables, blocks, invocation: what an instruction changes in that;
- python3_11 and so on, version: which instructions a version of CPython has;
- listing, knowledge, flow: the abstract run of a code object;
- claims: what may be held before an instruction; regions, cleanups: where nothing may be raised.

What is not understood, be it one instruction or the whole version of CPython, makes a code object
one that is not understood, and whatever runs it counts as holding something.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from pausable._preempt.analysis.acquisition import handed_on, sleeps
from pausable._preempt.analysis.algebra import spelling, strip
from pausable._preempt.analysis.claims import NOTHING, Claims, all_of, claims_before
from pausable._preempt.analysis.cleanups import Cleanups
from pausable._preempt.analysis.dialect import NotUnderstood
from pausable._preempt.analysis.flow import call_at, releases_ahead, run
from pausable._preempt.analysis.listing import Listing
from pausable._preempt.analysis.mark import Began, Exit, Locked
from pausable._preempt.analysis.symbol import (
    Attribute,
    Bundle,
    CallResult,
    Const,
    Element,
    Function,
    Given,
    Global,
    Item,
    Iteration,
    Local,
    SuperAttribute,
    Symbol,
)
from pausable._preempt.analysis.version import HERE
from pausable._preempt.analysis.vocabulary import begins, gives, speaks_of_taking, takes
from pausable._preempt.memo import Memo

if TYPE_CHECKING:
    from collections.abc import Container, Iterator
    from types import CodeType

    from pausable._preempt.analysis.instruction import Instruction
    from pausable._preempt.analysis.knowledge import Knowledge

__all__ = [
    "Analysis",
    "Attribute",
    "Began",
    "Bundle",
    "CallResult",
    "Claims",
    "Const",
    "Element",
    "Exit",
    "Function",
    "Given",
    "Global",
    "Item",
    "Iteration",
    "Local",
    "Locked",
    "SuperAttribute",
    "Symbol",
    "analyse",
    "begins",
    "gives",
    "handed_on",
    "speaks_of_taking",
    "spelling",
    "strip",
    "takes",
]


class Analysis:
    """A code object as the rules see it. If it is not understood, that says why."""

    def __init__(self, code: CodeType) -> None:
        """Analyse the code."""
        self.listing: Listing = Listing(code)
        self.not_understood: str | None = None
        self._claims: dict[int, Claims] = {}
        try:
            self._states: list[Knowledge | None] = run(self.listing, code)
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

    def claims(self, offset: int) -> Claims:
        """Return what may be held before the instruction at an offset."""
        if offset < 0:
            return NOTHING
        index = self.listing.index_of(offset)
        found = self._claims.get(index)
        if found is None:
            found = claims_before(index, self.listing, self._states, self._ahead)
            self._claims[index] = found
        return found

    @cached_property
    def _cleanups(self) -> Cleanups:
        return Cleanups(self.listing, self._states)

    @cached_property
    def after_return(self) -> Claims:
        """What may be held when a call has returned."""
        return self._at(HERE.returns)

    @cached_property
    def after_yield(self) -> Claims:
        """What may be held while a generator is suspended."""
        return self._at(HERE.yields)

    def _at(self, names: frozenset[str]) -> Claims:
        return all_of([self.claims(this.offset) for this, _ in self._reached(names)])

    def _reached(self, names: Container[str]) -> Iterator[tuple[Instruction, Knowledge]]:
        for this, state in zip(self.listing.instructions, self._states, strict=True):
            if this.name in names and state is not None:
                yield this, state

    @cached_property
    def returned(self) -> tuple[Symbol, ...]:
        """What a call returns."""
        return tuple({state.stack[-1] for _, state in self._reached(HERE.returns) if state.stack})

    @cached_property
    def calls(self) -> tuple[CallResult, ...]:
        """All calls that the code makes, in the order of their instructions."""
        found = map(call_at, self.listing.instructions, self._states if self.understood else ())
        return tuple(each for each in found if each is not None)

    def is_calling(self, offset: int) -> bool:
        """Tell whether the instruction at an offset calls something."""
        return offset >= 0 and self.instruction(offset).name in HERE.calls

    def sleeps_in_line(self, offset: int) -> bool:
        """Tell whether the rest of a line, from an offset on, calls what sleeps."""
        if offset < 0 or not self.understood:
            return False
        index = self.listing.index_of(offset)
        here = self.listing.instructions[index].line
        for each in self.listing.instructions[index:]:
            if each.line != here:
                return False
            call = call_at(each, self._states[each.index])
            if call is not None and sleeps(call):
                return True
        return False

    def may_raise(self, offset: int, *, in_callee: bool) -> bool:
        """Tell whether raising at an offset, or in what is called there, skips no clean-up."""
        return self._cleanups.may_raise(self.listing.index_of(offset), in_callee=in_callee)

    def may_raise_next(self, offset: int) -> bool:
        """Tell whether raising where the instruction at an offset leads to skips no clean-up."""
        this = self.listing.instructions[self.listing.index_of(offset)]
        return any(self._cleanups.may_raise(each, in_callee=False) for each in this.ways())


_known: Memo[CodeType, Analysis] = Memo()


def analyse(code: CodeType) -> Analysis:
    """Return the analysis of a code object. Any thread; two at once may both do the work."""
    return _known.get(id(code)) or _known.put(code, Analysis(code))
