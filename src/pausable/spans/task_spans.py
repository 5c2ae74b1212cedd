"""The spans of tasks: what a pool opens around each, see `scopes.surroundings`."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

try:
    from opentelemetry import trace
except ImportError as _error:
    _message = "spans need the API of OpenTelemetry: pip install 'pausable[opentelemetry]'"
    raise ImportError(_message, name="opentelemetry") from _error

from pausable._core.path import id_of_task, path_of_task
from pausable.errors import Stopped
from pausable.events import TaskRested, TaskResumed
from pausable.lowlevel import never_rest_in
from pausable.spans.journal import journal_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from pausable.events import TaskEvent
    from pausable.scopes.future import Future

__all__ = ["TaskSpans"]

_BILLION = 1_000_000_000

never_rest_in("opentelemetry")  # its exporters have locks that cannot be seen


class TaskSpans:
    """Opens a span around each task: ``ThreadPoolExecutor(around=TaskSpans())``, or of a group.

    The span is current in the task, so that those which it makes are below it; with
    ``context="submitter"`` it is itself below the span in which the task was submitted. It is
    called as the task's function is, has the task's path, pool, outcome and times as attributes,
    and an event for each rest and its end, the first hundred of one task. An exception of the task
    makes it an error; a stop does not.

    One may be used for any number of pools.
    """

    def __init__(self, tracer: trace.Tracer | None = None) -> None:
        """Make spans by *tracer*; by default, by one of the provider that is set."""
        self._tracer = trace.get_tracer("pausable") if tracer is None else tracer

    def __call__(self, task: Future[Any]) -> AbstractContextManager[object]:
        """Return what is entered before a task, and left after it. Called by its pool."""
        return self._around(task)

    @contextmanager
    def _around(self, task: Future[Any]) -> Iterator[None]:
        journal, me = journal_of(task._p_node.pool.root), id_of_task(task)
        journal.open(me)
        about = {"pausable.path": path_of_task(task), "pausable.scope": task._p_node.identity.path}
        span = self._tracer.start_span(task._p_title, attributes=about)
        outcome = "result"
        try:
            with trace.use_span(span, record_exception=False, set_status_on_exception=False):
                yield
        except Stopped:
            outcome = "stopped"
            span.set_attribute("pausable.stop_reason", task._p_stop_reason or "")
            raise
        except BaseException as error:
            outcome = "exception"
            span.record_exception(error)
            span.set_status(trace.Status(trace.StatusCode.ERROR, type(error).__name__))
            raise
        finally:
            for rest in journal.close(me):
                _add(span, rest)
            active, paused = task._p_times()
            span.set_attribute("pausable.outcome", outcome)
            span.set_attribute("pausable.active_seconds", active)
            span.set_attribute("pausable.paused_seconds", paused)
            span.end()


def _add(span: trace.Span, event: TaskEvent) -> None:
    """Add the beginning or the end of a rest to a span."""
    at = int(event.at * _BILLION)
    if isinstance(event, TaskRested):
        span.add_event("rested", {"code.where": str(event.where or "")}, at)
    elif isinstance(event, TaskResumed):
        span.add_event("resumed", {"pausable.seconds": event.seconds}, at)
