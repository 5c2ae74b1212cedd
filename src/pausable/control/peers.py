"""The peer: which user and process is at the other end of a socket."""

import os
import socket
import struct

__all__ = ["Peer", "peer_of", "terminal_of"]

_UCRED = struct.Struct("3i")
_CONSOLES = 4  # by their major number, as Linux has them
_PSEUDO = range(136, 144)
_MINORS = 256


class Peer:
    """Who is at the other end, as the kernel says: its pid and uid; None where it does not."""

    __slots__ = ("pid", "uid")

    def __init__(self, pid: int | None, uid: int | None) -> None:
        """Keep the facts."""
        self.pid: int | None = pid
        self.uid: int | None = uid

    def is_trusted(self) -> bool:
        """Say whether it is of our own user, or of root."""
        return self.uid is None or self.uid in (0, os.geteuid())


def peer_of(connected: socket.socket) -> Peer:
    """Ask the kernel who is at the other end.

    Where it does not say (macOS), what keeps others out is the folder, which is the user's alone.
    """
    option = getattr(socket, "SO_PEERCRED", None)
    if option is None or connected.family != getattr(socket, "AF_UNIX", None):
        return Peer(None, None)
    pid, uid, _ = _UCRED.unpack(connected.getsockopt(socket.SOL_SOCKET, option, _UCRED.size))
    return Peer(pid or None, uid)


def terminal_of(pid: int) -> str | None:
    """Name the terminal of a process; None if it has none, or the system does not tell."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            number = int(file.read().rpartition(")")[2].split()[4])
    except (OSError, ValueError, IndexError):
        return None
    major, minor = (number >> 8) & 0xFFF, (number & 0xFF) | ((number >> 12) & 0xFFF00)
    if major in _PSEUDO:
        return f"pts/{minor + (major - _PSEUDO.start) * _MINORS}"
    return f"tty{minor}" if major == _CONSOLES else None
