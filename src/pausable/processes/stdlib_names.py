"""The private attributes of the stdlib's pool of processes that programs read, with their meaning.

What they mean is kept elsewhere: each is set once, or is a property that looks there.
"""

from __future__ import annotations

import multiprocessing
import threading
from concurrent.futures import process as stdlib
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING, Any

from pausable._core.decision import look
from pausable.scopes.status import list_tasks

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.context import BaseContext

    from pausable._core.tree import Node
    from pausable.processes.process_crew import ProcessCrew

__all__ = ["StdlibNames"]


class _CallQueue:
    """Stands for the stdlib's queue of calls, which is not there: nothing is prefetched."""

    def close(self) -> None:
        """Do nothing."""

    def join_thread(self) -> None:
        """Do nothing."""


class StdlibNames(stdlib.ProcessPoolExecutor):
    """What a pool shows of itself under the stdlib's private names. Of that, none is called.

    Where there is a property here, the stdlib has an attribute.
    """

    _p_node: Node
    _p_crew: ProcessCrew
    _p_is_shut_down: bool = False

    def _p_take_settings(
        self,
        context: BaseContext | None,
        initializer: Callable[..., object] | None,
        initargs: tuple[Any, ...],
        most: int | None,
    ) -> None:
        """Check and keep how processes are started, as the stdlib does.

        Raises:
            TypeError: an argument is of the wrong kind; *context* is that of a library which has
                copied `multiprocessing`, and does not fork: nothing of the stdlib gets there.
            ValueError: *most* is below 1, or processes are to be forked with it.
            NotImplementedError: this system cannot have such a pool.
        """
        stdlib._check_system_limits()
        if context is None:
            context = multiprocessing.get_context(None if most is None else "spawn")
        forks = context.get_start_method(allow_none=False) == "fork"
        if not forks:
            _check_processes(context)
        if initializer is not None and not callable(initializer):
            msg = "initializer must be a callable"
            raise TypeError(msg)
        if most is not None:
            if not isinstance(most, int):
                msg = "max_tasks_per_child must be an integer"
                raise TypeError(msg)
            if most <= 0:
                msg = "max_tasks_per_child must be >= 1"
                raise ValueError(msg)
            if forks:
                msg = (
                    "max_tasks_per_child is incompatible with the 'fork' multiprocessing start "
                    "method; supply a different mp_context."
                )
                raise ValueError(msg)
        self._mp_context = context
        self._safe_to_dynamically_spawn_children = not forks
        self._initializer = initializer  # type: ignore[assignment]  # what it returns is let go
        self._initargs = initargs
        self._max_tasks_per_child = most
        self._shutdown_lock = threading.Lock()  # nobody else takes it
        self._result_queue = None  # type: ignore[assignment]  # there is none
        self._executor_manager_thread_wakeup = None  # type: ignore[assignment]  # as the one before

    @property
    def _max_workers(self) -> int:
        return int(self._p_node.slots.asked)

    @property
    def _processes(self) -> dict[int, Any] | None:  # type: ignore[override]
        return None if self._p_is_shut_down else self._p_crew.stable.processes

    @property
    def _executor_manager_thread(self) -> threading.Thread | None:  # type: ignore[override]
        return None if self._p_is_shut_down else self._p_crew.stable.watch

    @property
    def _call_queue(self) -> _CallQueue | None:
        return None if self._p_is_shut_down else _CallQueue()

    @property
    def _idle_worker_semaphore(self) -> threading.Semaphore:  # type: ignore[override]
        return self._p_crew.stable.idle

    @property
    def _pending_work_items(self) -> dict[int, Any]:  # type: ignore[override]
        return {abs(task._p_number): task for task in list_tasks(self._p_node)}

    @property
    def _shutdown_thread(self) -> bool:  # type: ignore[override]
        return not self._p_node.queue.is_accepting

    @property
    def _broken(self) -> str | bool:  # type: ignore[override]
        end = self._p_node.pool.end
        return look(self._p_node.pool, lambda: end.broken and end.refusal) or False


def _check_processes(context: Any) -> None:
    """Refuse processes to which nothing of the stdlib's can be sent at their start.

    The stdlib's class has no use for them either, and says so at the first submit.
    """
    kind = context.Process
    if isinstance(kind, type) and not issubclass(kind, BaseProcess):
        theirs = f"{kind.__module__}.{kind.__qualname__}"
        msg = (
            f"mp_context must start processes of multiprocessing, not {theirs}: "
            "use multiprocessing.get_context()"
        )
        raise TypeError(msg)
