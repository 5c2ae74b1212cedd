"""The server: one daemon thread of the program, which answers all clients.

It waits in one `select` and for nothing else: not for a client that does not read, nor for code of
the program, which other threads run. So a client can disturb neither the others nor the pools.

While it is up, somebody outside can resume: the interpreter's exit waits for that (`resumers`).
"""

from __future__ import annotations

import os
import selectors
import socket
from contextlib import suppress

from pausable._core.attention import here
from pausable.control.backstage import Backstage
from pausable.control.hurry import hurry
from pausable.control.listener import listen
from pausable.control.outside import OutsideHolds
from pausable.control.reception import Reception
from pausable.control.verbs import Verbs
from pausable.scopes.common_log import ERROR, WARNING, say
from pausable.scopes.endings import abandon_kept
from pausable.scopes.patience import remedies
from pausable.scopes.resumers import resumers

__all__ = ["Server"]


class Server:
    """Answers clients on a thread of its own, from `start` to `close`."""

    def __init__(self, name: str) -> None:
        """Begin to listen, under this *name*; nobody is answered yet.

        Raises:
            OSError: there is no place to listen at.
        """
        self._listener = listen()
        self.address: str = self._listener.address
        self._pid = os.getpid()
        self._woken, self._waker = socket.socketpair()
        self._woken.setblocking(False)  # noqa: FBT003 - as the stdlib has it
        self._waker.setblocking(False)  # noqa: FBT003
        self._selector = selectors.DefaultSelector()
        self._outside = OutsideHolds()
        self._verbs = Verbs(name, self._outside, self)
        self._reception = Reception(
            self._selector, self._listener, self._verbs, self._outside, self
        )
        self._is_closing = False
        self._thread = Backstage(self._run, self.wake)

    @property
    def name(self) -> str:
        """What the program is called."""
        return self._verbs.name

    def start(self) -> None:
        """Begin to answer.

        Raises:
            RuntimeError: no thread can be started; then it listens no more.
        """
        self._reception.door.open()
        self._selector.register(self._woken, selectors.EVENT_READ, self._drain)
        resumers.add(self.is_up)
        remedies[self] = f"`pausable resume {self._pid}`"
        try:
            self._thread.start()
        except RuntimeError:
            self._end()
            raise

    def is_up(self) -> bool:
        """Say whether it answers."""
        return not self._is_closing

    def wake(self) -> None:
        """Have the thread look again. From any thread, and from signal handlers."""
        with suppress(OSError):  # it is awake, or closed
            self._waker.send(b"w")

    def close(self) -> None:
        """Serve no more: remove the socket, release what clients hold, tell them. Idempotent."""
        self._is_closing = True
        self.wake()
        if not self._thread.is_this():
            self._thread.join()

    def stand_aside(self) -> None:
        """Answer nobody, from here to `come_back`: the process forks, on the calling thread."""
        self._thread.stand_aside()

    def come_back(self) -> None:
        """Answer again, after a fork, in the parent."""
        self._thread.come_back()

    def abandon(self) -> None:
        """Close what a forked child has inherited: it serves nobody, and the file is another's."""
        self._is_closing = True
        resumers.discard(self.is_up)
        remedies.pop(self, None)
        self._selector.close()  # and unregisters nothing: that would be in the parent, too
        self._listener.close_copy()
        self._woken.close()
        self._waker.close()
        self._reception.close_copies()

    def _run(self) -> None:
        here.is_needed = True  # nobody's code is called on this thread
        try:
            while not (self._is_closing or self._thread.is_aside):
                self._turn()
        except BaseException as error:  # noqa: BLE001 - a daemon thread would vanish in silence
            self._is_closing = True
            say(ERROR, "the control server has failed, and serves no more", error=error)
        finally:
            if self._is_closing or not self._thread.is_aside:
                self._end()

    def _turn(self) -> None:
        """Wait until there is something to do, and do it."""
        ready = self._selector.select(self._reception.idle_for())
        self._thread.on_stage()
        try:
            with hurry:
                for key, mask in ready:
                    key.data(mask)
                self._reception.attend_to_all()
        finally:
            self._thread.off_stage()

    def _drain(self, _mask: int) -> None:
        with suppress(OSError):
            while self._woken.recv(4096):
                pass

    def _end(self) -> None:
        """Let go of everything, on whatever way the thread has ended."""
        self._is_closing = True
        resumers.discard(self.is_up)
        remedies.pop(self, None)
        self._listener.close()
        self._reception.dismiss()
        released = self._outside.end_all()
        if released:
            say(WARNING, "the program serves no more: %d holds from outside end", released)
        self._selector.close()
        self._woken.close()
        self._waker.close()
        abandon_kept()
