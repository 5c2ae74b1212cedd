"""The pools of the process: all that still have an executor or a seat, and whether it goes down."""

from __future__ import annotations

import os
import weakref
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Collection

    from pausable._core.pool import Pool
    from pausable._core.ports import Seat
    from pausable._core.tree import Node

__all__ = [
    "Runner",
    "crews",
    "forget_pool",
    "is_exiting",
    "keep",
    "kept",
    "note_crew",
    "note_exit",
    "note_pool",
    "pools",
    "stocktakers",
    "strike_off",
    "take_stock",
]


class Runner(Protocol):
    """Who runs the tasks of one pool, as those see it who wait for its end."""

    pool: Pool
    initializer: Callable[..., object] | None
    initargs: tuple[Any, ...]
    is_collected: bool  #: whether its executor is gone

    @property
    def daemon(self) -> bool:
        """Whether nobody waits for it at the interpreter's exit."""

    @property
    def threads(self) -> Collection[threading.Thread]:
        """The threads of ours that it has, or had."""

    def root(self) -> Node | None:
        """Return the scope of the whole pool; None if it is over and gone."""

    def executor(self) -> object:
        """Return the executor, unless it is gone."""

    def join(self, deadline: float | None) -> bool:
        """Wait until nothing of it is left, to *deadline* at most; say whether that is so."""

    def living(self) -> list[threading.Thread]:
        """List the threads that have not ended."""

    def forget_threads(self) -> None:
        """Start anew in a forked child, where none of the threads is."""

    def initializer_failed(self, seat: Seat) -> None:
        """Give the pool up."""

    def dissolve_if_over(self) -> None:
        """Let nothing of a pool that is over and gone refer to itself."""


_exits: list[bool] = []


def is_exiting() -> bool:
    """Say whether the interpreter goes down: no pool takes tasks any more."""
    return bool(_exits)


def note_exit() -> None:
    """Note that the interpreter goes down."""
    _exits.append(True)


_crews: weakref.WeakValueDictionary[int, Runner] = weakref.WeakValueDictionary()


def crews() -> list[Runner]:
    """List all crews that still have an executor or a thread; others may come and go meanwhile."""
    # Not a WeakSet: it cannot be listed while another thread adds to it.
    return [crew for find in _crews.valuerefs() if (crew := find()) is not None]


_pools: weakref.WeakValueDictionary[int, Pool] = weakref.WeakValueDictionary()

stocktakers: set[Callable[[], object]] = set()
"""Called before pools are listed: they write down what has begun, or ended, unseen."""


def pools() -> list[Pool]:
    """List all pools of which anybody has anything, whatever runs their tasks."""
    take_stock()
    return [pool for find in _pools.valuerefs() if (pool := find()) is not None]


def take_stock() -> None:
    """Have written down what nobody has told of. Before pools or crews are listed for users."""
    for each in tuple(stocktakers):
        each()


def note_pool(pool: Pool) -> None:
    """Have *pool* among those that are listed, for as long as it is there."""
    _pools[id(pool)] = pool


def forget_pool(pool: Pool) -> None:
    """Have *pool* listed no more: it is not ours any longer."""
    _pools.pop(id(pool), None)


def note_crew(crew: Runner) -> None:
    """Have *crew* among those that are listed, for as long as it is there."""
    _crews[id(crew)] = crew


def strike_off(crew: Runner) -> None:
    """Have *crew* listed no more: its pool is over and gone."""
    _crews.pop(id(crew), None)
    _kept.pop(crew, None)


_kept: dict[Runner, None] = {}
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_kept.clear)  # their tasks are the parent's


def keep(crew: Runner) -> None:
    """Keep a pool whose executor is gone until it is over: somebody outside can resume it."""
    _kept[crew] = None


def kept() -> list[Runner]:
    """List the crews that are kept so."""
    return list(_kept.copy())
