"""The watch: one thread for each pool, which sees each of its processes end, whatever that one did.

Who speaks with a process sees its end, too; but nobody speaks with one that is idle, nor with one
whose task rests. It also sees that one which nobody has is there, and has called the initializer
(`novices`), and it freezes and thaws them (`frost`).
"""

from __future__ import annotations

import threading
from multiprocessing import connection as pipes
from typing import TYPE_CHECKING, Any, Protocol

from pausable.scopes.resumers import attendants

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pausable.processes.novices import Novices
    from pausable.processes.worker_process import WorkerProcess

__all__ = ["ProcessWatch"]


class Watched(Protocol):
    """Whose processes are watched."""

    def has_ended(self) -> bool:
        """Say whether there is no process, and will be none."""

    def unburied(self) -> Iterable[WorkerProcess]:
        """List the processes of which nobody has seen the end."""

    def bury(self, worker: WorkerProcess) -> None:
        """Note that a process has ended."""

    def tend(self) -> float | None:
        """Do what is to be done between two looks; say when to look again, None for no need."""

    @property
    def novices(self) -> Novices:
        """Those that call the initializer."""


class ProcessWatch(threading.Thread):
    """Waits for the ends of processes, until there are none and there will be no more."""

    def __init__(self, stable: Watched) -> None:
        """Watch over the processes of *stable*; not yet."""
        super().__init__(name="pausable-process-watch")
        attendants.add(self)
        self._stable = stable
        self._reader, self._writer = pipes.Pipe(duplex=False)
        self._asking = threading.Lock()  # over the writing end, and over what follows
        self._is_asked = False

    def look(self) -> None:
        """Have it look again: there are other processes now, or it may end. Does not wait."""
        with self._asking:
            if not self._is_asked and not self._writer.closed:
                self._writer.send_bytes(b".")
                self._is_asked = True  # not before: an exception may come between the two

    def run(self) -> None:
        """Bury each process that has ended, and tend the others."""
        while not self._may_end():
            again = self._stable.tend()
            watched: dict[Any, Any] = {
                worker.process.sentinel: worker for worker in self._stable.unburied()
            }
            # What they say is for whoever will have them: here it is not received.
            heard = {worker.ear: worker for worker in self._stable.novices.listed()}
            for ready in self._wait([self._reader, *watched, *heard], again):
                if ready in watched:
                    self._stable.bury(watched[ready])
                elif ready in heard:
                    self._stable.novices.release(heard[ready])
                else:
                    self._take_word()
            del watched, heard

    def _wait(self, objects: list[Any], timeout: float | None) -> list[Any]:
        try:
            return pipes.wait(objects, timeout)
        except OSError:  # a pipe was closed since: its process is no novice any more
            return []

    def _take_word(self) -> None:
        with self._asking:
            self._reader.recv_bytes()
            self._is_asked = False

    def _may_end(self) -> bool:
        with self._asking:
            ends = self._stable.has_ended()
            if ends:
                self._writer.close()
                self._reader.close()
            return ends
