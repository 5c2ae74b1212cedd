"""The bytecode of CPython 3.12: what differs from 3.11."""

from __future__ import annotations

from typing import Final

from pausable._preempt.analysis import python3_11
from pausable._preempt.analysis.blocks import clean_up_throw, end_delegating, iterate, send
from pausable._preempt.analysis.dialect import Dialect, each, words
from pausable._preempt.analysis.invocation import calling, plain_call, testing
from pausable._preempt.analysis.stack import push_unknown, take
from pausable._preempt.analysis.variables import load_inherited, load_local, load_name_behind

__all__ = ["DIALECT"]

_BEFORE = python3_11.DIALECT

DIALECT: Final[Dialect] = _BEFORE.but(
    gone="""
    ASYNC_GEN_WRAP IMPORT_STAR JUMP_IF_FALSE_OR_POP JUMP_IF_TRUE_OR_POP LIST_TO_TUPLE
    LOAD_CLASSDEREF LOAD_METHOD PRECALL PREP_RERAISE_STAR PRINT_EXPR UNARY_POSITIVE
    POP_JUMP_BACKWARD_IF_FALSE POP_JUMP_BACKWARD_IF_TRUE POP_JUMP_FORWARD_IF_FALSE
    POP_JUMP_FORWARD_IF_TRUE POP_JUMP_BACKWARD_IF_NONE POP_JUMP_BACKWARD_IF_NOT_NONE
    POP_JUMP_FORWARD_IF_NONE POP_JUMP_FORWARD_IF_NOT_NONE
    """,
    effects={
        "LOAD_FAST_CHECK": load_local,
        "LOAD_FAST_AND_CLEAR": push_unknown,
        "LOAD_FROM_DICT_OR_GLOBALS": load_name_behind,
        "LOAD_SUPER_ATTR": load_inherited,
        "FOR_ITER": iterate,
        "SEND": send,
        "END_SEND": end_delegating,
        "CLEANUP_THROW": clean_up_throw,
        "CALL": calling(plain_call),
        "POP_JUMP_IF_TRUE": testing(truth=True),
        "POP_JUMP_IF_FALSE": testing(truth=False),
        "LOAD_LOCALS": take(0),
        **each("POP_JUMP_IF_NONE POP_JUMP_IF_NOT_NONE RETURN_CONST INTERPRETER_EXIT", take(1)),
        **each("CALL_INTRINSIC_1 LOAD_FROM_DICT_OR_DEREF", take(1)),
        **each("CALL_INTRINSIC_2 END_FOR", take(2)),
        "BINARY_SLICE": take(3),
        "STORE_SLICE": take(4),
    },
    ends=_BEFORE.ends | words("RETURN_CONST INTERPRETER_EXIT"),
    returns=_BEFORE.returns | words("RETURN_CONST"),
    delegates=_BEFORE.delegates | words("END_SEND"),
    leaves_handler=_BEFORE.leaves_handler | words("CLEANUP_THROW"),
)
