"""The link to one program: a thread that watches it, and a connection that gives commands.

What the watch tells is taken into a mirror under the link's lock; the panel reads it under the same
lock, when it draws. Commands go through a connection of their own, one after the other, so that
they do not wait for the next sample. For panels, which run in a process of their own.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from pausable.control.client import Client
from pausable.control.mirror import Mirror
from pausable.control.route import ControlError, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Link"]

_AGAIN = 1.0  # seconds, after which a program that was not reached is tried again


class Link:
    """One program, as the panel knows it. All but the threads' own methods are for any thread."""

    def __init__(self, address: str, pid: int, name: str, *, hz: float) -> None:
        """Keep the facts; nothing is asked before `start`."""
        self.address: str = address
        self.pid: int = pid
        self.name: str = name
        #: over the mirror; nothing is asked while it is held
        self.lock: threading.Lock = threading.Lock()
        self.mirror: Mirror = Mirror()
        self.trouble: str | None = None  #: why nothing comes; None if something does
        self.is_new: bool = True  #: whether something has come since it was drawn
        self._hz = hz
        self._commands: Client | None = None
        self._asking = threading.Lock()  # one command at a time
        self._ended = threading.Event()
        self._watching: Client | None = None
        self._thread = threading.Thread(target=self._run, name=f"watch {pid}", daemon=True)

    def start(self) -> None:
        """Begin to watch, on a daemon thread."""
        self._thread.start()

    def close(self) -> None:
        """End the watch, and the connections. Does not wait."""
        self._ended.set()
        for client in (self._watching, self._commands):
            if client is not None:
                client.interrupt()  # whoever uses it closes it
        if self._asking.acquire(blocking=False):
            if self._commands is not None:
                self._commands.close()
            self._asking.release()

    def join(self) -> None:
        """Wait until the watch has ended, after `close`."""
        self._thread.join()

    def ask(self, do: Callable[[Client], Any]) -> Any:  # noqa: ANN401 - the reply to what is asked
        """Give a command, on a connection that is made anew if it broke; return the reply.

        Raises:
            ControlError: the program cannot be reached, or refuses.
        """
        with self._asking:
            if self._commands is None:
                self._commands = Client(self.address)
            try:
                return do(self._commands)
            except Unreachable:
                self._commands.close()
                self._commands = None
                raise

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                self._watch()
            except (ControlError, OSError) as error:
                why = error.why if isinstance(error, Unreachable) else str(error)
                with self.lock:
                    self.trouble, self.is_new = why, True
            self._ended.wait(_AGAIN)

    def _watch(self) -> None:
        with Client(self.address) as client:
            self._watching = client
            for frame in client.watch(hz=self._hz):
                with self.lock:
                    if self.trouble is not None:  # it is a new watch, which tells all from anew
                        self.mirror, self.trouble = Mirror(), None
                    self.mirror.take(frame)
                    self.is_new = True
                if self._ended.is_set():
                    return
