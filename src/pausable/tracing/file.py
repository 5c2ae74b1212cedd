"""The file of a trace: whole JSON after each write, so that whatever ends the process, it opens.

The end of the document is written with each piece, and the next piece is written over it.
"""

from __future__ import annotations

import json
from io import FileIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

    from pausable.tracing.chart import Entry

__all__ = ["TraceFile"]

_END = b"\n]}\n"


class TraceFile:
    """A file of entries, to which is added. Not for several threads at once."""

    def __init__(self, path: str | os.PathLike[str], facts: dict[str, object]) -> None:
        """Write a file without entries, in place of whatever is there.

        Raises:
            OSError: it cannot be written.
        """
        head = {"displayTimeUnit": "ms", "otherData": facts, "traceEvents": []}
        self._file = FileIO(path, "w")  # nothing is kept back: a fork has no copy to write again
        self._is_empty = True
        self._at = 0  # where the next piece goes
        self._write(json.dumps(head).encode()[: -len(b"]}")])

    def add(self, entries: Iterable[Entry]) -> None:
        """Add entries.

        Raises:
            OSError: they cannot be written: the disk is full.
        """
        lines = [json.dumps(each, separators=(",", ":")) for each in entries]
        if lines:
            first = "\n" if self._is_empty else ",\n"
            self._write((first + ",\n".join(lines)).encode("utf-8", "backslashreplace"))
            self._is_empty = False

    def close(self) -> None:
        """Write no more. Idempotent."""
        self._file.close()

    def _write(self, piece: bytes) -> None:
        self._file.seek(self._at)
        left = memoryview(piece + _END)
        while left:
            left = left[self._file.write(left) or 0 :]
        self._at += len(piece)
