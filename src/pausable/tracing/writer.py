"""The writer: from when to when the pools of the process are traced, and who writes it down.

Pools put bare facts into a ring (`_core.observer.Recorder`), and call nobody. One thread reads the
ring, ten times a second while something happens and down to once a second while nothing does, and
writes what it has read. Of what it cannot keep up with the oldest is lost, and the file says so.
"""

from __future__ import annotations

import atexit
import os
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from pausable._core.parker import Parker
from pausable._core.times import clock
from pausable.scopes.common_log import ERROR, WARNING, say
from pausable.scopes.inheritance import record_all
from pausable.tracing.chart import KINDS, Chart
from pausable.tracing.file import TraceFile

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from pausable._core.observer import Recorder

__all__ = ["Recording", "trace"]

_MOST = 1 << 16  # events in the ring: some megabytes
_OFTEN = 0.1  # seconds between two looks
_SELDOM = 1.0
_SLOWER = 1.25  # times, after each look that has found nothing


def trace(path: str | os.PathLike[str]) -> Recording:
    """Return what records all pools of the process into a file, in a `with` block, or from `begin`.

    Pools that are made later are recorded, too. The file opens in Perfetto (https://ui.perfetto.dev)
    and in ``chrome://tracing``: a row for each seat, with its tasks and their rests, and the holds.
    It is whole after each write, whatever ends the process; a Ctrl-C or `sys.exit()` loses nothing.
    Its memory is bounded: where more happens than can be written, the oldest is lost, and the file
    says so.
    """
    return Recording(path)


class Recording:
    """A trace of all pools into a file, made by `trace()`. May be used once."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Use `trace()`."""
        self._path = path
        self._file: TraceFile | None = None
        self._chart = Chart(0.0)
        self._recorder: Recorder | None = None
        self._unrecord: Callable[[], None] = lambda: None
        self._thread: threading.Thread | None = None
        self._parker = Parker()
        self._is_ending = False
        self._pid = 0
        self._has_lost = False

    def begin(self) -> None:
        """Record from now on, until `end`, or the interpreter's exit.

        Raises:
            OSError: the file cannot be written.
            RuntimeError: it has begun before.
        """
        if self._file is not None:
            raise RuntimeError("a recording is used once: make another one with trace()")
        self._pid, self._chart = os.getpid(), Chart(clock())
        self._file = TraceFile(
            self._path, {"pid": self._pid, "program": getattr(sys, "argv", [""])[0]}
        )
        atexit.register(self.end)
        self._recorder, self._unrecord = record_all(KINDS, _MOST)
        self._thread = threading.Thread(target=self._run, name="pausable-trace", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Record no more, and write all that was recorded. Idempotent; may be called anywhere."""
        file, thread = self._file, self._thread
        if file is None or os.getpid() != self._pid:
            return  # of a forked child it is the parent's
        self._unrecord()
        self._is_ending = True
        self._parker.wake()
        if thread is not None and thread.ident is not None:
            thread.join()
        self._finish(file)
        atexit.unregister(self.end)

    def __enter__(self) -> Self:
        """Begin.

        Raises:
            OSError: the file cannot be written.
            RuntimeError: it has begun before.
        """
        self.begin()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """End, however the block is left."""
        self.end()

    # The thread.

    def _run(self) -> None:
        pause = _OFTEN
        while not self._is_ending:
            pause = _OFTEN if self._write() else min(pause * _SLOWER, _SELDOM)
            self._parker.park(pause)

    def _write(self) -> bool:
        """Write what was recorded since the last time; say whether there was anything."""
        file, recorder = self._file, self._recorder
        if file is None or recorder is None:
            return False
        if len(recorder.ring) == recorder.ring.maxlen:
            self._note_loss(file)
        events = recorder.read()
        try:
            file.add(entry for each in events for entry in self._chart.draw(each))
        except (OSError, ValueError) as error:  # the disk is full; or it was closed
            self._give_up(error)
        return bool(events)

    def _note_loss(self, file: TraceFile) -> None:
        if not self._has_lost:
            self._has_lost = True
            say(WARNING, "the trace %s has gaps: more happens than can be written", self._path)
        with suppress(OSError, ValueError):
            file.add([self._chart.lost(clock())])

    def _give_up(self, error: Exception) -> None:
        say(ERROR, "the trace %s cannot be written any more", self._path, error=error)
        self._recorder = None
        self._is_ending = True
        self._unrecord()

    def _finish(self, file: TraceFile) -> None:
        """Write what is left, when the thread has ended; once, also if it is called again."""
        if self._recorder is not None:
            self._write()
            with suppress(OSError, ValueError):
                file.add(self._chart.finish(clock()))
            self._recorder = None
        file.close()
