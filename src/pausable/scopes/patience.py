"""Patience: whoever waits for long says so, with what keeps him waiting and what would end it.

After a second, and then at growing intervals, a warning names the tasks that are held, wait for a
decision, or were asked to stop and did not: where they are, why, and what helps. Of tasks that just
run there is nothing to say, however long they take: that wait is the stdlib's, and as silent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable._core.decision import look
from pausable._core.duty import is_preemptive
from pausable._core.held import hold_status, name_of
from pausable._core.locations import where
from pausable._core.rest import is_barred, node_of
from pausable._core.states import DONE, PENDING
from pausable._core.task import Task
from pausable._core.times import clock
from pausable.scopes.common_log import WARNING, say
from pausable.scopes.status import list_tasks, started_tasks, stragglers

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from pausable._core.gate import Gate, HoldRecord
    from pausable._core.held import Held
    from pausable._core.tree import Node
    from pausable.snapshots import Straggler

__all__ = [
    "Patience",
    "for_end",
    "for_quiescence",
    "for_stop",
    "for_stragglers",
    "for_task",
    "for_tasks",
    "late",
    "plights",
    "remedies",
]

remedies: dict[object, str] = {}
"""What else releases a hold, in words, by who can do it: a control server, while it is up."""

_AT_FIRST = 1.0  # seconds
_LISTED = 5


class Patience:
    """What one wait says: nothing for a second, then what is the matter, at growing intervals."""

    __slots__ = ("_began", "_interval", "_look", "_looks_often", "_next", "_what")

    def __init__(
        self, what: Callable[[], str], look: Callable[[], str], *, looks_often: bool = True
    ) -> None:
        """Wait from now on. *what* says what waits, *look* for what; both outside all locks.

        Nothing is asked before there is something to say: most waits are short. While there is
        nothing to say it looks every second, or, where a look is dear, less and less often.
        """
        self._looks_often = looks_often
        self._what = what
        self._look = look
        self._began = clock()
        self._interval = _AT_FIRST
        self._next = self._began + _AT_FIRST

    def until(self, deadline: float | None) -> float:
        """Return when to wake up: at *deadline*, or before that when it is time to speak."""
        return self._next if deadline is None else min(deadline, self._next)

    def speak(self) -> None:
        """Say what is waited for, if it is time to, and if there is anything to say."""
        now = clock()
        if now < self._next:
            return
        found = self._look()
        if found:
            say(WARNING, "%s has waited for %.3g s: %s", self._what(), now - self._began, found)
        if found or not self._looks_often:
            self._interval *= 2
        self._next = now + self._interval


# What is waited for.


def for_end(what: str, node: Node) -> Patience:
    """Wait for the end of a scope."""
    return Patience(lambda: f"{what} of {node.name!r}", lambda: plights(node))


def for_quiescence(what: str, held: Held) -> Patience:
    """Wait until nothing of a scope runs."""
    return for_stragglers(lambda: f"{what} of {name_of(held)!r}", lambda: stragglers(held))


def for_stragglers(what: Callable[[], str], find: Callable[[], list[Straggler]]) -> Patience:
    """Wait until there are no stragglers any more."""
    return Patience(what, lambda: _listed([*map(str, find())]))


def for_task(task: Task, me: Task | None) -> Patience:
    """Wait for the end of a task, in the task *me* or outside any."""

    def what() -> str:
        return f"result() of {task._p_name}" + (f" in {me._p_name}" if me is not None else "")

    return Patience(what, lambda: _plight_of(task, me))


def for_tasks(what: str, futures: Collection[object], me: Task | None) -> Patience:
    """Wait for all of *futures*, in the task *me* or outside any."""

    def look() -> str:
        tasks = [each for each in futures if isinstance(each, Task) and _is_kept(each)]
        found = [said for each in tasks[:_LISTED] if (said := _plight_of(each, me))]
        return _listed(found, len(tasks)) if found else ""

    return Patience(lambda: what, look, looks_often=False)


def for_stop(task: Task, limit: float, measure: str) -> Patience:
    """Wait for a task to see that its time limit is used up."""

    def what() -> str:
        return f"the end of {task._p_name} after its limit of {limit:g} s of {measure}"

    return Patience(what, lambda: _plight_of(task, None))


def _plight_of(task: Task, me: Task | None) -> str:
    node = task._p_node
    if node is None:
        return ""
    return look(node.pool, _plight_for, task, me)


def _plight_for(task: Task, me: Task | None) -> str:
    if me is not None and is_barred(me) and not _is_of_own_making(task._p_gate, me):
        return ""  # it is held like all others, and would rest if it did not wait
    return _plight(task, clock()) if _is_kept(task) else ""


def _is_of_own_making(gate: Gate, me: Task) -> bool:
    return any(hold.placer is not None and hold.placer() is me for hold in gate.all_holds())


# What is the matter.


def plights(node: Node) -> str:
    """Say of the tasks of a scope what keeps them from their end; "" if nothing does.

    A task that runs, or that waits for its turn, is kept by nothing.
    """
    return look(node.pool, _plights, node)


def _plights(node: Node) -> str:
    now = clock()
    is_any_held = any(
        each.gate.closed or each.queue.aside or each.queue.arrived for each in node.below()
    )
    tasks = list_tasks(node) if is_any_held else started_tasks(node.pool, node)
    kept = [task for task in tasks if _is_kept(task)]
    return _listed([_plight(task, now) for task in kept[:_LISTED]], len(kept))


def _listed(found: list[str], count: int = 0) -> str:
    more = max(len(found), count) - _LISTED
    return "; ".join(found[:_LISTED]) + (f"; and {more} more" if more > 0 else "")


def _is_kept(task: Task) -> bool:
    """Say whether more than its work, or its turn, keeps a task from its end."""
    if task._p_node is None or task._state in DONE or task._p_ended_at is not None:
        return False
    is_faulted = task in task._p_node.queue.faults
    return is_faulted or task._p_stop_reason is not None or task._p_gate.closed


def _plight(task: Task, now: float) -> str:
    """Say what keeps a task from its end, and what would help. Under the lock."""
    node = node_of(task)
    if task in node.queue.faults:
        reason = node.queue.faults[task].reason
        return f"{reason}: it waits for retry(), fail(), resolve() or skip() in faults()"
    if task._p_stop_reason is not None:
        return _stopping(task)
    by = "; ".join(_held(task, hold, now) for hold in task._p_gate.all_holds())
    return f"{_state(task)}, held by {by}"


def _state(task: Task) -> str:
    if task._state == PENDING:
        return f"{task._p_name} has not started"
    place = where(task)
    at = f" at {place}" if place else ""
    return f"{task._p_name}{at} {'rests' if task._p_is_at_rest() else 'runs'}"


def _stopping(task: Task) -> str:
    why = "it has not come to a checkpoint since, or has caught Stopped and goes on"
    place = where(task)
    if task._p_is_at_rest():
        why = "it waits for something that a stop does not end, or for a slot"
    elif task._p_rest is not None and task._p_rest.shields:
        why = "it is in a shield() block"
    elif is_preemptive(task) and task._p_node.pool.others.engine is not None:
        said, place = task._p_node.pool.others.engine.why_it_runs(task)
        why = f"it {said}"
    at = f" at {place}" if place else ""
    return f"{task._p_name}{at} was asked to stop ({task._p_stop_reason}) and goes on: {why}"


def _held(task: Task, hold: HoldRecord, now: float) -> str:
    return f"{hold_status(_held_by(task, hold), hold, now)}, {_remedy(hold, now)}"


def _held_by(task: Task, hold: HoldRecord) -> Held:
    """Return what is held."""
    held = (node for node in node_of(task).path() if hold in node.gate.holds)
    return next(held, task)


def _remedy(hold: HoldRecord, now: float) -> str:
    """Say what ends a hold."""
    if hold.expires is not None:
        return f"which ends by itself in {max(hold.expires - now, 0.0):.3g} s"
    if hold.kind == "guard":
        return "which ends when what it guards is back"
    if hold.kind == "fault":
        return "which ends with a decision in faults()"
    if hold.holder is not None:
        return f"which ends with the block of {hold.holder._p_name}"
    others = "".join(f", or with {each}" for each in tuple(remedies.values()))
    return f"which ends with resume() or its release(){others}"


def late(task: Task, timeout: float) -> TimeoutError:
    """Return the error of a wait for a task that was too short."""
    node, name = task._p_node, task._p_name
    if node is None:
        return TimeoutError()  # of nobody's future there is nothing to say
    if timeout <= 0:  # somebody asks in a loop: no look at frames
        return TimeoutError(f"{name} is not over")
    said = look(node.pool, _where_it_is, task)
    return TimeoutError(f"{name} was not over after {timeout:.3g} s: {said}")


def _where_it_is(task: Task) -> str:
    if _is_kept(task):
        return _plight(task, clock())
    return _state(task) + (" and waits for its turn" if task._state == PENDING else "")
