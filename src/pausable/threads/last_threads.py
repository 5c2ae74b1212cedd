"""The last threads: what becomes of those that users have started, at the interpreter's exit.

The stdlib waits for them, but for daemons, and so must we not: a thread may wait for the main one
to be over. But what is held would never end. So all are let go of as tasks here, before anybody
waits: daemons at once, the others when nothing holds them any more. What is held waits for who can
resume it, and is stopped if nobody can.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

from pausable._core.parker import Parker
from pausable._core.states import PENDING
from pausable.scopes.common_log import WARNING, say
from pausable.scopes.patience import for_tasks
from pausable.scopes.resumers import held_for_good, is_anybody_there
from pausable.scopes.shutdown import LOOKS
from pausable.scopes.timer import timers
from pausable.threads.lifetime import OwnSeat, abandon

if TYPE_CHECKING:
    from pausable._core.tree import Node
    from pausable.scopes.future import Future

__all__: list[str] = []


def _at_exit() -> None:
    """Let go of all threads."""
    for task in _tasks(daemon=True):
        abandon(task)
    _see_to_held()
    for task in _tasks(daemon=False):
        if task._p_stop_reason is None:
            abandon(task)


def _tasks(*, daemon: bool) -> list[Future[Any]]:
    """List the tasks of the threads that have been started and have not ended."""
    threads = [each for each in threading.enumerate() if each.daemon is daemon]
    tasks = [task for each in threads if (task := vars(each).get("_p_task")) is not None]
    return [task for task in tasks if isinstance(task._p_seat, OwnSeat) and not task.done()]


def _see_to_held() -> None:
    """Wait until nothing holds a thread; stop those that are held if nobody can resume them."""
    patience, moment = None, Parker()
    while held := [task for task in _tasks(daemon=False) if _is_held(task)]:
        for each in timers:  # on some Pythons no thread is started for them any more
            each.stand_in()
        if not is_anybody_there():
            _stop(held)
        if patience is None:
            patience = for_tasks("at the interpreter's exit, the end of threads", held, None)
        moment.park(LOOKS)
        patience.speak()


def _is_held(task: Future[Any]) -> bool:
    """Say whether a thread is held, or was, and has not begun since."""
    return (task.is_paused() or task._state == PENDING) and task._p_stop_reason is None


def _stop(held: list[Future[Any]]) -> None:
    """Stop the threads that are held by what does not end by itself."""
    stopped = [task for task in held if task in held_for_good(cast("Node", task._p_node))]
    for task in stopped:
        task.stop("the interpreter is exiting")
    if stopped:
        text = "threads are held at the exit, and nobody is there to resume: %d are stopped"
        say(WARNING, text, len(stopped))


# Before `scopes.endings`, which has registered first, waits for all tasks. Private, as there.
with suppress(RuntimeError):  # the main thread waits for the others already
    threading._register_atexit(_at_exit)  # type: ignore[attr-defined]
