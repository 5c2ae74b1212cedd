"""What has a gate of its own, whatever runs its tasks: it is paused, resumed and stopped."""

from __future__ import annotations

import weakref
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from pausable._core.decision import decide
from pausable.scopes.adoption import drain
from pausable.scopes.force import checked_patience, kill_later
from pausable.scopes.moments import duration_to
from pausable.scopes.outpost import outpost_of
from pausable.scopes.request import check_reason, checked_pace, pause, resume
from pausable.scopes.status import list_tasks
from pausable.scopes.switch import Switch
from pausable.scopes.view import View

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from pausable._core.tree import Node
    from pausable._core.visit import Visit
    from pausable.scopes.future import Future
    from pausable.scopes.hold import Hold
    from pausable.snapshots import Running

__all__ = ["Gated", "stop_tasks"]


class Gated(View):
    """A scope that can be paused, resumed and stopped; how work gets to it is its own.

    From any thread, and from signal handlers and finalizers.
    """

    def __reduce_ex__(self, protocol: object) -> Any:
        """Refuse to be copied, as the stdlib's executors do, unless a subclass says how."""
        cls = type(self)
        has_own = cls.__reduce__ is not object.__reduce__
        if has_own or cls.__getstate__ is not object.__getstate__:
            return super().__reduce_ex__(protocol)  # type: ignore[arg-type]
        msg = f"cannot pickle {type(self).__name__!r} object"
        raise TypeError(msg)

    def _p_reference(self) -> Callable[[], Any]:
        """Return what finds this scope for as long as its pool is there, and does not keep it."""
        return weakref.ref(self)

    def pause(
        self,
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
        """Place a hold: when this has returned, no task of the scope starts.

        Running tasks rest at their next checkpoint; with ``running="finish"`` they go on to their
        end; with ``running="freeze"`` their processes are stopped by the system, so that one long
        call in C rests, too, whatever it holds: in pools of processes, on Linux. Does not block. As
        a plain call the hold stays; as a context manager it waits until the scope is quiescent,
        *timeout* seconds at most, and is released at the end of the block::

            with pool.pause("nightly backup", timeout=5):
                back_up()  # nothing of the pool runs in here

        Args:
            reason: Why; shown in statuses, logs and errors.
            running: What running tasks do.
            duration: After so many seconds the hold ends by itself.
            until: At this moment it does; a datetime without a zone is in local time.
            stagger: When the hold ends by itself, tasks go one by one, so many seconds apart, as
                after a `resume` with it.
            jitter: And up to so many seconds more, at random.
            timeout: For how many seconds `with` waits.
            owner: Who; by default the calling thread and task.

        Raises:
            TypeError: *reason* or *owner* is not text.
            ValueError: a duration is negative or NaN, *running* is neither word, *duration* and
                *until* are both given, or *stagger* is and neither of them.
            NotSupported: *running* is "freeze", and tasks cannot be frozen here.
            ScopeEnded: the scope has shut down and nothing of it is left.
        """
        lasts = duration if until is None else duration_to(until, duration)
        node = self._p_node
        return pause(
            self,
            node,
            node,
            reason,
            running,
            lasts,
            timeout,
            owner,
            stagger=stagger,
            jitter=jitter,
        )

    def resume(
        self,
        hold: Hold | None = None,
        /,
        *,
        stagger: float | None = None,
        jitter: float | None = None,
    ) -> int:
        """Release the holds that `pause` placed on this scope, or just *hold*; return how many.

        Holds of others (guards, the scopes above) stay, and the gate with them. Tasks that rested
        take slots before new ones start. With *stagger*, tasks go one by one, so many seconds apart
        and up to *jitter* more at random, until as many have gone as rested or fit in the slots.

        A resume without it also ends an earlier one with it: the others go at once.

        Raises:
            ValueError: *stagger* or *jitter* is negative or NaN; *hold* is of another scope.
        """
        pace = None
        if stagger is not None or jitter is not None:
            pace = checked_pace(stagger, jitter)
        return resume(self._p_node, self._p_node, hold, pace)

    def switch(
        self, reason: str = "paused", *, running: Running = "rest", owner: str | None = None
    ) -> Switch:
        """Return a new switch, off: a hold of one party that it can put on and off again.

        What a button, a key or a signal handler uses. The arguments are as those of `pause`.

        Raises:
            TypeError: *reason* or *owner* is not text.
            ValueError: *running* is neither word.
        """
        return Switch(self, self._p_node, reason, running, owner)

    def stop(self, reason: str = "stopped", *, kill_after: float | None = None) -> int:
        """End all tasks of this scope; return how many were asked to. The scope stays usable.

        Those that have not started are cancelled; into those that have, `Stopped` is raised at
        their next checkpoint, at once where they rest or sleep. Does not wait for them.

        A scope that is paused stays paused, and what is submitted to it waits: a stop ends work,
        and a hold is ended by who has placed it, or by `resume`.

        In a pool of processes, those that have not ended *kill_after* seconds later are killed with
        their processes: none of their `finally` blocks runs. No other task is lost.

        Raises:
            NotSupported: *kill_after* is given, and the tasks run in no processes of their own.
        """
        reason, pool = check_reason(reason), self._p_node.pool
        patience = checked_patience(pool, kill_after)
        to_kill = [] if patience is None else list_tasks(self._p_node)
        roots = [self._p_node, *self._p_node.annexed()]
        asked = sum(_stop(root, reason) for root in roots)
        kill_later(pool, to_kill, patience)
        return asked


def _stop(node: Node, reason: str) -> int:
    asked = decide(node.pool, stop_tasks, node, reason)
    outpost = outpost_of(node)
    elsewhere = 0 if outpost is None else outpost.stop(reason)
    return elsewhere + (len(list_tasks(node)) if asked is None else asked)


def stop_tasks(visit: Visit, node: Node, reason: str) -> int:
    """Ask all tasks of a scope to stop: in one visit, so that it is all of them or none."""
    visit.again = partial(stop_tasks, node=node, reason=reason)
    asked = drain(visit, node)  # first: a worker whose task is withdrawn takes the next one out
    tasks = cast("list[Future[Any]]", list_tasks(node))
    return asked + sum(task._p_stop_in(visit, reason) for task in tasks)
