"""pausable.aio: coroutines of asyncio that can be paused, resumed and stopped, unmodified.

`TaskGroup` is an `asyncio.TaskGroup`, and a scope: its tasks rest at their next await. What is
about coroutines only is here; all else is as with threads. Nothing of this is imported by who does
not ask for it.

| module | what is in it |
|---|---|
| `task_group` | what users have |
| `coroutine_scope` | what a task group and its subgroups have in common, and these |
| `driver` | what asyncio is given in a coroutine's place: it does not go on at a closed gate |
| `conduct` | what is done for it in its own code |
| `farewell` | what becomes known of it at its end, also when a line of ours was struck |
| `coroutine_future` | the task of a coroutine, as the core knows it, and its future |
| `loop_seat` | where a coroutine runs |
| `carrier` | the event loop as what runs the tasks of a pool: wakes them, in portions |
| `active_time` | the checkpoint, the sleep and the timeout of coroutines |
| `raised` | what asyncio raises into a coroutine, and what that raises |
| `offspring` | tasks that tasks make, by way of a task factory |
| `errands` | calls that tasks hand to threads, by way of a default executor |
| `anyio_group`, `anyio_scope`, `walker` | groups on trio, or on both; not imported here |
| `stranding` | what becomes of tasks whose loop was closed |
"""

from __future__ import annotations

from pausable.aio.active_time import Timeout, checkpoint, sleep, timeout
from pausable.aio.coroutine_future import CoroutineFuture, future_of
from pausable.aio.coroutine_scope import Subgroup
from pausable.aio.task_group import TaskGroup

__all__ = [
    "CoroutineFuture",
    "Subgroup",
    "TaskGroup",
    "Timeout",
    "checkpoint",
    "future_of",
    "sleep",
    "timeout",
]
