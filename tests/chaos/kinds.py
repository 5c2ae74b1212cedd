"""The kinds of tasks in a chaos test: what tasks do with pausable, each a few lines.

A task counts as running (`go`) only between calls into pausable that may let it rest (`halt`).
"""

from __future__ import annotations

import contextvars
import threading
import time
from concurrent.futures import CancelledError
from functools import partial
from typing import TYPE_CHECKING, Any

from chaos.ledger import Failed

from pausable import (
    NotQuiescent,
    ScopeEnded,
    Stopped,
    checkpoint,
    current_task,
    each,
    resting,
    shield,
    sleep,
)
from pausable import futures as pausable_futures

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from chaos.ledger import Entry
    from chaos.storm import Storm

__all__ = ["KINDS", "Script"]

REFUSED = (CancelledError, ScopeEnded, RuntimeError, Failed)  # a stranger's outcome; a closed scope


class Script:
    """The code of one task."""

    def __init__(self, storm: Storm, entry: Entry, rng: Random) -> None:
        """Do what the entry says, with choices of its own."""
        self.storm = storm
        self.entry = entry
        self.rng = rng

    def __call__(self) -> int:
        """Run, once."""
        entry = self.entry
        entry.runs += 1
        try:
            entry.go()
            KINDS[entry.kind](self)
        except Stopped:
            entry.saw_stop = True
            raise
        finally:
            entry.halt()
        return entry.number

    def call(self, fn: Callable[..., Any], *args: Any) -> Any:
        """Call something of pausable's in which the task may rest."""
        self.entry.halt()
        try:
            result = fn(*args)
        except Stopped:
            raise
        except BaseException:
            self.entry.go()
            raise
        self.entry.go()
        return result

    def rounds(self, most: int = 6) -> range:
        """Go round a few times."""
        return range(self.rng.randint(1, most))

    def outcome_of(self, number: int = 1) -> list[Any]:
        """Submit tasks, or take some that were there before: this one will wait for them."""
        if self.rng.random() < 0.6:
            made = [self.storm.submit(self.rng, kind="looping") for _ in range(number)]
            return [future for future in made if future is not None]
        recent = tuple(self.storm.ledger.recent)
        older = [other for other in recent if other.number < self.entry.number]
        return [other.future for other in older[:number]]


def nothing(script: Script) -> None:
    """Return at once."""


def looping(script: Script) -> None:
    """Come to a checkpoint now and then."""
    for _ in script.rounds():
        script.call(checkpoint)


def sleeping(script: Script) -> None:
    """Sleep in active time."""
    for _ in script.rounds(3):
        script.call(sleep, script.rng.random() * 0.001)


def iterating(script: Script) -> None:
    """Take items one by one."""
    items = each(range(script.rng.randint(1, 5)))
    while script.call(next, items, None) is not None:
        script.entry.tick()


def receiving(script: Script) -> None:
    """Wait for something that nobody minds, with a checkpoint in it at times."""
    script.call(_receive, script)
    script.call(checkpoint)


def _receive(script: Script) -> None:
    with resting():
        time.sleep(script.rng.choice([0, 0, 0.0005]))
        if script.rng.random() < 0.3:
            checkpoint()
        if script.rng.random() < 0.3:
            sleep(0.0002)


def shielded(script: Script) -> None:
    """Neither rest nor stop for a while."""
    for _ in script.rounds(2):
        with shield():
            script.entry.tick()
            checkpoint()
            script.entry.tick()
            sleep(0.0001)
            script.entry.tick()
        script.call(checkpoint)


def waiting(script: Script) -> None:
    """Wait for the result of another task of the same pool."""
    for future in script.outcome_of():
        try:
            if script.rng.random() < 0.2:
                script.call(_wait_at_rest, future)
            else:
                script.call(future.result)
        except REFUSED:
            pass


def _wait_at_rest(future: Any) -> Any:
    with resting():
        return future.result()


def gathering(script: Script) -> None:
    """Wait for several tasks at once."""
    waited = script.outcome_of(3)
    if script.rng.random() < 0.5:
        script.call(pausable_futures.wait, waited)
    else:
        script.call(list, pausable_futures.as_completed(waited))


def failing(script: Script) -> None:
    """Raise."""
    script.call(checkpoint)
    raise Failed


def pausing(script: Script) -> None:
    """Pause a scope of one's own pool, and look that nothing moves."""
    book = script.rng.choice(script.storm.books)
    running = script.rng.choice(["rest", "rest", "finish"])
    entry = script.entry
    try:
        hold = script.storm.scope(book).pause("a task", running=running, timeout=60)
        entry.halt()
        with hold:
            entry.go()
            script.storm.watch(book, hold, entry)
            if script.rng.random() < 0.4:
                script.call(_receive, script)
                script.storm.watch(book, hold, entry)
            entry.halt()
        entry.go()
    except NotQuiescent as error:
        entry.go()
        script.storm.not_quiescent(error)
    except (ScopeEnded, RuntimeError):
        entry.go()


def pausing_for_a_while(script: Script) -> None:
    """Place a hold that ends by itself, and rest under it."""
    try:
        script.storm.scope(script.rng.choice(script.storm.books)).pause("a while", duration=0.002)
    except (ScopeEnded, RuntimeError):
        return
    script.call(checkpoint)


def stopping_itself(script: Script) -> None:
    """Ask for one's own end."""
    script.entry.asked_to_stop = True
    current_task().stop("itself")
    script.call(checkpoint)
    script.entry.ledger.problem(f"{script.entry!r} went on after its stop")


def cleaning_up(script: Script) -> None:
    """Come to checkpoints in the block that a stop runs through."""
    try:
        for _ in script.rounds():
            script.call(checkpoint)
    except Stopped:
        checkpoint()
        sleep(0.0001)
        raise


def with_a_guest(script: Script) -> None:
    """Start a thread that rests and stops with this task."""

    def guest() -> None:
        try:
            checkpoint()
            sleep(0.0002)
        except Stopped:
            pass

    thread = threading.Thread(target=contextvars.copy_context().run, args=(guest,), name="guest")
    thread.start()
    script.call(partial(_join, thread))


def _join(thread: threading.Thread) -> None:
    with resting():
        thread.join()


KINDS: dict[str, Callable[[Script], None]] = {
    "nothing": nothing,
    "looping": looping,
    "sleeping": sleeping,
    "iterating": iterating,
    "receiving": receiving,
    "shielded": shielded,
    "waiting": waiting,
    "gathering": gathering,
    "failing": failing,
    "pausing": pausing,
    "pausing for a while": pausing_for_a_while,
    "stopping itself": stopping_itself,
    "cleaning up": cleaning_up,
    "with a guest": with_a_guest,
}
