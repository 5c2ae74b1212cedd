"""Effects of instructions of loops, generators, coroutines and `with` statements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable._preempt.analysis.acquisition import handed_on
from pausable._preempt.analysis.algebra import bounded
from pausable._preempt.analysis.mark import Entered, Entering, Exit, Leaving
from pausable._preempt.analysis.symbol import (
    UNKNOWN,
    Delegate,
    Element,
    Iteration,
    Symbol,
)

if TYPE_CHECKING:
    from pausable._preempt.analysis.instruction import Instruction
    from pausable._preempt.analysis.knowledge import Knowledge

__all__ = [
    "begin_async_with",
    "begin_delegating",
    "begin_iterating",
    "begin_with",
    "clean_up_throw",
    "end_delegating",
    "get_next",
    "iterate",
    "outcome",
    "send",
    "without_handed_on",
]


def begin_iterating(state: Knowledge, _this: Instruction, _jump: bool) -> Knowledge:
    """Begin a loop."""
    return state.popped(1).pushed(Iteration(state.stack[-1]))


def iterate(state: Knowledge, _this: Instruction, jump: bool) -> Knowledge:
    """Give a loop its next value, or end it."""
    iterator = state.stack[-1]
    of = iterator.of if isinstance(iterator, Iteration) else iterator
    return state.pushed(UNKNOWN if jump else bounded(Element(of)))


def begin_delegating(state: Knowledge, _this: Instruction, _jump: bool) -> Knowledge:
    """Begin an `await` or a `yield from`."""
    value = state.stack[-1]
    if isinstance(value, (Entering, Leaving)):
        return state
    return state.popped(1).pushed(Delegate(value))


def get_next(state: Knowledge, _this: Instruction, _jump: bool) -> Knowledge:
    """Ask an asynchronous iterator, which is then awaited."""
    return state.pushed(Delegate(UNKNOWN))


def send(state: Knowledge, _this: Instruction, jump: bool) -> Knowledge:
    """Let what is awaited go on, or find that it has ended."""
    return state.popped(1).pushed(outcome(state.stack[-2]) if jump else UNKNOWN)


def end_delegating(state: Knowledge, _this: Instruction, _jump: bool) -> Knowledge:
    """Drop what has been awaited."""
    return state.popped(2).pushed(state.stack[-1])


def outcome(awaited: Symbol) -> Symbol:
    """Return what comes of something that is awaited."""
    return Entered(awaited.at) if isinstance(awaited, Entering) else UNKNOWN


def clean_up_throw(state: Knowledge, _this: Instruction, _jump: bool) -> Knowledge:
    """Take the value that what is awaited has ended with, when it was thrown an exception."""
    return state.popped(3).pushed(UNKNOWN, outcome(state.stack[-3]))


def begin_with(state: Knowledge, this: Instruction, _jump: bool) -> Knowledge:
    """Enter a `with`: its `__exit__` is put below what `__enter__` has returned."""
    subject = state.stack[-1]
    mark, result = Exit(this.offset, subject), Entered(this.offset)
    return without_handed_on(state.popped(1), subject).pushed(mark, result)


def begin_async_with(state: Knowledge, this: Instruction, _jump: bool) -> Knowledge:
    """Begin to enter an `async with`: the result is awaited."""
    subject = state.stack[-1]
    mark, result = Exit(this.offset, subject, is_async=True), Entering(this.offset)
    return without_handed_on(state.popped(1), subject).pushed(mark, result)


def without_handed_on(state: Knowledge, made: Symbol) -> Knowledge:
    """Say that what a call has acquired is no longer this function's to release."""
    for subject in handed_on(made):
        state = state.without(subject)
    return state
