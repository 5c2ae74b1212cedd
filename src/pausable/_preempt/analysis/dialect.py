"""A dialect: the bytecode of one version of CPython, as far as the analysis asks about it.

There is one module for each version, and each says what differs from the one before.
Whatever is in no dialect is not understood: an instruction, and a version. Instructions that other
modules of the analysis name themselves, such as those of handlers, are the same in all versions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pausable._preempt.analysis.instruction import Instruction
    from pausable._preempt.analysis.knowledge import Knowledge
    from pausable._preempt.analysis.symbol import CallResult

__all__ = ["Dialect", "Effect", "NotUnderstood", "each", "words"]

Effect = Callable[["Knowledge", "Instruction", bool], "Knowledge"]
"""What is known after an instruction, on the way on or (True) on the way of its jump."""


class NotUnderstood(Exception):
    """Raised when an instruction is not known, or the stack is not what it should be."""


def words(text: str) -> frozenset[str]:
    """Return the names in a text."""
    return frozenset(text.split())


def each(text: str, effect: Effect) -> dict[str, Effect]:
    """Return the same effect for all names in a text."""
    return dict.fromkeys(text.split(), effect)


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """What the instructions do, and which of them have a part that the analysis knows."""

    effects: Mapping[str, Effect] = field(default_factory=dict)  #: of all that may occur in code
    calls: Mapping[str, Callable[[Knowledge, Instruction], CallResult]] = field(
        default_factory=dict
    )
    """What calls something, with what reads the call from the stack."""
    stores: Mapping[str, int] = field(default_factory=dict)
    """What binds local names, with the number of those of its names that are bound."""
    names_keywords: frozenset[str] = frozenset()  #: in advance, of the call that comes next
    named_by_text: frozenset[str] = frozenset()  #: whose argument `dis` gives as a text only
    names_its_loop: frozenset[str] = frozenset()  #: and does not go there, though `dis` says so
    always_jumps: frozenset[str] = frozenset()
    ends: frozenset[str] = frozenset()  #: after which control does not go on
    returns: frozenset[str] = frozenset()
    yields: frozenset[str] = frozenset()
    enters: frozenset[str] = frozenset()  #: what runs an `__enter__` by itself
    begins_with: frozenset[str] = frozenset()  #: what prepares or enters a `with`
    leaves_with: frozenset[str] = frozenset()  #: what runs an `__exit__` by itself
    delegates: frozenset[str] = frozenset()  #: to the generator or coroutine on the stack
    leaves_handler: frozenset[str] = frozenset()  #: and goes on in code that is no handler's
    does_nothing: frozenset[str] = frozenset()  #: with what a call has returned, but to move it

    def but(self, *, gone: str = "", effects: Mapping[str, Effect], **changes: object) -> Dialect:
        """Return what came of it: some names are gone, some have an effect, or another one."""
        kept = dict(self.effects)
        for name in gone.split():
            del kept[name]
        return replace(self, effects={**kept, **effects}, **changes)  # type: ignore[arg-type]
