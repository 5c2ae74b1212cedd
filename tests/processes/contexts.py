"""Contexts of `multiprocessing` that are not its own: a process that is started imports this."""

from __future__ import annotations

import multiprocessing
from multiprocessing import context

from start_methods import METHODS

__all__ = ["CONTEXTS", "OfAnotherLibrary", "of_loky"]


class SpawnedAndNumbered(context.SpawnProcess):
    """A process that takes more than the stdlib's do."""

    made = 0

    def __init__(self, *args, number=None, **kwargs):
        """Count it."""
        super().__init__(*args, **kwargs)
        type(self).made += 1
        self.number = number or self.made

    def run(self):
        """Run, as a user's class may do it."""
        super().run()


class Numbering(context.SpawnContext):
    """A context with processes of its own."""

    Process = SpawnedAndNumbered


class Making(context.SpawnContext):
    """A context whose processes are made by a function."""

    def Process(self, *, target, args):  # noqa: N802 - it is called so
        return SpawnedAndNumbered(target=target, args=args, number=7)


class Forking(context.BaseContext):
    """A context that forks, under a name of its own."""

    _name = "mine"
    Process = getattr(context, "ForkProcess", None)


class Delegating:
    """A context by what it can do, and not by its class."""

    def __init__(self):
        """Stand before one that spawns."""
        self._behind = multiprocessing.get_context("spawn")

    def __getattr__(self, name):
        """Hand on."""
        return getattr(self._behind, name)


class OfAnotherLibrary(context.SpawnContext):
    """A context of a library that has copied `multiprocessing`."""

    class Process:
        """No process of the stdlib."""


def of_loky():
    """Return that of loky, as joblib has it; None without joblib."""
    try:
        from joblib.externals.loky.backend import get_context  # noqa: PLC0415
    except ImportError:
        return None
    return get_context("loky")


CONTEXTS = {
    "loky": of_loky,
    "own processes": Numbering,
    "a function": Making,
    "delegating": Delegating,
}
if "fork" in METHODS:
    CONTEXTS["forking"] = Forking
