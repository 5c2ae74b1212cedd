"""The closure: a hold is placed or released; a gate closes or opens, and everything below it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pausable._core.attention import attention
from pausable._core.audience import emit
from pausable._core.gate import PROCESS, Gate
from pausable._core.held import gate_of, hold_status, may_be_held, name_of, why_not_held
from pausable._core.log import INFO, WARNING, is_logged
from pausable._core.pace import drop_pace, set_pace
from pausable._core.queue import put_back
from pausable._core.quiet_rest import pause_quiet
from pausable._core.rest import is_barred, send_back
from pausable._core.states import DONE
from pausable._core.times import clock
from pausable._core.tree import Node
from pausable._core.turns import rearm
from pausable._core.waiters import rouse_others, tell_waiters
from pausable.events import HoldPlaced, HoldReleased, ScopeQuiescent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pausable._core.gate import HoldRecord
    from pausable._core.held import Held
    from pausable._core.pool import Pool
    from pausable._core.task import Task
    from pausable._core.visit import Visit

__all__ = ["confirm", "drop_gate", "mend_gates", "place", "release", "wrong_with_gates"]


def place(visit: Visit, held: Held, hold: HoldRecord) -> None:
    """Put a hold in force, unless on a task that is over. From here on, no task of it starts.

    Refused for a pool or a group that has shut down, with nothing left of it (`ScopeEnded`).
    """
    node: Node = held if isinstance(held, Node) else held._p_node
    if not node.queue.is_accepting or node.pool.end.is_exiting:
        visit.error = why_not_held(held)
    if visit.error is not None or hold.is_over or (held is not node and not may_be_held(held)):
        return
    if visit.again is None:
        visit.again = partial(place, held=held, hold=hold)
    hold.placed = True  # first: who is told of it is told of its end, too
    if visit.pool.demand.observed and not hold.is_told:
        emit(node, HoldPlaced, hold_status(held, hold, clock()))
    hold.is_told = True
    if isinstance(held, Node):
        _place_on_scope(visit, held, hold)
    else:
        _place_on_task(visit, node, held, hold)
    if hold.duration is not None and hold.above is None:  # else it ends with that of the process
        visit.chores.append(partial(_set_alarm, visit.pool, held, hold))
    if is_logged(INFO):
        visit.say(INFO, "%r is paused: %s (by %s)", name_of(held), hold.reason, hold.owner)
    _warn_of_shutdowns(visit, node, held, hold)
    visit.wakes.extend(visit.pool.others.annexes)
    if visit.pool.others.guests or visit.pool.others.chasers:
        rouse_others(visit)


def _warn_of_shutdowns(visit: Visit, node: Node, held: Held, hold: HoldRecord) -> None:
    """Say who waits for a resume now."""
    above: Node | None = node
    while above is not None:
        if above.waiters.shutdowns:
            text = "the shutdown of %r waits for a resume of %r; held: %s"
            name = name_of(held) if hold.above is None else PROCESS
            visit.say(WARNING, text, above.name, name, hold_status(held, hold, clock()))
        above = above.parent


def _set_alarm(pool: Pool, held: Held, hold: HoldRecord) -> None:
    """See to it that a hold expires. Before anybody is told of it, who might not come back."""
    if hold.expires is not None:
        hold.alarm = pool.adapter.decide_later(
            hold.expires - clock(), partial(release, expired=True), held, hold
        )
        if hold not in gate_of(held).holds:  # it ended before it had its alarm
            hold.alarm.cancel()


def release(
    visit: Visit,
    held: Held,
    hold: HoldRecord,
    pace: tuple[float, float] | None = None,
    *,
    expired: bool = False,
) -> bool:
    """End a hold; False if it had ended. With *pace*, tasks of the scope then go one by one."""
    pool, now = visit.pool, clock()
    node: Node = held if isinstance(held, Node) else held._p_node
    gate = node.gate if isinstance(held, Node) else held._p_gate
    if hold not in gate.holds or (gate is node.gate and held is not node):
        return False
    if visit.again is None:
        visit.again = partial(release, held=held, hold=hold, pace=pace, expired=expired)
    pace = hold.pace if expired else pace
    if pace is not None:
        set_pace(visit, node, *pace)
    if pool.demand.observed and not hold.is_over:
        emit(node, HoldReleased, hold_status(held, hold, now), expired)
    hold.is_over = True
    gate.release(hold)
    _heed(gate)
    _clear_up(visit, hold)
    if isinstance(held, Node):
        _open_below(visit, held, now)
    else:
        drop_gate(node, held)
        send_back(visit, node, now)
    rearm(visit, node)
    visit.wakes.extend(pool.others.annexes)
    if pool.others.guests:
        rouse_others(visit)
    if pool.others.waiting:
        tell_waiters(visit, node)
    if is_logged(INFO):
        what = "hold has expired" if expired else "hold was released"
        lasted = now - hold.since
        visit.say(INFO, "%r: %s after %.3f s: %s", name_of(held), what, lasted, hold.reason)
    return True


def _clear_up(visit: Visit, hold: HoldRecord) -> None:
    """Have nothing left of a hold that is over."""
    if hold.alarm is not None:
        visit.chores.append(hold.alarm.cancel)
    if hold.keeps is not None:
        visit.chores.append(hold.let_go)  # outside the lock: it may be the last who has it


def _open_below(visit: Visit, node: Node, now: float) -> None:
    """Let those go on who rest in a scope, and below, where the gates have opened."""
    if node.resters.parked or node.resters.quiet:
        send_back(visit, node, now)
    for child in tuple(node.children.values()):
        _open_below(visit, child, now)


def _place_on_scope(visit: Visit, node: Node, hold: HoldRecord) -> None:
    visit.pool.is_plain = False
    if hold not in node.gate.holds:
        node.gate.place(hold)
    if hold.running == "rest":
        attention.add(node.gate)
    was_paced = node.slots.pace is not None
    if was_paced:
        drop_pace(visit, node)
    _close_below(visit, node)
    if was_paced:  # those who may go on in spite of the hold need not go one by one
        rearm(visit, node)
    if visit.pool.demand.observed and not node.busy():
        emit(node, ScopeQuiescent)


def _close_below(visit: Visit, node: Node) -> bool:
    """Let those give way who wait in a scope, and below, where gates are closed. Say if any do."""
    if node.turn.in_ring and node.gate.closed and not node.queue.let_in:
        node.turn.in_ring = False
        visit.pool.lines.ring.remove(node)
    is_any = bool(node.resters.sleepers or node.resters.quiet or node.resters.returning)
    if is_any and node.gate.closed_to_running:
        pause_quiet(visit, node, clock())
    for child in tuple(node.children.values()):
        is_any |= _close_below(visit, child)
    return is_any


def _place_on_task(visit: Visit, node: Node, task: Task, hold: HoldRecord) -> None:
    if task._p_gate is node.gate:  # it has none of its own
        task._p_gate = Gate(node.gate)
    if hold not in task._p_gate.holds:
        task._p_gate.place(hold)
    if hold.running == "rest":
        attention.add(task._p_gate)
    if is_barred(task):
        pause_quiet(visit, node, clock())


def drop_gate(node: Node, task: Task) -> None:
    """Take its own gate from a task that has one and needs it no longer."""
    gate = task._p_gate
    if gate is node.gate or gate.holds or gate.waived:
        return
    task._p_gate = node.gate
    gate.detach()
    if (
        task in node.queue.aside
        and task not in node.queue.faults
        and task not in node.queue.leaving
    ):
        put_back(node.queue, task)


def confirm(visit: Visit, node: Node, hold: HoldRecord, gate: Gate) -> None:
    """Note that somebody relies on the scope of *gate* being quiescent under *hold*.

    From here on no task of it runs before the hold has ended, not even one that had placed an
    older hold itself and was at rest.
    """
    if hold.is_confirmed:
        return
    hold.is_confirmed = True
    if hold.running == "finish":
        gate.refresh()
        _heed(gate)
    # Some that might have gone on may not now: those with older holds of their own, and under a
    # "finish" hold those in quiet blocks. Their slots are for others.
    is_any = _close_below(visit, node)
    if gate is not node.gate:  # of a single task: that of its scope may be open
        pause_quiet(visit, node, clock())
    if is_any:
        rouse_others(visit)


def _heed(gate: Gate) -> None:
    if gate.holds and gate.holds_running():
        attention.add(gate)
    else:
        attention.discard(gate)


# To make it anew, and to check it.


def mend_gates(pool: Pool) -> None:
    """Make the flags of all gates anew, and see to it that those in `attention` are the right."""
    root = pool.root
    for node in root.below():
        node.gate.children.update((child.gate, None) for child in node.children.values())
    root.gate.refresh_all()
    for gate in root.gate.below():
        if gate.holds_running():
            attention.add(gate)
    for each in tuple(attention):
        if not _is_attended(each):
            attention.discard(each)


def _is_attended(each: Gate | Task) -> bool:
    """Say whether there is still somebody to rest or to stop; also of another pool's."""
    if isinstance(each, Gate):
        return each.holds_running()
    return each._state not in DONE and each._p_ended_at is None


def wrong_with_gates(pool: Pool) -> Iterator[str]:
    """Say which gates of scopes are not as their holds, and those above, have it."""
    for node in pool.root.below():
        gate, name = node.gate, node.name
        holds = list(gate.all_holds())
        if gate.closed != bool(holds):
            yield f"the gate of {name!r} is closed={gate.closed} with {len(holds)} holds"
        resting = any(hold.stops_running for hold in holds)
        if gate.closed_to_running != resting:
            yield (
                f"the gate of {name!r} is closed_to_running={gate.closed_to_running}, not {resting}"
            )
        if (gate in attention) != gate.holds_running():
            yield f"the gate of {name!r} is in attention: {gate in attention}, and should not"
