"""The ledger: what each task of a chaos test did, and who runs right now, kept by the tasks.

Nothing here takes a lock of the pool's, and tasks take none at all: a chaos test must not put the
threads into an order in which nothing can go wrong.
"""

from __future__ import annotations

import threading
import traceback
from collections import deque
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING, Any

from pausable import TaskStopped

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pausable import Future, Hold

__all__ = ["Book", "Entry", "Failed", "Ledger"]


class Failed(Exception):
    """What a task raises that is meant to fail."""


class Book:
    """What is known of one scope: who lives in it, and who is between two checkpoints."""

    def __init__(self, name: str, limit: float, above: Book | None = None) -> None:
        """Begin empty."""
        self.name = name
        self.limit = limit
        self.bound = limit  # how many may go at once: the highest limit since it was last quiescent
        self.path: tuple[Book, ...] = (self, *(above.path if above else ()))
        self.live: set[Entry] = set()
        self.going: set[Entry] = set()
        self.asked_to_stop = 0
        self.asked_to_cancel = 0


class Entry:
    """One task: what was asked of it, and what it has done."""

    def __init__(self, ledger: Ledger, book: Book, kind: str, number: int) -> None:
        """Note that a task will be submitted to the scope of *book*."""
        self.ledger = ledger
        self.book = book
        self.kind = kind
        self.number = number
        self.future: Future[Any] | None = None
        self.runs = 0
        self.ticks = 0
        self.saw_stop = False
        self.asked_to_stop = False
        self.asked_to_cancel = False

    def __repr__(self) -> str:
        """Name it."""
        return f"task {self.number} ({self.kind} in {self.book.name})"

    def tick(self) -> None:
        """Do something that others can see."""
        self.ticks += 1

    def go(self) -> None:
        """Count as running from here to the next `halt`."""
        self.tick()
        for book in self.book.path:
            book.going.add(self)
            if len(book.going) > book.bound:
                self.ledger.problem(f"{len(book.going)} tasks of {book.name} go, not {book.bound}")

    def halt(self) -> None:
        """Count as running no longer: a checkpoint, or the end, comes next."""
        for book in self.book.path:
            book.going.discard(self)

    def _was_asked_to_stop(self) -> bool:
        return self.asked_to_stop or any(book.asked_to_stop for book in self.book.path)

    def _was_asked_to_cancel(self) -> bool:
        return self.asked_to_cancel or any(book.asked_to_cancel for book in self.book.path)

    def wrongs(self) -> Iterable[str]:  # noqa: C901 - one branch an outcome
        """List what is wrong with the outcome of a task that is over."""
        future = self.future
        assert future is not None
        if self.runs > 1:
            yield f"ran {self.runs} times"
        try:
            result = future.result(0)
        except TaskStopped:
            if not self._was_asked_to_stop():
                yield "was stopped, and nobody asked for it"
            if self.runs and not self.saw_stop:
                yield "was stopped after it had ended"
        except CancelledError:
            if self.runs:
                yield "was cancelled, and ran"
            if not (self._was_asked_to_cancel() or self._was_asked_to_stop()):
                yield "was cancelled, and nobody asked for it"
        except Failed:
            if self.kind != "failing" or not self.runs:
                yield "failed, and should not"
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is reported
            yield "raised " + "".join(traceback.format_exception(error))
        else:
            if result != self.number or not self.runs or self.saw_stop:
                yield f"returned {result!r}, runs={self.runs}, saw_stop={self.saw_stop}"


class Ledger:
    """All tasks of one pool, and all that has gone wrong."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.problems: list[str] = []
        self.books: dict[str, Book] = {}
        self.recent: deque[Entry] = deque(maxlen=50)
        self.holds: list[Hold] = []
        self.resizing = threading.Lock()  # one at a time changes `bound`s
        self.refused: list[Entry] = []
        self.numbers = iter(range(1, 1 << 60))

    def problem(self, what: str) -> None:
        """Note that something is wrong, and who saw it."""
        self.problems.append(f"[{threading.current_thread().name}] {what}")

    def enter(self, book: Book, kind: str) -> Entry:
        """Note that a task is about to be submitted."""
        entry = Entry(self, book, kind, next(self.numbers))
        for each in book.path:
            each.live.add(entry)
        return entry

    def strike(self, entry: Entry) -> None:
        """Note that a task was refused, or is over."""
        for each in entry.book.path:
            each.live.discard(entry)

    def audit(self, entries: Iterable[Entry]) -> int:
        """Look at the outcome of those tasks that are over; return how many were."""
        over = [each for each in entries if each.future is not None and each.future.done()]
        for entry in over:
            self.problems.extend(f"{entry!r} {wrong}" for wrong in entry.wrongs())
            self.strike(entry)
        return len(over)
