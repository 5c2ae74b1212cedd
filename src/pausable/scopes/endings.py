"""Ends that no shutdown has asked for: an exception that leaves `with`, the exit, a collection.

None of them hangs, paused or not, and none loses what still can run. All ask one question (see
`resumers`): can anybody still resume? If so they wait, and say so; if not, what is held is stopped:
what has not started is cancelled, what rests is stopped, and what comes to a closed gate later is
stopped there. All else runs to its end, as it does in the stdlib.

- After Ctrl-C all tasks are ended, held or not.
- An executor that is collected was reachable by nobody but those who had one of its holds or
  groups, who keep it alive: nobody can release its holds any more, but those on the process. Unless
  a control server is up: whoever is outside reaches all pools, and the tasks wait for him.
"""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from pausable._core.decision import decide
from pausable._core.pace import drop_pace
from pausable._core.parker import HAS_DAEMONS
from pausable._core.postponement import let_all_go
from pausable._core.seats import dismiss
from pausable._core.stop import request_stop
from pausable._core.times import clock
from pausable._core.turns import rearm
from pausable.scopes.adoption import drain
from pausable.scopes.common_log import WARNING, say
from pausable.scopes.ctrl_c import is_ctrl_c, watching_for_ctrl_c
from pausable.scopes.fault import fail_all
from pausable.scopes.pools import crews, keep, kept, note_exit
from pausable.scopes.resumers import held_for_good, is_anybody_outside, is_anybody_there
from pausable.scopes.shutdown import end_all, let_go, looking_after, wait_ended
from pausable.scopes.status import list_tasks
from pausable.scopes.timer import timer, timers

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pausable._core.pool import Pool
    from pausable._core.tree import Node
    from pausable._core.visit import Visit
    from pausable.scopes.future import Future
    from pausable.scopes.pools import Runner
    from pausable.scopes.scope import Scope

__all__ = ["abandon_kept", "collected", "leave", "stop_held"]


_AT_EXIT = "the interpreter is exiting"
_COLLECTED = "its executor was garbage-collected while it was paused"


def stop_held(node: Node, reason: str, *, is_collected: bool = False) -> int:
    """End the tasks of a scope that are held, and that nobody will release; return how many."""
    pool: Pool = node.pool
    held = held_for_good(node, is_collected=is_collected)
    ended = decide(pool, drain, node) or 0 if held and node.gate.closed else 0
    for task in held:
        ended += cast("Future[Any]", task)._p_withdraw(reason) or bool(
            decide(pool, request_stop, task, reason)
        )
    return ended


# An exception that leaves `with`.


def leave(scope: Scope, exc: BaseException | None) -> None:
    """Leave a ``with`` block: wait for the tasks, as in the stdlib; after Ctrl-C, end them.

    Ctrl-C may come in the block or while this waits. After any other exception, what is held and
    can be resumed by nobody is stopped.
    """
    if exc is not None and is_ctrl_c(exc):
        _end_after(scope, exc)
        return
    node = scope._p_node
    look = None if exc is None else partial(stop_if_hopeless, node, exc)
    end = partial(end_all, node, reason_of(KeyboardInterrupt()))
    try:
        with looking_after(watching_for_ctrl_c(look, end)):
            scope.shutdown(wait=True)
    except KeyboardInterrupt as interrupt:
        _end_after(scope, interrupt)
        raise


def _end_after(scope: Scope, exc: BaseException) -> None:
    scope.shutdown(wait=False, cancel_futures=True)
    scope.stop(reason_of(exc))
    scope.shutdown(wait=True)


def reason_of(exc: BaseException) -> str:
    """Say why tasks are stopped when *exc* has left the block."""
    return f"{type(exc).__name__} in the with block"


def stop_if_hopeless(node: Node, exc: BaseException) -> None:
    """Stop what is held after *exc* has left the block, unless somebody can still resume it."""
    if not is_anybody_there() and (ended := stop_held(node, reason_of(exc))):
        say(
            WARNING,
            "%s left the block of %r while it was held, and nobody is there to resume: "
            "%d tasks are stopped",
            type(exc).__name__,
            node.name,
            ended,
        )


# A collection.


def collected(crew: Runner, _reference: object) -> None:
    """Wind a pool up whose executor has been collected. May run anywhere, like any finalizer."""
    pool = crew.pool
    pool.end.is_closing = True
    for node in pool.root.below():
        node.queue.is_accepting = False  # nobody will decide a fault that comes later
    for seat in tuple(pool.seats):
        seat.wake()
    if any(node.gate.closed for node in pool.root.below()):
        # Not here: this may be inside a critical section of this very thread.
        timer.call_at(clock(), partial(_abandon, crew))
    else:
        crew.is_collected = True
        crew.dissolve_if_over()


def _abandon(crew: Runner) -> None:
    if is_anybody_outside():
        keep(crew)
    if not is_anybody_outside():  # asked again: who goes gives up what is kept when he has gone
        _give_up(crew)
    let_go(crew.pool.root)
    crew.is_collected = True
    crew.dissolve_if_over()


def _give_up(crew: Runner) -> None:
    root = crew.pool.root
    fail_all(root)
    if stop_held(root, _COLLECTED, is_collected=True):
        say(WARNING, "%r was garbage-collected while paused: its tasks are stopped", root.name)


def abandon_kept() -> None:
    """Give up what was kept for somebody outside, who is gone now. Collected pools only."""
    for crew in kept():
        if not is_anybody_outside():
            _give_up(crew)
            crew.dissolve_if_over()


# The exit.


def _at_exit() -> None:
    """End all pools, before the interpreter waits for their threads."""
    note_exit()
    # With their scopes, which a pool that is over and gone lets go of meanwhile: see `Crew`.
    everyone = [
        (crew, root)
        for crew in crews()
        if not crew.daemon and (root := crew.root()) is not None  # nobody waits for daemons
    ]
    for _, root in everyone:
        decide(root.pool, _close_at_exit, root)
    try:
        with looking_after(partial(_look_at_exit, everyone)):
            _wait_for_all(everyone)
    except KeyboardInterrupt:
        for _, root in everyone:
            if root.unfinished():
                end_all(root, "Ctrl-C while the interpreter was exiting")
        _wait_for_all(everyone)  # or their `finally` blocks would not run
        raise
    finally:
        if not HAS_DAEMONS:  # then their threads are waited for
            for each in timers:
                each.end()


def _wait_for_all(everyone: Iterable[tuple[Runner, Node]]) -> None:
    for crew, root in everyone:
        wait_ended(root, crew, None)


def _close_at_exit(visit: Visit, root: Node) -> None:
    pool = visit.pool
    pool.end.is_exiting = pool.end.is_refusing = pool.end.is_closing = True
    for node in root.below():  # let all go at once: there may not be time for more
        drop_pace(visit, node)
    rearm(visit, root)
    visit.opens = bool(pool.seats)
    if not any(node.queue.pending for node in root.below()):
        dismiss(visit)
    if pool.room is not None:
        pool.room.rouse(visit)


def _look_at_exit(everyone: Iterable[tuple[Runner, Node]]) -> None:
    """Do what no thread may be there for any more; stop what is held if nobody can resume it."""
    for each in timers:
        each.stand_in()
    is_hopeless = not is_anybody_there()
    for crew, root in everyone:
        if is_hopeless:
            fail_all(root)
            stop_held(root, _AT_EXIT)
        if not crew.pool.seats.has_workers() and root.unfinished():
            _start_or_cancel(crew.pool)


def _start_or_cancel(pool: Pool) -> None:
    """Start a thread for what may run and has none, or give it up: Python 3.12 may start none."""
    try:
        decide(pool, let_all_go)
    except RuntimeError as error:
        for task in list_tasks(pool.root):
            cast("Future[Any]", task)._p_withdraw(f"{_AT_EXIT}: {error}")
        say(WARNING, "%r: tasks were cancelled at the exit: %s", pool.root.name, error)


# As the stdlib's pool does: called just before the interpreter joins all threads, earlier than
# `atexit`. Private, but there since 3.9 and what concurrent.futures itself has no substitute for.
try:
    threading._register_atexit(_at_exit)  # type: ignore[attr-defined]
except RuntimeError:  # the main thread waits for the others already: we were attached to them
    note_exit()
