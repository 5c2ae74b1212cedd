"""One look: where each task is that is chased, and in which code it will be seen next.

It does not work to look at the frames of other threads without the GIL: they are gone while one
walks them. There each thread finds itself, from events on all code of the process.
"""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

from pausable._core.dormancy import count_as_resting
from pausable._core.frames import each_innermost, entries
from pausable._core.gil import HAS_GIL
from pausable._core.locations import location_of
from pausable._core.times import clock
from pausable._preempt.engine.event_loop import wake_loop, wake_loops_of
from pausable._preempt.engine.stdlib_wait import WAIT, is_waiting
from pausable._preempt.engine.stop_point import is_cleaning_up
from pausable._preempt.rule.setback import still_refused
from pausable._preempt.rule.territory import may_rest_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from pausable._core.task import Task
    from pausable._preempt.engine.monitor import Monitor

__all__ = ["arm", "at"]

_SELECTORS = f"{os.sep}selectors.py"


def at(tasks: list[Task], monitor: Monitor, *, is_rare: bool) -> Iterator[Callable[[], object]]:
    """Look at tasks that run, on whatever thread, and set events where they may rest.

    Yields what is to be done about it, under no lock: users' code may run in it. *is_rare*: this
    look may take long. One thread at a time.
    """
    if HAS_GIL:
        return _at_frames(tasks, monitor)
    monitor.arm_everything()
    if is_rare:
        wake_loops_of({task._p_seat.ident for task in tasks if task._p_seat is not None})
    return iter(())


def _at_frames(tasks: list[Task], monitor: Monitor) -> Iterator[Callable[[], object]]:
    now = clock()
    running = {
        task._p_seat.ident: task
        for task in tasks
        if task._p_seat is not None
        and (task._p_stop_reason is None or not is_cleaning_up(task, now))
    }
    armed: set[int] = set()  # many tasks run the same code
    frames = each_innermost(running)
    for ident, task in running.items():
        frame = frames.pop()  # each is let go of when the next is looked at
        if frame is None or _is_left_alone(task, frame, ident):
            continue
        if frame.f_code is WAIT:
            then = _counts(task, frame, ident, monitor)
            if then is not None:
                yield then
                continue
        if frame.f_code.co_filename.endswith(_SELECTORS):  # its globals might run code to be read
            wake_loop(frame)
        _arm(frame, monitor, armed)


def _is_left_alone(task: Task, frame: FrameType, ident: int) -> bool:
    """Say whether the task is where it was refused to rest last, and why is not to be asked yet."""
    is_refused = task._p_rest is not None and task._p_rest.refusal is not None
    return is_refused and still_refused(task, frame, ident)


def _counts(
    task: Task, frame: FrameType, ident: int, monitor: Monitor
) -> Callable[[], object] | None:
    """Count a task as at rest if it is in a wait in which nothing of it runs.

    Returns what is to be done about that; None if it does not count.
    """
    if not is_waiting(task, frame, ident):
        return None
    monitor.watch(WAIT)  # before it is seen to be inside again
    is_certain = partial(is_waiting, task, frame, ident)
    return count_as_resting(task, location_of(frame), is_certain)


def arm(frame: FrameType, monitor: Monitor) -> None:
    """Set events where the calling thread, whose innermost frame this is, may rest or stop."""
    if HAS_GIL:
        _arm(frame, monitor, set())
    else:
        monitor.arm_everything()


def _arm(innermost: FrameType, monitor: Monitor, armed: set[int]) -> None:
    """Set events on all code on a stack in which a task may rest."""
    frame: FrameType | None = innermost
    while frame is not None and frame.f_code not in entries:
        code = frame.f_code
        if id(code) not in armed and may_rest_in(frame):
            armed.add(id(code))
            monitor.arm(code)
        frame = frame.f_back
