"""TCP: somebody accepts connections at an address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable.scopes.numbers import seconds

if TYPE_CHECKING:
    from pausable.guards.question import Probe

__all__ = ["tcp"]


def tcp(host: str, port: int, *, timeout: float = 1.0) -> Probe:
    """Make a probe that connects to *host* and hangs up, within *timeout* seconds.

    A server that is just starting may accept connections and serve nothing yet.
    """
    import socket  # noqa: PLC0415

    limit = seconds("timeout", timeout)

    def probe() -> None:
        socket.create_connection((host, port), timeout=limit).close()

    probe.__name__ = f"tcp {host}:{port}"
    return probe
