"""The storm: threads that do everything to one pool at random, and what must be true meanwhile."""

from __future__ import annotations

import contextlib
import math
import threading
import time
import traceback
from random import Random
from typing import TYPE_CHECKING, Any

from chaos.kinds import KINDS, Script
from chaos.ledger import Book, Ledger
from core.invariants import violations

from pausable import NotQuiescent, ScopeEnded, ThreadPoolExecutor

if TYPE_CHECKING:
    from chaos.ledger import Entry

    from pausable import Future, Hold
    from pausable.scopes.group import GroupedScope

__all__ = ["GROUPS", "Storm"]

GROUPS = {"a": 1, "b": None, "a/x": None, "b/y": 2, "b/y/z": 1}
MANY = 120  # unfinished tasks above which a storm first lets some go
HELD = 3  # plain holds above which one is released before another is placed
PATIENCE = 60.0  # seconds in which all that must end has ended, on the slowest machine

WEIGHTS = {
    "submit": 40,
    "pause_and_watch": 6,
    "pause": 8,
    "release": 8,
    "resume": 4,
    "pause_task": 6,
    "resume_task": 6,
    "pause_task_and_watch": 3,
    "stop_task": 4,
    "stop_scope": 0.2,
    "cancel": 4,
    "resize": 3,
    "look": 5,
    "audit": 2,
    "wait": 5,
    "observe": 1,
    "shut_group": 0.5,
}


class Storm:
    """One pool, one ledger, and the operations on both."""

    def __init__(self, seed: object, operations: int) -> None:
        """Make the pool; *operations* are done by `run`."""
        self.rng = Random(f"{seed}")
        self.operations = operations
        self.done = iter(range(operations))
        self.ledger = ledger = Ledger()
        workers = self.rng.randint(1, 6)
        self.pool = ThreadPoolExecutor(workers, thread_name_prefix="chaos")
        ledger.books["pool"] = Book("pool", workers)
        for path, limit in GROUPS.items():
            above = path.rpartition("/")[0] or "pool"
            ledger.books[path] = Book(path, limit or math.inf, ledger.books[above])
        self.books = list(ledger.books.values())
        self.submits: list[Entry] = []
        self.submitting: set[Entry] = set()  # queued, perhaps, and no worker has been called yet

    def run(self, threads: int = 5) -> None:
        """Do all operations, on so many threads."""
        storms = [
            threading.Thread(target=self._blow, args=(Random(f"{self.rng.random()}"),), name=name)
            for name in (f"storm-{number}" for number in range(threads))
        ]
        for each in storms:
            each.start()
        for each in storms:
            each.join(10 * PATIENCE)
            assert not each.is_alive(), f"{each.name} hangs"

    def _blow(self, rng: Random) -> None:
        names, weights = list(WEIGHTS), list(WEIGHTS.values())
        for _ in self.done:
            if self.ledger.problems:
                return
            (name,) = rng.choices(names, weights)
            try:
                getattr(self, name)(rng)
            except BaseException:  # noqa: BLE001 - whatever it is, it is reported
                self.ledger.problem(f"{name}: {traceback.format_exc()}")

    # What the operations use.

    def scope(self, book: Book) -> GroupedScope:
        """Find the scope of a book; a group that has been shut down is made anew."""
        scope: GroupedScope = self.pool
        path = "" if book.name == "pool" else book.name
        for depth in range(len(path.split("/")) if path else 0):
            parts = path.split("/")[: depth + 1]
            scope = scope.group(parts[-1], limit=GROUPS["/".join(parts)])
        return scope

    def some(self, rng: Random) -> Entry | None:
        """Take a task of late."""
        recent = self.ledger.recent
        with contextlib.suppress(IndexError):
            return recent[rng.randrange(len(recent))] if recent else None
        return None

    def watch(self, book: Book, hold: Hold, me: Entry | None = None) -> None:
        """Look that nothing of a scope moves while a hold whose `with` was entered holds it."""
        before = {each: each.ticks for each in tuple(book.live)}
        for _ in range(3):
            time.sleep(0)
        time.sleep(0.0005)
        moved = [
            each
            for each in tuple(book.live)
            if each is not me and each.ticks != before.get(each, 0)
        ]
        if not moved:
            return
        if not hold.is_released():
            self.ledger.problem(f"{moved} moved under {hold.status()}")

    def not_quiescent(self, error: NotQuiescent) -> None:
        """Note that a wait was in vain, unless somebody had ended the hold meanwhile."""
        if error.seconds >= PATIENCE:
            self.ledger.problem(str(error))

    # The operations.

    def submit(self, rng: Random, kind: str | None = None) -> Future[Any] | None:
        """Submit a task to some scope; None if that has shut down."""
        ledger, book = self.ledger, rng.choice(self.books)
        if kind is None and len(ledger.books["pool"].live) > MANY:
            self.wait(rng)
            return None
        entry = ledger.enter(book, kind or rng.choice(list(KINDS)))
        self.submits.append(entry)
        self.submitting.add(entry)
        try:
            future = self.scope(book).submit(Script(self, entry, Random(rng.random())))
        except RuntimeError:
            ledger.refused.append(entry)
            ledger.strike(entry)
            return None
        finally:
            self.submitting.discard(entry)
        entry.future = future
        if rng.random() < 0.3:
            future.add_done_callback(lambda _: entry.tick)
        ledger.recent.append(entry)
        return future

    def pause_and_watch(self, rng: Random) -> None:
        """Pause a scope, and look that nothing of it moves."""
        book, running = rng.choice(self.books), rng.choice(["rest", "rest", "finish"])
        try:
            with self.scope(book).pause("a storm", running=running, timeout=PATIENCE) as hold:
                self.watch(book, hold)
                if book.name == "pool":
                    self._settle_bound(book, hold)
        except NotQuiescent as error:
            self.not_quiescent(error)
        except (ScopeEnded, RuntimeError):
            pass

    def _settle_bound(self, book: Book, hold: Hold) -> None:
        """Nothing runs: from here on no more than `max_workers` will, whatever it was before."""
        with self.ledger.resizing:
            if not hold.is_released():
                book.bound = book.limit

    def pause(self, rng: Random) -> None:
        """Place a hold that stays, or ends by itself."""
        if len(self.ledger.holds) > HELD:
            self.release(rng)
        duration = rng.choice([None, None, 0.0, 0.001, 0.01])
        with contextlib.suppress(ScopeEnded, RuntimeError):
            scope = self.scope(rng.choice(self.books))
            running = rng.choice(["rest", "finish"])
            hold = scope.pause("stays", running=running, duration=duration)
            if duration is None:
                self.ledger.holds.append(hold)

    def release(self, rng: Random) -> None:
        """Release a hold that was placed before."""
        with contextlib.suppress(IndexError):
            self.ledger.holds.pop(rng.choice([0, -1])).release()

    def resume(self, rng: Random) -> None:
        """Release all holds on a scope, perhaps one task at a time."""
        stagger = rng.choice([None, None, 0.0005])
        with contextlib.suppress(RuntimeError):
            self.scope(rng.choice(self.books)).resume(stagger=stagger)

    def pause_task(self, rng: Random) -> None:
        """Pause a task."""
        if (entry := self.some(rng)) is not None:
            duration = rng.choice([None, 0.001])
            entry.future.pause("a task's own", duration=duration)

    def resume_task(self, rng: Random) -> None:
        """Resume a task."""
        for _ in range(3):
            if (entry := self.some(rng)) is not None:
                entry.future.resume()

    def pause_task_and_watch(self, rng: Random) -> None:
        """Pause a task, and look that it does not move."""
        entry = self.some(rng)
        if entry is None or entry.future.done():
            return
        try:
            with entry.future.pause("a storm", timeout=PATIENCE) as hold:
                before = entry.ticks
                time.sleep(0.0005)
                if entry.ticks != before and not hold.is_released():
                    self.ledger.problem(f"{entry!r} moved under {hold.status()}")
        except NotQuiescent as error:
            self.not_quiescent(error)

    def stop_task(self, rng: Random) -> None:
        """Stop a task."""
        if (entry := self.some(rng)) is not None:
            entry.asked_to_stop = True
            entry.future.stop("a storm")

    def stop_scope(self, rng: Random) -> None:
        """Stop all tasks of a scope."""
        book = rng.choice(self.books)
        book.asked_to_stop += 1
        with contextlib.suppress(RuntimeError):
            self.scope(book).stop("a storm")

    def cancel(self, rng: Random) -> None:
        """Cancel a task if it has not started."""
        if (entry := self.some(rng)) is not None:
            entry.asked_to_cancel = True
            entry.future.cancel()

    def resize(self, rng: Random) -> None:
        """Change the number of slots; fewer take effect as tasks end or rest."""
        book = self.ledger.books["pool"]
        with self.ledger.resizing:
            book.limit = rng.randint(1, 6)
            book.bound = max(book.bound, book.limit)
            self.pool.max_workers = int(book.limit)

    def look(self, rng: Random) -> None:
        """Take a snapshot, and check the pool's books."""
        status = self.pool.status()
        counts = (status.running, status.resting, status.queued, status.done)
        if min(counts) < 0 or (status.is_quiescent and status.running):
            self.ledger.problem(f"odd counts: {status}")
        state = self.pool._p_node.pool
        with state.lock:
            submits = len(self.submits) - len(self.submitting)  # that are over
            wrong = violations(state)
            busy = submits != len(self.submits) or bool(state.postponed)
        for each in wrong:
            if not (busy and any(word in each for word in ("lost wake-up", "could start"))):
                self.ledger.problem(each)

    def audit(self, rng: Random) -> None:
        """Look at the outcomes so far."""
        self.ledger.audit(tuple(self.ledger.books["pool"].live))

    def wait(self, rng: Random) -> None:
        """Let go of some holds, and wait for a task, but not for long."""
        self.release(rng)
        self.resume_task(rng)
        entry = self.some(rng)
        if entry is not None:
            with contextlib.suppress(Exception):
                entry.future.exception(timeout=0.002)
        self.audit(rng)

    def observe(self, rng: Random) -> None:
        """Watch the events of a scope for a while."""
        events: list[Any] = []
        with contextlib.suppress(RuntimeError):
            unobserve = self.scope(rng.choice(self.books)).observe(events.append)
            for _ in range(3):
                self.submit(rng)
            time.sleep(0.001)
            unobserve()

    def shut_group(self, rng: Random) -> None:
        """Shut a group down; another of its name may be made when nothing is left of it."""
        book = rng.choice(self.books[1:])
        cancel = rng.random() < 0.5
        book.asked_to_cancel += cancel
        with contextlib.suppress(RuntimeError):
            scope = self.scope(book)
            scope.shutdown(rng.random() < 0.5, cancel_futures=cancel, timeout=0.005)
