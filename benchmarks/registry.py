"""All contests, in the order of the table."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from benchmarks import (
    adopting,
    analysing,
    checkpoint,
    clusters,
    controlling,
    coroutines,
    importing,
    mapping,
    memory,
    pausing,
    peers,
    preempting,
    processes,
    protecting,
    resuming,
    roundtrip,
    scaling,
    subinterpreters,
    threads,
    throughput,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from benchmarks.contest import Contest

__all__ = ["contests", "is_wanted"]

_THEMES = (
    throughput,
    roundtrip,
    threads,
    mapping,
    memory,
    importing,
    checkpoint,
    scaling,
    pausing,
    resuming,
    preempting,
    analysing,
    protecting,
    controlling,
    adopting,
    processes,
    subinterpreters,
    coroutines,
    clusters,
    peers,
)


def contests(only: Iterable[str] = (), *, quick: bool = False) -> Iterator[Contest]:
    """List the contests whose names are wanted: all, if *only* is empty."""
    for theme in _THEMES:
        for contest in theme.contests(quick=quick):
            if is_wanted(contest.name, only):
                yield contest


def is_wanted(name: str, only: Iterable[str]) -> bool:
    """Say whether *name* is one of *only*, begins with one and a dash, or matches its wildcards."""
    wanted = list(only)
    return not wanted or any(
        name == each or name.startswith(f"{each}-") or fnmatchcase(name, each) for each in wanted
    )
