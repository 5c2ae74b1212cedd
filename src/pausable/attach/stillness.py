"""Stillness: all threads of a process stand still while its memory is changed.

What a thread has in memory is let go of when it ends, and may be another's a moment later: whoever
writes there while it runs may hit anything. So all are stopped for the moment of the write, by the
means of debuggers, of which neither the program nor its parent is told. A system call that is
interrupted is begun again by the system; `epoll_wait()` and few others return early instead, as
after a signal that nobody wanted, which Python sees to by itself (PEP 475).
"""

from __future__ import annotations

import ctypes
import errno
import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from pausable.attach.refusal import AttachRefused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pausable.attach.subject import Subject

__all__ = ["stillness"]

_SEIZE, _INTERRUPT, _DETACH = 0x4206, 0x4207, 17
_ALL = 0x40000000  # threads, too


@contextmanager
def stillness(subject: Subject) -> Iterator[None]:
    """Have a process stand still during the block. To be used on one thread.

    Raises:
        AttachRefused: the system does not let us, or the process has ended.
    """
    stopped: dict[int, int] = {}  # threads, and the signals that each has just got
    try:
        while new := [each for each in subject.threads() if each not in stopped]:
            for thread in new:
                _stop(subject, thread, stopped)
        yield
    finally:
        for thread, signal in stopped.items():
            with suppress(ProcessLookupError):  # it was killed meanwhile
                _trace(_DETACH, thread, signal)


def _stop(subject: Subject, thread: int, stopped: dict[int, int]) -> None:
    try:
        _trace(_SEIZE, thread)
        _trace(_INTERRUPT, thread)
        _, status = os.waitpid(thread, _ALL)
    except (ProcessLookupError, ChildProcessError):  # it has just ended
        return
    except PermissionError:
        if thread not in subject.threads():
            return
        raise subject.denied() from None
    if os.WIFSTOPPED(status):
        is_ours = status >> 16 != 0
        stopped[thread] = 0 if is_ours else os.WSTOPSIG(status)
    elif thread == subject.pid:
        raise AttachRefused("it has ended")


def _trace(what: int, thread: int, data: int = 0) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.argtypes = (ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p)
    libc.ptrace.restype = ctypes.c_long
    if libc.ptrace(what, thread, None, data) == -1:
        number = ctypes.get_errno() or errno.EPERM
        raise OSError(number, os.strerror(number))
