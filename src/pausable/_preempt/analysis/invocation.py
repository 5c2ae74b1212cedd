"""Effects of calls: what they take, what they give back, and what they return."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable._preempt.analysis.acquisition import released, taken
from pausable._preempt.analysis.algebra import bounded, spelling, strip
from pausable._preempt.analysis.blocks import without_handed_on
from pausable._preempt.analysis.mark import Began, Entered, Entering, Exit, Leaving, Locked
from pausable._preempt.analysis.symbol import (
    NULL,
    UNKNOWN,
    Attribute,
    Bundle,
    CallResult,
    Const,
    Global,
    Symbol,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from pausable._preempt.analysis.dialect import Effect
    from pausable._preempt.analysis.instruction import Instruction
    from pausable._preempt.analysis.knowledge import Knowledge

__all__ = ["as_said", "calling", "plain_call", "testing", "unpacked_call", "values_of_call"]

_STACKS = ("ExitStack", "AsyncExitStack")
_CALLABLE = 2  # slots of the stack: the callable, and NULL or `self`


def values_of_call(state: Knowledge, count: int) -> list[Symbol]:
    """Return what is called and its arguments, which are the uppermost values."""
    return [each for each in state.stack[len(state.stack) - count :] if each is not NULL]


def plain_call(state: Knowledge, this: Instruction) -> CallResult:
    """Read a call with a number of arguments."""
    callee, *arguments = values_of_call(state, this.arg + _CALLABLE)
    return CallResult(callee, tuple(arguments), this.offset, this.keywords)


def unpacked_call(state: Knowledge, this: Instruction) -> CallResult:
    """Read a call with a tuple and a dict of arguments."""
    callee, *arguments = values_of_call(state, as_said(this))
    first = arguments[0] if arguments else UNKNOWN
    return CallResult(callee, first.members if isinstance(first, Bundle) else (), this.offset)


def as_said(this: Instruction) -> int:
    """Return how many values a call takes, going by what CPython says of it."""
    return 1 - this.effect(jump=False)


def calling(
    read: Callable[[Knowledge, Instruction], CallResult],
    takes: Callable[[Instruction], int] = as_said,
) -> Effect:
    """Make a call, which *read* reads, and which *takes* so many values from the stack."""
    return lambda state, this, _jump: _called(state.popped(takes(this)), read(state, this))


def _called(state: Knowledge, call: CallResult) -> Knowledge:
    if isinstance(call.callee, Exit):
        return state.pushed(Leaving(call.callee) if call.callee.is_async else UNKNOWN)
    if isinstance(call.callee, Entering):
        is_async = any(_is_async(each, call.callee.at) for each in state.stack)
        return state.pushed(call.callee if is_async else Entered(call.callee.at))
    return _note(state, call).pushed(_meaning(call))


def _is_async(symbol: Symbol, at: int) -> bool:
    return isinstance(symbol, Exit) and symbol.at == at and symbol.is_async


def testing(*, truth: bool) -> Effect:
    """Jump if a value is true, or if it is not.

    `if lock.acquire(blocking=False)`: on one of the two ways it was not acquired.
    """
    return lambda state, _this, jump: _tested(state.popped(1), state.stack[-1], jump == truth)


def _tested(state: Knowledge, value: Symbol, is_true: bool) -> Knowledge:
    tested = strip(value)
    subject = taken(tested) if isinstance(tested, CallResult) and not is_true else None
    return state if subject is None else state.without(subject)


def _note(state: Knowledge, call: CallResult) -> Knowledge:
    subject = released(call)
    if subject is not None:
        return state.without(subject)
    subject = taken(call)
    if subject is None:
        return state.called(call)
    for each in call.arguments:  # `stack.enter_context(lock.acquire())`
        state = without_handed_on(state, each)
    if _may_be_function(subject):
        state = state.called(call)
    return state if _is_kept_by_mark(state, call, subject) else state.having(subject)


def _may_be_function(subject: Symbol) -> bool:
    """Tell whether what is called may be a function in Python, which may have taken more."""
    return isinstance(subject, (Global, Began, Locked))


def _is_kept_by_mark(state: Knowledge, call: CallResult, subject: Symbol) -> bool:
    """Say whether what a call puts into an ExitStack stays for as long as the `with` around it.

    `with ExitStack() as stack: stack.enter_context(...)`: to ask the `with` is to ask the stack.
    """
    name = spelling(subject)
    return spelling(call.callee) != f"{name}.pop_all" and any(
        isinstance(each, Exit)
        and spelling(each.target) == name
        and isinstance(made := strip(each.subject), CallResult)
        and spelling(made.callee).rpartition(".")[2] in _STACKS
        for each in state.stack
    )


def _meaning(call: CallResult) -> Symbol:
    """Return what a call is known to return."""
    match call:
        case CallResult(Global("getattr"), (of, Const(str(name)), *_)):
            return bounded(Attribute(of, name))
        case _:
            return bounded(call)
