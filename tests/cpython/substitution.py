"""Put one implementation's classes in the places where CPython's tests look for the stdlib's.

The tests bind the classes when they are imported (`executor_type = futures.ThreadPoolExecutor`),
so a substitution comes before their first import and lasts as long as the process: each run has
a process of its own, and so has each implementation. The stdlib is put in its own place in the
same way, so that both runs go through the same steps.

Some tests start an interpreter in isolated mode (`-I`) for a piece of code, to see how it exits.
There, nothing of ours is in place: `prelude()` makes the line of code that does it all again.
"""

from __future__ import annotations

import faulthandler
import importlib
import json
import sys
from dataclasses import dataclass
from pathlib import Path

PLACES = {
    "ThreadPoolExecutor": ("concurrent.futures", "concurrent.futures.thread"),
    "ProcessPoolExecutor": ("concurrent.futures", "concurrent.futures.process"),
    "Future": ("concurrent.futures", "concurrent.futures._base"),
}
SOURCES = {"stdlib": "concurrent.futures", "pausable": "pausable.futures"}

# Seconds that code in a child may take, exit included; it takes 1. Below the ceiling of the whole
# test, so that a child that hangs ends by itself, with its stacks in the traceback of the test.
CHILD_CEILING = 15


@dataclass(frozen=True)
class Substitution:
    """Which classes are to come from which implementation.

    Its `repr` is the expression that makes it again: that is how it travels to a child.
    """

    source: str  # a key of SOURCES
    names: tuple[str, ...]  # keys of PLACES
    folder: str  # where the package that `source` names is imported from

    def apply(self) -> None:
        """Put the classes in place. Idempotent."""
        if self.folder not in sys.path:
            sys.path.insert(0, self.folder)
        source = importlib.import_module(SOURCES[self.source])
        for name in self.names:
            cls = getattr(source, name)
            for place in PLACES[name]:
                setattr(importlib.import_module(place), name, cls)

    def in_place(self) -> dict[str, str]:
        """Tell which class is found now in each of the places, substituted or not."""
        return {
            f"{place}.{name}": full_name(getattr(importlib.import_module(place), name))
            for name, places in PLACES.items()
            for place in places
        }

    def prelude(self, testimony: Path) -> str:
        """Return one line of code that applies this in another interpreter and testifies to it."""
        here = str(Path(__file__).parent)
        return (
            f"import sys; sys.path.insert(0, {here!r}); import substitution; "
            f"sys.path.remove({here!r}); "
            f"substitution.enter_child(substitution.{self!r}, {str(testimony)!r})\n"
        )


def enter_child(substitution: Substitution, testimony: str) -> None:
    """Apply `substitution` in a child, append what is in place to `testimony`, bound the child."""
    faulthandler.dump_traceback_later(CHILD_CEILING, exit=True)
    substitution.apply()
    with Path(testimony).open("a", encoding="utf-8") as file:
        file.write(json.dumps(substitution.in_place()) + "\n")


def full_name(cls: type) -> str:
    """Return the name of a class with its module's."""
    return f"{cls.__module__}.{cls.__qualname__}"
