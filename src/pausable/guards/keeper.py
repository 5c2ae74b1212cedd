"""The keeper: what guards and windows have in common: they hold what depends on them, or not."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from pausable.guards.dependents import Dependents
from pausable.guards.watcher import keepers
from pausable.threads.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Callable

    Todo = list[Callable[[], object]]

__all__ = ["Keeper"]

logger: logging.Logger = logging.getLogger("pausable")


class Keeper:
    """Holds the scopes that depend on it while it is tripped.

    Their holds are of kind "guard": a user's `resume()` does not release them, nor do they end with
    a user's pause. All methods may be called from any thread, but not from signal handlers.
    """

    def __init__(self, name: str) -> None:
        """Begin with nothing that depends on it."""
        if not isinstance(name, str) or not name:
            msg = f"a guard's name must be text, not {name!r}"
            raise TypeError(msg)
        self._name = name
        # Protects the machine, the dependents and the trial. The locks of pools are taken below it;
        # nothing of users is called while it is held. Re-entrant, since finalizers run anywhere.
        self._lock = threading.RLock()
        self._dependents = Dependents(f"guard {name}")
        keepers.add(self)

    @property
    def name(self) -> str:
        """What it is called, in holds, statuses and the log."""
        return self._name

    def take_on(self, scope: Scope) -> None:
        """Hold *scope*, too, while tripped: from now on if it is. Does not block; idempotent.

        What ``guards=[...]`` of a pool or a group does. The scope keeps its guards alive.
        """
        if not isinstance(scope, Scope):
            msg = f"a guard takes on pools and groups, not {scope!r}"
            raise TypeError(msg)
        node = scope._node
        with node.state.lock:
            if self not in node.guards:
                node.guards = (*node.guards, self)
        self._change(lambda todo: self._dependents.add(scope, todo))

    def look_around(self) -> None:
        """Look again who depends on it, and whether they are to be held. Scopes call it."""
        self._change(lambda _todo: None)

    def is_tripped(self) -> bool:
        """Say whether what depends on it is held."""
        return self._dependents.reason is not None

    def _change(self, change: Callable[[Todo], object]) -> None:
        """Make a change under the lock, see to what follows, then do what is to be done."""
        todo: Todo = []
        with self._lock:
            change(todo)
            self._follow(todo)
        for do in todo:
            do()

    def _follow(self, todo: Todo) -> None:
        """Make the holds what they are to be, and see to the next look. Under the lock."""
        raise NotImplementedError

    def _begin_anew(self) -> None:
        """Hold nothing: this is a forked child."""
        self._lock = threading.RLock()
        self._dependents.begin_anew()
