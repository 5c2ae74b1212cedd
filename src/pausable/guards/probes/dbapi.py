"""DB-API: a database of PEP 249 answers a query over a new connection."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from pausable.guards.question import Probe

__all__ = ["dbapi"]


def dbapi(connect: Callable[[], Any], *, query: str = "SELECT 1") -> Probe:
    """Make a probe that connects with *connect*, runs *query* and hangs up.

    Give *connect* a timeout of its own: ``lambda: pg8000.dbapi.connect(..., timeout=1)``.
    """

    def probe() -> None:
        with closing(connect()) as connection, closing(connection.cursor()) as cursor:
            cursor.execute(query)
            cursor.fetchall()

    probe.__name__ = f"query {query!r}"
    return probe
