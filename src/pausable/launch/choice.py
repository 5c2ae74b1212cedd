"""Which pools of a program become ours: those that `--only` selects, or all."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["is_chosen"]


def is_chosen(
    patterns: Sequence[str], module: str, classes: Sequence[type], prefix: object
) -> bool:
    """Say whether a pool is selected: by who makes it, what it is, or what it is called.

    That is the name of the *module* whose code makes it, as `s3transfer.manager` or `__main__`;
    that of one of its *classes* before the stdlib's, with its module, as `dask.pool.Pool`; or the
    *prefix* of its threads, where one is given at the call. Without patterns, all are.
    """
    if not patterns:
        return True
    names = [module, *(f"{each.__module__}.{each.__qualname__}" for each in classes)]
    if isinstance(prefix, str) and prefix:
        names.append(prefix)
    return any(fnmatchcase(name, pattern) for name in names for pattern in patterns)
