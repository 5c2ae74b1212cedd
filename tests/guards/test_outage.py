"""A real outage: the server is killed in the middle of the work, and comes back after a while."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

import pytest
from helpers import until
from servers import Server, http_server, postgres_server

from pausable.guards import Backoff, Guard

if TYPE_CHECKING:
    from pausable import ThreadPoolExecutor

__all__ = ["http_server", "postgres_server"]

TASKS, ROWS, KILLED_AT = 8, 2_000, 700


@pytest.fixture(params=["postgres_server", "http_server"])
def server(request) -> Server:
    """Give each of the servers."""
    return request.getfixturevalue(request.param)


class Work:
    """Eight tasks that write their rows; one of them kills the server on its way."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.refused = 0
        self.written = 0
        self.probed = threading.Event()  # so often that it has been down for a while
        self._lock = threading.Lock()
        self.db = Guard(
            "db",
            self.probe,
            trip_on=server.errors,
            every=0.2,
            backoff=Backoff(factor=1.3, limit=1.0),
            stagger=0.002,
        )

    def connect(self):
        """Connect, and count what is refused."""
        try:
            return self.server.connect()
        except self.server.errors:
            with self._lock:
                self.refused += 1
            raise

    def probe(self) -> None:
        """Connect and ask; the connections that are refused here count, too."""
        if self.db.status().probes >= 6:
            self.probed.set()
        self.server.hang_up(self.connect())
        self.server.probe()()

    def write(self, first: int) -> int:
        """Write every eighth row, each over the same connection for as long as that lives."""
        connection = None
        for row in range(first, ROWS, TASKS):
            for attempt in self.db.attempts():
                with attempt:
                    try:
                        connection = connection or self.connect()
                        self.server.write(connection, row)
                    except BaseException:
                        connection = connection and self.server.hang_up(connection)
                        raise
            self.count()
        if connection is not None:
            self.server.hang_up(connection)
        return first

    def count(self) -> None:
        """Count a row; at one of them, kill the server, before anybody else counts another."""
        with self._lock:
            self.written += 1
            if self.written == KILLED_AT:
                self.server.kill()


def cpu_of(pool: ThreadPoolExecutor) -> float:
    """Return the seconds for which the workers were on a processor, together."""
    clocks = [time.pthread_getcpuclockid(each.ident) for each in pool._threads]
    return sum(time.clock_gettime(each) for each in clocks)


# pg8000 leaves halves of connections behind that it could not make, or that broke.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_outage_in_the_middle_of_the_work(server, make_pool):
    """No task fails, each row is there once, hardly anything was refused, and rest was rest."""
    work = Work(server)
    pool = make_pool(TASKS)
    writers = pool.group("writers", guards=[work.db])
    futures = [writers.submit(work.write, first) for first in range(TASKS)]

    until(writers.is_paused, timeout=60, what="the guard has tripped")
    assert writers.wait_quiescent(60)
    until(lambda: work.db.status().probes >= 2)  # by now each thread has come to its parking place
    workers, began, used = cpu_of(pool), time.monotonic(), time.process_time()
    assert work.probed.wait(60)
    used, down = time.process_time() - used, time.monotonic() - began
    assert cpu_of(pool) - workers < 0.001  # of all eight, in all that time
    assert used < 0.05 * down + 0.05
    assert [each.exception() for each in futures if each.done()].count(None) < TASKS / 2
    assert not [error for each in futures if each.done() and (error := each.exception())]

    server.start()
    assert [each.result(100) for each in futures] == list(range(TASKS))
    assert server.rows() == list(range(ROWS))
    status = work.db.status()
    assert work.refused <= TASKS + status.probes
    assert status.state == "healthy"
    assert not writers.holds()
    logging.getLogger(__name__).info(
        "%s: down %.2f s, %.3f s of CPU; %d refused, %d probes, %d trips",
        type(server).__name__,
        down,
        used,
        work.refused,
        status.probes,
        status.trips,
    )
