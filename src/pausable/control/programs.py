"""The programs that serve: how a client finds them, by their pid, their name, or all of them.

for found in processes():
    with Client(found.address) as client:
        print(found.pid, client.pause({"path": "shop/*"}, "low battery")["changed"])
"""

from __future__ import annotations

import os
import time

from pausable.control.client import TIMEOUT, Client
from pausable.control.folders import folders
from pausable.control.route import ControlError, Unreachable

# As `typing` has it, whose import takes long.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Any

    from pausable.control.shapes import Process

__all__ = ["Found", "find", "pid_of", "processes", "survey"]

_ENDINGS = (".sock", ".tcp")
_HELLO = b'{"do":"hello","id":1}\n'
_STATUS = b'{"do":"status","id":2,"tasks":0}\n'


class Found:
    """A program that serves."""

    __slots__ = ("address", "argv", "name", "pid", "process", "started_at")

    def __init__(
        self, address: str, pid: int, name: str, argv: list[str], started_at: float
    ) -> None:
        """Keep the facts; *started_at* is when it began to serve."""
        self.address: str = address
        self.pid: int = pid
        self.name: str = name
        self.argv: list[str] = argv
        self.started_at: float = started_at
        self.process: Process | None = None  #: how it was, if that was asked for and answered

    def __repr__(self) -> str:
        """Name it."""
        return f"<Found {self.name!r}, pid {self.pid}, at {self.address!r}>"


def _addresses() -> list[str]:
    """List the sockets that are there, stale ones included, by pid."""
    found = [
        (int(name.partition(".")[0]), f"{folder}/{name}")
        for folder in folders()
        for name in os.listdir(folder)
        if name.endswith(_ENDINGS) and name.partition(".")[0].isdigit()
    ]
    return [address for _, address in sorted(found)]


def processes(*, timeout: float = TIMEOUT) -> list[Found]:
    """List the programs of this user that serve, by pid; remove what dead ones have left.

    All are asked at once; one that does not answer within *timeout* seconds is left out.
    """
    return survey(timeout=timeout)[0]


def survey(*, timeout: float = TIMEOUT, with_status: bool = False) -> tuple[list[Found], list[int]]:
    """List the programs of this user that serve, and the pids of those that do not answer.

    These let themselves be connected to, and say nothing: they hang in code that does not let other
    threads run, or are suspended. *with_status* asks each how it is, too, over the same connection.
    """
    deadline = time.monotonic() + timeout
    asked: list[Client] = []
    found, silent = [], []
    try:
        for address in _addresses():
            try:
                asked.append(Client(address, timeout=timeout))
                asked[-1]._send(_HELLO + _STATUS if with_status else _HELLO, deadline)
            except ControlError:
                continue
        for client in asked:
            said = _reply(client, deadline)
            if said is None:
                if _exists(client.address):  # else it has just ended
                    silent.append(pid_of(client.address))
            elif said["reply"] == "welcome":
                facts = (said["pid"], said["name"], said["argv"], said["started_at"])
                found.append(Found(client.address, *facts))
                status = _reply(client, deadline) if with_status else None
                found[-1].process = (status or {}).get("process")
    finally:
        for client in asked:
            client.close()
    return found, silent


def _reply(client: Client, deadline: float) -> dict[str, Any] | None:
    """Read what a program says; None if nothing comes in time."""
    try:
        return client._receive(deadline - time.monotonic())
    except ControlError:
        return None


def find(target: str | int, *, timeout: float = TIMEOUT) -> str:
    """Return the address of a program: by its pid, its name, or the path of its socket.

    Raises:
        Unreachable: there is none, or more than one of that name.
    """
    text = str(target)
    if os.sep in text or text.endswith(_ENDINGS):
        return text
    if text.isdigit():
        for address in _addresses():
            if pid_of(address) == int(text):
                return address
    known, silent = survey(timeout=timeout)
    named = [each for each in known if each.name == text]
    if len(named) == 1:
        return named[0].address
    if text.isdigit() and not named:  # it is no name either, as that of 2024.py
        raise Unreachable(f"pid {text}", _why_not(text))
    why = "no program of yours with this name serves"
    if named:
        pids = ", ".join(str(each.pid) for each in named)
        why = f"these programs have this name: {pids}; say which by its pid"
    elif silent:
        why += f"; {', '.join(map(str, silent))} do not answer: they hang, or are suspended"
    raise Unreachable(repr(text), why)


def pid_of(address: str) -> int:
    """Return the pid of the program whose socket is at *address*.

    Raises:
        Unreachable: no socket of ours has such a name.
    """
    pid = os.path.basename(address).partition(".")[0]
    if not (pid.isascii() and pid.isdecimal()):
        raise Unreachable(address, "this is no socket of a program: those are called PID.sock")
    return int(pid)


def _exists(address: str) -> bool:
    return os.path.lexists(address) and _is_running(pid_of(address))


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:  # it is another user's
        return True
    return True


def _why_not(pid: str) -> str:
    if not _is_running(int(pid)):
        return "there is no such process"
    return (
        "it does not serve: start it with `pausable run`, let it call pausable.serve(), or use "
        "`pausable attach`"
    )
