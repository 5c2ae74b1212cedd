"""The suspension: this process and its foreground stop, as Ctrl-Z would have them, and go on.

Nobody is told when a process goes on: SIGCONT can be seen by a handler only, which would be the
main thread's. So the calling thread stops in the call that stops all, and that is the fact:

    1. It blocks SIGTSTP for itself, and sends itself one: that is pending.
    2. It sends one to the group, children included. Any other thread takes that, and all stop at
       some moment from here on; or this one comes to the next line first.
    3. It lets its own in. If all have been stopped and continued by now, SIGCONT has taken it away,
       with all that were pending, and nothing happens. Else it stops all here.
"""

from __future__ import annotations

import os
import signal
import threading

__all__ = ["suspend"]


def suspend() -> None:
    """Stop all processes of this one's group; return when it goes on.

    At once if nothing stops it: the program handles or ignores SIGTSTP, or there is no shell that
    could continue it.
    """
    if signal.getsignal(signal.SIGTSTP) != signal.SIG_DFL:  # the program does what it wants to
        os.killpg(0, signal.SIGTSTP)
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTSTP})
    try:
        signal.pthread_kill(threading.get_ident(), signal.SIGTSTP)
        os.killpg(0, signal.SIGTSTP)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
