"""What one instruction does to what is known: the stack, the local names, the locks taken.

Every instruction that moves values which the rules look at has a step of its own below. Of all
others only the number of values that they take is needed: what they leave is unknown. An
instruction that is in neither table is not understood, and neither is its code object.
"""

from __future__ import annotations

import dis
import sys
from types import CodeType
from typing import TYPE_CHECKING, Final

from pausable._preempt.knowledge import State
from pausable._preempt.symbols import (
    NULL,
    UNKNOWN,
    Attribute,
    Call,
    Const,
    Delegate,
    Element,
    Entered,
    Entering,
    Exit,
    Function,
    Global,
    Group,
    Inherited,
    Item,
    Iterator,
    Leaving,
    Symbol,
    bounded,
    spelling,
    strip,
)
from pausable._preempt.taking import released, taken

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pausable._preempt.instructions import Instruction

__all__ = ["CALLS", "NotUnderstood", "call_at", "step"]


class NotUnderstood(Exception):
    """Raised when an instruction is not known, or the stack is not what it should be."""


def step(state: State, this: Instruction, *, jump: bool) -> State:
    """Return what is known after an instruction, on the way on or on the way of its jump."""
    own = _STEPS.get(this.name)
    if own is not None:
        return own(state, this, jump)
    takes = _TAKES.get(this.name)
    if takes is None:
        raise NotUnderstood(this.name)
    count = takes(this.arg) if callable(takes) else takes
    return _take_and_leave(state, this, count, jump=jump)


def _take_and_leave(state: State, this: Instruction, count: int, *, jump: bool) -> State:
    leaves = count + this.effect(jump=jump)
    if leaves < 0:
        raise NotUnderstood(f"{this.name} takes {count}")
    return state.popped(count).pushed(*(UNKNOWN,) * leaves)


# --- Names ---------------------------------------------------------------------------------------


def _load_fast(state: State, this: Instruction, _jump: bool) -> State:
    return state.pushed(*(state.local(name) for name in _names(this)))


def _load_and_clear(state: State, _this: Instruction, _jump: bool) -> State:
    return state.pushed(UNKNOWN)


def _store_fast(state: State, this: Instruction, _jump: bool) -> State:
    for name in _names(this):
        value = state.stack[-1]
        state = state.popped(1).bound(name, value)
    return state


def _store_and_load(state: State, this: Instruction, _jump: bool) -> State:
    stored, loaded = _names(this)
    state = state.popped(1).bound(stored, state.stack[-1])
    return state.pushed(state.local(loaded))


def _delete_fast(state: State, this: Instruction, _jump: bool) -> State:
    return state.bound(str(this.value), UNKNOWN)


def _load_global(state: State, this: Instruction, _jump: bool) -> State:
    symbol = Global(str(this.value))
    leaves = this.effect(jump=False)
    if leaves == 1:
        return state.pushed(symbol)
    return state.pushed(*((symbol, NULL) if _CALLABLE_FIRST else (NULL, symbol)))


def _load_name(state: State, this: Instruction, _jump: bool) -> State:
    takes = 1 if this.name == "LOAD_FROM_DICT_OR_GLOBALS" else 0
    return state.popped(takes).pushed(Global(str(this.value)))


def _store_name(state: State, this: Instruction, _jump: bool) -> State:
    return state.popped(1).stored(state.stack[-1], Global(str(this.value)))


def _load_const(state: State, this: Instruction, _jump: bool) -> State:
    value = this.value
    if isinstance(value, CodeType):
        return state.pushed(Function(value))
    is_plain = type(value) in {str, int} or (
        type(value) is tuple and all(type(each) is str for each in value)
    )
    return state.pushed(Const(value) if is_plain else UNKNOWN)  # type: ignore[arg-type]


def _names(this: Instruction) -> tuple[str, ...]:
    return this.value if isinstance(this.value, tuple) else (str(this.value),)


# --- Attributes and items ------------------------------------------------------------------------


def _load_attr(state: State, this: Instruction, _jump: bool) -> State:
    of = state.stack[-1]
    symbol = bounded(Attribute(of, str(this.value)))
    leaves = 1 + this.effect(jump=False)
    return state.popped(1).pushed(symbol, *(NULL,) * (leaves - 1))


def _load_super_attr(state: State, this: Instruction, _jump: bool) -> State:
    cls, of = state.stack[-2:]
    symbol = bounded(Inherited(cls, of, str(this.value)))
    leaves = 3 + this.effect(jump=False)
    return state.popped(3).pushed(symbol, *(NULL,) * (leaves - 1))


def _store_attr(state: State, this: Instruction, _jump: bool) -> State:
    value, of = state.stack[-2:]
    return state.popped(2).stored(value, bounded(Attribute(of, str(this.value))))


def _store_subscr(state: State, _this: Instruction, _jump: bool) -> State:
    value, of, key = state.stack[-3:]
    return state.popped(3).stored(value, bounded(Item(of, key)))


def _subscript(state: State, this: Instruction, jump: bool) -> State:
    if this.name == "BINARY_OP" and "[" not in _operator(this):
        return _take_and_leave(state, this, 2, jump=jump)
    of, key = state.stack[-2:]
    return state.popped(2).pushed(bounded(Item(of, key)))


def _operator(this: Instruction) -> str:
    return dis._nb_ops[this.arg][1]  # type: ignore[attr-defined, no-any-return]


def _make_function(state: State, this: Instruction, _jump: bool) -> State:
    takes = 1 - this.effect(jump=False)
    return state.popped(takes).pushed(state.stack[-1])


def _set_function_attribute(state: State, _this: Instruction, _jump: bool) -> State:
    return state.popped(2).pushed(state.stack[-1])


def _build(state: State, this: Instruction, _jump: bool) -> State:
    members = state.stack[len(state.stack) - this.arg :]
    return state.popped(this.arg).pushed(bounded(Group(members)))


def _unpack(state: State, this: Instruction, jump: bool) -> State:
    value = state.stack[-1]
    leaves = 1 + this.effect(jump=jump)
    if isinstance(value, Group) and len(value.members) == leaves:
        return state.popped(1).pushed(*reversed(value.members))
    return state.popped(1).pushed(*(bounded(Element(value)),) * leaves)


# --- Moving values about -------------------------------------------------------------------------


def _copy(state: State, this: Instruction, _jump: bool) -> State:
    return state.pushed(state.stack[-this.arg])


def _swap(state: State, this: Instruction, _jump: bool) -> State:
    stack = list(state.stack)
    stack[-1], stack[-this.arg] = stack[-this.arg], stack[-1]
    return State(tuple(stack), *state[1:])


def _push_null(state: State, _this: Instruction, _jump: bool) -> State:
    return state.pushed(NULL)


def _push_exc_info(state: State, _this: Instruction, _jump: bool) -> State:
    return state.pushed(UNKNOWN)


def _get_yield_from_iter(state: State, _this: Instruction, _jump: bool) -> State:
    value = state.stack[-1]
    if isinstance(value, (Entering, Leaving)):
        return state
    return state.popped(1).pushed(Delegate(value))


def _get_anext(state: State, _this: Instruction, _jump: bool) -> State:
    return state.pushed(Delegate(UNKNOWN))


def _keep(state: State, _this: Instruction, _jump: bool) -> State:
    return state


# --- Loops, generators, coroutines ---------------------------------------------------------------


def _get_iter(state: State, _this: Instruction, _jump: bool) -> State:
    return state.popped(1).pushed(Iterator(state.stack[-1]))


def _for_iter(state: State, this: Instruction, jump: bool) -> State:
    effect = this.effect(jump=jump)
    if effect == 1:
        iterator = state.stack[-1]
        of = iterator.of if isinstance(iterator, Iterator) else iterator
        return state.pushed(UNKNOWN if jump else bounded(Element(of)))
    return state.popped(-effect)


def _send(state: State, this: Instruction, jump: bool) -> State:
    leaves = 1 + this.effect(jump=jump)
    if leaves == 1:
        return state.popped(1).pushed(_outcome(state.stack[-2]) if jump else UNKNOWN)
    return state.popped(2).pushed(_outcome(state.stack[-2]))  # 3.11: the receiver goes too


def _end_send(state: State, _this: Instruction, _jump: bool) -> State:
    return state.popped(2).pushed(state.stack[-1])


def _outcome(awaited: Symbol) -> Symbol:
    return Entered(awaited.at) if isinstance(awaited, Entering) else UNKNOWN


def _return_generator(state: State, _this: Instruction, _jump: bool) -> State:
    return state.pushed(UNKNOWN)  # dis.stack_effect of 3.11 says 0


def _cleanup_throw(state: State, _this: Instruction, _jump: bool) -> State:
    return state.popped(3).pushed(UNKNOWN, _outcome(state.stack[-3]))


# --- `with` --------------------------------------------------------------------------------------


def _before_with(state: State, this: Instruction, _jump: bool) -> State:
    is_async = this.name == "BEFORE_ASYNC_WITH"
    mark = Exit(this.offset, state.stack[-1], is_async=is_async)
    result = Entering(this.offset) if is_async else Entered(this.offset)
    return state.popped(1).pushed(mark, result)


def _load_special(state: State, this: Instruction, jump: bool) -> State:
    """Python 3.14: COPY, LOAD_SPECIAL __exit__, two SWAPs, LOAD_SPECIAL __enter__, CALL."""
    name = str(this.value)
    subject = state.stack[-1]
    if "exit" in name:
        mark = Exit(this.offset, subject, is_async="aexit" in name)
        return state.popped(1).pushed(mark, NULL)
    if "enter" in name:
        mark = next(each for each in reversed(state.stack) if isinstance(each, Exit))
        return state.popped(1).pushed(Entering(mark.at), NULL)
    return _take_and_leave(state, this, 1, jump=jump)


# --- Calls ---------------------------------------------------------------------------------------


def _call(state: State, this: Instruction, _jump: bool) -> State:
    call = call_at(state, this)
    state = state.popped(_taken_by_call(this))
    if isinstance(call.callee, Exit):
        return state.pushed(Leaving(call.callee) if call.callee.is_async else UNKNOWN)
    if isinstance(call.callee, Entering):
        is_async = any(_is_async(each, call.callee.at) for each in state.stack)
        return state.pushed(call.callee if is_async else Entered(call.callee.at))
    return _note(state, call).pushed(_meaning(call))


_TESTS = [
    f"POP_JUMP_{way}IF_{truth}"
    for way in ("", "FORWARD_", "BACKWARD_")
    for truth in ("TRUE", "FALSE")
]


def _test(state: State, this: Instruction, jump: bool) -> State:
    """`if lock.acquire(blocking=False)`: on one of the two ways it was not acquired."""
    tested = strip(state.stack[-1])
    state = state.popped(1)
    is_true = jump == this.name.endswith("TRUE")
    subject = taken(tested) if isinstance(tested, Call) and not is_true else None
    return state if subject is None else state.without(subject)


def _is_async(symbol: Symbol, at: int) -> bool:
    return isinstance(symbol, Exit) and symbol.at == at and symbol.is_async


def call_at(state: State, this: Instruction) -> Call:
    """Return the call that an instruction makes."""
    values = state.stack[len(state.stack) - _taken_by_call(this) :]
    callee, *arguments = [each for each in values if each is not NULL]
    if this.name == "CALL_FUNCTION_EX":
        first = arguments[0] if arguments else UNKNOWN
        return Call(callee, first.members if isinstance(first, Group) else (), this.offset)
    keywords = this.keywords
    if this.name == "CALL_KW":
        names = arguments.pop()
        keywords = names.value if isinstance(names, Const) else ()  # type: ignore[assignment]
    return Call(callee, tuple(arguments), this.offset, keywords)


_CALLABLE_FIRST = sys.version_info >= (3, 13)
_CALLABLE = 2  # slots of the stack: the callable, and NULL or `self`


def _taken_by_call(this: Instruction) -> int:
    takes = 1 - this.effect(jump=False)
    if this.name == "CALL":  # in 3.11 PRECALL is said to take the arguments
        return this.arg + _CALLABLE
    return takes


def _note(state: State, call: Call) -> State:
    subject = released(call)
    if subject is not None:
        return state.without(subject)
    subject = taken(call)
    if subject is None:
        return state.called(call)
    return state if _is_kept_by_mark(state, call, subject) else state.having(subject)


def _is_kept_by_mark(state: State, call: Call, subject: Symbol) -> bool:
    """Say whether what a call puts into an ExitStack stays for as long as the `with` around it.

    `with ExitStack() as stack: stack.enter_context(...)`: to ask the `with` is to ask the stack.
    """
    name = spelling(subject)
    return spelling(call.callee) != f"{name}.pop_all" and any(
        isinstance(each, Exit)
        and spelling(each.target) == name
        and isinstance(made := strip(each.subject), Call)
        and spelling(made.callee).rpartition(".")[2] in _STACKS
        for each in state.stack
    )


def _meaning(call: Call) -> Symbol:
    """Return what a call is known to return."""
    match call:
        case Call(Global("getattr"), (of, Const(str(name)), *_)):
            return bounded(Attribute(of, name))
        case _:
            return bounded(call)


_STACKS = ("ExitStack", "AsyncExitStack")
CALLS: Final = ("CALL", "CALL_KW", "CALL_FUNCTION_EX")

_STEPS: Mapping[str, Callable[[State, Instruction, bool], State]] = {
    **dict.fromkeys(
        [
            "LOAD_FAST",
            "LOAD_FAST_CHECK",
            "LOAD_FAST_BORROW",
            "LOAD_FAST_LOAD_FAST",
            "LOAD_FAST_BORROW_LOAD_FAST_BORROW",
            "LOAD_DEREF",
            "LOAD_CLASSDEREF",
        ],
        _load_fast,
    ),
    "LOAD_FAST_AND_CLEAR": _load_and_clear,
    **dict.fromkeys(["STORE_FAST", "STORE_DEREF", "STORE_FAST_STORE_FAST"], _store_fast),
    "STORE_FAST_LOAD_FAST": _store_and_load,
    **dict.fromkeys(["DELETE_FAST", "DELETE_DEREF"], _delete_fast),
    "LOAD_GLOBAL": _load_global,
    **dict.fromkeys(["LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS"], _load_name),
    **dict.fromkeys(["STORE_NAME", "STORE_GLOBAL"], _store_name),
    **dict.fromkeys(["LOAD_CONST", "LOAD_SMALL_INT"], _load_const),
    **dict.fromkeys(["LOAD_ATTR", "LOAD_METHOD"], _load_attr),
    "LOAD_SUPER_ATTR": _load_super_attr,
    "STORE_ATTR": _store_attr,
    "STORE_SUBSCR": _store_subscr,
    "MAKE_FUNCTION": _make_function,
    "SET_FUNCTION_ATTRIBUTE": _set_function_attribute,
    **dict.fromkeys(["BINARY_SUBSCR", "BINARY_OP"], _subscript),
    **dict.fromkeys(["BUILD_TUPLE", "BUILD_LIST", "BUILD_SET"], _build),
    **dict.fromkeys(["UNPACK_SEQUENCE", "UNPACK_EX"], _unpack),
    "COPY": _copy,
    "SWAP": _swap,
    "PUSH_NULL": _push_null,
    "PUSH_EXC_INFO": _push_exc_info,
    **dict.fromkeys(["GET_ITER", "GET_AITER"], _get_iter),
    **dict.fromkeys(["GET_YIELD_FROM_ITER", "GET_AWAITABLE"], _get_yield_from_iter),
    "GET_ANEXT": _get_anext,
    **dict.fromkeys(_TESTS, _test),
    "FOR_ITER": _for_iter,
    "SEND": _send,
    "END_SEND": _end_send,
    "RETURN_GENERATOR": _return_generator,
    "CLEANUP_THROW": _cleanup_throw,
    **dict.fromkeys(["BEFORE_WITH", "BEFORE_ASYNC_WITH"], _before_with),
    "LOAD_SPECIAL": _load_special,
    **dict.fromkeys(CALLS, _call),
    **dict.fromkeys(
        [
            "NOP",
            "RESUME",
            "NOT_TAKEN",
            "PRECALL",
            "KW_NAMES",
            "MAKE_CELL",
            "COPY_FREE_VARS",
            "TO_BOOL",
            "JUMP_FORWARD",
            "JUMP_BACKWARD",
            "JUMP_BACKWARD_NO_INTERRUPT",
            "SETUP_ANNOTATIONS",
            "DELETE_NAME",
            "DELETE_GLOBAL",
        ],
        _keep,
    ),
}


def _plus(count: int) -> Callable[[int], int]:
    return lambda arg: arg + count


_TAKES: Mapping[str, int | Callable[[int], int]] = {
    **dict.fromkeys(
        [
            "GET_LEN",
            "MATCH_MAPPING",
            "MATCH_SEQUENCE",
            "MATCH_KEYS",
            "WITH_EXCEPT_START",
            "LOAD_BUILD_CLASS",
            "LOAD_ASSERTION_ERROR",
            "LOAD_COMMON_CONSTANT",
            "LOAD_LOCALS",
            "LOAD_CLOSURE",
            "IMPORT_FROM",
        ],
        0,
    ),
    **dict.fromkeys(
        [
            "POP_TOP",
            "POP_ITER",
            "UNARY_POSITIVE",
            "UNARY_NEGATIVE",
            "UNARY_NOT",
            "UNARY_INVERT",
            "CHECK_EXC_MATCH",
            "LIST_TO_TUPLE",
            "RETURN_VALUE",
            "RETURN_CONST",
            "IMPORT_STAR",
            "PRINT_EXPR",
            "ASYNC_GEN_WRAP",
            "POP_EXCEPT",
            "DELETE_ATTR",
            "RERAISE",
            "YIELD_VALUE",
            "CALL_INTRINSIC_1",
            "LIST_APPEND",
            "SET_ADD",
            "LIST_EXTEND",
            "SET_UPDATE",
            "DICT_UPDATE",
            "DICT_MERGE",
            "FORMAT_SIMPLE",
            "CONVERT_VALUE",
            "LOAD_FROM_DICT_OR_DEREF",
            "POP_JUMP_IF_NONE",
            "POP_JUMP_IF_NOT_NONE",
            "POP_JUMP_FORWARD_IF_NONE",
            "POP_JUMP_FORWARD_IF_NOT_NONE",
            "POP_JUMP_BACKWARD_IF_NONE",
            "POP_JUMP_BACKWARD_IF_NOT_NONE",
            "JUMP_IF_TRUE_OR_POP",
            "JUMP_IF_FALSE_OR_POP",
            "EXIT_INIT_CHECK",
            "INTERPRETER_EXIT",
        ],
        1,
    ),
    **dict.fromkeys(
        [
            "CHECK_EG_MATCH",
            "END_ASYNC_FOR",
            "END_FOR",
            "DELETE_SUBSCR",
            "PREP_RERAISE_STAR",
            "COMPARE_OP",
            "IMPORT_NAME",
            "IS_OP",
            "CONTAINS_OP",
            "CALL_INTRINSIC_2",
            "MAP_ADD",
            "FORMAT_WITH_SPEC",
            "BUILD_TEMPLATE",
        ],
        2,
    ),
    **dict.fromkeys(["BINARY_SLICE", "MATCH_CLASS"], 3),
    "STORE_SLICE": 4,
    **dict.fromkeys(["BUILD_STRING", "BUILD_SLICE", "RAISE_VARARGS"], _plus(0)),
    "BUILD_CONST_KEY_MAP": _plus(1),
    "BUILD_MAP": lambda arg: 2 * arg,
    "BUILD_INTERPOLATION": lambda arg: 2 + (arg & 1),
    "FORMAT_VALUE": lambda arg: 2 if arg & 4 else 1,
}
