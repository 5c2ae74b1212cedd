"""A hold that lasts for as long as a command runs: `--while`.

The command is started before our process becomes the program, and not as its child: the program may
wait for any of its children. What tells that it has ended is a pipe, which it keeps open in what
way ever it ends.
"""

from __future__ import annotations

import _thread
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, NoReturn

from pausable.launch.refusal import LaunchRefused
from pausable.scopes.own_files import OwnFiles, moved_up

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["hold_while", "when_over"]


def hold_while(command: str) -> int:
    """Start a command of the shell; return what is at its end when the command has ended.

    Raises:
        LaunchRefused: this system has no fork.
    """
    if not hasattr(os, "fork"):
        raise LaunchRefused("--while needs fork(), which this system has not")
    reading, writing = os.pipe()
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        if os.fork() == 0:
            os.close(reading)
            _run(command)
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writing)
    os.set_inheritable(reading, True)  # noqa: FBT003 - as it is
    return reading


def _run(command: str) -> NoReturn:
    try:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        subprocess.run(command, shell=True, stdin=subprocess.DEVNULL, check=False)  # noqa: S602
    finally:
        os._exit(0)


def when_over(lease: int, call: Callable[[], object]) -> None:
    """Have *call* called, by a thread of its own, when what keeps *lease* open has ended.

    No signal comes to that thread before: the program may wait for one itself (`sigwait`).
    """
    pipe = moved_up(lease)
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        _thread.start_new_thread(_wait, (pipe, OwnFiles(pipe), mask, call))
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _wait(pipe: int, own: OwnFiles, mask: set[int], call: Callable[[], object]) -> None:
    while os.read(pipe, 1):  # nothing is ever written: it comes to its end
        pass
    if not own.are_lost():
        os.close(pipe)
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)  # threads that *call* starts have it, too
    call()
