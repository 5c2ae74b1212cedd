"""How a thread waits to be woken: a binary semaphore made of one raw lock, and a worker's seat."""

from __future__ import annotations

from _thread import allocate_lock, get_ident
from typing import TYPE_CHECKING, Protocol

from pausable._core.attention import here

if TYPE_CHECKING:
    from types import FrameType

    from pausable._core.tasks import Task

__all__ = ["Follower", "Parker", "Seat", "Wakeable"]


class Wakeable(Protocol):
    """Anything that can be told to look again."""

    def wake(self) -> None:
        """Make the thread that waits look again; harmless if none does."""


class Follower(Wakeable, Protocol):
    """The preemptive engine as the core sees it: woken, it looks who is to rest at safe points."""

    def follow(self, frame: FrameType) -> None:
        """Have the calling thread, whose innermost frame is *frame*, seen at its next line."""


class Parker:
    """One thread parks; any thread wakes it. A wake-up that comes first is not lost.

    Wake-ups do not add up, and a stale one may end a later park: whoever parks does so in a loop
    over the fact that it waits for. A raw lock, because `threading.Condition` would make every
    thread that wakes queue up for one lock.
    """

    __slots__ = ("_lock",)

    def __init__(self) -> None:
        """Make one that is not woken."""
        self._lock = allocate_lock()
        self._lock.acquire()

    def park(self, timeout: float | None = None) -> bool:
        """Wait until woken, or for *timeout* seconds; say whether woken."""
        return self._lock.acquire(timeout=-1 if timeout is None else max(timeout, 0.0))

    def wake(self) -> None:
        """Let the thread that parks, or the next that does, go on."""
        try:  # noqa: SIM105 - `suppress` takes longer than the rest
            self._lock.release()
        except RuntimeError:  # already woken: the first wake-up counts
            pass


class Seat:
    """A worker thread as the core sees it."""

    __slots__ = ("called", "ident", "is_idle", "is_new", "parker", "task")

    def __init__(self) -> None:
        """Make the seat of a worker that has been called for but has not come yet."""
        self.parker: Parker = Parker()
        self.is_new: bool = True  # its thread has not been started
        self.called: bool = True  # it is counted in PoolState.coming until it has looked for work
        self.is_idle: bool = False  # written down as idle, or was when it was called
        self.ident: int = 0
        self.task: Task | None = None

    def sit_down(self) -> None:
        """Note that the thread of this seat has come."""
        self.is_new = False
        self.ident = get_ident()
        here.seat = self

    def get_up(self) -> None:
        """Note that the thread of this seat leaves."""
        here.seat = None
