"""The fault: an exception that escaped a task, and waits for somebody to decide what becomes of it.

The task is back among those that have not started, set aside, with its call; its future is
undecided. The fault has its own hold on the scope, which ends with it. Whatever decides the task (a
method of the fault, a cancel, a stop, a shutdown) ends the fault, which then lets go of all it has.
"""

from __future__ import annotations

import traceback
from itertools import count
from typing import TYPE_CHECKING, Any, cast

from pausable._core.starting import call_workers, take_part
from pausable._core.state import act
from pausable.threads.holding import lift

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pausable._core.gates import HoldRecord
    from pausable._core.nodes import Node
    from pausable.threads.future import Future
    from pausable.threads.holding import Holdable

__all__ = ["Fault", "fail_all", "faults_of"]

_order = count()


class Fault:
    """An exception that waits for a decision: `retry`, `fail`, `resolve` or `skip`.

    Listed by `faults()` of the pool or group. All methods may be called from any thread; the
    decisions return whether it was theirs: false if the fault had been decided already. When it is
    decided, by whatever, its hold is released, and `exception`, `locals` and the like are empty.
    """

    __slots__ = ("__weakref__", "_error", "_hold", "_number", "_scope", "reason", "task")

    def __init__(
        self, task: Future[Any], error: BaseException, scope: Holdable, hold: HoldRecord
    ) -> None:
        """Use `faults()`."""
        self.task: Future[Any] = task  #: its future, undecided
        self.reason: str = hold.reason  #: the task, and what it has raised, in one line
        self._error: BaseException | None = error
        self._scope = scope
        self._hold = hold
        self._number = next(_order)

    @property
    def exception(self) -> BaseException | None:
        """What the task has raised; None once the fault is decided."""
        return self._error

    @property
    def args(self) -> tuple[Any, ...]:
        """The arguments of the call."""
        return self.task.args if self._error is not None else ()

    @property
    def kwargs(self) -> dict[str, Any]:
        """The keyword arguments of the call."""
        return dict(self.task.kwargs or {}) if self._error is not None else {}

    @property
    def traceback(self) -> str:
        """The traceback, as Python prints it."""
        error = self._error
        return "" if error is None else "".join(traceback.format_exception(error))

    @property
    def locals(self) -> Mapping[str, Any]:
        """The local variables where it was raised, as they were then."""
        trace = None if self._error is None else self._error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        return {} if trace is None else dict(trace.tb_frame.f_locals)

    @property
    def is_decided(self) -> bool:
        """Say whether it waits no longer."""
        return self._error is None

    def retry(self, *args: Any, **kwargs: Any) -> bool:
        """Run the task again, before those in the queue; with these arguments, if any are given."""
        node = cast("Node", self.task.node)
        state = node.state
        with state.lock:
            is_mine = node.faults.get(self.task) is self
            if is_mine:
                if args or kwargs:
                    self.task.args, self.task.kwargs = args, kwargs or None
                del node.faults[self.task]
                node.put_back(self.task)
                take_part(state, node)
            seats = call_workers(state)
        act(state, [], seats)
        return self._end(decided=is_mine)

    def fail(self) -> bool:
        """Let the task fail with what it has raised."""
        error = self._error
        return error is not None and self._end(decided=self.task._settle(None, error))

    def resolve(self, value: object) -> bool:
        """Let the task have *value* as its result."""
        return self._error is not None and self._end(decided=self.task._settle(value, None))

    def skip(self) -> bool:
        """Give the task up: its future is cancelled."""
        return self._error is not None and self._end(decided=self.task._withdraw_now(None))

    def end(self) -> None:
        """Release the hold and let go of the rest: the task is decided. Outside the lock."""
        self._error = None
        _, do = lift(self._scope, self._hold)
        do()

    def _end(self, *, decided: bool) -> bool:
        if decided:
            self.end()
        return decided

    def __repr__(self) -> str:
        """Say it in one line."""
        state = "decided" if self.is_decided else "undecided"
        return f"<Fault {state}: {self.reason}>"


def faults_of(node: Node) -> tuple[Fault, ...]:
    """List the undecided faults of a scope and those below, oldest first."""
    with node.state.lock:
        found = [cast("Fault", fault) for each in node.below() for fault in each.faults.values()]
    return tuple(sorted(found, key=lambda fault: fault._number))


def fail_all(node: Node) -> None:
    """Fail what is undecided: nobody will decide any more."""
    for fault in faults_of(node):
        fault.fail()
