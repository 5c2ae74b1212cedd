"""What is done to a module of the stdlib when the program imports it, and not before.

To import it for the program would be seen: `multiprocessing` has things done at the exit, in the
order in which it is imported.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

__all__ = ["when_imported"]


def when_imported(name: str, call: Callable[[ModuleType], object]) -> None:
    """Have *call* called with the module *name* just after it was first imported; or now."""
    module = sys.modules.get(name)
    if module is None:
        sys.meta_path.insert(0, _Finder(name, call))
    else:
        call(module)


class _Finder:
    """Has a module found as ever, once, and what is to be done done after it was loaded."""

    def __init__(self, name: str, call: Callable[[ModuleType], object]) -> None:
        self._name = name
        self._call = call

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find nothing but the one module, and that as the others do."""
        if name != self._name:
            return None
        sys.meta_path[:] = [each for each in sys.meta_path if each is not self]
        for finder in sys.meta_path:
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                self._wrap(spec.loader)
                return spec
        return None

    def _wrap(self, loader: Any) -> None:
        """Have a loader, which is for this module alone, do one thing more."""
        load = loader.exec_module

        def exec_module(module: ModuleType) -> None:
            del loader.exec_module
            load(module)
            self._call(module)

        loader.exec_module = exec_module
