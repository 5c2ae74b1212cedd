"""One instruction of a code object, and the handler that catches what it raises."""

from __future__ import annotations

import dis
from dataclasses import dataclass
from typing import NamedTuple

__all__ = ["Handler", "Instruction"]


class Handler(NamedTuple):
    """An entry of the exception table: where to go, and how much of the stack to keep."""

    target: int
    depth: int
    lasti: bool  #: whether the offset of the instruction is pushed below the exception


@dataclass(slots=True)
class Instruction:
    """One instruction. The numbers are indexes into the listing, not offsets."""

    index: int
    start: int  #: the offset of the first EXTENDED_ARG, if there are any
    offset: int
    name: str
    opcode: int
    arg: int
    value: object  #: what the argument stands for, as `dis` has it
    line: int | None
    span: tuple[int, int, int, int] | None  #: line and column of its first and its last character
    jump: int | None = None
    follows: int | None = None  #: the next one, where control goes on to it
    handler: Handler | None = None
    keywords: tuple[str, ...] = ()  #: of a CALL up to Python 3.12: the names of its last arguments

    @property
    def names(self) -> tuple[str, ...]:
        """The names that it loads or stores."""
        return self.value if isinstance(self.value, tuple) else (str(self.value),)

    def ways(self) -> list[int]:
        """List the instructions to which it leads by itself."""
        return [each for each in (self.jump, self.follows) if each is not None]

    def successors(self) -> list[int]:
        """List the instructions that may come next, the first one of its handler included."""
        return self.ways() if self.handler is None else [self.handler.target, *self.ways()]

    def effect(self, *, jump: bool) -> int:
        """Return by how much the stack grows."""
        arg = self.arg if self.opcode >= dis.HAVE_ARGUMENT else None
        return dis.stack_effect(self.opcode, arg, jump=jump)
