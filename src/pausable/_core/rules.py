"""The rules of a scope: how its tasks are treated, as it was made, or as the scope above is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pausable._core.ports import Guarding

__all__ = ["FaultRule", "Rules"]


class FaultRule:
    """What a scope, with those below it, does about tasks that raise: it is held, and they wait."""

    __slots__ = ("after", "errors", "node", "row")

    def __init__(self, node: Any, errors: tuple[type[BaseException], ...], after: int) -> None:
        """Hold *node* when *after* tasks in a row have raised one of *errors*."""
        self.node: Any = node
        self.errors: tuple[type[BaseException], ...] = errors
        self.after: int = after
        self.row: int = 0


class Rules:
    """The rules of one scope, written while it is made, but for `guards`. Primary, but one."""

    __slots__ = (
        "around",
        "fault",
        "guards",
        "is_preemptive",
        "is_prepared",
        "ship",
        "terms",
        "travels",
    )

    def __init__(self, above: Rules | None) -> None:
        """Begin with those of the scope *above*."""
        # whether its tasks rest at safe points, too: see `duty`
        self.is_preemptive: bool = above is not None and above.is_preemptive
        # whether they see the context variables of their submitter, and not their worker's
        self.travels: bool = above is not None and above.travels
        # what is opened around each of them: the adapter's
        self.around: Any = None if above is None else above.around
        # what makes of a function what is called here to have it called elsewhere: the adapter's
        self.ship: Any = None if above is None else above.ship
        self.is_prepared: bool = False  # derived: whether any of these is to be seen to at a submit
        self.prepare()
        self.fault: FaultRule | None = None if above is None else above.fault
        self.guards: tuple[Guarding, ...] = ()  # that hold it; kept for as long as it is there
        self.terms: object = None  # what it was made with, for `scopes`

    def prepare(self) -> None:
        """Say whether there is something to be seen to at each submit."""
        self.is_prepared = self.travels or self.around is not None or self.ship is not None
