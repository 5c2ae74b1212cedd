"""The place: a program, a scope or a task that can be selected, by its id, and never by its row."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pausable.scopes.prose import plain

if TYPE_CHECKING:
    from pausable.control.link import Link
    from pausable.control.mirror import Row
    from pausable.control.shapes import Hold, Process, Scope, Selection, Task

__all__ = ["Place"]


class Place(NamedTuple):
    """What a key acts on. What is known of it is its link's: to be read under the link's lock."""

    link: Link
    row: Row

    @property
    def key(self) -> tuple[int, str, int]:
        """What tells it from all others, as long as the panel runs."""
        return self.link.pid, self.row.kind, self.row.id

    @property
    def selection(self) -> Selection:
        """What a command says to mean it."""
        return {"all": True} if self.row.kind == "process" else {"id": self.row.id}

    @property
    def scope(self) -> Scope | None:
        """The pool or group, if it is one and there still."""
        return self.link.mirror.scopes.get(self.row.id) if self.row.kind == "scope" else None

    @property
    def task(self) -> Task | None:
        """The task, if it is one and there still."""
        return self.link.mirror.tasks.get(self.row.id) if self.row.kind == "task" else None

    @property
    def part(self) -> Process | Scope | Task | None:
        """What is known of it; None if it is over."""
        if self.row.kind == "process":
            return self.link.mirror.process
        return self.scope or self.task

    @property
    def name(self) -> str:
        """What a person calls it: its path, or the program's name."""
        part = self.scope or self.task
        return plain(part["path"]) if part is not None else f"{self.link.name} ({self.link.pid})"

    @property
    def holds(self) -> list[Hold]:
        """The holds on itself."""
        return [] if self.part is None else self.part["holds"]

    @property
    def is_faulted(self) -> bool:
        """Whether it is a task that waits for a decision."""
        return self.task is not None and self.task["state"] == "faulted"
