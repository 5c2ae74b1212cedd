"""Effects of instructions that load and store: names, attributes, items, constants, sequences."""

from __future__ import annotations

import dis
from types import CodeType
from typing import TYPE_CHECKING

from pausable._preempt.analysis.algebra import bounded
from pausable._preempt.analysis.stack import take_and_leave
from pausable._preempt.analysis.symbol import (
    NULL,
    UNKNOWN,
    Attribute,
    Bundle,
    Const,
    Element,
    Function,
    Global,
    Item,
    SuperAttribute,
)

if TYPE_CHECKING:
    from pausable._preempt.analysis.instruction import Instruction
    from pausable._preempt.analysis.knowledge import Knowledge

__all__ = [
    "build",
    "delete_local",
    "load_attribute",
    "load_constant",
    "load_inherited",
    "load_item",
    "load_local",
    "load_name",
    "load_name_behind",
    "make_function",
    "operate",
    "set_on_function",
    "store_attribute",
    "store_global",
    "store_item",
    "store_local",
    "unpack",
]


def load_local(state: Knowledge, this: Instruction, _jump: bool) -> Knowledge:
    """Load one local name, or two."""
    return state.pushed(*(state.local(name) for name in this.names))


def store_local(state: Knowledge, this: Instruction, _jump: bool) -> Knowledge:
    """Bind one local name, or two."""
    for name in this.names:
        value = state.stack[-1]
        state = state.popped(1).bound(name, value)
    return state


def delete_local(state: Knowledge, this: Instruction, _jump: bool) -> Knowledge:
    """Forget a local name."""
    return state.bound(str(this.value), UNKNOWN)


def load_name(state: Knowledge, this: Instruction, _jump: bool) -> Knowledge:
    """Load a name in the body of a module or of a class."""
    return state.pushed(Global(str(this.value)))


def load_name_behind(state: Knowledge, this: Instruction, jump: bool) -> Knowledge:
    """Load a name from a namespace, which is taken from the stack, or from the module."""
    return load_name(state.popped(1), this, jump)


def store_global(state: Knowledge, this: Instruction, _jump: bool) -> Knowledge:
    """Bind a name that is no local one."""
    return state.popped(1).stored(state.stack[-1], Global(str(this.value)))


def load_constant(state: Knowledge, this: Instruction, _jump: bool) -> Knowledge:
    """Load what may be a function, a key, a flag or a name."""
    value = this.value
    if isinstance(value, CodeType):
        return state.pushed(Function(value))
    is_plain = type(value) in {str, int} or (
        type(value) is tuple and all(type(each) is str for each in value)
    )
    return state.pushed(Const(value) if is_plain else UNKNOWN)  # type: ignore[arg-type]


def load_attribute(state: Knowledge, this: Instruction, _jump: bool) -> Knowledge:
    """Load an attribute, or a method that is to be called."""
    symbol = bounded(Attribute(state.stack[-1], str(this.value)))
    nulls = this.effect(jump=False)
    return state.popped(1).pushed(symbol, *(NULL,) * nulls)


def load_inherited(state: Knowledge, this: Instruction, _jump: bool) -> Knowledge:
    """Load an attribute of `super()`."""
    cls, of = state.stack[-2:]
    symbol = bounded(SuperAttribute(cls, of, str(this.value)))
    nulls = 2 + this.effect(jump=False)
    return state.popped(3).pushed(symbol, *(NULL,) * nulls)


def store_attribute(state: Knowledge, this: Instruction, _jump: bool) -> Knowledge:
    """Bind an attribute."""
    value, of = state.stack[-2:]
    return state.popped(2).stored(value, bounded(Attribute(of, str(this.value))))


def load_item(state: Knowledge, _this: Instruction, _jump: bool) -> Knowledge:
    """Load an item of a container."""
    of, key = state.stack[-2:]
    return state.popped(2).pushed(bounded(Item(of, key)))


def store_item(state: Knowledge, _this: Instruction, _jump: bool) -> Knowledge:
    """Bind an item of a container."""
    value, of, key = state.stack[-3:]
    return state.popped(3).stored(value, bounded(Item(of, key)))


def operate(state: Knowledge, this: Instruction, jump: bool) -> Knowledge:
    """Combine two values: of interest are flags, as ``LOCK_EX | LOCK_NB``, and items."""
    operator = dis._nb_ops[this.arg][1]  # type: ignore[attr-defined]
    if operator == "[]":
        return load_item(state, this, jump)
    if operator.startswith("|"):
        return state.popped(2).pushed(bounded(Bundle(state.stack[-2:])))
    return take_and_leave(state, this, 2, jump=jump)


def make_function(state: Knowledge, this: Instruction, _jump: bool) -> Knowledge:
    """Make a function of its code, and of what else it has."""
    takes = 1 - this.effect(jump=False)
    return state.popped(takes).pushed(state.stack[-1])


def set_on_function(state: Knowledge, _this: Instruction, _jump: bool) -> Knowledge:
    """Give a function its defaults, or the like."""
    return state.popped(2).pushed(state.stack[-1])


def build(state: Knowledge, this: Instruction, _jump: bool) -> Knowledge:
    """Make a tuple, a list or a set."""
    members = state.stack[len(state.stack) - this.arg :]
    return state.popped(this.arg).pushed(bounded(Bundle(members)))


def unpack(state: Knowledge, this: Instruction, jump: bool) -> Knowledge:
    """Take a sequence apart."""
    value = state.stack[-1]
    leaves = 1 + this.effect(jump=jump)
    if isinstance(value, Bundle) and len(value.members) == leaves:
        return state.popped(1).pushed(*reversed(value.members))
    return state.popped(1).pushed(*(bounded(Element(value)),) * leaves)
