"""A recording of shells in real terminals: what is typed there, what is seen, and when."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import pyte

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Frame", "Key", "Recording", "Row", "Run", "Shell"]

_PROMPT = "$ "
_PS1 = r"\[\e[1;34m\]$\[\e[0m\] "
_TIMEOUT = 30.0
_TYPING = 0.03  # seconds for each character
_SILENCE = 0.3  # seconds: what is waited for longer than that, as on a busy machine, is cut out


class Run(NamedTuple):
    """Characters of one row that look alike, from a column on."""

    column: int
    text: str
    colour: str
    bold: bool


Row = tuple[Run, ...]


class Frame(NamedTuple):
    """What a terminal shows from a moment on: its rows, and the row and column of the cursor."""

    at: float
    rows: tuple[Row, ...]
    cursor: tuple[int, int] | None


class Key(NamedTuple):
    """A key that was pressed at a moment, and is not seen otherwise."""

    at: float
    name: str


@dataclass
class Shell:
    """A shell in a terminal, and all that was seen there."""

    title: str
    columns: int
    lines: int
    folder: Path
    surroundings: dict[str, str]
    frames: list[Frame] = field(default_factory=list)
    keys: list[Key] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Start it."""
        self.screen = pyte.Screen(self.columns, self.lines)
        self._stream = pyte.ByteStream(self.screen)
        inputrc = self.folder / ".inputrc"
        inputrc.write_text("set enable-bracketed-paste off\n", encoding="utf-8")
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(self.folder)
            surroundings = {**self.surroundings, "PS1": _PS1, "INPUTRC": str(inputrc)}
            os.execvpe("bash", ["bash", "--norc", "--noprofile", "-i"], surroundings)
        size = struct.pack("HHHH", self.lines, self.columns, 0, 0)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, size)

    def read(self) -> None:
        """Show what has come."""
        self._stream.feed(os.read(self.fd, 65536))

    def frame(self, at: float) -> Frame:
        """Return what is seen now."""
        rows = tuple(_row(self.screen, line) for line in range(self.lines))
        cursor = self.screen.cursor
        return Frame(at, rows, None if cursor.hidden else (cursor.y, cursor.x))

    def end(self) -> None:
        """Hang up."""
        os.close(self.fd)
        os.kill(self.pid, signal.SIGHUP)
        os.waitpid(self.pid, 0)


class Recording:
    """Shells that are recorded together, from `begin` on."""

    def __init__(self, *shells: Shell) -> None:
        """Wait until each of them is there."""
        self.shells = shells
        self._began: float | None = None
        self._cut = 0.0
        for shell in shells:
            self.wait(shell, re.escape(_PROMPT))

    def begin(self) -> None:
        """Record from now on."""
        self._began = time.monotonic()
        self._cut = 0.0
        self._keep()

    def seconds(self) -> float:
        """Return how long it has recorded."""
        return time.monotonic() - (self._began or time.monotonic()) - self._cut

    def wait(self, shell: Shell, pattern: str) -> None:
        """Go on until *pattern* is on the screen of a shell."""
        deadline = time.monotonic() + _TIMEOUT
        while not re.search(pattern, "\n".join(shell.screen.display)):
            left = deadline - time.monotonic()
            if left <= 0:
                shown = "\n".join(shell.screen.display)
                message = f"{pattern!r} did not come; the terminal shows:\n{shown}"
                raise TimeoutError(message)
            self._read(left, cut=_SILENCE)

    def pause(self, seconds: float) -> None:
        """Let somebody read for so long."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self._read(left)

    def type(self, shell: Shell, command: str) -> None:
        """Type a command, as a person does, and have it run."""
        for character in command:
            os.write(shell.fd, character.encode())
            self.pause(_TYPING)
        os.write(shell.fd, b"\r")

    def press(self, shell: Shell, key: str, name: str) -> None:
        """Press a key that is not echoed."""
        shell.keys.append(Key(self.seconds(), name))
        os.write(shell.fd, key.encode())

    def _read(self, timeout: float, cut: float = _TIMEOUT) -> None:
        by_fd = {shell.fd: shell for shell in self.shells}
        since = time.monotonic()
        readable, _, _ = select.select(list(by_fd), [], [], timeout)
        self._cut += max(time.monotonic() - since - cut, 0.0)
        for fd in readable:
            by_fd[fd].read()
        if readable:
            self._keep()

    def _keep(self) -> None:
        if self._began is None:
            return
        for shell in self.shells:
            frame = shell.frame(self.seconds())
            if not shell.frames or frame[1:] != shell.frames[-1][1:]:
                shell.frames.append(frame)


def _row(screen: pyte.Screen, line: int) -> Row:
    runs: list[Run] = []
    for column in range(screen.columns):
        cell = screen.buffer[line][column]
        last = runs[-1] if runs else None
        if last is not None and (last.colour, last.bold) == (cell.fg, cell.bold):
            runs[-1] = last._replace(text=last.text + cell.data)
        else:
            runs.append(Run(column, cell.data, cell.fg, cell.bold))
    shown = [run._replace(text=run.text.rstrip()) for run in runs]
    return tuple(run for run in shown if run.text)
