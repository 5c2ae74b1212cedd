"""The trial: one task of all that a guard holds is let through, to find out whether all may go.

The guard's lock is held by whoever calls; see `dependents` for the order of locks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from pausable._core.barring import node_of, rest_of
from pausable._core.starting import call_workers
from pausable._core.state import act
from pausable._core.states import DONE, PENDING
from pausable._core.waiving import fitness, unwaive, waiting, waive

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from pausable._core.gates import HoldRecord
    from pausable._core.parker import Wakeable
    from pausable._core.tasks import Task
    from pausable.guards.dependents import Dependents
    from pausable.threads.future import Future

    Todo = list[Callable[[], object]]

__all__ = ["Trial", "hold_again", "let_go"]


class Trial:
    """One task that goes on while all others rest."""

    __slots__ = ("_records", "epoch", "task")

    def __init__(self, task: Future[Any], records: Collection[HoldRecord], epoch: int) -> None:
        """Use `begin`."""
        self.task: Future[Any] = task
        self.epoch: int = epoch
        self._records = records

    @classmethod
    def begin(
        cls, dependents: Dependents, epoch: int, last: Trial | None, todo: Todo
    ) -> Trial | None:
        """Let one task through: not that of the *last* trial, if there is another. None if none."""
        records = dependents.records()
        while (task := _choose(dependents, records, last)) is not None:
            if let_go(task, records, todo):
                return cls(cast("Future[Any]", task), records, epoch)
        return None

    def end(self, todo: Todo) -> None:
        """Let the task rest with the others again, from its next checkpoint on."""
        hold_again(self.task, self._records, todo)

    def is_stuck(self) -> bool:
        """Say whether the task will tell nothing for now: somebody else keeps it waiting.

        It is held by somebody else, or waits for another task of its pool, which may be held.
        """
        task = self.task
        with node_of(task).state.lock:
            if task._state == PENDING:
                return task.gate.closed
            return task.is_at_rest() and (task.gate.closed or rest_of(task).waits_for_own)


def _choose(
    dependents: Dependents, records: Collection[HoldRecord], last: Trial | None
) -> Task | None:
    """Choose the fittest; of these, one that has met the failure and waits to try again."""
    before = None if last is None else last.task
    ranked = [(fitness(task, records), task is before, task) for task in _waiting(dependents)]
    return min(ranked, key=lambda each: (each[1], each[0]))[2] if ranked else None


def _waiting(dependents: Dependents) -> Iterator[Task]:
    for task in dependents.tasks():
        with node_of(task).state.lock:
            is_waiting = task in node_of(task).rested
        if is_waiting:
            yield task
    for scope in dependents.scopes():
        with scope._pool_state.lock:
            for node in scope._node.below():
                yield from tuple(waiting(node))


def let_go(
    task: Task, records: Collection[HoldRecord], todo: Todo, *, if_waiting: bool = True
) -> bool:
    """Let a task go in spite of these holds; False if it is over, or does not wait any more."""
    node = node_of(task)
    state = node.state
    wakes: list[Wakeable] = []
    with state.lock:
        is_waiting = task._state == PENDING or task.is_at_rest()
        if task.ended_at is not None or task._state in DONE or (if_waiting and not is_waiting):
            return False
        waive(state, node, task, records, wakes)
        seats = call_workers(state)
    todo.append(lambda: act(state, wakes, seats))
    return True


def hold_again(task: Task, records: Collection[HoldRecord], todo: Todo) -> None:
    """Let a task rest for these holds again."""
    node = node_of(task)
    state = node.state
    wakes: list[Wakeable] = []
    with state.lock:
        unwaive(state, node, task, records, wakes)
        seats = call_workers(state)
    todo.append(lambda: act(state, wakes, seats))
