"""What many threads do to the same locks: print, log, queue, import, and take locks of all kinds."""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import io
import itertools
import logging
import queue
import sys
import threading
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Contention", "lazy_modules"]

LAZY = "preempt_lazy_"
BODY = "numbers = [n * n for n in range(20)]\ntotal = 0\nfor n in numbers:\n    total += n\n"
KEPT = 50  # so many of these modules stay loaded


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Makes modules up, so that there is always one that nobody has imported yet."""

    def find_spec(self, fullname, path=None, target=None):
        if not fullname.startswith(LAZY):
            return None
        return importlib.machinery.ModuleSpec(fullname, self)

    def exec_module(self, module) -> None:
        exec(compile(BODY, __file__, "exec"), module.__dict__)


@contextmanager
def lazy_modules() -> Iterator[None]:
    """Have modules at hand whose names begin with LAZY; afterwards they are gone."""
    finder = _Finder()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        for name in [each for each in sys.modules if each.startswith(LAZY)]:
            del sys.modules[name]


class Contention:
    """Locks and what is done under them; `everything` by tasks, and by the thread that looks on."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.rlock = threading.RLock()
        self.condition = threading.Condition()
        self.slots = threading.Semaphore(2)
        self.locks = {name: threading.Lock() for name in "abcde"}
        self.items: queue.Queue[int] = queue.Queue(100)
        self.stream = io.StringIO()
        self.log = logging.Logger("preempt.contention")  # noqa: LOG001 - of this object alone
        self.log.addHandler(logging.StreamHandler(self.stream))
        self.numbers = itertools.count()
        self.balance = [500, 500]
        self.moves: dict[int, int] = {}

    def work(self, number: int) -> None:
        """Do everything, for ever, and count in `moves`."""
        self.moves[number] = 0
        while True:
            self.everything()
            self.moves[number] += 1

    def everything(self) -> None:
        """Do each of the things once."""
        for step in self.STEPS:
            step(self)

    def write(self) -> None:
        """Print and log to the same stream."""
        print("a line", file=self.stream)
        self.log.warning("another %s", "line")
        if self.stream.tell() > 10_000:
            self.stream.seek(0)
            self.stream.truncate()

    def pass_items(self) -> None:
        """Put an item into a queue that others use too, and take one out."""
        try:
            self.items.put(1, timeout=0.01)
            self.items.get(timeout=0.01)
        except (queue.Full, queue.Empty):
            pass

    def transfer(self) -> None:
        """Break an invariant under a lock, and mend it there."""
        with self.lock:
            self.balance[0] -= 1
            for _ in range(3):
                self.balance[1] += 0
            self.balance[1] += 1
            assert sum(self.balance) == 1000

    def transfer_back(self) -> None:
        """The same by explicit calls."""
        self.lock.acquire()
        try:
            self.balance[1] -= 1
            self.balance[0] += 1
        finally:
            self.lock.release()

    def reenter(self) -> None:
        """Take an RLock, again and again."""
        with self.rlock:
            self.reenter_once_more(3)

    def reenter_once_more(self, depth: int) -> None:
        """Take it in a helper."""
        with self.rlock:
            if depth:
                self.reenter_once_more(depth - 1)

    def notify(self) -> None:
        """Wait for a moment, and wake those that do."""
        with self.condition:
            self.condition.notify_all()
            self.condition.wait(0.0005)

    def lock_by_name(self) -> None:
        """Take one of a dictionary of locks, and one more after it in order."""
        names = "abcde"
        at = next(self.numbers) % 4
        with self.locks[names[at]]:
            for _ in range(2):
                pass
            with self.locks[names[at + 1]], self.slots:
                pass

    @contextmanager
    def locked(self) -> Iterator[int]:
        """Hold a lock, by a generator."""
        with self.lock:
            total = sum(self.balance)
            yield total

    def hold_by_managers(self) -> None:
        """Hold locks through a context manager, and through a stack of them."""
        with self.locked() as total:
            assert total == 1000
        with ExitStack() as stack:
            stack.enter_context(self.locked())
            stack.enter_context(self.rlock)
            assert sum(self.balance) == 1000

    def import_lazily(self) -> None:
        """Import a module that others may be importing now."""
        number = next(self.numbers) // 40
        module = importlib.import_module(f"{LAZY}{number}")
        assert module.total == 2470
        sys.modules.pop(f"{LAZY}{number - KEPT}", None)

    STEPS = (
        write,
        pass_items,
        transfer,
        transfer_back,
        reenter,
        notify,
        lock_by_name,
        hold_by_managers,
        import_lazily,
    )
