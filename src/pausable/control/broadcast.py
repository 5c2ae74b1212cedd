"""The broadcast: what who watches is sent, samples at his own rate and events as they come."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

from pausable.control.rare import RareEvents, frame_of, path_of
from pausable.control.selection import is_about

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from pausable._core.ports import Wakeable
    from pausable.control.connection import Connection
    from pausable.control.looks import Looks
    from pausable.events import Event

__all__ = ["Broadcast"]


class Broadcast:
    """Sends what is to be told. Used by the server's thread."""

    def __init__(self, looks: Looks, server: Wakeable) -> None:
        """Send nothing yet; *server* is woken when there are events."""
        self._looks = looks
        self._rare = RareEvents(server.wake)

    def observe(self, connections: Collection[Connection]) -> None:
        """Begin to observe rare events if somebody watches, and end it if nobody does."""
        self._rare.observe(wanted=any(_watching(connections)))

    def sample(self, connection: Connection, everybody: Collection[Connection], now: float) -> None:
        """Send a client the sample that is due, if it watches.

        Raises:
            OSError: the connection is broken.
        """
        watch = connection.watch
        if watch is None:
            return
        began = time.thread_time()
        take = partial(self._looks.look_at, watch, connection)
        sample = watch.sample(now, take, is_slow=connection.is_slow())
        if sample is not None:
            connection.send(sample)
        cost = time.thread_time() - began
        watch.spare(cost * sum(1 for _ in _watching(everybody)), now)

    def events(self, connections: Iterable[Connection]) -> Iterator[Connection]:
        """Send all that watch what has happened; list those whose connections are broken."""
        events, lost = self._rare.take()
        for connection in _watching(connections):
            if connection.watch is not None:
                connection.watch.lost_events += lost
            try:
                for event in events:
                    self._tell(connection, event)
            except OSError:
                yield connection

    def _tell(self, connection: Connection, event: Event) -> None:
        watch = connection.watch
        if watch is None or not is_about(watch.on, path_of(event)):
            return
        if connection.is_full():
            watch.lost_events += 1
            return
        describe = self._looks.describer(connection)
        connection.send(frame_of(event, watch.id, watch.lost_events, describe))
        watch.lost_events = 0


def _watching(connections: Iterable[Connection]) -> Iterator[Connection]:
    return (each for each in connections if each.watch is not None)
