"""The bytecode of CPython 3.11."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pausable._preempt.analysis.blocks import (
    begin_async_with,
    begin_delegating,
    begin_iterating,
    begin_with,
    get_next,
    iterate,
    outcome,
    send,
)
from pausable._preempt.analysis.dialect import Dialect, each, words
from pausable._preempt.analysis.invocation import calling, plain_call, testing, unpacked_call
from pausable._preempt.analysis.stack import (
    copy,
    keep,
    push_null,
    push_unknown,
    swap,
    take,
    take_by_argument,
)
from pausable._preempt.analysis.symbol import NULL, Global
from pausable._preempt.analysis.variables import (
    build,
    delete_local,
    load_attribute,
    load_constant,
    load_item,
    load_local,
    load_name,
    make_function,
    operate,
    store_attribute,
    store_global,
    store_item,
    store_local,
    unpack,
)

if TYPE_CHECKING:
    from pausable._preempt.analysis.instruction import Instruction
    from pausable._preempt.analysis.knowledge import Knowledge

__all__ = ["DIALECT"]


def _load_global(state: Knowledge, this: Instruction, _jump: bool) -> Knowledge:
    """Load a name of the module; if it is to be called, on top of a NULL."""
    nulls = this.effect(jump=False) - 1
    return state.pushed(*(NULL,) * nulls, Global(str(this.value)))


def _iterate(state: Knowledge, this: Instruction, jump: bool) -> Knowledge:
    """Give a loop its next value; at its end the iterator goes, too."""
    return state.popped(1) if jump else iterate(state, this, jump)


def _send(state: Knowledge, this: Instruction, jump: bool) -> Knowledge:
    """Let what is awaited go on; when it has ended, it goes, too."""
    if jump:
        return state.popped(2).pushed(outcome(state.stack[-2]))
    return send(state, this, jump)


def _taken_by_call(this: Instruction) -> int:
    """Return what CALL takes: `dis` says that it is PRECALL that takes the arguments."""
    return this.arg + 2


DIALECT: Final = Dialect(
    effects={
        **each("LOAD_FAST LOAD_DEREF LOAD_CLASSDEREF", load_local),
        **each("STORE_FAST STORE_DEREF", store_local),
        **each("DELETE_FAST DELETE_DEREF", delete_local),
        "LOAD_GLOBAL": _load_global,
        "LOAD_NAME": load_name,
        **each("STORE_NAME STORE_GLOBAL", store_global),
        "LOAD_CONST": load_constant,
        **each("LOAD_ATTR LOAD_METHOD", load_attribute),
        "STORE_ATTR": store_attribute,
        "BINARY_SUBSCR": load_item,
        "STORE_SUBSCR": store_item,
        "BINARY_OP": operate,
        "MAKE_FUNCTION": make_function,
        **each("BUILD_TUPLE BUILD_LIST BUILD_SET", build),
        **each("UNPACK_SEQUENCE UNPACK_EX", unpack),
        "COPY": copy,
        "SWAP": swap,
        "PUSH_NULL": push_null,
        "PUSH_EXC_INFO": push_unknown,
        "RETURN_GENERATOR": push_unknown,  # `dis` says that it pushes nothing
        **each("GET_ITER GET_AITER", begin_iterating),
        "FOR_ITER": _iterate,
        **each("GET_YIELD_FROM_ITER GET_AWAITABLE", begin_delegating),
        "GET_ANEXT": get_next,
        "SEND": _send,
        "BEFORE_WITH": begin_with,
        "BEFORE_ASYNC_WITH": begin_async_with,
        "CALL": calling(plain_call, _taken_by_call),
        "CALL_FUNCTION_EX": calling(unpacked_call),
        **each("POP_JUMP_FORWARD_IF_TRUE POP_JUMP_BACKWARD_IF_TRUE", testing(truth=True)),
        **each("POP_JUMP_FORWARD_IF_FALSE POP_JUMP_BACKWARD_IF_FALSE", testing(truth=False)),
        **each("NOP RESUME PRECALL KW_NAMES MAKE_CELL COPY_FREE_VARS SETUP_ANNOTATIONS", keep),
        **each("JUMP_FORWARD JUMP_BACKWARD JUMP_BACKWARD_NO_INTERRUPT", keep),
        **each("DELETE_NAME DELETE_GLOBAL", keep),
        **each("GET_LEN MATCH_MAPPING MATCH_SEQUENCE MATCH_KEYS WITH_EXCEPT_START", take(0)),
        **each("LOAD_BUILD_CLASS LOAD_ASSERTION_ERROR LOAD_CLOSURE IMPORT_FROM", take(0)),
        **each("POP_TOP POP_EXCEPT RERAISE RETURN_VALUE YIELD_VALUE", take(1)),
        **each("UNARY_POSITIVE UNARY_NEGATIVE UNARY_NOT UNARY_INVERT", take(1)),
        **each("CHECK_EXC_MATCH LIST_TO_TUPLE IMPORT_STAR PRINT_EXPR ASYNC_GEN_WRAP", take(1)),
        **each("LIST_APPEND SET_ADD LIST_EXTEND SET_UPDATE DICT_UPDATE DICT_MERGE", take(1)),
        **each("DELETE_ATTR JUMP_IF_TRUE_OR_POP JUMP_IF_FALSE_OR_POP", take(1)),
        **each("POP_JUMP_FORWARD_IF_NONE POP_JUMP_FORWARD_IF_NOT_NONE", take(1)),
        **each("POP_JUMP_BACKWARD_IF_NONE POP_JUMP_BACKWARD_IF_NOT_NONE", take(1)),
        **each("CHECK_EG_MATCH PREP_RERAISE_STAR END_ASYNC_FOR DELETE_SUBSCR MAP_ADD", take(2)),
        **each("COMPARE_OP IS_OP CONTAINS_OP IMPORT_NAME", take(2)),
        "MATCH_CLASS": take(3),
        **each("BUILD_STRING BUILD_SLICE RAISE_VARARGS", take_by_argument(lambda count: count)),
        "BUILD_CONST_KEY_MAP": take_by_argument(lambda count: count + 1),
        "BUILD_MAP": take_by_argument(lambda count: 2 * count),
        "FORMAT_VALUE": take_by_argument(lambda flags: 2 if flags & 4 else 1),
    },
    calls={"CALL": plain_call, "CALL_FUNCTION_EX": unpacked_call},
    stores={"STORE_FAST": 1, "STORE_DEREF": 1},
    names_keywords=words("KW_NAMES"),
    always_jumps=words("JUMP_FORWARD JUMP_BACKWARD JUMP_BACKWARD_NO_INTERRUPT"),
    ends=words("RETURN_VALUE RAISE_VARARGS RERAISE"),
    returns=words("RETURN_VALUE"),
    yields=words("YIELD_VALUE"),
    enters=words("BEFORE_WITH BEFORE_ASYNC_WITH"),
    begins_with=words("BEFORE_WITH BEFORE_ASYNC_WITH"),
    leaves_with=words("WITH_EXCEPT_START"),
    delegates=words("SEND"),
    leaves_handler=words("END_ASYNC_FOR"),
    does_nothing=words("NOP POP_TOP UNPACK_SEQUENCE"),
)
