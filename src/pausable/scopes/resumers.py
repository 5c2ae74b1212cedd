"""The one question at every end is whether anybody can still resume.

Somebody can if each hold that stands in a task's way ends by itself, if a thread that is neither
ours nor a daemon is alive beside the one that waits, or if something that takes commands from
outside is up. If so, whoever ends waits; if not, what is held is stopped.
"""

from __future__ import annotations

import sys
import threading
from concurrent.futures import thread as stdlib_pool
from concurrent.futures._base import as_completed as stdlib_as_completed
from concurrent.futures._base import wait as stdlib_wait
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from pausable._core.decision import look
from pausable._core.frames import frames_of_threads, locals_of
from pausable._core.gil import HAS_GIL
from pausable._core.rest import is_barred
from pausable._core.states import DONE, PENDING
from pausable.scopes import arrivals
from pausable.scopes.attendance import park_as_guest
from pausable.scopes.awaited import Awaited
from pausable.scopes.pools import crews, is_exiting
from pausable.scopes.status import started_tasks
from pausable.scopes.timer import timers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import CodeType

    from pausable._core.gate import Gate
    from pausable._core.task import Task
    from pausable._core.tree import Node

__all__ = ["attendants", "held_for_good", "is_anybody_outside", "is_anybody_there", "resumers"]

resumers: set[Callable[[], bool]] = set()
"""Asked whether they can still resume: control servers. They neither block nor raise."""

attendants: WeakSet[threading.Thread] = WeakSet()
"""The threads of ours that are no daemons, and no workers of a crew: they resume nobody."""


def is_anybody_there() -> bool:
    """Say whether somebody is there, beside the calling thread, who can resume what he likes."""
    return is_anybody_outside() or any(_others())


def is_anybody_outside() -> bool:
    """Say whether somebody outside of the program can resume what he likes."""
    return any(can_resume() for can_resume in tuple(resumers))


def _others() -> Iterator[threading.Thread]:
    """List the living threads that are neither ours nor daemons, nor only wait for the end."""
    ours = {thread for crew in crews() for thread in tuple(crew.threads)} | set(attendants)
    ours |= {each._thread for each in timers if each._thread is not None}
    at_rest = _idents_at_rest()
    me = threading.current_thread()
    for thread in threading.enumerate():
        if thread is me or thread.daemon or thread in ours or not thread.is_alive():
            continue
        if thread.ident in at_rest or (thread is threading.main_thread() and is_exiting()):
            continue
        if not _waits_for_the_end(thread):
            yield thread


def _idents_at_rest() -> set[object]:
    """List the idents of the threads whose tasks are at closed gates, whoever made the threads."""
    nodes = [node for crew in crews() for node in crew.pool.root.below()]
    resting = [task for node in nodes for task in (*node.resters.parked, *node.queue.arrived)]
    return {getattr(task._p_seat, "ident", None) for task in resting} - {None}


def _waits_for_the_end(thread: threading.Thread) -> bool:
    """Say whether a thread does nothing before what waits here has ended: it would wait for ever.

    The idle workers of the stdlib's pools end after ours; a thread that joins the one that waits
    here goes on after that; and one that rests as a part of a task, or waits for a held task
    without a time limit, when somebody else has resumed.
    """
    # Without the GIL the frames of threads that run must not be read. What is read has no name but
    # that of one frame of another thread: see `_core.frames`.
    frame = frames_of_threads().get(thread.ident or 0) if HAS_GIL else None
    process_pool = sys.modules.get("concurrent.futures.process")
    if process_pool is not None and isinstance(thread, process_pool._ExecutorManagerThread):
        return not thread.pending_work_items
    if thread in stdlib_pool._threads_queues:
        worker = stdlib_pool._worker.__code__
        return frame is None or frame.f_code is worker
    while frame is not None:
        is_stuck = _STUCK.get(frame.f_code)
        given = {} if is_stuck is None else locals_of(frame)
        if is_stuck is not None and given.get("timeout") is None:
            return is_stuck(given)
        frame = frame.f_back
    return False


def _joins(given: Mapping[str, Any]) -> bool:
    other = given["self"]
    return other is threading.current_thread() or _waits_for_the_end(other)


def _waits_for_held(given: Mapping[str, Any]) -> bool:
    waited = [given["self"]] if "self" in given else given.get("waited", given.get("fs", ()))
    return any(
        isinstance(each, Awaited)
        and each._p_node is not None
        and each._state not in DONE
        and each._p_gate.closed
        for each in tuple(waited)
    )


_STUCK: dict[CodeType, Callable[[Mapping[str, Any]], bool]] = {
    threading.Thread.join.__code__: _joins,
    park_as_guest.__code__: lambda _: True,
    Awaited._p_park.__code__: _waits_for_held,
    stdlib_wait.__code__: _waits_for_held,
    stdlib_as_completed.__code__: _waits_for_held,
    arrivals.wait_for_all.__code__: _waits_for_held,
    arrivals.as_completed.__code__: _waits_for_held,
}
"""Where threads wait, and whether what they wait for there is only for others to end."""


def held_for_good(node: Node, *, is_collected: bool = False) -> list[Task]:
    """List the tasks of a scope in whose way stands a hold that does not end by itself.

    If its executor *is_collected*, those holds do not count that are reached without it: on single
    tasks, which whoever has the future ends, and on the process, which anybody does.
    """
    return look(node.pool, _held_for_good, node, is_collected)


def _held_for_good(node: Node, is_collected: bool) -> list[Task]:
    started = [task for task in started_tasks(node.pool, node) if task._p_ended_at is None]
    found = [
        task
        for task in started
        if task._p_stop_reason is None and is_barred(task) and _is_shut(task, is_collected)
    ]
    for each in node.below():
        # Of a long queue that is not held, only those that are held on their own.
        is_shut = _is_shut_for_good(each.gate, is_collected)
        own = (*each.queue.aside, *each.queue.arrived)
        queued = (*own, *each.queue) if is_shut else own
        found += [
            task for task in queued if task._state == PENDING and _is_shut(task, is_collected)
        ]
    return found


def _is_shut(task: Task, is_collected: bool) -> bool:
    node = task._p_node
    gate = node.gate if is_collected and node is not None else task._p_gate
    return _is_shut_for_good(gate, is_collected)


def _is_shut_for_good(gate: Gate, is_collected: bool) -> bool:
    return gate.closed and not all(
        hold.ends_by_itself() or (is_collected and hold.above is not None)
        for hold in gate.all_holds()
    )
