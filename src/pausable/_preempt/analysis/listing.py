"""A code object as a list of instructions: what follows each, and which handler catches it."""

from __future__ import annotations

import dis
from typing import TYPE_CHECKING

from pausable._preempt.analysis.instruction import Handler, Instruction
from pausable._preempt.analysis.version import HERE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType

__all__ = ["Listing"]

_UNIT = 2  # bytes
_JUMPS = frozenset(dis.opname[op] for op in (*dis.hasjrel, *dis.hasjabs)) - HERE.names_its_loop


class Listing:
    """The instructions of a code object, and the instruction of each of its units."""

    def __init__(self, code: CodeType) -> None:
        """Take the code apart."""
        self.instructions: list[Instruction] = list(_instructions(code))
        self._of_unit = self._map_units(len(code.co_code) // _UNIT)
        for each in self.instructions:
            self._link(each)
        self.targets: set[int] = set()  #: where handlers begin
        self._attach_handlers(code)

    def index_of(self, offset: int) -> int:
        """Return the index of the instruction at an offset, or to whose caches it belongs."""
        return self._of_unit[offset // _UNIT]

    def _map_units(self, units: int) -> list[int]:
        found = [0] * units
        ends = [each.start for each in self.instructions[1:]] + [units * _UNIT]
        for this, end in zip(self.instructions, ends, strict=True):
            for unit in range(this.start // _UNIT, end // _UNIT):
                found[unit] = this.index
        return found

    def _link(self, this: Instruction) -> None:
        if this.name in _JUMPS and isinstance(this.value, int):
            this.jump = self.index_of(this.value)
        if this.name in HERE.names_keywords and isinstance(this.value, tuple):
            calls = (each for each in self.instructions[this.index :] if each.name in HERE.calls)
            next(calls).keywords = this.value
        if this.name not in HERE.ends and this.name not in HERE.always_jumps:
            this.follows = this.index + 1

    def _attach_handlers(self, code: CodeType) -> None:
        for entry in dis._parse_exception_table(code):  # type: ignore[attr-defined]
            handler = Handler(self.index_of(entry.target), entry.depth, entry.lasti)
            self.targets.add(handler.target)
            for offset in range(entry.start, entry.end, _UNIT):
                self.instructions[self.index_of(offset)].handler = handler


def _instructions(code: CodeType) -> Iterator[Instruction]:
    index, start = 0, None
    for each in dis.get_instructions(code):
        start = each.offset if start is None else start
        if each.opname in {"EXTENDED_ARG", "CACHE"}:
            continue
        line, span = _place(each.positions)
        yield Instruction(
            index=index,
            start=start,
            offset=each.offset,
            name=each.opname,
            opcode=each.opcode,
            arg=each.arg or 0,
            value=each.argrepr if each.opname in HERE.named_by_text else each.argval,
            line=line,
            span=span,
        )
        index, start = index + 1, None


def _place(at: dis.Positions | None) -> tuple[int | None, tuple[int, int, int, int] | None]:
    if at is None or at.lineno is None:
        return None, None
    if at.end_lineno is None or at.col_offset is None or at.end_col_offset is None:
        return at.lineno, None
    return at.lineno, (at.lineno, at.col_offset, at.end_lineno, at.end_col_offset)
