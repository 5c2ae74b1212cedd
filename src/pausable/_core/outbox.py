"""The outbox: calls of foreign code, made one at a time, in their order, by a thread that may.

Observers, handlers of the log and callbacks may raise, block for ever, or call back. So they are
called outside all locks, and never by a thread that is needed for something else: not by one that
runs a signal handler or a finalizer, which may have interrupted the very code that they call; not
by a worker, whose task would wait for them; not by a thread of timers, or of an event loop. For
these there is the herald, a daemon thread of the outbox that is there while there is something to
do, and for a moment longer. All others deliver on the spot: what they have caused is out when their
call returns, unless another thread is just delivering.

    1. Thread A delivers, sees the outbox empty and is about to let `_delivering` go.
    2. Thread B puts something in, fails to get `_delivering`, and leaves.
    3. A lets go, and looks at the outbox once more: the outer loop. Nothing stays behind.
"""

from __future__ import annotations

import _thread
import atexit
import os
import threading
from _thread import RLock, get_ident
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any

from pausable._core.attention import here, own_seat
from pausable._core.interruption import is_interrupted, is_owned
from pausable._core.parker import HAS_DAEMONS, Parker, start_new_thread
from pausable._core.retries import retries

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Outbox", "is_ctrl_c", "must_hand_over"]

_LINGER = 0.1  # seconds
_PATIENCE = 1.0  # seconds


def must_hand_over() -> bool:
    """Say whether this thread must not call foreign code: it is needed, or was interrupted."""
    is_needed = getattr(here, "is_needed", False) or getattr(here, "carried", None)
    return own_seat() is not None or bool(is_needed) or is_interrupted()


class Outbox(deque[Any]):
    """Calls of foreign code that are to be made; truthy while there are any.

    Put in under the lock under which they were decided, so that their order is right. Either a
    callable, or a tuple, whose first item is called with the tuple: there are many of these.
    """

    __slots__ = (
        "_again",
        "_delivering",
        "_is_asked",
        "_is_herald_there",
        "_parker",
        "is_delivered_here",
    )

    def __init__(self) -> None:
        """Make an empty one, without a thread."""
        super().__init__()
        self._delivering: Any = RLock()  # held by whoever delivers; never waited for but in `flush`
        # Says whether the calling thread delivers: one of the calls has come back to us.
        self.is_delivered_here: Callable[[], bool] = partial(is_owned, self._delivering)
        self._again: object = None  # the call that an exception has kept from being made
        self._is_herald_there = False
        self._is_asked = False  # a herald has been woken, and has not looked since
        self._parker = Parker()  # of the herald

    def deliver(self, *, is_patient: bool = False) -> None:
        """Make the calls, or have the herald make them; leave them to whoever is at it already.

        Who *is_patient* leaves them to a herald, too, that has been asked and is about to begin, or
        that somebody else is just about to ask.
        """
        if not self or self.is_delivered_here():
            return
        if is_patient and (self._is_asked or self._is_delivered_elsewhere()):
            return
        if is_patient and len(self) > 1:  # not all of it is the caller's
            self.hand_over()
            return
        if must_hand_over():
            self.hand_over()
        else:
            self._deliver()

    def _is_delivered_elsewhere(self) -> bool:
        """Say whether another thread delivers: it looks once more before it leaves.

        Asked first, because it is much cheaper than to find out whether this thread must not.
        """
        try:
            return not self._delivering.acquire(blocking=False)
        finally:
            try:  # noqa: SIM105 - see `_deliver_alone`
                self._delivering.release()
            except RuntimeError:
                pass

    def flush(self) -> None:
        """Deliver what is there, also what the herald is at; give up if nothing comes of it."""
        if is_owned(self._delivering):
            return
        if must_hand_over():
            self.deliver()
            return
        left = len(self) + 1
        while len(self) < left:  # it gets less
            left = len(self)
            is_free = False
            try:
                is_free = self._delivering.acquire(timeout=_PATIENCE)
            finally:
                try:  # noqa: SIM105 - see `_deliver`
                    self._delivering.release()
                except RuntimeError:
                    pass
            if is_free:
                self._deliver()
                return

    def _deliver(self) -> None:
        while self and self._deliver_alone():
            pass

    def _deliver_alone(self) -> bool:
        """Deliver, unless another thread does. No loop here: see `threads.worker`."""
        try:
            if not self._delivering.acquire(blocking=False):
                return False
            self._deliver_all()
        finally:
            # No call comes before this one, after which a Ctrl-C could keep us from it.
            try:  # noqa: SIM105 - `suppress` would be such a call
                self._delivering.release()
            except RuntimeError:  # it is another's
                pass
        return True

    def _deliver_all(self) -> None:
        while self:
            self._deliver_first()

    def _deliver_first(self) -> None:
        """Make the first call; if an exception comes between, which it has not raised, once more.

        What is called here lets none of its own out.
        """
        call = self[0]
        if self._again is call:
            self.popleft()
            self._again = None
            _make(call)
            return
        self._again = call
        if _make(call):
            self.popleft()
            self._again = None

    def forget_all(self) -> None:
        """Start anew in a forked child: what was in it is the parent's to deliver."""
        self.clear()
        self.__init__()  # type: ignore[misc]

    # The herald.

    def hand_over(self) -> None:
        """Have the herald deliver. Waits for nothing; may be called anywhere."""
        if self._is_asked:
            return
        try:  # over all of it: what an exception comes between must not count as asked
            _handed_over[id(self)] = self
            self._is_asked = True  # before it is woken: it may be quicker
            self._parker.wake()
            if self._is_herald_there:
                return
            self._is_herald_there = True
            # `Thread.start` waits for the thread: whoever pauses would, too.
            start_new_thread(self._start, ())
        except BaseException as error:
            self._is_herald_there = self._is_asked = False
            retries[self.deliver] = None
            if not isinstance(error, RuntimeError):
                raise

    def _start(self) -> None:
        if _thread.start_new_thread is not start_new_thread:
            # gevent has made greenlets of threads, and this one would end with its `start()`.
            return self._run()
        thread = None
        try:
            thread = threading.Thread(target=self._run, name="pausable-herald", daemon=HAS_DAEMONS)
            thread.start()
        except BaseException:  # noqa: BLE001 - there can be no more threads, or this one was hit
            if thread is None or thread.ident is None:  # it has not begun: there is this one
                self._run()

    def _run(self) -> None:
        """Deliver while there is something; more than one herald do no harm."""
        try:
            self._is_herald_there = True
            while self or self._parker.park(_LINGER):
                self._is_asked = False  # before it looks: who comes now, asks once more
                self._deliver()
                if self:  # somebody else is at it, and looks again
                    break
        finally:
            self._is_herald_there = self._is_asked = False
        if self._parker.park(0):  # it was woken after the last look
            self._run()
        elif not self:
            _handed_over.pop(id(self), None)


_handed_over: dict[int, Outbox] = {}
"""Those that have, or had, a herald: at the interpreter's exit daemon threads just vanish."""


@atexit.register
def _flush_all() -> None:
    for outbox in tuple(_handed_over.values()):
        outbox.flush()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_handed_over.clear)  # they are the parent's


def _make(call: Any) -> bool:
    """Make a call; say whether it went through."""
    try:
        if type(call) is tuple:
            call[0](call)
        else:
            call()
    except BaseException as error:
        if is_ctrl_c(error):
            raise
        return False
    return True


def is_ctrl_c(error: BaseException) -> bool:
    """Say whether it comes from the keyboard, and not from the code that was called."""
    on_main = get_ident() == threading.main_thread().ident
    return on_main and issubclass(type(error), KeyboardInterrupt)
