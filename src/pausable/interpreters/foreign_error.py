"""The foreign error: what is known here of an exception that was raised in another interpreter.

As in the stdlib, what is raised here is a copy of it, if it can be copied, from an
`ExecutionFailed`, which has the facts as text, its traceback among them.
"""

from __future__ import annotations

import sys
import traceback
from concurrent.interpreters import ExecutionFailed
from types import SimpleNamespace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["Facts", "complain", "described", "failure"]

Facts = tuple[str, str, str, str, str, str]
"""Of an exception: the name of its class, the qualified one, its module; what it says; how a
traceback ends with it; and the traceback."""


def described(error: BaseException, trace: TracebackType | None) -> Facts:
    """Say what is known of an exception. Where it was raised."""
    kind = type(error)
    module = str(kind.__module__)
    try:
        said = str(error)
    except BaseException:  # noqa: BLE001 - it is the task's, and may say so by raising
        said = "<it cannot be said>"
    name = (
        kind.__qualname__ if module in {"builtins", "__main__"} else f"{module}.{kind.__qualname__}"
    )
    try:
        lines = traceback.format_exception(kind, error, trace)
    except BaseException:  # noqa: BLE001 - as before
        lines = [name]
    text = "".join(lines).rstrip("\n")
    return kind.__name__, kind.__qualname__, module, said, f"{name}: {said}" if said else name, text


def failure(facts: Facts) -> ExecutionFailed:
    """Return the error that tells of another, as the stdlib makes it."""
    name, qualified, module, said, formatted, trace = facts
    kind = SimpleNamespace(__name__=name, __qualname__=qualified, __module__=module)
    return ExecutionFailed(
        SimpleNamespace(type=kind, msg=said, formatted=formatted, errdisplay=trace)
    )


def complain(facts: Facts) -> None:
    """Say that an exception cannot be copied, as the stdlib does. Where it was raised."""
    print("exception is not shareable:", facts[-1], sep="\n", file=sys.stderr)  # noqa: T201
