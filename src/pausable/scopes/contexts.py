"""Whose context variables a task sees: those of its worker, as in the stdlib, or its submitter's.

In the worker's, what an initializer or a task has set stays for the tasks after it on that thread
(decimal's and numpy's settings, a client for each thread). The submitter's travel: the task sees
them as they were at its `submit()`, and what it sets is seen by nobody else.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

__all__ = ["Contexts", "travels"]

Contexts: TypeAlias = Literal["worker", "submitter"]


def travels(context: Contexts | None) -> bool | None:
    """Say whether the submitter's variables travel to the task; None if that was not said.

    Raises:
        ValueError: *context* is neither word.
    """
    if context is None:
        return None
    if context == "submitter":
        return True
    if context == "worker":
        return False
    msg = f"context must be 'worker' or 'submitter', not {context!r}"
    raise ValueError(msg)
