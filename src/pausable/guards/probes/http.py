"""HTTP: a URL answers with the status that is wanted. Needs httpx: the extra `guards`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable.guards.question import ProbeFailed
from pausable.scopes.numbers import seconds

if TYPE_CHECKING:
    from collections.abc import Container

    from pausable.guards.question import Probe

__all__ = ["http"]


def http(
    url: str, *, status: Container[int] = range(200, 400), method: str = "GET", timeout: float = 1.0
) -> Probe:
    """Make a probe that requests *url* and wants a *status*; each step may take *timeout* seconds.

    Redirects are not followed. It understands ``Retry-After``. A connection is made for each probe.

    Raises:
        ImportError: httpx is not installed.
    """
    import httpx  # noqa: PLC0415

    limit = seconds("timeout", timeout)

    def probe() -> None:
        answer = httpx.request(method, url, timeout=limit)
        if answer.status_code not in status:
            msg = f"{method} {url} answered {answer.status_code} {answer.reason_phrase}"
            raise ProbeFailed(msg, retry_after=answer.headers.get("Retry-After"))

    probe.__name__ = f"http {url}"
    return probe
