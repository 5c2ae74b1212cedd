"""The stable: the processes of one pool, those that wait for a thread among them.

They are started as the stdlib starts them: with fork all at the first submit, before the pool has a
thread; with the other methods one at each submit that finds none idle. A thread has a process for
one call, and gives it back with the outcome, before anybody is told of that: so whoever submits
then finds it. One that finds none starts one more: where tasks rest, others run in their slots, and
need processes.
"""

from __future__ import annotations

import threading
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from pausable._core.times import clock
from pausable.processes.process_watch import ProcessWatch
from pausable.processes.worker_process import WorkerProcess

if TYPE_CHECKING:
    from collections.abc import Callable

    from pausable.processes.frost import Frost
    from pausable.processes.novices import Novices
    from pausable.processes.worker_process import ProcessSettings

__all__ = ["Stable"]


class Stable:
    """Who starts the processes of a pool, hands them out, and buries them. From any thread."""

    def __init__(
        self,
        settings: ProcessSettings,
        is_over: Callable[[], bool],
        note_death: Callable[[WorkerProcess], object],
        frost: Frost,
        novices: Novices,
    ) -> None:
        """Begin without processes.

        *is_over* says whether no thread will need one any more; *note_death* is called with each
        that has ended and was not to. *frost* is tended between two looks at them; *novices* are
        those that call the initializer.
        """
        self.settings = settings
        self._forks = settings.forks
        self._is_over = is_over
        self._note_death = note_death
        self._frost = frost
        self.novices: Novices = novices
        self.forget()

    def forget(self) -> None:
        """Start anew, also in a forked child: the processes are the parent's."""
        self.processes: dict[int, Any] = {}  # the stdlib's view: by their numbers
        self.watch: ProcessWatch | None = None
        # Of which as many can be had as have ended a task; for processes that are not forked.
        self.idle: threading.Semaphore = threading.Semaphore(0)
        self._lock = threading.Lock()  # over all that follows; processes are started under it
        self._workers: dict[int, WorkerProcess] = {}
        self._spare: deque[WorkerProcess] = deque()  # which no thread has; given back first

    def make_ready(self, most: int) -> None:
        """Start what the stdlib starts at a submit: *most* processes altogether at most.

        Raises:
            OSError: there can be no more processes, or whatever starting them raises.
            RuntimeError: the thread that watches them cannot be started.
        """
        with self._lock:
            watch, wanted = self.watch, 0
            if self._forks:
                wanted = most if watch is None else 0
            elif not self.idle.acquire(blocking=False) and len(self.processes) < most:
                wanted = 1
            try:
                for _ in range(wanted):
                    self._spare.append(self._start())
            finally:
                if watch is None:  # after those that are forked: it is a thread
                    self._begin_watch()
        if wanted and watch is not None:
            watch.look()

    def spare(self) -> WorkerProcess | None:
        """Hand out a process that nobody has, if there is one; it may still be starting."""
        with self._lock:
            while self._spare:
                worker = self._spare.popleft()
                if not worker.is_dead:
                    return worker
                worker.close()
        return None

    def start(self) -> WorkerProcess:
        """Hand out a new process.

        Raises:
            OSError: there can be no more processes, or whatever starting them raises.
        """
        with self._lock:
            worker = self._start()
            if self.watch is None:
                self._begin_watch()
        self.look()
        return worker

    def give_back(self, worker: WorkerProcess) -> None:
        """Take a process back that has ended its task, and is there for another."""
        with self._lock:
            if not worker.is_dead:
                self._spare.appendleft(worker)
                if not self._forks:  # nobody asks, then
                    self.idle.release()
                return
        worker.close()

    def trim(self, most: int) -> None:
        """Let one process end that nobody has, if there are more than *most*: a thread has left."""
        with self._lock:
            has_surplus = self._spare and self._standing() > most
            worker = self._spare.pop() if has_surplus else None
        if worker is not None:
            worker.dismiss()

    def _standing(self) -> int:
        return sum(not worker.is_expected for worker in self._workers.values())

    def _start(self) -> WorkerProcess:
        worker = WorkerProcess(self.settings)
        try:
            if self.settings.initializer is not None:
                self.novices.admit(worker)
            worker.start()
        except BaseException:
            self.novices.forget(worker)
            raise
        self._workers[worker.pid] = worker
        self.processes[worker.pid] = worker.process
        return worker

    def _begin_watch(self) -> None:
        watch = ProcessWatch(self)
        watch.start()
        self.watch = watch

    def unburied(self) -> list[WorkerProcess]:
        """List the processes of which nobody has seen the end."""
        with self._lock:
            return list(self._workers.values())

    def bury(self, worker: WorkerProcess) -> None:
        """Note that a process has ended."""
        worker.is_dead = True  # first: who asks sends it no signal
        worker.process.join()
        with self._lock:
            self._workers.pop(worker.pid, None)
            self.processes.pop(worker.pid, None)
            if worker in self._spare:
                self._spare.remove(worker)
                worker.close()
        self.novices.release(worker)  # before anybody is told of it, who may look
        worker.buried.set()
        worker.cut()
        if not (worker.is_expected or worker.is_finished()):
            self._note_death(worker)

    def tend(self) -> float | None:
        """Freeze and thaw; say when to look again, None for no need. By the watch."""
        return self._frost.tend()

    def look(self) -> None:
        """Have the watch look again: a process has come, or is to be frozen, or thawed."""
        watch = self.watch
        if watch is not None:
            watch.look()

    def end_if_over(self) -> None:
        """Let those end that no thread will want, if that is so; the watch ends after the last."""
        if self._is_over():
            with self._lock:
                spare = list(self._spare)
                self._spare.clear()
            for worker in spare:
                worker.dismiss()
            self.look()

    def has_ended(self) -> bool:
        """Say whether there is no process, and will be none. By the watch, which ends then."""
        with self._lock:
            ends = not self._workers and self._is_over()
            if ends:
                self.watch = None
        if ends:
            self._frost.end()
        return ends

    def end_all(self) -> None:
        """End all processes at once, as the stdlib does with a pool that is broken."""
        for worker in self.unburied():
            with suppress(OSError):
                worker.process.terminate()
            worker.thaw()  # that does not end one that is frozen

    def join(self, deadline: float | None) -> bool:
        """Wait until all processes have ended, to *deadline* at most; say whether they have."""
        self.end_if_over()
        watch = self.watch
        if watch is None:
            return True
        watch.join(None if deadline is None else max(deadline - clock(), 0.0))
        return not watch.is_alive()
