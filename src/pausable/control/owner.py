"""The owner of a client's holds: the user, the program that is the client, and its terminal."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pausable.control.peers import terminal_of

if TYPE_CHECKING:
    from pausable.control.peers import Peer

__all__ = ["owner_of", "user_name"]


def user_name() -> str:
    """Name the user of this process. May ask a directory, and take long."""
    try:
        import pwd  # noqa: PLC0415 - Windows has none

        return pwd.getpwuid(os.geteuid()).pw_name
    except (ImportError, KeyError):
        return os.environ.get("USERNAME", "somebody")


def owner_of(peer: Peer, user: str) -> str:
    """Say who is at the other end, where the program's own user is called *user*."""
    if peer.uid == 0:
        user = "root"
    if peer.pid is None:
        return f"{user} from outside"
    said = f"{user} by {_command(peer.pid)} (pid {peer.pid})"
    terminal = terminal_of(peer.pid)
    return said if terminal is None else f"{said} on {terminal}"


def _command(pid: int) -> str:
    try:
        with open(f"/proc/{pid}/comm", encoding="utf-8", errors="replace") as file:
            return file.read().strip() or "a program"
    except OSError:  # it has ended, or the system does not tell
        return "a program"
