"""Everything: all pools of this process, and those that are made later, paused and resumed as one.

The functions of the package that are named as the methods of a pool, and do the same to all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pausable._core.held import hold_status, is_over
from pausable._core.times import clock
from pausable.scopes.annex import status_with_annexes
from pausable.scopes.gated import stop_tasks
from pausable.scopes.handle import PoolHandle
from pausable.scopes.hold import Hold
from pausable.scopes.inheritance import (
    bequeath,
    decide_in_all,
    observe_all,
    put_in_force,
    revoke,
    surely,
)
from pausable.scopes.moments import duration_to
from pausable.scopes.numbers import optional_seconds
from pausable.scopes.outpost import await_outposts, outposts
from pausable.scopes.pools import crews, take_stock
from pausable.scopes.process import HoldEnd, ProcessHoldRecord, process
from pausable.scopes.process_hold import ProcessHold
from pausable.scopes.process_switch import ProcessSwitch
from pausable.scopes.process_waits import (
    all_stragglers,
    are_quiescent,
    wait_for_all,
    wait_for_all_async,
)
from pausable.scopes.request import check_reason, checked_pace, new_record, own_pace
from pausable.scopes.status import list_tasks
from pausable.snapshots import ProcessStatus

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from pausable._core.tree import Node
    from pausable._core.visit import Visit
    from pausable.events import Kinds
    from pausable.scopes.switch import Switch
    from pausable.snapshots import HoldStatus, Running, Straggler

__all__ = [
    "holds",
    "is_paused",
    "is_quiescent",
    "observe",
    "pause",
    "pools",
    "resume",
    "status",
    "stop",
    "stragglers",
    "switch",
    "wait_quiescent",
    "wait_quiescent_async",
]


def pause(
    reason: str = "paused",
    *,
    running: Running = "rest",
    duration: float | None = None,
    until: datetime | None = None,
    stagger: float | None = None,
    jitter: float | None = None,
    timeout: float | None = None,
    owner: str | None = None,
) -> Hold:
    """Place a hold on the process: when this has returned, no task of any pool starts.

    A pool that is made while it lasts is born under it. As a plain call the hold stays; as a
    context manager it waits until all pools are quiescent, *timeout* seconds at most, and is
    released at the end of the block::

        with pausable.pause("nightly backup", timeout=5):
            back_up()  # nothing of any pool runs in here

    Does not block; but where there is an executor of a cluster, it waits for the answers of its
    workers, as that executor's own `pause` does: not for long, and whatever does not answer keeps
    no pool from being held. What is not held then is in the log, and is tried again; until it is,
    nobody is told that all is quiescent. In signal handlers and on the threads of event loops it
    does not wait for that either.

    Holds of the process and those of a pool never undo each other. The arguments are those of a
    pool's `pause`.

    Raises:
        TypeError: *reason* or *owner* is not text.
        ValueError: a duration is negative or NaN, *running* is neither word, *duration* and
            *until* are both given, or *stagger* is and neither of them.
    """
    lasts = duration if until is None else duration_to(until, duration)
    record = new_record(ProcessHoldRecord, reason, running, lasts, owner)
    if stagger is not None or jitter is not None:
        record.pace = own_pace(stagger, jitter, lasts)
    limit = optional_seconds("timeout", timeout)
    bequeath(lambda: put_in_force(record))
    await_outposts()
    return ProcessHold(record, limit)


def resume(
    hold: Hold | None = None, /, *, stagger: float | None = None, jitter: float | None = None
) -> int:
    """Release the holds that `pause` placed on the process, or just *hold*; return how many.

    Holds on single pools, groups and tasks stay. With *stagger*, the tasks of each pool go one by
    one, as after a pool's own `resume`; a resume without it also ends an earlier one with it.

    Raises:
        RuntimeError: a worker was called for, and no thread can be started; the holds have ended.
        TypeError: *hold* is no hold.
        ValueError: *stagger* or *jitter* is negative or NaN; *hold* is of another scope.
    """
    pace = None
    if stagger is not None or jitter is not None:
        pace = checked_pace(stagger, jitter)
    if hold is not None:
        return revoke([_record_of(hold)], HoldEnd(pace))
    return revoke(process.in_force(), HoldEnd(pace), hurries=pace is None)


def _record_of(hold: Hold) -> ProcessHoldRecord:
    if isinstance(hold, ProcessHold):
        return hold._record
    if not isinstance(hold, Hold):
        msg = f"resume() takes a Hold that pause() returned, not {hold!r}"
        raise TypeError(msg)
    msg = f"this hold belongs to {hold.scope!r}, not to {process.name!r}: use hold.release()"
    raise ValueError(msg)


def switch(
    reason: str = "paused", *, running: Running = "rest", owner: str | None = None
) -> Switch:
    """Return a new switch of the process, off: a hold that one party can put on and off again.

    Raises:
        TypeError: *reason* or *owner* is not text.
        ValueError: *running* is neither word.
    """
    return ProcessSwitch(reason, running, owner)


def stop(reason: str = "stopped") -> int:
    """End all tasks of all pools; return how many were asked to. The pools stay usable.

    As a pool's `stop`: it does not wait, and what is paused stays paused.

    Raises:
        TypeError: *reason* is not text.
    """
    reason = check_reason(reason)

    def stop_pool(visit: Visit, root: Node) -> int:
        return stop_tasks(visit, root, reason)

    answers = surely(lambda: decide_in_all(stop_pool))
    stopped = sum(len(list_tasks(root)) if asked is None else asked for root, asked in answers)
    return stopped + sum(each.stop(reason) for each in outposts())


def is_paused() -> bool:
    """Say whether the process is paused. A pool may be all the same, by a hold of its own."""
    return bool(process.in_force())


def is_quiescent() -> bool:
    """Say whether each started task of each pool rests or has ended."""
    return are_quiescent()


def wait_quiescent(timeout: float | None = None) -> bool:
    """Wait until each started task of each pool rests or has ended, *timeout* seconds at most.

    When it has returned true and the process is paused, no line of any task runs until a resume (or
    a stop: a stopped task's `finally` blocks run). If it is not, each pool was quiescent at some
    moment of the call, not all at the same. A task that calls this counts as at rest meanwhile.

    Raises:
        RuntimeError: called by an observer, or in a signal handler that has interrupted a pool.
    """
    return wait_for_all(optional_seconds("timeout", timeout))


async def wait_quiescent_async(timeout: float | None = None) -> bool:  # noqa: ASYNC109
    """Do as `wait_quiescent`, in a coroutine, and without blocking its event loop.

    Raises:
        RuntimeError: called in a task of a pool, which would wait for itself.
    """
    return await wait_for_all_async(optional_seconds("timeout", timeout))


def stragglers() -> list[Straggler]:
    """Name the tasks of all pools that neither rest nor have ended: where, and for how long."""
    return all_stragglers()


def holds() -> tuple[HoldStatus, ...]:
    """List the holds on the process, oldest first; those on single pools are in their statuses."""
    now = clock()
    return tuple(hold_status(None, hold, now) for hold in process.in_force())


def status() -> ProcessStatus:
    """Take a frozen snapshot of all pools, each at its moment.

    One that hangs below a scope of another is among the groups of that.
    """
    roots = [root for root in process.roots() if not is_over(root)]
    below = {each for root in roots for each in root.annexed()}
    taken = tuple(status_with_annexes(root) for root in roots if root not in below)
    is_quiescent = all(each.is_quiescent for each in taken)
    return ProcessStatus(process.name, is_paused(), is_quiescent, holds(), taken)


def observe(callback: Callable[[Any], object], *, kinds: Kinds | None = None) -> Callable[[], None]:
    """Call *callback* with each event of all pools, and of the process; return what ends that.

    Also with those of pools that are made later. Those of one pool come in their order, and all of
    them one at a time, as from a pool's `observe`, and of *kinds* only, if given.

    Raises:
        TypeError: *callback* cannot be called, or *kinds* are none of `pausable.Event`'s.
    """
    return observe_all(callback, kinds)


def pools() -> list[PoolHandle]:
    """List the pools of this process of which anything is left; nothing is kept alive by that.

    Whatever runs their tasks: threads, processes, an event loop, or a cluster.
    """
    take_stock()
    found = [(crew, crew.root()) for crew in crews()]
    return [PoolHandle(crew) for crew, root in found if root is not None and not is_over(root)]
