"""The task: what the core knows about one submitted call, and its times.

A task is also its own future (`pausable.scopes.future`): one object a task, and nothing about
rest until it rests for the first time.
"""

from __future__ import annotations

from types import FunctionType
from typing import TYPE_CHECKING, Any

from pausable._core.names import callable_name, plain_text
from pausable._core.path import new_id
from pausable._core.rest_record import RestRecord
from pausable._core.states import PENDING
from pausable._core.times import clock

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextvars import Context

    from pausable._core.gate import Gate

__all__ = ["Task", "rest_of"]


class Task:
    """One submitted call. All but the plain data of the call is written under the pool's lock."""

    __slots__ = (
        "_p_args",
        "_p_context",
        "_p_ended_at",
        "_p_fn",
        "_p_gate",
        "_p_id",
        "_p_kwargs",
        "_p_label",
        "_p_node",
        "_p_number",
        "_p_rest",
        "_p_seat",
        "_p_started_at",
        "_p_stop_reason",
        "_p_waiting",
        "_state",
    )

    _state: str
    _p_waiting: Any  # what those who wait for its end share, once there are any; see `announced`
    _p_node: Any  # the `Node` of its scope; None of a future that no pool owns
    _p_gate: Gate  # its own while somebody holds it; else the one of its scope
    _p_fn: Callable[..., Any] | None
    _p_args: tuple[Any, ...]
    _p_kwargs: dict[str, Any] | None
    _p_context: Context | None
    _p_number: int  # within its pool, in the order of submission; negative if a name was given
    _p_id: int  # of a task of a pool 0 until somebody asks for it: see `path`
    _p_label: str | None  # the given name; or the function's, once the function was let go
    _p_seat: Any  # the `Seat` on which it runs
    _p_started_at: float | None
    _p_ended_at: float | None
    _p_rest: RestRecord | None
    _p_stop_reason: str | None  # set once somebody has asked it to stop

    def __init__(self) -> None:
        """Make a task that belongs to no pool; whoever submits it says where it belongs."""
        self._state = PENDING
        self._p_waiting = None
        self._p_node = None
        self._p_fn = None
        self._p_kwargs = None
        self._p_context = None
        self._p_number = 0
        self._p_id = new_id()
        self._p_label = None
        self._p_seat = None
        self._p_started_at = None
        self._p_ended_at = None
        self._p_rest = None
        self._p_stop_reason = None

    def _p_forget_run(self, reason: str | None) -> None:
        """Forget where it ran and rested: this is a forked child, where it does neither."""
        self._p_stop_reason = reason
        self._p_rest = self._p_seat = None
        if self._p_node is not None:
            self._p_gate = self._p_node.gate

    @property
    def _p_name(self) -> str:
        """The name that was given with `options(name=...)`, or the function's with a number."""
        title = self._p_title
        return f"{title}-{self._p_number}" if self._p_number > 0 else title

    @property
    def _p_title(self) -> str:
        """The name without a number."""
        return plain_text(self._p_label or callable_name(self._p_fn))

    def _p_forget_call(self) -> None:
        """Let go of the function and its arguments; the name stays. Not under the lock.

        What is let go of may have a finalizer.
        """
        if not self._p_label:
            fn = self._p_fn
            is_plain = type(fn) is FunctionType or type(fn) is type  # as nearly all are
            name = fn.__name__ if is_plain else None  # type: ignore[union-attr]
            self._p_label = name if type(name) is str and name else callable_name(fn)
        self._p_fn = self._p_kwargs = self._p_context = None
        self._p_args = ()

    def _p_let_go(self) -> None:
        """Do nothing, outside the lock: what is dropped with this call may have a finalizer."""

    def _p_is_at_rest(self) -> bool:
        """Say whether the task rests: its own thread at a closed gate, or in a quiet block."""
        return self._p_rest is not None and self._p_rest.since is not None

    def _p_times(self, now: float | None = None) -> tuple[float, float]:
        """Return active time and paused time up to *now*, in seconds."""
        if self._p_started_at is None:
            return 0.0, 0.0
        at = self._p_ended_at
        if at is None:
            at = clock() if now is None else now
        elapsed = at - self._p_started_at
        rest = self._p_rest
        if rest is None:
            return elapsed, 0.0
        since = rest.paused_since
        paused = rest.paused_for + (at - since if since is not None else 0.0)
        return max(elapsed - self._p_rested(at), 0.0), paused

    def _p_rested(self, now: float) -> float:
        """Return for how many seconds the task has rested up to *now*."""
        rest = self._p_rest
        if rest is None:
            return 0.0
        return rest.rested_for + (now - rest.since if rest.since is not None else 0.0)


def rest_of(task: Task) -> RestRecord:
    """Return the task's record of rests, made now if it has never rested."""
    if task._p_rest is None:
        task._p_rest = RestRecord()
    return task._p_rest
