"""The places of our code at which CPython can deliver an asynchronous exception, as it ran.

CPython looks for one when it enters a function, when it jumps backward, and when a call has come
back from C; never between two other instructions. Rather than to imitate that, an instruction is
chosen before which the exception is left for CPython: it delivers it itself, at its next look.
"""

from __future__ import annotations

import dis
import functools
import os
from collections import Counter
from pathlib import Path
from types import CodeType
from typing import TYPE_CHECKING, NamedTuple

from helpers import functions

import pausable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PACKAGE = str(Path(pausable.__file__).parent) + os.sep

# Instructions that end with a look; CALL_KW is there from 3.13 on. On 3.11 each CALL comes after a
# PRECALL, which may do the call itself: what is left before that one is seen after either.
LOOKS = frozenset({"CALL_FUNCTION_EX", "CALL_KW", "JUMP_BACKWARD"}) | (
    {"PRECALL"} if "PRECALL" in dis.opmap else {"CALL"}
)
ENDS = frozenset({"RETURN_VALUE", "RETURN_CONST"})

Step = tuple[CodeType, int]
"""An instruction before it is done: the code and the offset in it. In the mode for lines: a line."""


class Place(NamedTuple):
    """An instruction, or a line, as it is reached for the *nth* time."""

    code: CodeType
    offset: int
    nth: int
    by_line: bool = False

    def __str__(self) -> str:
        name = self.code.co_filename.removeprefix(PACKAGE)
        line, what = self.offset, "line"
        if not self.by_line:
            what, line = instructions(self.code)[self.offset]
        return f"{name}:{line} {self.code.co_qualname} {what}@{self.offset} #{self.nth}"


@functools.cache
def instructions(code: CodeType) -> dict[int, tuple[str, int]]:
    """Return the name and the line of each instruction."""
    lines = {
        offset: line or 0 for start, end, line in code.co_lines() for offset in range(start, end, 2)
    }
    return {each.offset: (each.opname, lines[each.offset]) for each in dis.get_instructions(code)}


def codes_of(*files: str) -> set[CodeType]:
    """Find the code of all functions there are of *files*, or below these folders."""
    found = {each.__code__ for each in functions()}
    return {inner for code in found if code.co_filename.startswith(files) for inner in nested(code)}


def our_codes() -> set[CodeType]:
    """Find the code of the package."""
    return codes_of(PACKAGE)


def nested(code: CodeType) -> Iterator[CodeType]:
    """List a function's code and that of those in it."""
    yield code
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from nested(each)


def places(threads: Iterable[list[Step]], most: int, *, by_line: bool = False) -> list[Place]:
    """Choose the places from what each thread has done; of one instruction, the first *most*."""
    times: Counter[Step] = Counter()
    found: dict[Place, None] = {}
    for steps in threads:
        for step, following in zip(steps, [*steps[1:], None], strict=True):
            times[step] += 1
            if times[step] <= most and (by_line or is_place(step, following)):
                found[Place(*step, times[step], by_line)] = None
    return list(found)


def is_place(step: Step, following: Step | None) -> bool:
    """Say whether what is left before this instruction may be seen where nothing else is."""
    code, offset = step
    name = instructions(code)[offset][0]
    if name in LOOKS:
        return True
    if following is None or following[0] is code:
        return False
    # It calls a function without a CALL (`with`, an attribute, a finalizer), or it ends one, which
    # C may have called.
    return name in ENDS or following[1] <= first_step(following[0])


@functools.cache
def first_step(code: CodeType) -> int:
    """Return the offset of what follows on the entry."""
    names = instructions(code)
    return next(offset for offset in names if names[offset][0] == "RESUME") + 2
