"""Files that tasks in processes make, as signs of how far they are."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["is_there"]


def is_there(folder: Path, name: str) -> Callable[[], bool]:
    """Return what says whether a task has made the file of that name."""
    return partial(Path(folder, name).exists)
