"""The names of joblib, which has no types; some are beyond its documentation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:

    class FallbackToBackend(Exception):
        """Raised to have a call made by another backend."""

        def __init__(self, backend: object) -> None:
            """Name that."""

    class SequentialBackend:
        """Runs in the calling thread."""

        def __init__(self, nesting_level: int) -> None:
            """Say in how many calls it is."""

    class Base:
        """What joblib has for all backends."""

        nesting_level: int | None

        def __init__(self, **options: object) -> None:
            """Take what all take."""

        def reset_batch_stats(self) -> None:
            """Begin anew to find out how large a batch should be."""

    def register_parallel_backend(name: str, made_by: type[Base]) -> None:
        """Make a backend known."""

    def get_active_backend() -> tuple[Any, int | None]:
        """Return the backend that is configured here, and how many jobs."""

else:
    from joblib import register_parallel_backend
    from joblib._parallel_backends import (
        AutoBatchingMixin,
        FallbackToBackend,
        ParallelBackendBase,
        SequentialBackend,
    )
    from joblib.parallel import get_active_backend

    class Base(AutoBatchingMixin, ParallelBackendBase):
        """What joblib has for all backends."""


__all__ = [
    "Base",
    "FallbackToBackend",
    "SequentialBackend",
    "get_active_backend",
    "register_parallel_backend",
]
