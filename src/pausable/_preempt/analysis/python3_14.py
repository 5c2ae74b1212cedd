"""The bytecode of CPython 3.14: what differs from 3.13."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pausable._preempt.analysis import python3_13
from pausable._preempt.analysis.blocks import without_handed_on
from pausable._preempt.analysis.dialect import Dialect, each, words
from pausable._preempt.analysis.mark import Entering, Exit
from pausable._preempt.analysis.stack import keep, take, take_and_leave, take_by_argument
from pausable._preempt.analysis.symbol import NULL
from pausable._preempt.analysis.variables import load_constant, load_local

if TYPE_CHECKING:
    from pausable._preempt.analysis.instruction import Instruction
    from pausable._preempt.analysis.knowledge import Knowledge

__all__ = ["DIALECT"]

_BEFORE = python3_13.DIALECT


def _load_special(state: Knowledge, this: Instruction, jump: bool) -> Knowledge:
    """Enter a `with`: COPY, LOAD_SPECIAL __exit__, two SWAPs, LOAD_SPECIAL __enter__, CALL."""
    name = str(this.value)
    subject = state.stack[-1]
    if "exit" in name:
        mark = Exit(this.offset, subject, is_async="aexit" in name)
        return without_handed_on(state.popped(1), subject).pushed(mark, NULL)
    if "enter" in name:
        mark = next(each for each in reversed(state.stack) if isinstance(each, Exit))
        return state.popped(1).pushed(Entering(mark.at), NULL)
    return take_and_leave(state, this, 1, jump=jump)


DIALECT: Final[Dialect] = _BEFORE.but(
    gone="""
    BEFORE_WITH BEFORE_ASYNC_WITH BINARY_SUBSCR BUILD_CONST_KEY_MAP LOAD_ASSERTION_ERROR
    RETURN_CONST
    """,
    effects={
        **each("LOAD_FAST_BORROW LOAD_FAST_BORROW_LOAD_FAST_BORROW", load_local),
        "LOAD_SMALL_INT": load_constant,
        "LOAD_SPECIAL": _load_special,
        "NOT_TAKEN": keep,
        "LOAD_COMMON_CONSTANT": take(0),
        "POP_ITER": take(1),
        "BUILD_TEMPLATE": take(2),
        "BUILD_INTERPOLATION": take_by_argument(lambda flags: 2 + (flags & 1)),
    },
    named_by_text=words("LOAD_SPECIAL"),
    names_its_loop=words("END_ASYNC_FOR"),  # for the monitoring of branches
    ends=_BEFORE.ends - words("RETURN_CONST"),
    returns=_BEFORE.returns - words("RETURN_CONST"),
    enters=frozenset(),  # CALL does
    begins_with=words("LOAD_SPECIAL"),
    does_nothing=_BEFORE.does_nothing | words("NOT_TAKEN"),
)
