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
from pausable.scopes.own_files import OwnFiles, out_of_the_way
from pausable.scopes.patience import remedies
from pausable.scopes.resumers import resumers

__all__ = ["Server"]

# One without a descriptor of its own, where there is one.
_Selector = getattr(selectors, "PollSelector", selectors.DefaultSelector)

_ROBBED = (
    "the program has closed all files, also those by which it is reached from outside: it serves "
    "no more, until it calls pausable.serve() again"
)


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
        self._woken, self._waker = map(out_of_the_way, socket.socketpair())
        self._selector = _Selector()
        self._outside = OutsideHolds()
        self._verbs = Verbs(name, self._outside, self)
        self._reception = Reception(
            self._selector, self._listener, self._verbs, self._outside, self
        )
        self._is_closing = self._is_forsaken = False
        self._files = OwnFiles(self._listener.socket, self._woken, self._waker)
        self._mouth = OwnFiles(self._waker)
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
        # First, and so looked at first.
        self._selector.register(self._woken, selectors.EVENT_READ, self._drain)
        self._reception.door.open()
        resumers.add(self.is_up)
        remedies[self] = f"`pausable resume {self._pid}`"
        try:
            self._thread.start()
        except RuntimeError:
            self._end()
            raise

    def is_up(self) -> bool:
        """Say whether it answers."""
        return not (self._is_closing or self._files.are_lost())

    def wake(self) -> None:
        """Have the thread look again. From any thread, and from signal handlers."""
        if self._mouth.are_lost():
            return
        with suppress(OSError):  # it is awake, or closed
            self._waker.send(b"w")

    def close(self) -> None:
        """Serve no more: remove the socket, release what clients hold, tell them. Idempotent."""
        if self._files.are_lost():
            self._forsake()
        self._is_closing = True
        self.wake()
        if not self._thread.is_this():
            self._thread.join()

    def stand_aside(self) -> None:
        """Answer nobody, from here to `come_back`: the process forks, on the calling thread."""
        if self._files.are_lost():
            self._forsake()
        self._thread.stand_aside()

    def come_back(self) -> None:
        """Answer again, after a fork, in the parent."""
        self._thread.come_back()

    def abandon(self) -> None:
        """Close what a forked child has inherited: it serves nobody, and the file is another's."""
        self._end_offices()
        if self._is_forsaken:
            return
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
                    if self._is_forsaken:
                        return
                    key.data(mask)
                self._reception.attend_to_all()
        finally:
            self._thread.off_stage()

    def _drain(self, _mask: int) -> None:
        if self._files.are_lost():  # whose ends are closed wakes us
            say(WARNING, _ROBBED)
            self._forsake()
            return
        with suppress(OSError):
            while self._woken.recv(4096):
                pass

    def _end(self) -> None:
        """Let go of everything, on whatever way the thread has ended."""
        if self._files.are_lost():
            self._forsake()
        if self._is_forsaken:
            return
        self._end_offices()
        self._listener.close()
        self._reception.dismiss()
        self._selector.close()
        self._woken.close()
        self._waker.close()
        self._end_holds()

    def _forsake(self) -> None:
        """End without touching our files: the program has closed them, and may have others there.

        If the thread does not see that, nobody waits for it.
        """
        self._is_forsaken = True
        self._end_offices()
        self._listener.remove()
        for each in (self._listener.socket, self._woken, self._waker):
            each.detach()
        self._reception.forsake()
        self._thread.leave_behind()
        self._end_holds()

    def _end_offices(self) -> None:
        self._is_closing = True
        resumers.discard(self.is_up)
        remedies.pop(self, None)

    def _end_holds(self) -> None:
        released = self._outside.end_all()
        if released:
            say(WARNING, "the program serves no more: %d holds from outside end", released)
        abandon_kept()
