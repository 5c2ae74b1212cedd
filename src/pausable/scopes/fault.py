"""The fault: an exception that escaped a task, and waits for somebody to decide what becomes of it.

The task is back among those that have not started, set aside, with its call; its future is
undecided. The fault has its own hold on the scope, which ends with it. Whatever decides the task (a
method of the fault, a cancel, a stop, a shutdown) ends the fault, which then lets go of all it has.

    1. The task raises. Its scope holds on faults of this kind, and this is one too many in a row.
    2. The hold is placed: from here on nothing of the scope starts. In the same visit the task is
    set aside as one that has not started, and its worker goes on to other scopes.

Nothing is asked of tasks that do not raise, but that a result ends the row.
"""

from __future__ import annotations

import traceback
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any, cast

from pausable._core.audience import emit_of
from pausable._core.closure import place, release
from pausable._core.decision import decide, look
from pausable._core.frames import is_ours
from pausable._core.gate import HoldRecord
from pausable._core.queue import put_back
from pausable._core.rest_record import RestRecord
from pausable._core.run import take_over
from pausable._core.states import PENDING
from pausable._core.times import clock, wall_clock
from pausable._core.turns import rearm
from pausable.events import TaskFaulted
from pausable.scopes.common_log import WARNING, say
from pausable.scopes.foreign import described, is_of, traceback_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pausable._core.pool import Pool
    from pausable._core.ports import Seat
    from pausable._core.task import Task
    from pausable._core.tree import Node
    from pausable._core.visit import Visit
    from pausable.scopes.future import Future

__all__ = ["Fault", "fail_all", "faults_of", "is_held", "set_aside"]

_order = count()


class Fault:
    """An exception that waits for a decision: `retry`, `fail`, `resolve` or `skip`.

    Listed by `faults()` of the pool or group. All methods may be called from any thread; the
    decisions return whether it was theirs: false if the fault had been decided already. When it is
    decided, by whatever, its hold is released, and `exception`, `locals` and the like are empty.
    """

    __slots__ = ("__weakref__", "_error", "_hold", "_node", "_number", "reason", "task")

    def __init__(
        self, task: Future[Any], error: BaseException, node: Node, hold: HoldRecord
    ) -> None:
        """Use `faults()`."""
        self.task: Future[Any] = task  #: its future, undecided
        self.reason: str = hold.reason  #: the task, and what it has raised, in one line
        self._error: BaseException | None = error
        self._node = node
        self._hold = hold
        self._number = next(_order)

    @property
    def exception(self) -> BaseException | None:
        """What the task has raised; None once the fault is decided."""
        return self._error

    @property
    def args(self) -> tuple[Any, ...]:
        """The arguments of the call."""
        return self.task._p_args if self._error is not None else ()

    @property
    def kwargs(self) -> dict[str, Any]:
        """The keyword arguments of the call."""
        return dict(self.task._p_kwargs or {}) if self._error is not None else {}

    @property
    def traceback(self) -> str:
        """The traceback, as Python prints it."""
        error = self._error
        if error is None:
            return ""
        try:
            return "".join(traceback.format_exception(error))
        except BaseException:  # noqa: BLE001 - a method of the exception's own has failed
            return "".join(traceback.format_tb(traceback_of(error))) + described(error)

    @property
    def locals(self) -> Mapping[str, Any]:
        """The local variables where it was raised, as they were then; none of another process."""
        trace = None if self._error is None else traceback_of(self._error)
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        if trace is None or is_ours(trace.tb_frame):
            return {}
        return dict(trace.tb_frame.f_locals)

    def is_decided(self) -> bool:
        """Say whether it waits no longer."""
        return self._error is None

    def retry(self, *args: Any, **kwargs: Any) -> bool:
        """Run the task again, before those in the queue; with these arguments, if any are given."""
        node = cast("Node", self.task._p_node)
        before = (self.task._p_args, self.task._p_kwargs)  # not let go of under the lock
        is_mine = decide(node.pool, self._retry, node, args, kwargs or None)
        del before
        return self._end(decided=bool(is_mine))

    def _retry(
        self, visit: Visit, node: Node, args: tuple[Any, ...], kwargs: dict[str, Any] | None
    ) -> bool:
        if node.queue.faults.get(self.task) is not self:
            return False
        if args or kwargs:
            self.task._p_args, self.task._p_kwargs = args, kwargs
        del node.queue.faults[self.task]
        put_back(node.queue, self.task)
        rearm(visit, node)
        return True

    def fail(self) -> bool:
        """Let the task fail with what it has raised."""
        error = self._error
        return error is not None and self._decide(partial(self.task._p_settle, None, error))

    def resolve(self, value: object) -> bool:
        """Let the task have *value* as its result."""
        return self._decide(partial(self.task._p_settle, value, None))

    def skip(self) -> bool:
        """Give the task up: its future is cancelled."""
        return self._decide(partial(self.task._p_withdraw_now, None))

    def end(self) -> None:
        """Release the hold and let go of the rest: the task is decided. Outside the lock."""
        self._error = None
        decide(self._node.pool, release, self._node, self._hold)

    def _decide(self, settle: Callable[[], bool]) -> bool:
        if self.is_decided():
            return False
        decided = False
        try:
            decided = settle()
        finally:  # a callback of the future may have raised what is no `Exception`
            self._end(decided=decided or self.task.done())
        return decided

    def _end(self, *, decided: bool) -> bool:
        if decided:
            self.end()
        return decided

    def __repr__(self) -> str:
        """Say it in one line."""
        state = "decided" if self.is_decided() else "undecided"
        return f"<Fault {state}: {self.reason}>"


def faults_of(node: Node) -> tuple[Fault, ...]:
    """List the undecided faults of a scope and those below, oldest first."""
    return tuple(sorted(look(node.pool, _undecided, node), key=lambda fault: fault._number))


def _undecided(node: Node) -> list[Fault]:
    return [cast("Fault", fault) for each in node.below() for fault in each.queue.faults.values()]


def fail_all(node: Node) -> None:
    """Fail what is undecided: nobody will decide any more."""
    for fault in faults_of(node):
        fault.fail()


def is_held(pool: Pool, task: Any, error: BaseException) -> bool:
    """Count a fault; say whether its scope is to be held for it."""
    rule = task._p_node.rules.fault
    if not is_of(error, rule.errors) or task._p_stop_reason is not None:
        return False
    return bool(decide(pool, _count_fault, task))


def _count_fault(visit: Visit, task: Task) -> bool:
    node, rule = task._p_node, task._p_node.rules.fault
    if not (rule.node.queue.is_accepting and node.queue.is_accepting) or visit.pool.end.is_refusing:
        return False  # nobody will decide
    rule.row += 1
    return bool(rule.row >= rule.after)


def set_aside(pool: Pool, seat: Seat, task: Any, error: BaseException) -> Any:
    """Hold the scope, let the task wait for a decision, and take the next one."""
    node: Node = task._p_node.rules.fault.node
    reason = f"{task._p_name}: {described(error)}"
    owner = f"fault of {task._p_name}"
    hold = HoldRecord(reason, owner, "rest", "fault", clock(), wall_clock())
    fault = Fault(task, error, node, hold)
    following = decide(pool, _set_aside, seat, task, fault)
    text = "%r is held by a fault, which waits for a decision in faults(): %s"
    say(WARNING, text, node.name, reason)
    if not task._p_node.queue.is_accepting:  # it has been shut down since we looked
        fault.fail()
    return following


def _set_aside(visit: Visit, seat: Seat, task: Task, fault: Fault) -> Task | None:
    node: Node = task._p_node
    place(visit, fault._node, fault._hold)
    own: Any = seat.task
    if own is not task:  # this is a child that the task has forked
        return None
    node.queue.aside[task] = None
    node.queue.faults[task] = fault
    task._state = PENDING
    task._p_seat = task._p_started_at = seat.task = None
    task._p_rest = _rest_anew(task._p_rest)
    if visit.pool.demand.observed:
        emit_of(task, TaskFaulted, fault.reason, seat=seat)
    visit.pool.is_plain = False
    return take_over(visit, node, seat)


def _rest_anew(rest: RestRecord | None) -> RestRecord | None:
    """Return the record of a task that has not started: with its option, if it has one."""
    if rest is None or rest.is_preemptive is None:
        return None
    anew = RestRecord()
    anew.is_preemptive = rest.is_preemptive
    return anew
