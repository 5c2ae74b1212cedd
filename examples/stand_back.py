"""Stand back while a resource is down: one hold, one thread that asks, and nobody who polls."""

import argparse
import threading
import time
from collections.abc import Callable

from pausable import Hold, ThreadPoolExecutor, checkpoint
from pausable.futures import wait


class Database:
    """Stands for a shared resource that is down for a while."""

    def __init__(self, goes_down_after: int) -> None:
        """Begin empty, and up; go down when so many rows are stored."""
        self.rows: list[int] = []
        self.refusals = 0
        self.is_up = True
        self._goes_down_after = goes_down_after

    def insert(self, row: int) -> None:
        """Store a row, or refuse it."""
        if len(self.rows) == self._goes_down_after:
            self.is_up = False
            self._goes_down_after = -1
        if not self.is_up:
            self.refusals += 1
            raise ConnectionError("connection refused")
        self.rows.append(row)


class StandBack:
    """Holds a pool from the first failure until the resource answers again."""

    def __init__(self, pool: ThreadPoolExecutor, answers: Callable[[], bool], every: float) -> None:
        """Hold *pool* when told, and ask *answers* every so many seconds."""
        self._pool = pool
        self._answers = answers
        self._every = every
        self._lock = threading.Lock()  # protects the hold; nothing waits while it is held
        self._hold: Hold | None = None

    def trip(self, error: Exception) -> None:
        """Hold the pool, unless it is held already. Returns at once."""
        with self._lock:
            if self._hold is None:
                self._hold = self._pool.pause(f"the database is down: {error}", owner="stand-back")
                threading.Thread(target=self._watch).start()

    def _watch(self) -> None:
        while not self._answers():
            time.sleep(self._every)
        with self._lock:
            hold, self._hold = self._hold, None
        self._pool.resume(hold, stagger=self._every / 10)  # one by one: it has just come back


def main(interval: float) -> None:
    """Write 40 rows to a database that goes down in the middle."""
    database = Database(goes_down_after=10)
    with ThreadPoolExecutor(max_workers=8) as pool:
        stand_back = StandBack(pool, lambda: database.is_up, interval)

        def store(row: int) -> int:
            while True:
                checkpoint()  # rests here while the database is down
                time.sleep(interval / 10)
                try:
                    database.insert(row)
                except ConnectionError as error:
                    stand_back.trip(error)
                else:
                    return row

        futures = [pool.submit(store, row) for row in range(40)]
        while not pool.is_paused():
            time.sleep(interval / 100)
        pool.wait_quiescent()
        refusals = database.refusals
        for hold in pool.holds():
            print(f"held by {hold.owner}: {hold.reason}")
        time.sleep(4 * interval)
        print(f"refused while the pool stood back: {database.refusals - refusals}")
        database.is_up = True
        wait(futures)

    print(f"failed tasks: {sum(future.exception() is not None for future in futures)}")
    print(f"each row is there once: {sorted(database.rows) == list(range(40))}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--interval", type=float, default=0.2, help="seconds between two questions (default: 0.2)"
    )
    main(parser.parse_args().interval)
