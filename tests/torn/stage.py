"""A pool for one strike, with what runs on it, and what must be true of it afterwards."""

from __future__ import annotations

import os
import threading
import time
import traceback
from collections import Counter
from concurrent.futures import CancelledError, wait
from contextlib import contextmanager, suppress
from itertools import count
from typing import TYPE_CHECKING, Any

from helpers import until
from torn.strikes import Struck

import pausable
from pausable import HoldPlaced, HoldReleased, ThreadPoolExecutor, checkpoint
from pausable._core.decision import look
from pausable._core.derived import validate
from pausable._core.frames import frames_of_threads
from pausable.guards import Backoff, Guard
from pausable.scopes import submission
from pausable.scopes.process import process

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Seconds in which each thing must have happened: only what fails waits for as long.
PATIENCE = float(os.environ.get("PAUSABLE_PATIENCE", "20"))
OFTEN = Backoff(factor=1.0, jitter=0.0)

_numbers = count()


_made: list[Any] = []


@contextmanager
def noting() -> Iterator[None]:
    """Note all futures that are made meanwhile, also those that a scenario does not keep."""
    usual = submission.new_future

    def note(*args: Any) -> Any:
        _made.append(usual(*args))
        return _made[-1]

    submission.new_future = note
    try:
        yield
    finally:
        submission.new_future = usual
        _made.clear()


def _end_of(future: Any) -> str:
    if future.cancelled():
        return "cancelled" if future.status().state == "cancelled" else "stopped"
    return "succeeded" if future.exception() is None else "failed"


class Spin:
    """A task that goes round over a checkpoint, and counts, until it is let go."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.rounds = 0

    def __call__(self) -> int:
        while not self.go.is_set():
            checkpoint()
            self.rounds += 1
            time.sleep(0.0003)
        return self.rounds


class Stage:
    """A pool, the tasks on it, and what was seen of them."""

    def __init__(self, *, observed: bool, workers: int = 3, **options: Any) -> None:
        """Make a pool of so many *workers* whose events are noted if it is *observed*."""
        self.name = f"torn{next(_numbers)}-"
        _made.clear()
        self.made: list[Any] = _made  # all futures, also those that the scenario does not keep
        self.workers = workers
        self.patience = PATIENCE
        # Daemons: what a strike has broken must not keep the tests from ending.
        self.pool = ThreadPoolExecutor(workers, self.name, daemon=True, **options)
        self.others: list[ThreadPoolExecutor] = []
        self.events: list[Any] = []
        if observed:
            self.pool.observe(self.events.append)
        self.spins: dict[Any, Spin] = {}
        self.may_end: set[Any] = set()  # futures of spins that the scenario ends
        self.futures: list[Any] = []
        self.alike: list[Any] = []  # futures that are all stopped or cancelled, or all not
        self.guards: list[Guard] = []
        self.complaints: list[str] = []
        self.told = threading.Event()  # what blocks goes on, and the resource is there

    # To prepare.

    def spin(self, scope: Any = None) -> Any:
        """Start a task that runs, and wait until it does."""
        spin = Spin()
        future = self.keep((scope or self.pool).submit(spin))
        self.spins[future] = spin
        until(lambda: spin.rounds, PATIENCE, "a task begins")
        return future

    def other(self) -> ThreadPoolExecutor:
        """Make one more pool."""
        pool = ThreadPoolExecutor(1, f"{self.name}other-", daemon=True)
        self.others.append(pool)
        return pool

    def keep(self, future: Any) -> Any:
        """Keep an eye on a future."""
        self.futures.append(future)
        return future

    def fill(self) -> None:
        """Let tasks that block take the other slots, for as long as nobody has told."""
        began = threading.Semaphore(0)

        def block() -> None:
            began.release()
            self.told.wait(60)

        until(lambda: self.pool.status().running == len(self.spins), PATIENCE, "no others run")
        for _ in range(self.workers - len(self.spins)):
            self.keep(self.pool.submit(block))
            assert began.acquire(timeout=PATIENCE)

    def rest(self) -> Any:
        """Pause, and wait until all rest."""
        hold = self.pool.pause("prepared")
        assert hold.wait(PATIENCE)
        return hold

    def idle(self) -> None:
        """Let there be an idle worker."""
        assert self.pool.submit(int).result(PATIENCE) == 0
        until(lambda: self.pool.status().running == len(self.spins), PATIENCE, "a worker is idle")

    def probe(self) -> None:
        """Say whether the resource is there."""
        if not self.told.is_set():
            raise ConnectionError("not yet")

    def guard(self, *, trial: bool = False) -> Guard:
        """Make the guard of a resource, which is away until somebody has told."""
        guard = Guard(
            self.name,
            self.probe,
            trip_on=ConnectionError,
            every=0.001,
            backoff=OFTEN,
            trial=trial,
        )
        self.guards.append(guard)
        return guard

    def tell_soon(self) -> None:
        """Tell in a moment: by then the caller waits, most likely; before and after it is struck, too."""
        threading.Timer(0.002, self.told.set).start()

    # To settle.

    def eventually(self, fact: Callable[[], object], what: str) -> None:
        """Wait for what must come to be, whatever was struck."""
        try:
            until(fact, PATIENCE, what)
        except AssertionError as error:
            self.complaints.append(f"by itself, {error}")

    def returns(self, call: Callable[[float], object]) -> None:
        """Make a call that waits; it must return before its timeout, whatever was struck."""
        began = time.monotonic()
        with suppress(TimeoutError, CancelledError, Struck):  # as the task ends that was struck
            call(PATIENCE)
        if time.monotonic() > began + PATIENCE:
            self.complaints.append(f"by itself, {name_of(call)} is not woken")

    def moves(self) -> Callable[[], bool]:
        """Return what says whether all tasks have moved since now."""
        before = {future: spin.rounds for future, spin in self.spins.items()}
        return lambda: all(
            future.done() or self.spins[future].rounds > n for future, n in before.items()
        )

    # Afterwards.

    def let_go(self) -> None:
        """Let all tasks come to their ends."""
        self.told.set()
        for spin in self.spins.values():
            spin.go.set()

    def threads(self) -> list[threading.Thread]:
        """List the threads of the pool."""
        named = [each for each in threading.enumerate() if each.name.startswith(self.name)]
        return [each for each in named if each.is_alive()]  # one that was hit may be listed still

    def abandon(self) -> None:
        """End what can still be ended, and wait for none of it."""

        def end() -> None:
            self.let_go()
            pausable.resume()
            for pool in (self.pool, *self.others):
                pool.shutdown(wait=False, cancel_futures=True)
                pool.stop()
                pool.resume()

        threading.Thread(target=end, name="abandon", daemon=True).start()

    def verdict(self) -> str | None:
        """Say what is wrong; None if nothing is. Asked on a thread of its own, which may hang."""
        said: list[str | None] = []

        def ask() -> None:
            try:
                self._examine()
                said.append(None)
            except BaseException as error:  # noqa: BLE001 - that is what is wrong
                said.append(told(error))

        thread = threading.Thread(target=ask, name="judge", daemon=True)
        thread.start()
        thread.join(3 * PATIENCE)
        last = said[0] if said else "it hangs: " + where(thread.ident)
        return "; ".join([*self.complaints, *([last] if last else [])]) or None

    def _examine(self) -> None:
        pool = self.pool
        self.told.set()
        for guard in self.guards:
            assert guard.wait_healthy(PATIENCE), "the guard does not recover"
        self._check_all_are_held_alike()
        self._release_all()
        until(lambda: not pool.is_paused(), PATIENCE, "open when all holds have been released")
        self._check_tasks_move()
        is_open = not pool.status().is_shut_down
        if is_open:
            assert pool.submit(int).result(PATIENCE) == 0, "a wrong result"
            with pool.pause("again", timeout=PATIENCE):
                pass
            self._check_tasks_move()
        else:
            _check_refuses(pool)
        self.let_go()
        if not is_open:
            until(lambda: not self.threads(), PATIENCE, "what has shut down ends by itself")
        self._check_ends()
        self._check_events()

    def _check_all_are_held_alike(self) -> None:
        """All pools comply with what holds the process, or will in a moment."""
        pools = [each for each in (self.pool, *self.others) if not each.status().is_shut_down]
        until(lambda: all(_complies(each) for each in pools), PATIENCE, "all pools are held alike")

    def _release_all(self) -> None:
        pausable.resume()
        assert not process.kept
        for each in tuple(process.observers):  # who was hit in `observe` has nothing to end it with
            if each.callback == self.events.append:
                del process.observers[each]
        pool = self.pool
        if pool.max_workers != self.workers:
            pool.max_workers = self.workers
        for each in (pool, *groups_of(pool), *pool.tasks()):
            each.resume()

    def _check_tasks_move(self) -> None:
        for future in set(self.spins) - self.may_end:
            if future.done() and _is_struck(future):
                continue
            assert not future.done(), f"a task ended that nobody has asked to: {future!r}"
        until(self.moves(), PATIENCE, "the tasks go on")
        for each in (self.pool, *self.others):
            said = look(each._p_node.pool, validate, each._p_node.pool)
            assert not said, said

    def _check_ends(self) -> None:
        left = wait(self.futures, PATIENCE).not_done
        assert not left, f"futures pend for ever: {left}"
        ends = {each.cancelled() for each in self.alike if not _is_struck(each)}
        assert len(ends) < 2, f"some were ended, and some not: {self.alike}"
        until(lambda: not self.pool.tasks(), PATIENCE, "no tasks are left")
        for each in self.others:
            assert each.shutdown(timeout=PATIENCE), f"no end of it: {each.status()}"
        assert self.pool.shutdown(timeout=PATIENCE), f"no end of it: {self.pool.status()}"
        self._check_counts()
        until(lambda: not self.threads(), PATIENCE, "no threads are left")

    def _check_counts(self) -> None:
        """Each task is counted once, as its future says that it has ended.

        Those that were not accepted are not counted: they are cancelled, or nobody has them.
        """
        status = self.pool.status()
        mine = [each for each in self.made if self.pool._p_node in each._p_node.path()]
        ends = Counter(_end_of(future) for future in mine if future.done())
        for how in ("succeeded", "failed", "stopped"):
            assert getattr(status, how) == ends[how], f"{status.done=}, {status}, but {ends}"
        assert status.cancelled <= ends["cancelled"], f"{status}, but {ends}"

    def _check_events(self) -> None:
        """Each hold that was told of is told of as released, and the other way round."""

        def unmatched() -> set[Any]:
            told: dict[type, set[Any]] = {HoldPlaced: set(), HoldReleased: set()}
            for event in tuple(self.events):
                if type(event) in told:
                    hold = event.hold
                    told[type(event)].add((hold.scope, hold.reason, hold.placed_at))
            return told[HoldPlaced] ^ told[HoldReleased]

        until(lambda: not unmatched(), PATIENCE, "each hold is told of as placed and as released")


def _complies(pool: Any) -> bool:
    """Say whether a pool is held for the process, as the process is."""
    holds = [each.placed_at for each in pool.holds() if each.scope == process.name]
    return holds == [each.placed_at for each in pausable.holds()]


def _check_refuses(pool: Any) -> None:
    try:
        pool.submit(int)
    except RuntimeError:
        return
    raise AssertionError("it is said to be shut down, and takes tasks")


def groups_of(scope: Any) -> Iterator[Any]:
    """List the groups below a scope."""
    for name, status in scope.status().groups.items():
        if not status.is_shut_down:
            group = scope.group(name)
            yield group
            yield from groups_of(group)


def _is_struck(future: Any) -> bool:
    return not future.cancelled() and isinstance(future.exception(), Struck)


def told(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    ours = [each for each in frames if each.filename == __file__] or frames
    text = str(error).partition("\n")[0] or type(error).__name__
    if not isinstance(error, AssertionError):
        text = f"{type(error).__name__}: {text}"
    return f"{text[:160]} (in {ours[-1].name})"


def name_of(call: Any) -> str:
    """Name a call that waits."""
    return getattr(call, "__qualname__", repr(call))


def where(ident: int | None) -> str:
    """Say where a thread is."""
    frame = frames_of_threads().get(ident or 0)
    lines = [f"{each.name}:{each.lineno}" for each in traceback.extract_stack(frame)]
    return " < ".join(reversed(lines[-5:]))
