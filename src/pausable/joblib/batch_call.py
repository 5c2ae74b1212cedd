"""The items of a batch, as joblib has put them together: a checkpoint comes before each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pausable._core.frames import entries
from pausable.scopes import attendance

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["batch"]


def batch(func: Any) -> Any:
    """Call what joblib has put together: some items, with a checkpoint before each."""
    items = getattr(func, "items", None)
    if isinstance(items, list):
        func.items = [(_Item(function), args, kwargs) for function, args, kwargs in items]
    return func()


class _Item:
    """One item's function, with a checkpoint before it."""

    __slots__ = ("function",)

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        attendance.checkpoint()
        return self.function(*args, **kwargs)


# An item's own code begins here: no frame of ours or of joblib's keeps it from a rest.
entries.append(_Item.__call__.__code__)
