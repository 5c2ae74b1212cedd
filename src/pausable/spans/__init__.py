"""Spans: each task as a span of OpenTelemetry, current in the task, with its rests as events.

Needs the extra ``opentelemetry``, which is the API alone. `task_spans` makes the spans, `journal`
knows the rests.
"""

from __future__ import annotations

from pausable.spans.task_spans import TaskSpans

__all__ = ["TaskSpans"]
