"""Effects of instructions that move values about, or of which only the number counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable._preempt.analysis.dialect import Effect, NotUnderstood
from pausable._preempt.analysis.knowledge import Knowledge
from pausable._preempt.analysis.symbol import NULL, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable

    from pausable._preempt.analysis.instruction import Instruction

__all__ = [
    "copy",
    "keep",
    "push_null",
    "push_unknown",
    "swap",
    "take",
    "take_and_leave",
    "take_by_argument",
]


def take(count: int) -> Effect:
    """Take so many values; what comes instead is unknown."""
    return lambda state, this, jump: take_and_leave(state, this, count, jump=jump)


def take_by_argument(count: Callable[[int], int]) -> Effect:
    """Take as many values as the argument of the instruction says."""
    return lambda state, this, jump: take_and_leave(state, this, count(this.arg), jump=jump)


def take_and_leave(state: Knowledge, this: Instruction, count: int, *, jump: bool) -> Knowledge:
    """Take some values, and leave as many, unknown ones, as CPython says.

    Raises:
        NotUnderstood: it leaves less than nothing.
    """
    leaves = count + this.effect(jump=jump)
    if leaves < 0:
        raise NotUnderstood(f"{this.name} takes {count}")
    return state.popped(count).pushed(*(UNKNOWN,) * leaves)


def copy(state: Knowledge, this: Instruction, _jump: bool) -> Knowledge:
    """Put a value of the stack on top of it."""
    return state.pushed(state.stack[-this.arg])


def swap(state: Knowledge, this: Instruction, _jump: bool) -> Knowledge:
    """Exchange the uppermost value with another one."""
    stack = list(state.stack)
    stack[-1], stack[-this.arg] = stack[-this.arg], stack[-1]
    return Knowledge(tuple(stack), *state[1:])


def push_null(state: Knowledge, _this: Instruction, _jump: bool) -> Knowledge:
    """Put down that what is called needs no `self`."""
    return state.pushed(NULL)


def push_unknown(state: Knowledge, _this: Instruction, _jump: bool) -> Knowledge:
    """Put down a value of which nothing is known."""
    return state.pushed(UNKNOWN)


def keep(state: Knowledge, _this: Instruction, _jump: bool) -> Knowledge:
    """Do nothing that is of interest."""
    return state
