"""The loopback: how a program is reached where there are no Unix sockets.

Anybody on the machine may connect to a port. So the first thing that a client says is a token,
which stands in a file that only the user may read.
"""

from __future__ import annotations

import json
import os
import socket
from hmac import compare_digest
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["is_token", "listen_on_loopback"]

_BACKLOG = 128


def listen_on_loopback() -> tuple[socket.socket, str, Callable[[str], None]]:
    """Return a socket that listens, its token, and what writes the file that says both."""
    made = socket.create_server(("127.0.0.1", 0), backlog=_BACKLOG)
    made.setblocking(False)  # noqa: FBT003 - as the stdlib has it
    token = os.urandom(32).hex()
    port = made.getsockname()[1]

    def write(path: str) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        with open(os.open(path, flags, 0o600), "w", encoding="utf-8") as file:
            json.dump({"port": port, "token": token}, file)

    return made, token, write


def is_token(said: str | None, token: str) -> bool:
    """Say whether it is the token; how long that takes does not tell how much of it is right."""
    return said is not None and compare_digest(said.encode(), token.encode())
