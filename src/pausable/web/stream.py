"""The stream: what a page is told, as server-sent events; one stream for each page.

Ten times a second at most it tells what has changed since it told last. A page that reads slowly is
told less often, and never anything old: what there is to tell is found when it can be sent.
"""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from pausable.control.link import Link
    from pausable.control.mirror import Mirror

__all__ = ["Told", "stream"]

_TICK = 0.1  # seconds
_BEAT = 1.0  # seconds, after which it tells that there is nothing to tell


async def stream(links: Sequence[Link], is_ending: Callable[[], bool]) -> AsyncIterator[str]:
    """Yield events for a page, until the panel is ending."""
    told = [Told(link) for link in links]
    yield "retry: 1000\n\n"
    last = 0.0
    while not is_ending():
        news = [each for each in (one.news() for one in told) if each is not None]
        now = time.monotonic()
        if news or now - last >= _BEAT:
            last = now
            yield f"data: {json.dumps(news)}\n\n"
        await asyncio.sleep(_TICK)


class Told:
    """What a page was told of one program."""

    def __init__(self, link: Link) -> None:
        """Begin with nothing."""
        self._link = link
        self._begin(link.mirror)
        self._trouble: str | None = None

    def _begin(self, mirror: Mirror) -> None:
        self._mirror = mirror
        self._is_new = True
        self._process: object = None
        self._parts: dict[int, object] = {}  # scopes and tasks, as they were told
        self._events = 0

    def news(self) -> dict[str, Any] | None:
        """Return what has changed since; None if nothing has."""
        link = self._link
        with link.lock:
            mirror = link.mirror
            if mirror is not self._mirror:
                self._begin(mirror)
            scopes = self._changed(mirror.scopes)
            tasks = self._changed(mirror.tasks)
            known = mirror.scopes.keys() | mirror.tasks.keys()
            count = mirror.told - self._events
            events = list(mirror.events)[-count:] if count else []
            process = mirror.process if mirror.process is not self._process else None
            trouble = link.trouble
        gone = self._parts.keys() - known
        is_news = self._is_new or scopes or tasks or gone or events or process
        if not is_news and trouble == self._trouble:
            return None
        for each in gone:
            del self._parts[each]
        self._events += count
        self._process = process or self._process
        self._trouble = trouble
        is_new, self._is_new = self._is_new, False
        return {
            "pid": link.pid,
            "name": link.name,
            "is_new": is_new,
            "trouble": trouble,
            "process": process,
            "scopes": scopes,
            "tasks": tasks,
            "gone": sorted(gone),
            "events": events,
        }

    def _changed(self, parts: Any) -> list[Any]:  # noqa: ANN401 - scopes, or tasks
        """List those that were not told as they are: none ever changes, another takes its place."""
        changed = [part for key, part in parts.items() if self._parts.get(key) is not part]
        self._parts.update((part["id"], part) for part in changed)
        return changed
