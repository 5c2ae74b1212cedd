"""The caretaker: a shell that gives the terminal back if this process is killed while it has it.

A signal that kills outright leaves no time for anything. An interactive shell then sets its own
terminal right; but one that only runs a script does not, and the shell above that takes what it
finds, without echo and without Ctrl-C, for what is wanted. So a small process waits for the end of
this one, and knows what to set.

It must not set what is no longer ours: the shell may have the terminal by then. It is in the
process group of this one, and lets SIGTTOU be what it is: so the system itself refuses what comes
from a group that is not in front, in the same step. It is no child: who waits for his children
finds those that he has started.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress

from pausable.scopes.own_files import OwnFiles, moved_up

__all__ = ["Caretaker"]

# Each line is a state that is to be set at the end, an empty one none. Linux only: elsewhere `stty`
# writes states in other ways.
_SHELL = "/bin/sh"
_SCRIPT = """\
(
    trap '' INT QUIT TSTP TERM HUP
    state=
    while read -r line; do state=$line; done
    test -z "$state" || stty "$state" </dev/tty
) <&3 3<&- >/dev/null 2>&1 &
"""


class Caretaker:
    """Knows what to do with the terminal at the end. Its methods neither block nor raise."""

    def __init__(self) -> None:
        """Start it, if that is possible."""
        self._pipe = -1
        if sys.platform == "linux":
            with suppress(OSError):
                self._pipe = moved_up(_start())
        self._own = OwnFiles(self._pipe)  # if the program closes it, this is the end for the other

    def expect(self, state: str) -> None:
        """Have *state*, as `stty` writes it, set if this process ends now; "" for none."""
        if self._pipe >= 0 and not self._own.are_lost():
            with suppress(OSError):  # somebody has killed it
                os.write(self._pipe, f"{state}\n".encode())

    def dismiss(self) -> None:
        """Let it end."""
        pipe, self._pipe = self._pipe, -1
        if pipe >= 0 and not self._own.are_lost():
            os.close(pipe)
        self._own.forget()


def _start() -> int:
    """Start it; return what its lines are written to, and whose end is this process's."""
    theirs, ours = os.pipe()
    try:
        actions = [(os.POSIX_SPAWN_DUP2, theirs, 3)]
        arguments = ["sh", "-c", _SCRIPT]
        pid = os.posix_spawn(
            _SHELL, arguments, os.environ, file_actions=actions, setsigmask=(), setsigdef=()
        )
    except BaseException:
        os.close(ours)
        raise
    finally:
        os.close(theirs)
    os.set_blocking(ours, False)
    with suppress(ChildProcessError):  # the program has said that nobody waits for children
        os.waitpid(pid, 0)  # it has started the other one, and ends at once
    return ours
