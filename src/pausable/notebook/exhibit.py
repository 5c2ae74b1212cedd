"""The exhibit: what a notebook shows, a pool, a group or the process. It keeps no pool alive.

A panel stays in its notebook for as long as that is open, and a pool that is shown there ends as if
nobody had seen it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from pausable import everything
from pausable.errors import ScopeEnded
from pausable.scopes.annex import status_with_annexes
from pausable.scopes.handle import PoolHandle
from pausable.scopes.process import process

if TYPE_CHECKING:
    from collections.abc import Callable

    from pausable.scopes.pools import Runner
    from pausable.scopes.scope import Scope
    from pausable.scopes.switch import Switch
    from pausable.snapshots import ProcessStatus, ScopeStatus

__all__ = ["Exhibit", "ProcessExhibit", "ScopeExhibit", "subject_of"]

REASON = "paused in the notebook"
OWNER = "notebook"


class Exhibit(Protocol):
    """What can be shown, paused and resumed."""

    path: str

    def status(self) -> ScopeStatus | ProcessStatus | None:
        """Take a snapshot; None if it is gone."""

    def pause(self) -> bool:
        """Pause it; False if that changed nothing."""

    def resume(self) -> bool:
        """Release what `pause` has placed, whoever did; False if there was nothing."""


class ScopeExhibit:
    """A pool or a group."""

    def __init__(self, scope: Scope) -> None:
        """Be about *scope*, which is not kept."""
        self.path: str = _path_of(scope)
        self._find: Callable[[], Scope | None] = _finder(scope)
        self._switch: Switch | None = None  # kept while it is on: so is the pool then

    def status(self) -> ScopeStatus | None:
        """Take a snapshot; None if it is gone."""
        try:
            scope = self._find()
            return None if scope is None else status_with_annexes(scope._p_node)
        except ScopeEnded:
            return None

    def pause(self) -> bool:
        """Pause it; False if that changed nothing.

        Raises:
            ScopeEnded: nothing of it is left.
        """
        scope = self._scope("pause")
        if self._switch is None:
            self._switch = scope.switch(REASON, owner=OWNER)
        return self._switch.on()

    def resume(self) -> bool:
        """Release what `pause` has placed, whoever did; False if there was nothing.

        Raises:
            ScopeEnded: nothing of it is left.
        """
        released = self._scope("resume").resume()
        self._switch = None
        return bool(released)

    def _scope(self, verb: str) -> Scope:
        scope = self._find()
        if scope is None:
            raise ScopeEnded(self.path, verb)
        return scope


class ProcessExhibit:
    """The process: all of its pools, and those that are made later."""

    path: str = process.name

    def __init__(self) -> None:
        """Begin with its switch off."""
        self._switch: Switch = everything.switch(REASON, owner=OWNER)

    def status(self) -> ProcessStatus:
        """Take a snapshot."""
        return everything.status()

    def pause(self) -> bool:
        """Pause it; False if that changed nothing."""
        return self._switch.on()

    def resume(self) -> bool:
        """Release what `pausable.pause()` has placed, whoever did; False if there was nothing."""
        return bool(everything.resume())


def subject_of(scope: Scope | None) -> Exhibit:
    """Return what stands for a scope; for the process, if that is None."""
    return ProcessExhibit() if scope is None else ScopeExhibit(scope)


def _path_of(scope: Scope) -> str:
    try:
        return scope._p_node.identity.path
    except ScopeEnded:  # a handle of a pool that is gone
        return scope.name


def _finder(scope: Scope) -> Callable[[], Scope | None]:
    """Return what finds a scope for as long as anything of it is there, and does not keep it."""
    if isinstance(scope, PoolHandle):
        return lambda: scope
    crew: Runner | None = getattr(scope, "_p_crew", None)
    if crew is None:  # a group
        return scope._p_reference()
    handle = PoolHandle(crew)
    return lambda: handle
