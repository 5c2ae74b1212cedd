"""Tasks that hold locks of the system, of packages and of databases, and say when they do."""

from __future__ import annotations

import fcntl
import sqlite3
import threading
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import diskcache
import fasteners
import filelock
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["KINDS", "Kind"]


def work() -> int:
    """Compute for some time."""
    total = 0
    for number in range(2000):
        total += number
    return total


class Kind:
    """One way to hold something: `run` is the task, `is_held` asks who can tell for sure."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.over = threading.Event()
        self.path = str(folder / "lock")
        self.prepare()

    def prepare(self) -> None:
        """Make what the tasks share."""

    def run(self) -> None:
        """Hold it again and again."""
        while not self.over.is_set():
            self.once()
            work()

    def once(self) -> None:
        """Hold it, work, and give it back."""
        raise NotImplementedError

    def is_held(self) -> bool:
        """Tell the truth, from a thread that is no task."""
        with Path(self.path).open("w", encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False


class Flock(Kind):
    """`fcntl.flock` on a file and on a descriptor."""

    def once(self) -> None:
        with Path(self.path).open("w", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            try:
                work()
            finally:
                fcntl.flock(file, fcntl.LOCK_UN)
        self.by_helpers()

    def by_helpers(self) -> None:
        with Path(self.path).open("w", encoding="utf-8") as file:
            self.take(file)
            work()
            self.give(file)

    @staticmethod
    def take(file: Any) -> None:
        fcntl.flock(file, fcntl.LOCK_EX)

    @staticmethod
    def give(file: Any) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)


class FileLock(Kind):
    """filelock, in its three ways."""

    def once(self) -> None:
        lock = filelock.FileLock(self.path)
        with lock:
            work()
        with lock.acquire(timeout=60):
            work()
        lock.acquire()
        try:
            work()
        finally:
            lock.release()


class ReaderWriter(Kind):
    """fasteners' lock between threads."""

    def prepare(self) -> None:
        self.lock = fasteners.ReaderWriterLock()

    def once(self) -> None:
        with self.lock.write_lock():
            work()
        with self.lock.read_lock():
            work()
        self.lock.acquire_write_lock()
        try:
            work()
        finally:
            self.lock.release_write_lock()

    def is_held(self) -> bool:
        return self.lock.owner is not None


class InterProcess(Kind):
    """fasteners' lock between processes: each task has its own."""

    def once(self) -> None:
        lock = fasteners.InterProcessLock(self.path)
        with lock:
            self.inside.append(1)
            work()
            self.inside.pop()

    def prepare(self) -> None:
        self.inside: list[int] = []

    def is_held(self) -> bool:
        return bool(self.inside)


def is_locked(path: str) -> bool:
    """Tell whether a database is locked against writing."""
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as other:
        try:
            other.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        other.execute("ROLLBACK")
        return False


class DiskCache(Kind):
    """diskcache: its transactions and its lock."""

    def prepare(self) -> None:
        self.cache = diskcache.Cache(str(self.folder / "cache"))
        self.lock = diskcache.Lock(self.cache, "name")

    def run(self) -> None:
        try:
            super().run()
        finally:
            self.cache.close()  # the connection of this thread

    def once(self) -> None:
        with self.cache.transact(retry=True):
            self.cache["a"] = 1
            work()
        with self.lock:
            work()

    def is_held(self) -> bool:
        held = is_locked(str(self.folder / "cache" / "cache.db")) or "name" in self.cache
        self.cache.close()
        return held


class Sqlite(Kind):
    """sqlite3: begun by hand, by itself, and in a class of one's own."""

    def prepare(self) -> None:
        with closing(self.connect()) as connection:
            connection.execute("CREATE TABLE t (v)")

    def connect(self, **options: Any) -> sqlite3.Connection:
        return sqlite3.connect(self.path, timeout=60, **options)

    def run(self) -> None:
        with (
            closing(self.connect()) as self_begun,
            closing(self.connect(isolation_level=None)) as by_hand,
        ):
            while not self.over.is_set():
                with self_begun:
                    self_begun.execute("INSERT INTO t VALUES (1)")
                    work()
                with self.transaction(by_hand):
                    work()
                work()

    @contextmanager
    def transaction(self, connection: sqlite3.Connection) -> Iterator[None]:
        self.begin(connection)
        try:
            yield
        except BaseException:
            connection.rollback()
            raise
        else:
            connection.execute("COMMIT")

    @staticmethod
    def begin(connection: sqlite3.Connection) -> None:
        connection.execute("BEGIN IMMEDIATE")

    def is_held(self) -> bool:
        return is_locked(self.path)


class SqlAlchemy(Kind):
    """SQLAlchemy: engine, connection, session, and what makes sessions."""

    def prepare(self) -> None:
        self.engine = sa.create_engine(
            f"sqlite:///{self.path}", connect_args={"timeout": 60}, poolclass=sa.NullPool
        )
        with self.engine.begin() as connection:
            connection.execute(sa.text("CREATE TABLE t (v)"))

    def once(self) -> None:
        insert = sa.text("INSERT INTO t VALUES (1)")
        with self.engine.begin() as connection:
            connection.execute(insert)
            work()
        with self.engine.connect() as connection:
            connection.execute(insert)
            work()
            connection.commit()
        with Session(self.engine) as session:
            session.execute(insert)
            work()
            session.commit()
        with sessionmaker(self.engine).begin() as session:
            session.execute(insert)
            work()

    def is_held(self) -> bool:
        return is_locked(self.path)


KINDS: list[Callable[[Path], Kind]] = [
    Flock,
    FileLock,
    ReaderWriter,
    InterProcess,
    DiskCache,
    Sqlite,
    SqlAlchemy,
]
