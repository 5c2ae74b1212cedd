"""The guardian: a small process that outlives this one by a moment, if any of ours is frozen then.

A frozen process sees nothing, not even that its parent has been killed. What the system offers for
that does not fit: a signal at the parent's death comes when the *thread* ends that has started the
process, and not at all to the children of a forkserver.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

__all__ = ["Guardian"]

_PROGRAM = Path(__file__).with_name("guardian_program.py")


class Guardian:
    """The guardian of one pool. By one thread."""

    def __init__(self) -> None:
        """Start it, out of the reach of the terminal's signals, and wait until it watches.

        Raises:
            OSError: it cannot be started.
        """
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-I", "-S", str(_PROGRAM), str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        stdout = self._process.stdout
        if stdout is not None:
            with stdout:
                is_there = bool(stdout.read(1))
            if not is_there:
                self.end()
                msg = "the guardian of frozen processes has ended at once"
                raise OSError(msg)

    def note(self, pid: int, *, frozen: bool) -> None:
        """Tell it that a process is about to be frozen, or has been thawed."""
        self._send(f"{'+' if frozen else '-'}{pid}\n")

    def end(self) -> None:
        """Let it end; wait for that."""
        self._send("end\n")
        stdin = self._process.stdin
        if stdin is not None:
            with suppress(OSError):
                stdin.close()
        self._process.wait()

    def _send(self, line: str) -> None:
        stdin = self._process.stdin
        if stdin is not None:
            with suppress(OSError):  # somebody has killed it
                stdin.write(line.encode())
                stdin.flush()
