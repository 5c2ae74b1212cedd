"""The force that is used on tasks which do not listen, where they run in processes of their own."""

from __future__ import annotations

import weakref
from functools import partial
from typing import TYPE_CHECKING

from pausable._core.gate import PROCESS
from pausable._core.times import clock
from pausable.errors import NotSupported
from pausable.scopes.numbers import optional_seconds
from pausable.scopes.timer import timer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pausable._core.pool import Pool
    from pausable._core.task import Task

__all__ = ["check_freezes", "checked_patience", "kill_later"]


def check_freezes(pool: Pool | None) -> None:
    """Raise if the tasks of *pool* cannot be frozen; None is all pools.

    Raises:
        NotSupported: they cannot.
    """
    wanted = "running='freeze'"
    if pool is None:
        raise NotSupported(f"{wanted}: that is for a pool of processes, or a part of one", PROCESS)
    if pool.warden is None:
        wanted += ": its tasks run in no processes of their own"
    elif not pool.warden.freezes:
        wanted += ": that is known to work on Linux only"
    else:
        return
    raise NotSupported(wanted, pool.root.name)


def checked_patience(pool: Pool, seconds: float | None) -> float | None:
    """Return for how long a stop is to wait before it kills; None for ever.

    Raises:
        NotSupported: it cannot kill: the tasks run in no processes of their own.
        TypeError: *seconds* is no number.
        ValueError: it is negative or NaN.
    """
    patience = optional_seconds("kill_after", seconds)
    if patience is not None and pool.warden is None:
        wanted = "stop(kill_after=...): its tasks run in no processes of their own"
        raise NotSupported(wanted, pool.root.name)
    return patience


def kill_later(pool: Pool, tasks: Iterable[Task], seconds: float | None) -> None:
    """Kill those of *tasks*, which were asked to stop, that still run in so many seconds."""
    started = [task for task in tasks if task._p_seat is not None and task._p_ended_at is None]
    if started and seconds is not None:
        # Weakly: results are not to be kept for so long.
        finds = [weakref.ref(task) for task in started]
        timer.call_at(clock() + seconds, partial(_kill, weakref.ref(pool), finds))


def _kill(find: Callable[[], Pool | None], finds: Sequence[Callable[[], Task | None]]) -> None:
    pool = find()
    for each in finds:
        task = each()
        if pool is not None and pool.warden is not None and task is not None:
            pool.warden.kill(task)
