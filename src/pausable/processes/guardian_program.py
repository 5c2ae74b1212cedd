"""What the guardian runs: it kills what is frozen when the process that has frozen it is gone.

It sees the end of that by a descriptor of the process itself: the pipe by which it is told may be
held by others, which have been forked meanwhile.
"""

from __future__ import annotations

import os
import select
import signal
import sys
from contextlib import suppress

__all__ = ["main"]


def main() -> None:
    """Follow what is told on the standard input, until the end of that, or of the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = int(sys.argv[1])
    frozen: set[int] = set()
    try:
        descriptor = os.pidfd_open(parent)
    except ProcessLookupError:
        return
    if os.getppid() != parent:  # it has gone before; nothing was frozen without us
        return
    os.write(1, b".")  # from here on nothing is missed
    os.close(1)
    poll = select.poll()
    poll.register(0, select.POLLIN)
    poll.register(descriptor, select.POLLIN)
    told = b""
    while True:
        ready = {each for each, _ in poll.poll()}
        if 0 in ready:
            received = os.read(0, 65536)
            *lines, told = (told + received).split(b"\n")
            if not _follow(lines, frozen):
                return
            if not received:
                poll.unregister(0)
        elif descriptor in ready:  # and all that was told has been read
            break
    for pid in frozen:
        with suppress(OSError):
            os.kill(pid, signal.SIGKILL)


def _follow(lines: list[bytes], frozen: set[int]) -> bool:
    """Note who is frozen; say whether to go on."""
    for line in lines:
        if line == b"end":
            return False
        if line[:1] == b"+":
            frozen.add(int(line[1:]))
        else:
            frozen.discard(int(line[1:]))
    return True


if __name__ == "__main__":
    main()
