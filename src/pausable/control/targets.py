"""The target: what a command is for. The process, a scope and a task have the same verbs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, cast

from pausable import everything
from pausable.scopes.handle import NodeHandle, handles
from pausable.scopes.outpost import outpost_of
from pausable.scopes.process import process
from pausable.scopes.status import stragglers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pausable.control.commands import Pause
    from pausable.scopes.future import Future
    from pausable.scopes.hold import Hold
    from pausable.scopes.outpost import Outpost
    from pausable.snapshots import Straggler

__all__ = ["ProcessTarget", "Refusal", "ScopeTarget", "Target", "TaskTarget"]


class Refusal(Exception):
    """Raised when a command cannot be done; it becomes the `Error` that is answered."""

    def __init__(self, code: Any, says: str) -> None:  # noqa: ANN401 - an `ErrorCode`
        """Keep the code, and the sentence that says what to do."""
        super().__init__(says)
        self.code = code
        self.says = says


class Target(Protocol):
    """What a command is for."""

    id: int  #: 0 of the process
    path: str  #: "" of the process

    def pause(self, command: Pause, owner: str) -> Hold:
        """Place a hold."""

    def resume(self, hold: Hold | None, stagger: float | None, jitter: float | None) -> int:
        """Release *hold*, or all that `pause` placed on it."""

    def stop(self, reason: str) -> int:
        """End its tasks; return how many."""

    def below(self) -> Iterator[Target]:
        """List what is below and may have holds of its own: groups, and tasks."""

    def is_paused(self) -> bool:
        """Say whether its gate is closed."""

    def is_quiescent(self) -> bool:
        """Say whether none of its tasks runs."""

    def stragglers(self) -> list[Straggler]:
        """Name the tasks that do."""

    def tasks(self) -> list[Future[Any]]:
        """List its unfinished tasks, those that have started first."""

    def outposts(self) -> list[Outpost]:
        """List those that know of its tasks that are elsewhere."""


class ProcessTarget:
    """The process: all pools, and those that are made later."""

    id = 0
    path = ""

    def pause(self, command: Pause, owner: str) -> Hold:
        """Place a hold."""
        return everything.pause(
            command.reason, running=command.running, duration=command.duration, owner=owner
        )

    def resume(self, hold: Hold | None, stagger: float | None, jitter: float | None) -> int:
        """Release *hold*, or all that `pause` placed on it."""
        return everything.resume(hold, stagger=stagger, jitter=jitter)

    def stop(self, reason: str) -> int:
        """End its tasks; return how many."""
        return everything.stop(reason)

    def below(self) -> Iterator[Target]:
        """List what is below and may have holds of its own."""
        for handle in handles():
            pool = ScopeTarget(handle)
            yield pool
            yield from pool.below()

    def is_paused(self) -> bool:
        """Say whether it is paused; a pool may be all the same."""
        return everything.is_paused()

    def is_quiescent(self) -> bool:
        """Say whether none of its tasks runs."""
        return everything.is_quiescent()

    def stragglers(self) -> list[Straggler]:
        """Name the tasks that do."""
        return everything.stragglers()

    def tasks(self) -> list[Future[Any]]:
        """List its unfinished tasks, those of one pool after the other."""
        # A pool that hangs below a scope of another is listed with that, too.
        return list(dict.fromkeys(task for handle in handles() for task in handle.tasks()))

    def outposts(self) -> list[Outpost]:
        """List those of all pools."""
        return [each for handle in handles() for each in ScopeTarget(handle).outposts()]

    @property
    def name(self) -> str:
        """What it is called as a scope."""
        return process.name


class ScopeTarget:
    """A pool or a group."""

    def __init__(self, handle: NodeHandle) -> None:
        """Be what *handle* reaches."""
        self.handle = handle
        self.id: int = handle.id
        self.path: str = handle.path

    def pause(self, command: Pause, owner: str) -> Hold:
        """Place a hold."""
        return self.handle.pause(
            command.reason, running=command.running, duration=command.duration, owner=owner
        )

    def resume(self, hold: Hold | None, stagger: float | None, jitter: float | None) -> int:
        """Release *hold*, or all that `pause` placed on it."""
        return self.handle.resume(hold, stagger=stagger, jitter=jitter)

    def stop(self, reason: str) -> int:
        """End its tasks; return how many."""
        return self.handle.stop(reason)

    def below(self) -> Iterator[Target]:
        """List what is below and may have holds of its own: groups, and tasks that have."""
        for group in self.handle.groups():
            yield ScopeTarget(group)
            yield from ScopeTarget(group).below()
        for task in self.own_tasks():
            if task.holds():
                yield TaskTarget(self.handle, task)

    def own_tasks(self) -> list[Future[Any]]:
        """List its unfinished tasks, but those of its groups."""
        node = self.handle._p_node
        return [task for task in self.handle.tasks() if task._p_node is node]

    def is_paused(self) -> bool:
        """Say whether its gate is closed."""
        return self.handle.is_paused()

    def is_quiescent(self) -> bool:
        """Say whether none of its tasks runs."""
        return self.handle.is_quiescent()

    def stragglers(self) -> list[Straggler]:
        """Name the tasks that do."""
        return self.handle.stragglers()

    def tasks(self) -> list[Future[Any]]:
        """List its unfinished tasks, those that have started first."""
        return self.handle.tasks()

    def outposts(self) -> list[Outpost]:
        """List its own, if its tasks are elsewhere."""
        found = outpost_of(self.handle._p_node)
        return [] if found is None else [found]


class TaskTarget:
    """One task."""

    def __init__(self, handle: NodeHandle, task: Future[Any]) -> None:
        """Be *task*, of the scope that *handle* reaches or one below."""
        self.handle = handle
        self.task = task
        self.id: int = task.id
        self.path: str = task.path

    def pause(self, command: Pause, owner: str) -> Hold:
        """Place a hold."""
        return self.handle.pause_task(
            self.task,
            command.reason,
            running=command.running,
            duration=command.duration,
            owner=owner,
        )

    def resume(self, hold: Hold | None, stagger: float | None, jitter: float | None) -> int:
        """Release *hold*, or all that `pause` placed on it. It is alone: there is no pace."""
        del stagger, jitter
        return self.task.resume(hold)

    def stop(self, reason: str) -> int:
        """End it; return whether it was to be ended."""
        return int(self.task.stop(reason))

    def below(self) -> Iterator[Target]:
        """List nothing."""
        return iter(())

    def is_paused(self) -> bool:
        """Say whether its gate is closed."""
        return self.task.is_paused()

    def is_quiescent(self) -> bool:
        """Say whether it does not run."""
        return self.task.is_quiescent()

    def stragglers(self) -> list[Straggler]:
        """Name it, if it runs."""
        return stragglers(cast("Any", self.task))

    def tasks(self) -> list[Future[Any]]:
        """List it."""
        return [self.task]

    def outposts(self) -> list[Outpost]:
        """List none: it is here."""
        return []
