"""Ends and odd hours: shutdown, the interpreter's exit, a collected executor, a fork.

None of them hangs, paused or not:

- A shutdown that waits, waits for the resume: a pause is somebody's decision.
- At the interpreter's exit, what has not started and is held is cancelled, what rests is stopped,
  and what comes to a closed gate later is stopped there. All else runs to its end, as it does in
  the stdlib.
- When an executor is collected while paused, nobody can resume it any more (whoever has one of its
  holds or groups keeps it alive): the same is done to what it holds.
- In a forked child a pool is empty and open, without threads; futures from before are cancelled.
"""

from __future__ import annotations

import logging
import os
import threading
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from pausable._core.attention import attention, current, here, shields
from pausable._core.chasing import call_engine
from pausable._core.gates import hold_status
from pausable._core.holding import end_holds
from pausable._core.parking import AT_EXIT, check_may_wait, own_task, wait_for_fact
from pausable._core.starting import dismiss, drop_pace, rearm
from pausable._core.state import act
from pausable._core.stopping import request_stop
from pausable._core.times import clock, wall_clock
from pausable.events import ScopeShutDown
from pausable.threads.awaited import lone_lock
from pausable.threads.crew import crews, note_exit
from pausable.threads.faults import fail_all
from pausable.threads.preempting import engine
from pausable.threads.seeing import list_tasks
from pausable.threads.timer import timer

if TYPE_CHECKING:
    from pausable._core.nodes import Node
    from pausable._core.parker import Wakeable
    from pausable._core.state import PoolState
    from pausable.threads.crew import Crew
    from pausable.threads.future import Future

__all__ = ["close", "collected", "is_over", "wait_ended"]

logger: logging.Logger = logging.getLogger("pausable")

_COLLECTED = "its executor was garbage-collected while it was paused"
_FORKED = "the process has forked; this task belongs to the parent"


def close(node: Node, *, cancel_futures: bool) -> None:
    """Let a scope take no more tasks; with *cancel_futures*, cancel what has not started."""
    if not node.state.defers(partial(_close_now, node, cancel_futures=cancel_futures)):
        _close_now(node, cancel_futures=cancel_futures)


def _close_now(node: Node, *, cancel_futures: bool) -> None:
    state = node.state
    wakes: list[Wakeable] = []
    with state.lock:
        for each in node.below():
            if each.is_accepting and state.observed:
                state.emit(each, ScopeShutDown(each.name, wall_clock()))
            each.is_accepting = False
        if node.parent is None:
            state.is_closing = True
            if not state.unstarted:
                dismiss(state)
                # All, in case a Ctrl-C has kept somebody from waking those that were dismissed.
                wakes = [seat.parker for seat in state.seats]
    act(state, wakes)
    fail_all(node)
    if cancel_futures:
        for task in list_tasks(node):
            cast("Future[Any]", task)._withdraw_now(None)
    _end_holds(node)


def wait_ended(node: Node, crew: Crew | None, timeout: float | None) -> bool:
    """Wait until nothing of a scope is left, and, with its *crew*, until its threads have ended.

    Raises:
        RuntimeError: called by a task of the scope, which would wait for itself.
    """
    me = own_task()
    if me is not None and me.node is not None and me.node.is_within(node):
        msg = f"a task of {node.name!r} cannot wait for its shutdown: use shutdown(wait=False)"
        raise RuntimeError(msg)
    check_may_wait(node.state.lock)
    deadline = None if timeout is None else clock() + timeout
    with node.state.lock:
        node.shutdowns += 1
    try:
        _say_if_paused(node)
        ended = _wait_ended(node, crew, deadline)
    finally:
        with node.state.lock:
            node.shutdowns -= 1
    if ended:
        _end_holds(node)
    else:
        logger.warning(
            "shutdown of %r: %d tasks were left after %g s", node.name, node.unfinished(), timeout
        )
    return ended


def is_over(node: Node) -> bool:
    """Say whether nothing of a scope is left."""
    with node.state.lock:
        return not node.unfinished()


def _end_holds(node: Node) -> None:
    """Release what is held of a scope of which nothing is left: nobody will rest for it."""
    with node.state.lock:
        if node.is_accepting or node.unfinished():
            return
        end_holds(node.state, node)
    act(node.state, [])


def _wait_ended(node: Node, crew: Crew | None, deadline: float | None) -> bool:
    if crew is not None and not crew.join(deadline):
        return False
    if not is_over(node):  # a group; or a pool that was paused before it had a thread
        node.state.call_all()  # raises if there is no thread for what may run, and none can start
        left = None if deadline is None else max(deadline - clock(), 0.0)
        if not wait_for_fact(
            node.state, node, lambda: not node.active and not node.unfinished(), left
        ):
            return False
    return crew is None or crew.join(deadline)


def _say_if_paused(node: Node) -> None:
    now = clock()
    with node.state.lock:
        held = [
            hold_status(each.name, record, now)
            for below in node.below()
            for each in (below.path() if below is node else (below,))
            for record in each.gate.holds
        ]
        waiting = [task for task in list_tasks(node) if task.stop_reason is None]
        held += [
            hold_status(task.name, record, now)
            for task in waiting
            if task.node is not None and task.gate is not task.node.gate
            for record in task.gate.holds
        ]
    if held and waiting:
        logger.warning(
            "shutdown of %r waits for a resume with %d tasks unfinished; held: %s",
            node.name,
            len(waiting),
            "; ".join(map(str, held)),
        )


def _end_paces(state: PoolState) -> None:
    """Let those go at once who went one by one: there may not be time for more."""
    with state.lock:
        for node in state.root.below():
            drop_pace(state, node)
        rearm(state, state.root)
    state.call_all()


def _end_held(state: PoolState, reason: str, *, own_gates: bool) -> None:
    """Cancel what has not started and stop what rests, where a gate is closed."""
    for task in list_tasks(state.root):
        node = cast("Node", task.node)
        gate = task.gate if own_gates else node.gate
        if gate.closed and not cast("Future[Any]", task)._withdraw(reason):
            _stop_if_at_rest(state, node, cast("Future[Any]", task), reason)


def _stop_if_at_rest(state: PoolState, node: Node, task: Future[Any], reason: str) -> None:
    wakes: list[Wakeable] = []
    with state.lock:
        if task.is_at_rest() and task.gate.closed_to_running:
            request_stop(state, node, task, reason, wakes)
    act(state, wakes)


def collected(crew: Crew, _reference: object) -> None:
    """Wind a pool up whose executor has been collected. May run anywhere, like any finalizer."""
    state = crew.state
    state.is_closing = True
    for seat in tuple(state.seats):
        seat.parker.wake()
    if any(node.gate.closed for node in state.root.below()):
        # Not here: this may be inside a critical section of this very thread.
        timer.call_at(clock(), partial(_abandon, state))


def _abandon(state: PoolState) -> None:
    if state.root.unfinished():
        logger.warning(
            "%r was garbage-collected while paused: its tasks are stopped", state.root.name
        )
    fail_all(state.root)
    with state.lock:
        state.orphaned = _COLLECTED  # for those who have not come to their gates yet
    _end_held(state, _COLLECTED, own_gates=False)
    for node in state.root.below():
        node.is_accepting = False
    _end_holds(state.root)


def _at_exit() -> None:
    """End all pools, before the interpreter waits for their threads."""
    note_exit()
    everyone = list(crews)
    for crew in everyone:
        state = crew.state
        with state.lock:
            state.is_exiting = state.is_refusing = state.is_closing = True
            wakes: list[Wakeable] = list(state.guests)
        _end_paces(state)
        fail_all(state.root)
        _end_held(state, AT_EXIT, own_gates=True)
        with state.lock:
            if not state.unstarted:
                wakes += dismiss(state)
            call_engine(state, wakes)
        act(state, wakes)
    try:
        for crew in everyone:
            crew.join(None)
    except KeyboardInterrupt:
        for crew in everyone:
            for task in list_tasks(crew.state.root):
                cast("Future[Any]", task).stop("Ctrl-C while the interpreter was exiting")
        raise


def _after_fork() -> None:
    """Make all pools empty, open and without threads, in the child."""
    attention.clear()
    here.seat = None
    lone_lock._at_fork_reinit()  # type: ignore[attr-defined]  # as `threading` does
    current.set(None)
    shields.set(0)
    timer.forget_all()
    engine.forget_all()
    for crew in list(crews):
        state = crew.state
        for task in {*_started_anyhow(state), *_queued_anyhow(state)}:
            cast("Future[Any]", task)._orphan(_FORKED)
        crew.forget_threads()
        state.forget_all()


def _started_anyhow(state: PoolState) -> list[Any]:
    """List the started tasks without the lock, which another thread may have held at the fork."""
    return [seat.task for seat in tuple(state.seats) if seat.task is not None]


def _queued_anyhow(state: PoolState) -> list[Any]:
    return [
        task
        for node in state.root.below()
        for task in (*node.aside, *node.queue, *node.rested, *node.quiet)
    ]


# As the stdlib's pool does: called just before the interpreter joins all threads, earlier than
# `atexit`, when threads can still start. Private, but there since 3.9 and what concurrent.futures
# itself has no substitute for.
threading._register_atexit(_at_exit)  # type: ignore[attr-defined]
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
