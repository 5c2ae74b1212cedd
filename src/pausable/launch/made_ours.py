"""The class of the pools that a program has made as the stdlib's: ours, under the stdlib's name."""

from __future__ import annotations

from concurrent.futures import thread as stdlib
from typing import TYPE_CHECKING, Any

from pausable.scopes.reprs import plain_spoken
from pausable.threads.executor import ThreadPoolExecutor

if TYPE_CHECKING:
    from pausable.scopes.preemption import Preemptive

__all__ = ["Guise", "MadeOurs", "disguise"]


class Guise:
    """Looks like an instance of the class that the program has called.

    A class of its own: where `super()` is used, `__class__` means something else.
    """

    _p_class: type[Any] = stdlib.ThreadPoolExecutor

    @property  # type: ignore[misc]  # it is one of `object`, too
    def __class__(self) -> type[Any]:
        """That class."""
        return self._p_class

    def __repr__(self) -> str:
        """Say what the stdlib's says."""
        return object.__repr__(self)


class MadeOurs(Guise, ThreadPoolExecutor):
    """Our pool, that looks like the stdlib's: to whoever prints it, or asks for its class."""

    _p_preemptive: Preemptive = "auto"
    """Of all of them: nobody can say it where a program makes one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Make a pool, with the arguments of the stdlib's."""
        super().__init__(*args, **{"preemptive": self._p_preemptive, **kwargs})
        plain_spoken.add(self._p_node.pool)


def disguise(ours: type, stdlib: type) -> None:
    """Have a class of ours be called as the stdlib's."""
    for name in ("__module__", "__name__", "__qualname__", "__doc__"):
        setattr(ours, name, getattr(stdlib, name))


disguise(MadeOurs, stdlib.ThreadPoolExecutor)
