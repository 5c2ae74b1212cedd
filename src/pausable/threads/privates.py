"""The private attributes of the stdlib's pool that programs read and set, with their meaning there.

What they mean here is kept elsewhere: each of these is a property that looks there.
"""

from __future__ import annotations

import sys
import threading
import warnings
from concurrent.futures import thread as stdlib
from typing import TYPE_CHECKING, Any

from pausable._core.decision import decide
from pausable._core.postponement import let_all_go
from pausable._core.room import Room
from pausable.scopes.shutdown import close
from pausable.threads.work_queue import WorkQueue, size_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pausable._core.tree import Node
    from pausable._core.visit import Visit
    from pausable.threads.crew import Crew

__all__ = ["Privates", "warn_of_overrides"]


class Privates(stdlib.ThreadPoolExecutor):
    """What a pool shows of itself under the stdlib's private names.

    What a subclass sets before it has called our constructor is forgotten, as in the stdlib.
    """

    _p_node: Node
    _p_crew: Crew
    _p_lock: threading.Lock

    def _p_is_made(self) -> bool:
        return "_p_crew" in self.__dict__

    @property
    def _threads(self) -> set[threading.Thread]:
        return self._p_crew.threads

    @_threads.setter
    def _threads(self, value: Iterable[threading.Thread]) -> None:
        if self._p_is_made():
            self._p_crew.threads = set(value)

    @property
    def _thread_name_prefix(self) -> str:
        return self._p_crew.prefix

    @_thread_name_prefix.setter
    def _thread_name_prefix(self, value: str) -> None:
        if self._p_is_made():
            self._p_crew.prefix = value

    if sys.version_info < (3, 14):  # since then there are none in the stdlib

        @property  # type: ignore[override]  # the stdlib has an attribute
        def _initializer(self) -> Callable[..., object] | None:
            return self._p_crew.initializer

        @_initializer.setter
        def _initializer(self, value: Callable[..., object] | None) -> None:
            if self._p_is_made():
                self._p_crew.initializer = value

        @property
        def _initargs(self) -> tuple[Any, ...]:
            return self._p_crew.initargs

        @_initargs.setter
        def _initargs(self, value: tuple[Any, ...]) -> None:
            if self._p_is_made():
                self._p_crew.initargs = value

    @property
    def _shutdown(self) -> bool:
        return not self._p_node.queue.is_accepting

    @_shutdown.setter
    def _shutdown(self, value: bool) -> None:
        if not self._p_is_made():
            return
        if value:
            close(self._p_node, cancel_futures=False)
        elif not self._p_node.queue.is_accepting:
            msg = "a pool that has been shut down cannot be opened again: make a new one"
            raise ValueError(msg)

    @property
    def _shutdown_lock(self) -> Any:
        """One that nobody else holds for long, and no submit waits for."""
        return self._p_lock

    @_shutdown_lock.setter
    def _shutdown_lock(self, value: Any) -> None:
        self._p_lock = value

    @property  # type: ignore[override]  # the stdlib has an attribute
    def _broken(self) -> str | bool:
        return self._p_node.pool.end.broken or False

    @_broken.setter
    def _broken(self, value: str | bool) -> None:
        if not self._p_is_made():
            return
        pool = self._p_node.pool
        pool.end.broken = str(value) if value else None
        pool.end.is_refusing = bool(value) or pool.end.is_exiting

    @property
    def _idle_semaphore(self) -> threading.Semaphore:
        """One of which as many can be had as there are idle workers just now."""
        return threading.Semaphore(len(self._p_node.pool.seats.idle))

    @_idle_semaphore.setter
    def _idle_semaphore(self, value: threading.Semaphore) -> None:
        """Set nothing: it is made anew whenever it is asked for."""

    @property  # type: ignore[override]  # the stdlib has an attribute
    def _work_queue(self) -> WorkQueue:
        return WorkQueue(self._p_node)

    @_work_queue.setter
    def _work_queue(self, value: object) -> None:
        if not self._p_is_made():
            return
        size, pool = size_of(value), self._p_node.pool
        decide(pool, _set_room, None if size is None else Room(size))

    def _adjust_thread_count(self) -> None:
        """Call for as many workers as there is work for."""
        decide(self._p_node.pool, let_all_go)


def _set_room(visit: Visit, room: Room | None) -> None:
    pool = visit.pool
    pool.is_plain = False
    if pool.room is not None:
        pool.room.retire(visit)
    pool.room = room


def warn_of_overrides(cls: type[object]) -> None:
    """Warn where a subclass overrides what is never called here."""
    if getattr(cls, "_adjust_thread_count", None) is not Privates._adjust_thread_count:
        warnings.warn(
            f"{cls.__name__} overrides _adjust_thread_count(), which pausable does not call: it "
            "starts its threads itself. For threads that nobody waits for at exit use daemon=True",
            RuntimeWarning,
            stacklevel=3,
        )
