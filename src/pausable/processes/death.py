"""The death of a process under its task, as that gets to know of it, whatever it does here.

While the task runs, its thread waits for what the process says, and sees the end of that. While it
rests, the thread parks: it is woken as for a stop, and finds then that there is nobody to tell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable._core.attention import attention
from pausable._core.stop import request_stop

if TYPE_CHECKING:
    from pausable._core.task import Task
    from pausable._core.visit import Visit
    from pausable.processes.worker_process import WorkerProcess

__all__ = ["forget_death", "note_death"]

_DIED = "its process has ended"


def note_death(visit: Visit, worker: WorkerProcess) -> None:
    """Let the task of a process know that this has ended.

    Not if it has not begun there: its thread is about to find out, and takes another process.
    """
    task = worker.task
    if task is not None and worker.has_begun():
        request_stop(visit, task, _DIED)


def forget_death(_visit: Visit, task: Task) -> None:
    """Take back what was no stop that anybody has asked for: the task has failed."""
    if task._p_stop_reason == _DIED:
        task._p_stop_reason = None
        attention.discard(task)
