"""The board: the memory that a worker and its parent share, and who writes what there.

One for each worker. Each byte has one writer, so that nothing is read and written back from two
sides. The first two are one number as well, so that one look tells whether either is up: that
is what `checkpoint()` asks in a worker. An object of `ctypes` is true if the memory that it lies on
is not zero, so that the look costs what it costs elsewhere.
"""

from __future__ import annotations

import ctypes
from typing import Any

from pausable.snapshots import Location

__all__ = ["SIZE", "Board"]

_TEXT = 8  # where the place begins
_ROOM = 504  # for it

SIZE: int = _TEXT + _ROOM
"""How many bytes there are to be at least."""


class Board:
    """What lies on the memory of one worker. The first word is who writes it."""

    def __init__(self, memory: Any) -> None:
        """Lie on *memory*, a page that both have mapped."""
        byte = ctypes.c_ubyte.from_buffer
        self.asked: ctypes.c_ubyte = byte(memory, 0)  #: parent: the task of this worker is to ask
        #: worker: something of its own is paused, see `Attention`
        self.own: ctypes.c_ubyte = byte(memory, 1)
        self.either: ctypes.c_ushort = ctypes.c_ushort.from_buffer(memory, 0)
        #: worker: it has the call; the parent lowers it before
        self.begun: ctypes.c_ubyte = byte(memory, 2)
        self.leaving: ctypes.c_ubyte = byte(memory, 3)  #: worker: it ends, as it is to
        self.refused: ctypes.c_ubyte = byte(memory, 5)  #: worker: its initializer has failed
        self._version = byte(memory, 4)  # worker: odd while the place is being written
        self._length = ctypes.c_ushort.from_buffer(memory, 6)
        self._memory = memory

    def note(self, place: Location | None) -> None:
        """Write down where the task is. In the worker, by one thread at a time.

        That may interrupt itself in here.
        """
        text = b"" if place is None else _encoded(place)
        self._version.value |= 1
        self._memory[_TEXT : _TEXT + len(text)] = text
        self._length.value = len(text)
        self._version.value += 1

    @property
    def version(self) -> int:
        """Which place is there: it changes whenever one is noted."""
        return self._version.value

    def place(self) -> Location | None:
        """Return where the task was when that was noted last; None if it was not, or just is."""
        version = self._version.value
        text = bytes(self._memory[_TEXT : _TEXT + min(self._length.value, _ROOM)])
        if version % 2 or version != self._version.value or not text:
            return None
        line, file, function = text.decode("utf-8", "replace").split("\0")
        return Location(file, int(line), function)


def _encoded(place: Location) -> bytes:
    """Write a place as bytes; of a path that is too long the end, of a name the beginning."""
    function = place.function.encode("utf-8", "replace")[: _ROOM // 4]
    line = str(place.line).encode()
    file = place.file.encode("utf-8", "replace")[-(_ROOM // 2) :]
    return b"\0".join((line, file, function))
