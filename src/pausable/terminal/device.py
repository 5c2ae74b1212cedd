"""The device: the controlling terminal, by an open file of its own. POSIX only.

The keys take it out of its ordinary state, in which it collects lines, echoes, and makes signals of
Ctrl-C and Ctrl-Z, and give it back as it was. What was saved is taken out in one step by whoever
gives back, on whatever thread: no two do it, and no lock is needed at the exit.

Between the two somebody else may change it: a child, an editor. `is_as_taken` tells, before a key
is read that would be theirs.
"""

from __future__ import annotations

import os
import select
import signal
import termios
from contextlib import contextmanager, suppress
from termios import tcgetattr, tcsetattr  # before anybody replaces them
from typing import TYPE_CHECKING, Any

from pausable.scopes.own_files import OwnFiles, moved_up
from pausable.terminal.caretaker import Caretaker

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Device", "background_signals_blocked"]

_CFLAG, _LFLAG, _CC = 2, 3, 6  # in what `tcgetattr` returns
_INPUT_SPEED = 0o2003600000  # Linux's CIBAUD, which only a newer C library than that of `stty` sets
_CHUNK = 1024
_IN_A_MOMENT = 1.0  # seconds for which output may be stopped, by Ctrl-S, before a line is given up
_SIGNAL_KEYS = [
    getattr(termios, name) for name in ("VINTR", "VSUSP", "VDSUSP") if hasattr(termios, name)
]


@contextmanager
def background_signals_blocked() -> Iterator[None]:
    """Let this thread do what would stop the process if that were in the background."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTIN, signal.SIGTTOU})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _as_stty_writes(state: list[Any]) -> str:
    """Write a state as ``stty -g`` does on Linux."""
    numbers = [*state[: _LFLAG + 1], *map(_number, state[_CC])]
    numbers[_CFLAG] &= ~_INPUT_SPEED
    return ":".join(f"{number:x}" for number in numbers)


def _number(character: bytes | int) -> int:
    return character if isinstance(character, int) else ord(character)


class Device:
    """The terminal of this process; its `fd` is nobody else's.

    All methods but `give_back`, `close` and those that ask are for the one thread that reads it.
    """

    def __init__(self) -> None:
        """Open it.

        Raises:
            OSError: the process has no terminal, or standard input is another one.
        """
        os.tcgetpgrp(0)  # raises unless it is the controlling one
        name = os.ttyname(0)
        self._open()
        self.name: str = name.removeprefix("/dev/")
        self._devices = {os.fstat(self.fd).st_rdev, os.fstat(0).st_rdev}
        self._saved: dict[str, list[Any]] = {}  # "state": as it was, while it is taken
        self._taken: list[Any] = []  # as it is while it is taken
        self._caretaker: Caretaker | None = None

    def _open(self) -> None:
        flags = os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC
        self.fd: int = moved_up(os.open("/dev/tty", flags))
        self._own = OwnFiles(self.fd)

    def is_lost(self) -> bool:
        """Say whether the program has closed its file."""
        return self._own.are_lost()

    def find_again(self) -> None:
        """Open it anew if its file is lost; what was saved is not."""
        if self.is_lost():
            self.fd = -1
            self._own.forget()
            with suppress(OSError):
                self._open()

    def is_in_front(self) -> bool:
        """Say whether what is typed is for this process: not while it is a background job."""
        try:
            return os.tcgetpgrp(self.fd) == os.getpgrp()
        except OSError:  # it has hung up
            return False

    def has_hung_up(self) -> bool:
        """Say whether the terminal is gone."""
        try:
            os.tcgetpgrp(self.fd)
        except OSError:
            return True
        return False

    def is_it(self, file: Any) -> bool:  # noqa: ANN401 - whatever the stdlib takes
        """Say whether *file*, a descriptor or what has one, is this terminal. Raises nothing."""
        try:
            fd = file if isinstance(file, int) else file.fileno()
            return os.fstat(fd).st_rdev in self._devices
        except Exception:  # noqa: BLE001 - it is anybody's object
            return False

    @property
    def is_taken(self) -> bool:
        """Say whether the keys come one by one."""
        return "state" in self._saved

    def take(self) -> bool:
        """Have each key come at once, unseen; False if somebody else has it in such a state."""
        state = tcgetattr(self.fd)
        if not state[_LFLAG] & termios.ICANON:
            return False
        saved = [*state[:_CC], [*state[_CC]]]
        state[_LFLAG] &= ~(termios.ICANON | termios.ECHO)
        disabled = os.fpathconf(self.fd, "PC_VDISABLE").to_bytes(1, "little")
        for each in _SIGNAL_KEYS:
            state[_CC][each] = disabled
        state[_CC][termios.VMIN], state[_CC][termios.VTIME] = 1, 0
        self._saved["state"] = saved  # first: whoever comes between gives it back
        self._caretaker = self._caretaker or Caretaker()
        self._caretaker.expect(_as_stty_writes(saved))
        tcsetattr(self.fd, termios.TCSADRAIN, state)
        self._taken = tcgetattr(self.fd)
        return True

    def give_back(self) -> None:
        """Put it into the state in which it was; harmless if it is, on any thread, at any time.

        Not where a shell has brought another job to the front, and so has set the state itself.
        """
        saved = self._saved.pop("state", None)
        if saved is None or not (self.is_in_front() or self.is_as_taken()):
            return
        with background_signals_blocked(), suppress(OSError, termios.error):
            tcsetattr(self.fd, termios.TCSADRAIN, saved)
        if self._caretaker is not None:
            self._caretaker.expect("")

    def is_as_taken(self) -> bool:
        """Say whether nobody has changed its state since."""
        try:
            return tcgetattr(self.fd) == self._taken
        except termios.error:
            return False

    def has_input(self) -> bool:
        """Say whether something was typed that nobody has read."""
        return bool(select.select([self.fd], [], [], 0)[0])

    def read(self) -> bytes | None:
        """Return what was typed; None if somebody else was faster; b"" if it has hung up."""
        try:
            return os.read(self.fd, _CHUNK)
        except BlockingIOError:
            return None
        except OSError:  # in the background
            return None if not self.has_hung_up() else b""

    def write(self, text: str) -> None:
        """Write *text*; what cannot be written, because output is stopped, is given up."""
        data = text.encode(errors="replace")
        while data:
            if not select.select([], [self.fd], [], _IN_A_MOMENT)[1]:
                return
            try:
                data = data[os.write(self.fd, data) :]
            except OSError:
                return

    def size(self) -> tuple[int, int]:
        """Return the number of columns and of lines."""
        try:
            columns, lines = os.get_terminal_size(self.fd)
        except OSError:
            columns, lines = 0, 0
        return columns or 80, lines or 24

    def close(self) -> None:
        """Give it back and close the file."""
        self.give_back()
        self.drop()

    def drop(self) -> None:
        """Close the file, in a forked child: the terminal is the parent's to give back."""
        if self._caretaker is not None:
            self._caretaker.dismiss()
        is_lost = self.is_lost()
        self._own.forget()
        fd, self.fd = self.fd, -1
        if fd >= 0 and not is_lost:
            os.close(fd)
