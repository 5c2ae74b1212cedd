"""All forms: ways of code that knows nothing of pauses to go on for ever."""

from __future__ import annotations

import preempt.calls
import preempt.classes
import preempt.coroutines
import preempt.generators
import preempt.loops
import preempt.waits  # noqa: F401 - each import enters the forms of a module
from preempt.form import PATIENCE, Form, Run, registry

__all__ = ["FORMS", "PATIENCE", "Form", "Run"]

FORMS: tuple[Form, ...] = tuple(registry)
