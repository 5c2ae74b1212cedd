"""Stand back while a resource is down: a guard holds the pool, probes, and lets it go again."""

import argparse
import logging
import sys
import threading
import time

from pausable import ThreadPoolExecutor
from pausable.futures import wait
from pausable.guards import Backoff, Guard


def say(line: str) -> None:
    """Print a line in one piece: print() alone writes its end separately, and threads mix them."""
    print(line + "\n", end="", flush=True)


class Database:
    """Stands for a shared resource that is down for a while."""

    def __init__(self, goes_down_after: int) -> None:
        """Begin empty, and up; go down when so many rows are stored."""
        self.rows: set[int] = set()
        self.refusals = 0
        self.is_up = True
        self._goes_down_after = goes_down_after
        self._lock = threading.Lock()

    def insert(self, row: int) -> None:
        """Store a row, or refuse it."""
        with self._lock:
            if len(self.rows) == self._goes_down_after:
                self.is_up = False
                self._goes_down_after = -1
            if not self.is_up:
                self.refusals += 1
                raise ConnectionError("connection refused")
            self.rows.add(row)

    def ping(self) -> None:
        """Answer, or not."""
        if not self.is_up:
            raise ConnectionError("no answer")


def main(interval: float) -> None:
    """Write 40 rows to a database that goes down in the middle."""
    logging.basicConfig(format="log: %(message)s", stream=sys.stdout)
    database = Database(goes_down_after=10)
    db = Guard(
        "database",
        database.ping,
        trip_on=ConnectionError,
        every=interval,
        backoff=Backoff(factor=1.5, limit=10 * interval),
        stagger=interval / 10,  # one by one: it has just come back
    )

    @db.protect  # rests here while the database is down, and tries again when it is back
    def store(row: int) -> int:
        time.sleep(interval / 10)
        database.insert(row)
        return row

    with ThreadPoolExecutor(max_workers=8, guards=[db]) as pool:
        futures = [pool.submit(store, row) for row in range(40)]
        while not pool.is_paused():
            time.sleep(interval / 100)
        pool.wait_quiescent()
        refusals = database.refusals
        for hold in pool.holds():
            say(f"held by {hold.owner}: {hold.reason}")
        say(f"a resume by the user releases {pool.resume()} holds")
        time.sleep(4 * interval)
        say(f"refused while the pool stood back: {database.refusals - refusals}")
        database.is_up = True
        wait(futures)

    say(f"failed tasks: {sum(future.exception() is not None for future in futures)}")
    say(f"each row is there: {database.rows == set(range(40))}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--interval", type=float, default=0.2, help="seconds to the first probe (default: 0.2)"
    )
    main(parser.parse_args().interval)
