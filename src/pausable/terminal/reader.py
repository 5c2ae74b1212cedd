"""The reader: the one thread that reads the keys. POSIX only.

It reads while the process is in front and the terminal is as it was taken; else it looks once a
second whether it may again, since no signal tells of a job that is brought to the front while it
runs. It is no thread of `threading`: a program that counts its own threads counts on finding those.

Whoever wants the terminal back asks it to leave, and waits until it has: two readers would each get
every other letter.
"""

from __future__ import annotations

import os
import select
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from pausable._core.parker import start_new_thread
from pausable.scopes.common_log import ERROR, say
from pausable.scopes.own_files import OwnFiles, moved_up
from pausable.scopes.resumers import resumers
from pausable.terminal.device import background_signals_blocked
from pausable.terminal.keys import keys_in
from pausable.terminal.phrases import KEYS

if TYPE_CHECKING:
    from collections.abc import Callable

    from pausable.terminal.console import Console
    from pausable.terminal.device import Device

__all__ = ["Reader"]

_LOOK = 1.0  # seconds between two looks while the terminal is somebody else's
_PATIENCE = 2.0  # seconds for which whoever wants the terminal waits for this thread


class Reader:
    """Reads the keys of one terminal, on its own thread, until it is asked to leave."""

    def __init__(
        self, console: Console, forget: Callable[[Reader], object], *, has_greeted: bool
    ) -> None:
        """Read for *console*. *forget* is called when it has left.

        Its terminal may be taken already, and what the keys are be said.
        """
        self.console = console
        self.device: Device = console.device
        self._forget = forget
        console.wake = self._wake
        self._read_end, self._write_end = map(moved_up, os.pipe())
        self._pipe = OwnFiles(self._read_end, self._write_end)
        os.set_blocking(self._read_end, False)
        os.set_blocking(self._write_end, False)
        self._why: str | None = None  # it is to leave; "" for a reason that needs no word
        self._left = threading.Event()
        # Protects the writing end: whoever wakes must not write to what was closed. Re-entrant,
        # since signal handlers may want the terminal.
        self._waking = threading.RLock()
        self._has_greeted = has_greeted

    def start(self) -> None:
        """Start the thread.

        Raises:
            RuntimeError: no thread can be started; the terminal is as it was.
        """
        try:
            start_new_thread(self._run, ())
        except BaseException:
            self.device.close()
            raise
        resumers.add(self.console.is_holding)

    def leave(self, why: str) -> None:
        """Have it leave the terminal, and return when it has; on any other thread, at any time."""
        if self._why is None:
            self._why = why
            self._wake()
        if not self._left.wait(_PATIENCE):
            self.device.give_back()  # it does not come to it

    def drop(self) -> None:
        """Close what a forked child has inherited: the thread is not there, and reads elsewhere."""
        resumers.discard(self.console.is_holding)
        self._close()
        self.device.drop()

    def _wake(self) -> None:
        with self._waking:
            if self._write_end >= 0 and not self._pipe.are_lost():
                with suppress(BlockingIOError):  # it is full, so it will wake
                    os.write(self._write_end, b"\0")

    def _close(self) -> None:
        """Close the pipe, unless the program has; what has its numbers is not ours then."""
        ends, self._read_end, self._write_end = (self._read_end, self._write_end), -1, -1
        if not self._pipe.are_lost():
            self._pipe.forget()
            for each in ends:
                os.close(each)

    # The thread.

    def _run(self) -> None:
        try:
            with background_signals_blocked():
                while self._why is None:
                    self._turn()
        except BaseException as error:  # noqa: BLE001 - nobody is above
            say(ERROR, "the keys are off: their thread has failed", error=error)
        finally:
            self._go()

    def _turn(self) -> None:
        """Wait for the next key, or for what else is due, and do it."""
        if self._finds_files_lost():
            return
        reads = self._may_read()
        if reads and not self._has_greeted:
            self.console.say(KEYS)
        self._has_greeted = reads or (self._has_greeted and self.device.is_in_front())
        due, look = self.console.timeout(), None if reads else _LOOK
        waits = min((each for each in (due, look) if each is not None), default=None)
        files = [self._read_end, *([self.device.fd] if reads else [])]
        try:
            ready = select.select(files, [], [], waits)[0]
        except OSError:
            ready = []
        if self._finds_files_lost():  # which wakes us
            return
        if self._read_end in ready:
            os.read(self._read_end, 1024)
        if self._why is None and self.device.fd in ready and self._may_read():
            self._read()
        self.console.tick()

    def _finds_files_lost(self) -> bool:
        """Say whether the program has closed files of ours; if so, there are no keys any more."""
        is_lost = self._pipe.are_lost() or self.device.is_lost()
        if is_lost:
            self._why = self._why or "the program has closed all files"
        return is_lost

    def _may_read(self) -> bool:
        """Say whether what is typed is for us; take the terminal if it is nobody else's."""
        device = self.device
        if not device.is_in_front():
            if device.has_hung_up():
                self._why = self._why or "the terminal has gone"
            return False
        if device.is_taken and device.is_as_taken():
            return True
        if not device.take():
            return False
        if self._why is not None:  # just now
            device.give_back()
        return True

    def _read(self) -> None:
        chunk = self.device.read()
        if chunk == b"":
            self._why = self._why or "the terminal has gone"
        for key in keys_in(chunk or b""):
            self.console.press(key)

    def _go(self) -> None:
        """Leave, and let go of everything. Whoever wants the terminal goes on when that is said."""
        resumers.discard(self.console.is_holding)
        self.device.find_again()
        self.device.give_back()
        held = self.console.leave()
        if self._why:
            more = ", and what they held goes on" if held else ""
            self.console.say(f"keys are off: {self._why}{more}")
        self._left.set()
        with self._waking:
            self._close()
        self.device.close()
        self._forget(self)
