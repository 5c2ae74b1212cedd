"""The bytecode of CPython 3.13: what differs from 3.12."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pausable._preempt.analysis import python3_12
from pausable._preempt.analysis.dialect import Dialect, each
from pausable._preempt.analysis.invocation import as_said, calling, values_of_call
from pausable._preempt.analysis.stack import keep, take
from pausable._preempt.analysis.symbol import NULL, CallResult, Const, Global
from pausable._preempt.analysis.variables import load_local, set_on_function, store_local

if TYPE_CHECKING:
    from pausable._preempt.analysis.instruction import Instruction
    from pausable._preempt.analysis.knowledge import Knowledge

__all__ = ["DIALECT"]

_BEFORE = python3_12.DIALECT


def _load_global(state: Knowledge, this: Instruction, _jump: bool) -> Knowledge:
    """Load a name of the module; if it is to be called, a NULL comes on top of it."""
    nulls = this.effect(jump=False) - 1
    return state.pushed(Global(str(this.value)), *(NULL,) * nulls)


def _store_and_load(state: Knowledge, this: Instruction, _jump: bool) -> Knowledge:
    """Bind a local name, and load another one."""
    stored, loaded = this.names
    state = state.popped(1).bound(stored, state.stack[-1])
    return state.pushed(state.local(loaded))


def _keyword_call(state: Knowledge, this: Instruction) -> CallResult:
    """Read a call whose last arguments have names, a tuple of which lies on top."""
    callee, *arguments = values_of_call(state, as_said(this))
    names = arguments.pop()
    keywords = names.value if isinstance(names, Const) else ()
    return CallResult(callee, tuple(arguments), this.offset, keywords)  # type: ignore[arg-type]


DIALECT: Final[Dialect] = _BEFORE.but(
    gone="KW_NAMES FORMAT_VALUE LOAD_CLOSURE",
    effects={
        "LOAD_GLOBAL": _load_global,
        "LOAD_FAST_LOAD_FAST": load_local,
        "STORE_FAST_STORE_FAST": store_local,
        "STORE_FAST_LOAD_FAST": _store_and_load,
        "SET_FUNCTION_ATTRIBUTE": set_on_function,
        "CALL_KW": calling(_keyword_call),
        "TO_BOOL": keep,
        **each("CONVERT_VALUE FORMAT_SIMPLE EXIT_INIT_CHECK", take(1)),
        "FORMAT_WITH_SPEC": take(2),
    },
    calls={**_BEFORE.calls, "CALL_KW": _keyword_call},
    stores={**_BEFORE.stores, "STORE_FAST_STORE_FAST": 2, "STORE_FAST_LOAD_FAST": 1},
    names_keywords=frozenset(),
)
