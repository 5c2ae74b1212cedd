"""The words that a worker and its parent exchange: the first byte of each message.

    parent to worker    CALL, with what to call; INITIALIZE; GO or STOP, in answer to what needs
                        one; BYE
    worker to parent    HERE; RESULT or ERROR, the outcome; ASK and STIR, which need an answer;
                        QUIET

Nothing is sent that was not asked for, but the call: so neither writes while the other one does.
"""

from __future__ import annotations

from typing import Protocol

__all__ = [
    "ASK",
    "BYE",
    "CALL",
    "ERROR",
    "GO",
    "HERE",
    "INITIALIZE",
    "QUIET",
    "RESULT",
    "STIR",
    "STOP",
    "Courier",
]

CALL, GO, STOP, BYE = b"c", b"g", b"s", b"b"
INITIALIZE = b"n"  # as CALL, but what is called is no task

HERE = b"h"  # the worker has started
ASK = b"a"  # the task is at a checkpoint: may it go on?
QUIET = b"q"  # it is in a block that counts as rest
STIR = b"w"  # it is about to come out of that: may it go on?
RESULT = b"r"
ERROR = b"e"


class Courier(Protocol):
    """What carries the words: one end of it."""

    def send_bytes(self, message: bytes, /) -> None:
        """Send a message.

        Raises:
            OSError: nobody is at the other end.
        """

    def recv_bytes(self) -> bytes:
        """Wait for a message.

        Raises:
            EOFError: nobody is at the other end any more; or OSError.
        """
