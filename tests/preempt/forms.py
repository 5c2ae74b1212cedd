"""All forms: ways of code that knows nothing of pauses to go on for ever."""

from __future__ import annotations

from preempt import calls, classes, coroutines, generators, loops, waits, wrappers
from preempt.form import PATIENCE, Form, Run, registry

__all__ = ["FORMS", "PATIENCE", "Form", "Run"]

# To import these modules is to enter their forms.
MODULES = (loops, generators, calls, classes, wrappers, waits, coroutines)

FORMS: tuple[Form, ...] = tuple(registry)
