"""Preemption: who wants the one engine of the process, which is there once somebody does.

On CPython 3.12 and newer; 3.11 has no `sys.monitoring`, and no other way that costs nothing.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

from pausable.errors import PreemptionUnavailable

if TYPE_CHECKING:
    from pausable._core.pool import Pool

__all__ = ["Preemptive", "enlist", "is_wanted"]

Preemptive = Literal["auto"] | bool


def _part(name: str) -> Any:
    """Import a part of the engine when it is first wanted: most programs never want it."""
    return import_module(f"pausable._preempt.engine.{name}")


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


def enlist(pool: Pool) -> None:
    """Have the engine told of the pauses and stops of a pool: a scope or a task of it wants it."""
    if pool.others.engine is None:
        _part("lookout").engine.enlist(pool)


def _why_not() -> str | None:
    monitor = _part("monitor")
    if not monitor.HAS_MONITORING:
        version = ".".join(map(str, sys.version_info[:2]))
        return f"it needs sys.monitoring, which CPython has from 3.12 on, and this is {version}"
    if not monitor.free_ids():
        return "all tool ids of sys.monitoring that it could use (3, 4 and 5) are taken"
    return None
