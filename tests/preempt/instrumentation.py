"""Reads back from `sys.monitoring` what is instrumented, for every tool and all code there is."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from types import CodeType
from typing import TYPE_CHECKING

from helpers import functions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["all_code", "leftovers", "tools"]

TOOLS = range(6)
HAS_MONITORING = hasattr(sys, "monitoring")


def tools() -> list[str | None]:
    """Return who has each tool id; of a Python without them, nothing."""
    return [sys.monitoring.get_tool(number) for number in TOOLS] if HAS_MONITORING else []


def within(code: CodeType) -> Iterator[CodeType]:
    """Return a code object and all that are among its constants."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from within(constant)


def all_code() -> list[CodeType]:
    """Return the code of every function that is alive, and what that has in it, once each."""
    found = {id(code): code for function in functions() for code in within(function.__code__)}
    return list(found.values())


@contextmanager
def readable(number: int) -> Iterator[None]:
    """Take a tool id for as long as it is read, if nobody has it: else it cannot be read."""
    is_free = sys.monitoring.get_tool(number) is None
    if is_free:
        sys.monitoring.use_tool_id(number, "tests")
    try:
        yield
    finally:
        if is_free:
            sys.monitoring.free_tool_id(number)


def leftovers(codes: Iterable[CodeType] | None = None, besides: Iterable[int] = ()) -> list[str]:
    """Say which events are set for which code; *besides*: the ids of tools that may set some.

    Without *codes*: for that of every function that is alive.
    """
    if not HAS_MONITORING:
        return []
    found = []
    codes = all_code() if codes is None else list(codes)
    for number in TOOLS:
        if number in besides:
            continue
        with readable(number):
            if events := sys.monitoring.get_events(number):
                found.append(f"tool {number}: {events:#x} everywhere")
            found += [
                f"tool {number}: {events:#x} in {code.co_qualname}, {code.co_filename}"
                for code in codes
                if (events := sys.monitoring.get_local_events(number, code))
            ]
    return found
