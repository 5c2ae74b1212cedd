"""Preemption of threads: the one engine of the process, and who wants it.

On CPython 3.12 and newer; 3.11 has no `sys.monitoring`, and no other way that costs nothing.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Literal

from pausable._preempt.engine import Engine
from pausable._preempt.monitor import HAS_MONITORING, free_ids
from pausable.errors import PreemptionUnavailable
from pausable.threads.timer import timer

if TYPE_CHECKING:
    from pausable._core.state import PoolState

__all__ = ["Preemptive", "engine", "enlist", "is_wanted"]

Preemptive = Literal["auto"] | bool

engine: Engine = Engine(timer.call_at)


def is_wanted(preemptive: Preemptive) -> bool:
    """Say whether tasks are to rest at safe points: `True`, or `"auto"` where they can.

    Raises:
        PreemptionUnavailable: `True`, and they cannot.
        TypeError: *preemptive* is neither.
    """
    if preemptive != "auto" and not isinstance(preemptive, bool):
        msg = f"preemptive must be True, False or 'auto', not {preemptive!r}"
        raise TypeError(msg)
    if preemptive is False:
        return False
    reason = _why_not()
    if reason is not None and preemptive is True:
        raise PreemptionUnavailable(reason)
    return reason is None


def enlist(state: PoolState) -> None:
    """Have the engine told of the pauses and stops of a pool: a scope or a task of it wants it."""
    if state.engine is None:
        engine.enlist(state)


def _why_not() -> str | None:
    if not HAS_MONITORING:
        version = ".".join(map(str, sys.version_info[:2]))
        return f"it needs sys.monitoring, which CPython has from 3.12 on, and this is {version}"
    if not free_ids():
        return "all tool ids of sys.monitoring that it could use (3, 4 and 5) are taken"
    return None
