"""A person at a terminal: bash on a real pseudo-terminal, what is typed there, and what is seen."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import textwrap
import time
from pathlib import Path

from pausable.control.folders import VARIABLE

__all__ = ["COLUMNS", "CTRL_C", "CTRL_Z", "Shell"]

CTRL_C, CTRL_Z = "\x03", "\x1a"
PROMPT = "READY> "
COLUMNS, LINES = 100, 30
TESTS = Path(__file__).parents[1]

PRELUDE = """\
import os, signal, sys, threading, time
from pathlib import Path
from pausable import ThreadPoolExecutor, checkpoint, sleep
from pausable.terminal import give_back_keys, take_keys
from helpers import until
from workloads import Loop, Stuck

folder = Path.cwd()

def when_told(what, *loops):
    '''Let these tasks go when the test has made a file of that name.'''
    def wait():
        until((folder / what).exists, 100)
        for each in loops:
            each.go.set()
    threading.Thread(target=wait, daemon=True).start()

"""

CODE = re.compile(r"\x1b(?:[78DM=>]|\[[\d;?]*[A-Za-z]|\][^\x07]*\x07)")
AFTER_NOTE = re.compile(r"\x1b8\x1b\[\d+B")  # back in the line that was pushed down

UNFINISHED = re.compile(r"(?:\x1b8?(?:\[[\d;?]*)?|\r+)?\Z")  # may go on


def readable(text: str) -> str:
    """Return lines in the order in which they came."""
    return re.sub(r"\r+\n", "\r\n", CODE.sub("", AFTER_NOTE.sub("\r\n", text)))


class Shell:
    """Bash in the foreground of a terminal; everything waits for what is printed, in their order."""

    def __init__(self, folder: Path, shell: str = "bash") -> None:
        self.folder = folder
        self.timeout = 30.0
        self.seen = ""  # without the codes that move the cursor, or colour
        self.raw = ""  # with them
        self._raw = ""  # what has come of such a code
        self._at = 0  # what was waited for ends here
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            self._become(shell)
        # Or a shell that is opened later has it, too, and this terminal never hangs up.
        os.set_inheritable(self.fd, False)  # noqa: FBT003 - by position only
        size = struct.pack("HHHH", LINES, COLUMNS, 0, 0)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, size)
        self.wait(PROMPT)

    def _become(self, shell: str) -> None:
        options = ["--norc", "--noprofile"] if shell == "bash" else []
        given = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
        path = os.pathsep.join([str(TESTS), *(str(Path(each).absolute()) for each in given)])
        wanted = ("PATH", VARIABLE)
        kept = {name: os.environ[name] for name in wanted if name in os.environ}
        inputrc = self.folder / "inputrc"
        inputrc.write_text("set enable-bracketed-paste off\n")  # it puts codes around each line
        more = {"TERM": "xterm", "PS1": PROMPT, "INPUTRC": str(inputrc), "PYTHONPATH": path}
        more["HOME"] = str(self.folder)  # a history that is kept is not that of who runs the tests
        os.chdir(self.folder)
        os.execvpe(shell, [shell, *options, "-i"], {**kept, **more})

    def program(self, script: str, name: str = "program.py") -> str:
        """Write a program whose names are those of PRELUDE; return the command that runs it."""
        (self.folder / name).write_text(PRELUDE + textwrap.dedent(script), encoding="utf-8")
        return f"{sys.executable} {name}"

    def type(self, text: str) -> None:
        """Type."""
        os.write(self.fd, text.encode())

    def run(self, command: str) -> None:
        """Have the shell run a command."""
        self.type(f"{command}\r")

    def tell(self, what: str) -> None:
        """Make a file: see `when_told`."""
        (self.folder / what).touch()

    def wait(self, pattern: str, since: int | None = None) -> re.Match[str]:
        """Read until *pattern* has come, after what was waited for last, or *since* a position."""
        compiled = re.compile(pattern)
        deadline = time.monotonic() + self.timeout
        if since is not None:
            self._at = since
        while True:
            found = compiled.search(self.seen, self._at)
            if found is not None:
                self._at = found.end()
                return found
            self._read(deadline, pattern)

    def _read(self, deadline: float, pattern: str) -> None:
        left = max(deadline - time.monotonic(), 0.0)
        if PROMPT in self.seen[self._at :]:  # the program has ended
            left = 0.1
        if not select.select([self.fd], [], [], left)[0]:
            message = f"{pattern!r} did not come; seen since:\n{self.seen[self._at :]}"
            raise AssertionError(message)
        try:
            came = os.read(self.fd, 65536).decode(errors="replace")
        except OSError:
            message = (
                f"the shell has ended before {pattern!r}; seen since:\n{self.seen[self._at :]}"
            )
            raise AssertionError(message) from None

        self.raw += came
        self._raw += came
        whole = len(self._raw) - len(UNFINISHED.search(self._raw)[0])
        self.seen += readable(self._raw[:whole])
        self._raw = self._raw[whole:]

    def position(self) -> int:
        """Return where what was waited for last ends."""
        return self._at

    def prompt(self) -> None:
        """Wait for the shell to be back."""
        self.wait(PROMPT)

    def ask(self, command: str) -> str:
        """Run a short command; return what it prints."""
        self.run(f"echo '='$({command})'='")
        found = self.wait(r"\n=(.*)=\r")[1]
        self.prompt()
        return found

    def state(self) -> str:
        """Return the state of the terminal as commands of this shell find it."""
        return self.ask("stty -g </dev/tty")

    def now(self) -> str:
        """Return the state of the terminal as it is, as `stty -g` writes it on Linux."""
        found = termios.tcgetattr(self.fd)
        found[2] &= ~0o2003600000  # CIBAUD, which only newer C libraries show
        characters = [each if isinstance(each, int) else ord(each) for each in found[6]]
        return ":".join(f"{number:x}" for number in [*found[:4], *characters])

    def close(self) -> None:
        """End it, and what it has started: the terminal hangs up."""
        os.close(self.fd)
        os.kill(self.pid, signal.SIGHUP)
        os.kill(self.pid, signal.SIGCONT)
        os.waitpid(self.pid, 0)
