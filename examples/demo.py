"""Hash the standard library by a pool of 8 that is paused, resumed and stopped on the way.

Once through all files takes about a second. To have something to pause, each file is hashed as
often as fits the given seconds: work, and no sleep. It ends with what moved in each phase, and with
a comparison of all digests with those of a sequential run. Needs the extra `progress`.
"""

import argparse
import hashlib
import sys
import sysconfig
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from pausable import Group, TaskStopped, ThreadPoolExecutor, checkpoint
from pausable.futures import wait

CHUNK = 64 * 1024  # bytes; there is a checkpoint before each chunk
PATIENCE = 60.0  # seconds to wait for what must come: beyond that the demo fails
SMALL, LARGE, ENDLESS = "small files", "large files", "endless"


class Diary:
    """What moved in each phase: tasks count their chunks here."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.rows: list[tuple[str, float, Counter[str]]] = []
        self._chunks: Counter[str] = Counter()
        self._lock = Lock()  # for the counts

    def count(self, who: str) -> None:
        """Count one chunk."""
        with self._lock:
            self._chunks[who] += 1

    @contextmanager
    def phase(self, title: str) -> Iterator[None]:
        """Note what moves in the block."""
        before, began = self._chunks.copy(), time.perf_counter()
        yield
        moved, took = self._chunks.copy() - before, time.perf_counter() - began
        self.rows.append((title, took, moved))

    def moved(self, title: str, *who: str) -> int:
        """Say how many chunks were hashed in a phase."""
        return sum(row[name] for each, _, row in self.rows if each == title for name in who)

    def print(self) -> None:
        """Print the table."""
        print(f"\n{'chunks hashed':32}{'seconds':>9}", *(f"{who:>13}" for who in COLUMNS), sep="")
        for title, took, row in self.rows:
            print(f"{title:32}{took:9.1f}", *(f"{row[who]:13,}" for who in COLUMNS), sep="")


COLUMNS = (SMALL, LARGE, ENDLESS)


def hash_file(path: Path, times: int, who: str, diary: Diary) -> set[str]:
    """Hash a file so many times; return the digests, which had better be one."""
    digests = set()
    for _ in range(times):
        digest = hashlib.sha256()
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                checkpoint()  # the only line that knows of pauses and stops
                digest.update(chunk)
                diary.count(who)
        digests.add(digest.hexdigest())
    return digests


def hash_for_ever(path: Path, diary: Diary) -> None:
    """Hash a file until stopped."""
    while True:
        hash_file(path, 1, ENDLESS, diary)


def library() -> list[Path]:
    """List the files of the standard library by size, without caches and what was installed."""
    root = Path(sysconfig.get_path("stdlib"))
    left_out = {"__pycache__", "site-packages", "dist-packages"}
    files = [path for path in root.rglob("*") if left_out.isdisjoint(path.parts) and path.is_file()]
    return sorted(files, key=lambda path: path.stat().st_size)


def submit(
    groups: dict[str, Group], files: list[Path], times: int, diary: Diary
) -> dict[Path, Future[set[str]]]:
    """Submit one task a file: the smaller half to one group, the larger one to the other."""
    half = len(files) // 2
    halves = {SMALL: files[:half], LARGE: files[half:]}
    return {
        path: groups[who].submit(hash_file, path, times, who, diary)
        for who, part in halves.items()
        for path in part
    }


def run(seconds: float, files: list[Path], diary: Diary) -> list[dict[Path, Future[set[str]]]]:
    """Go through the phases, and return the futures of each time through the files."""
    deadline = time.perf_counter() + seconds
    share = seconds * 0.15
    with (
        ThreadPoolExecutor(8, thread_name_prefix="hashing") as pool,
        pool.progress(refresh=seconds / 40),
    ):
        groups = {who: pool.group(who) for who in (SMALL, LARGE)}
        with diary.phase("once through"):
            began = time.perf_counter()
            first = submit(groups, files, 1, diary)
            wait(first.values(), PATIENCE)
            once = time.perf_counter() - began

        # Few enough to leave some time for going on at the end, which then fills it.
        times = max(round(0.5 * (seconds - share) / once), 3)
        endless = groups[LARGE].options(name=ENDLESS).submit(hash_for_ever, files[-1], diary)
        try:
            second = submit(groups, files, times, diary)
            pause_and_resume(
                pool, [second[path] for path in files[len(files) // 2 :]], share, diary
            )
        finally:
            endless.stop("it would never end")
        try:
            endless.result(PATIENCE)
        except TaskStopped as stopped:
            print(f"{stopped}\n", end="")  # in one piece: the bar prints lines of its own meanwhile

        passes = [first, second]
        with diary.phase("resumed, to the end"):
            wait(second.values(), PATIENCE + seconds)
            while time.perf_counter() + once < deadline:
                passes.append(submit(groups, files, 1, diary))
                wait(passes[-1].values(), PATIENCE)
    return passes


def pause_and_resume(
    pool: ThreadPoolExecutor, large: list[Future[set[str]]], share: float, diary: Diary
) -> None:
    """Pause everything, then one group, so many seconds each; work goes on in between."""
    with diary.phase("again and again, a quarter"):
        wait(large[: len(large) // 4], PATIENCE)
    with pool.pause("to show that nothing moves", timeout=PATIENCE), diary.phase("paused"):
        time.sleep(share)
    with diary.phase("resumed, up to a half"):
        wait(large[: len(large) // 2], PATIENCE)
    with (
        pool.group(SMALL).pause("to let the others go on", timeout=PATIENCE),
        diary.phase("small files paused"),
    ):
        time.sleep(share)


def main(seconds: float) -> int:
    """Hash, compare, and say how it went."""
    files = library()
    print(f"{len(files)} files in {sysconfig.get_path('stdlib')}; first one after the other")
    began, diary = time.perf_counter(), Diary()
    with diary.phase("sequential, once through"):
        expected = {path: hash_file(path, 1, "", diary) for path in files}
    left = seconds - (time.perf_counter() - began)
    passes = run(max(left, seconds / 2), files, diary)  # on a slow machine it takes longer

    diary.print()
    facts = {
        "nothing moved while paused": not diary.moved("paused", *COLUMNS),
        "a paused group rested": not diary.moved("small files paused", SMALL),
        "the other group went on": diary.moved("small files paused", LARGE, ENDLESS) > 0,
        "the endless task was stopped": not diary.moved("resumed, to the end", ENDLESS),
        "all digests are those of the sequential run": all(
            future.result(0) == expected[path]
            for futures in passes
            for path, future in futures.items()
        ),
    }
    print()
    for fact, is_true in facts.items():
        print(f"{'yes' if is_true else 'NO '}  {fact}")
    return 0 if all(facts.values()) else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0, help="roughly (default: 20)")
    sys.exit(main(parser.parse_args().seconds))
