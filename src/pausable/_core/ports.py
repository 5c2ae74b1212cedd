"""The ports: what the core asks of those who use it. They decide nothing, it touches nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from pausable.snapshots import Location

__all__ = [
    "Adapter",
    "Annexed",
    "Cancellable",
    "Chaser",
    "Ends",
    "Guarding",
    "Seat",
    "Wakeable",
    "Warden",
]


class Wakeable(Protocol):
    """Anything that can be told to look again."""

    def wake(self) -> None:
        """Make whoever waits look again; harmless if nobody does."""


class Seat(Wakeable, Protocol):
    """Where a task runs: a thread of a pool, a worker process, the driver of a coroutine.

    Woken, whoever works here looks for a task, or goes on with the one that rested. The fields are
    the core's, and written under the pool's lock.
    """

    task: Any  #: the `Task` that runs here
    is_new: bool  #: nobody works here yet: it is hired, and not woken
    is_idle: bool  #: written down as idle, or was when it was called
    is_ready: bool  #: it can take tasks: it has been initialized

    @property
    def has_thread(self) -> bool:
        """Whether the task has a thread for itself, which may wait in the midst of its code."""

    @property
    def brings_slot(self) -> bool:
        """Whether it comes with its task, and goes with that: it takes none of the pool's slots."""

    @property
    def has_guests(self) -> bool:
        """Whether threads that the task has started rest with it: they are woken with it."""

    def attend(self, task: Any) -> None:
        """Rest in the midst of the task's code while its gate is closed, if it can rest there.

        Called by the code of *task*, which runs here, and is to rest or to stop.

        Raises:
            Stopped: it is to stop.
        """

    def stay(self, task: Any) -> None:
        """Wait until *task*, which is at rest, was written down as running. With a thread only."""

    def fall_quiet(self) -> None:
        """Pass it on, if somebody else counts here, too, that the task is in a quiet block."""

    def stir(self) -> None:
        """Pass it on that the task is about to come out of that block."""

    def frame(self) -> FrameType | None:
        """Return the innermost frame of the task that is not ours; None if it cannot be read.

        Raises:
            NotSupported: the frames of tasks are elsewhere.
        """

    def place(self) -> Location | None:
        """Return the line at which the task is; None if that is not known. Also under the lock."""


class Cancellable(Protocol):
    """Something that is to happen later, unless it is cancelled."""

    def cancel(self) -> None:
        """See to it that it does not happen."""


class Adapter(Protocol):
    """Who has the seats of a pool: an executor of threads, of processes, a loop."""

    def broken(self, why: str) -> Exception:
        """Return the error of what a broken pool had to do, and is asked to do."""

    def left(self, seat: Any) -> None:
        """Let go of what belongs to a seat, which was left for good; outside the lock.

        Called by whoever has left it: its own thread, if it has one. Harmless if called again.
        """

    def new_seat(self) -> Seat:
        """Make a seat at which nobody works yet. Under the lock."""

    def hire(self, seat: Any) -> None:
        """Have a seat taken that was called for; outside the lock.

        Raises:
            RuntimeError: it cannot be, and there is no other.
        """

    def decide_later(
        self, delay: float, decision: Callable[..., object], *args: object
    ) -> Cancellable:
        """Have a decision made on the pool in *delay* seconds."""


class Warden(Protocol):
    """Who can do more than ask the tasks of a pool: they run in processes of their own."""

    @property
    def freezes(self) -> bool:
        """Whether tasks can be put to rest from outside, by a hold that freezes."""

    def kill(self, task: Any) -> None:
        """End what *task* runs in, which was asked to stop, if it runs; outside the lock."""

    def process_of(self, task: Any) -> int | None:
        """Return the number of the process that a started task runs in. Also under the lock."""

    def all_processes(self) -> tuple[int, ...]:
        """List the numbers of the processes of the pool, idle ones included. As the one before."""


class Chaser(Wakeable, Protocol):
    """The preemptive engine: one of the chasers of a pool, which can say and do more."""

    def why_it_runs(self, task: Any) -> tuple[str, Location | None]:
        """Say why a task that is to rest or to stop runs on, and where. Also under the lock."""

    def follow(self, frame: FrameType) -> None:
        """Have the calling thread, whose innermost frame is *frame*, seen at its next line."""


class Annexed(Wakeable, Protocol):
    """What hangs below a scope and is held with it, and is not of its pool.

    A pool of another kind, or tasks that are elsewhere. Woken when the scope is held, or is no
    longer.
    """

    @property
    def host(self) -> Any:
        """The `Node` below which it hangs."""

    def roots(self) -> list[Any]:
        """List the scopes of the pools that it is, those that hang below them included."""

    def busy(self) -> int:
        """Count what keeps it from being quiescent. Under the lock of the host's pool."""


class Guarding(Protocol):
    """What guards a scope."""

    def look_around(self) -> None:
        """Look again who depends on it: a scope is over. Called outside the lock."""


class Ends(Protocol):
    """What is open about a task, and ends with it."""

    reason: str

    def end(self) -> None:
        """Let go of all, outside the lock."""
