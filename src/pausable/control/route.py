"""The route: how a client reaches the socket of a program, and what is raised if it cannot."""

from __future__ import annotations

import json
import os
import socket
import time

# As `typing` has it, whose import takes long.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Any

__all__ = ["ControlError", "Refused", "Unreachable", "connect", "connect_by_port"]

_RETRY = 0.005  # seconds, after which a program that is just busy is called again


class ControlError(Exception):
    """The base of the errors of clients. None of `pausable.errors`, which take long to import."""


class Refused(ControlError, RuntimeError):
    """Raised when a program answers that what was asked cannot be done; `code` is its word for it.

    Nothing has changed there.
    """

    def __init__(self, code: str, says: str) -> None:
        """Keep the facts."""
        super().__init__(says)
        self.code = code
        self.says = says

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by the facts."""
        return type(self), (self.code, self.says)


class Unreachable(ControlError, ConnectionError):
    """Raised when nobody answers at `address`: the program has ended, hangs, or serves no more."""

    def __init__(self, address: str, why: str) -> None:
        """Keep the facts."""
        super().__init__(f"{address}: {why}")
        self.address = address
        self.why = why

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by the facts."""
        return type(self), (self.address, self.why)


def connect(address: str, deadline: float) -> socket.socket:
    """Connect to a Unix socket; remove it if it is ours and nobody listens any more."""
    if not hasattr(socket, "AF_UNIX"):
        raise Unreachable(address, "there are no Unix sockets here")
    before = _inode(address)
    while True:
        made = socket.socket(socket.AF_UNIX)
        try:
            made.settimeout(min(max(deadline - time.monotonic(), 0.001), 86_400.0))
            made.connect(address)
        except BlockingIOError:  # its queue is full: others are waiting
            made.close()
            if time.monotonic() > deadline:
                raise Unreachable(address, "too many clients are waiting there") from None
            time.sleep(_RETRY)
        except ConnectionRefusedError:
            made.close()
            _remove(address, before)
            raise Unreachable(address, "nobody listens there any more") from None
        except OSError as error:
            made.close()
            raise Unreachable(address, error.strerror or str(error)) from None
        except BaseException:
            made.close()
            raise
        else:
            return made


def _inode(path: str) -> tuple[int, int] | None:
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _remove(path: str, known: tuple[int, int] | None) -> None:
    """Remove a stale socket, unless another has taken its place since."""
    try:
        if known is not None and _inode(path) == known:
            os.unlink(path)
    except OSError:
        pass


def connect_by_port(address: str, deadline: float) -> tuple[socket.socket, str]:
    """Connect where there are no Unix sockets; return the token, too, which is to be said first."""
    try:
        with open(address, encoding="utf-8") as file:
            known = json.load(file)
        port, token = int(known["port"]), str(known["token"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Unreachable(address, f"it cannot be read ({error})") from None
    before, left = _inode(address), min(max(deadline - time.monotonic(), 0.001), 86_400.0)
    try:
        return socket.create_connection(("127.0.0.1", port), left), token
    except ConnectionRefusedError:
        _remove(address, before)
        raise Unreachable(address, "nobody listens there any more") from None
    except OSError as error:
        raise Unreachable(address, error.strerror or str(error)) from None
