"""The vocabulary: which names speak of taking a lock, and which of giving it back."""

from __future__ import annotations

import re

__all__ = ["begins", "ends", "gives", "speaks_of_sleep", "speaks_of_taking", "takes"]

_TAKES = re.compile(
    r"""__a?enter__ | enter_context | enter_async_context | pop_all
      | _*(?:try_?)? (?:acquire | lock | flock | lockf | locking) (?:_.*)? | .*_acquire
      | _*(?:take | obtain | grab | enter | wait_for) _ (?:.*_)? (?:lock | mutex)""",
    re.VERBOSE,
)
_GIVES = re.compile(r"(?:__a?exit__|(?:.*_)?(?:release|unlock)(?:_.*)?)")
_BEGINS = re.compile(r"\s*(?:begin|start\s+transaction|lock\s+tables?)\b", re.IGNORECASE)
_ENDS = re.compile(r"\s*(?:commit|end|rollback(?!\s+to\b)|abort|unlock\s+tables)\b", re.IGNORECASE)
_SLEEPS = re.compile(r"(?:.*_)?(?:sleep|wait|backoff)(?:_.*)?")


def takes(name: str) -> bool:
    """Tell whether a method of this name takes a lock."""
    return _TAKES.fullmatch(name) is not None


def speaks_of_taking(name: str) -> bool:
    """Tell whether a name in some code may be that of what takes a lock, not of a lock."""
    return takes(name) and name.strip("_") != "lock"


def gives(name: str) -> bool:
    """Tell whether a method of this name gives a lock back."""
    return _GIVES.fullmatch(name) is not None


def begins(statement: object) -> bool:
    """Tell whether a statement of SQL begins a transaction."""
    return type(statement) is str and _BEGINS.match(statement) is not None


def ends(statement: object) -> bool:
    """Tell whether a statement of SQL ends a transaction."""
    return type(statement) is str and _ENDS.match(statement) is not None


def speaks_of_sleep(name: str) -> bool:
    """Tell whether a function of this name waits for some time to go by."""
    return _SLEEPS.fullmatch(name) is not None
