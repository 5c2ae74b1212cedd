"""Evidence: what is seen, of the objects that are there, to be held."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable._preempt.analysis import Began, Element, Locked, Symbol, spelling, strip
from pausable._preempt.rule import files, objects
from pausable._preempt.rule.finding import Finding, weightiest
from pausable._preempt.rule.lookup import values
from pausable._preempt.rule.namespace import FrameNames
from pausable._preempt.rule.transactions import transaction_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pausable._preempt.rule.locks import Locks
    from pausable._preempt.rule.namespace import Namespace

__all__ = ["Evidence"]


class Evidence:
    """The part of an inquiry that looks at objects."""

    __slots__ = ("locks",)

    def __init__(self, locks: Locks) -> None:
        """Look at objects by way of the locks of the thread that is inquired about."""
        self.locks = locks

    def any(
        self, found: Iterable[object] | None, name: str, *, certain: bool = True
    ) -> Finding | None:
        """Return the first of some values, or of what these contain, that is held.

        *certain*: they were acquired or entered. Then what is like a lock, and does not tell, is
        held.
        """
        claim = weightiest(
            self.locks.held(value, certain=certain)
            for each in list(found or ())
            for value in objects.contents(each, 1)
        )
        return claim and claim._replace(what=f"{name} ({claim.what})", at=None)

    def acquired(self, symbol: Symbol, names: Namespace, *, certain: bool = True) -> Finding | None:
        """Return what is held of that which some code has acquired."""
        guess = Finding(spelling(symbol), is_guess=True) if certain else None
        if isinstance(symbol, (Locked, Began)):
            known = [self._is_taken(symbol, x) for x in values(symbol.parts()[0], names) or ()]
            if any(known):
                return Finding(spelling(symbol))
            return None if known and None not in known else guess
        found = values(symbol, names)
        if found is not None:
            return self.any(found, spelling(symbol), certain=certain)
        if certain and _is_vague(symbol) and isinstance(names, FrameNames):
            return self.any(names.locals.values(), "a local name", certain=False)
        return guess

    def _is_taken(self, symbol: Symbol, value: object) -> bool | None:
        """Tell whether a file is locked, or a connection in a transaction; None if it is silent."""
        if isinstance(symbol, Locked):
            return files.is_locked(value)
        said = transaction_of(value, self.locks.ident)
        return None if said is None else bool(said)


def _is_vague(symbol: Symbol) -> bool:
    stripped = strip(symbol)
    return type(stripped) is Symbol or isinstance(stripped, Element)
