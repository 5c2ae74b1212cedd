"""Tasks in other processes whose code runs here, so that a test sees what they do.

What is sent away is a puppet: at each step it asks the theatre, which is in the process of the
test, to run the code up to its next `yield`, and comes to a checkpoint of its own then. So one and
the same generator function, a closure over what the test looks at, is a task anywhere.
"""

from __future__ import annotations

import itertools
import threading
import time
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Client, Connection, Listener
from typing import TYPE_CHECKING, Any

from pausable import Stopped, checkpoint, current_task

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["Theatre", "never_ask", "pause_itself", "perform"]


class Theatre:
    """Runs the code of puppets, each on a thread; the puppets are wherever they are."""

    def __init__(self) -> None:
        """Open."""
        self._listener = Listener(backlog=64)
        self._plays: dict[int, Callable[..., Any]] = {}
        self._numbers = itertools.count()
        self._closed = False
        self._door = threading.Thread(target=self._admit)
        self._door.start()
        self._stages: list[threading.Thread] = []

    def puppet(self, play: Callable[..., Any]) -> Callable[..., Any]:
        """Return what performs a generator function; it can be pickled."""
        number = next(self._numbers)
        self._plays[number] = play
        return partial(perform, self._listener.address, number)

    def close(self) -> None:
        """Close, and wait for those that still perform."""
        self._closed = True
        with suppress(OSError), Client(self._listener.address):
            self._door.join()
        self._listener.close()
        for stage in self._stages:
            stage.join()

    def _admit(self) -> None:
        while True:
            with suppress(OSError, EOFError):
                wire = self._listener.accept()
                if self._closed:
                    wire.close()
                    return
                self._stages.append(threading.Thread(target=self._direct, args=[wire]))
                self._stages[-1].start()

    def _direct(self, wire: Connection[Any, Any]) -> None:
        with wire, suppress(EOFError, OSError):  # it is gone
            number, args = wire.recv()
            code = self._plays[number](*args)
            while True:
                stop = wire.recv()
                try:
                    wire.send(("yield", next(code) if stop is None else code.throw(stop)))
                except StopIteration as end:
                    wire.send(("return", end.value))
                    return
                except BaseException as error:  # noqa: BLE001 - it is the puppet's
                    wire.send(("raise", error))
                    return


def perform(address: str, number: int, *args: Any) -> Any:
    """Be the puppet: come to a checkpoint after each step of the play."""
    stop = None
    with Client(address) as wire:
        wire.send((number, args))
        while True:
            wire.send(stop)
            word, value = wire.recv()
            if word == "return":
                return value
            if word == "raise":
                raise value
            time.sleep(0.0005)  # as real work, it lets the others run
            stop = None
            try:
                checkpoint()
            except Stopped as stopped:
                stop = stopped


def pause_itself() -> None:
    """Pause the task that calls this, and come to a checkpoint: it can be pickled."""
    task = current_task()
    assert task is not None
    task.pause("by itself")
    checkpoint()


def never_ask(begun: Path, go: Path) -> str:
    """Make a file, and wait for another one, without a checkpoint: a task that can be pickled."""
    begun.touch()
    while not go.exists():
        pass
    return "unasked"
