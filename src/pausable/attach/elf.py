"""The section of a program's file in which CPython keeps what debuggers look for."""

from __future__ import annotations

import struct
from typing import BinaryIO

__all__ = ["place_of_section"]

_MAGIC = b"\x7fELF\x02\x01"  # 64 bits, little-endian
_LOADED = 1


def place_of_section(path: str, name: bytes) -> int | None:
    """Return where a section is in memory, from where the file begins there; None without one.

    Raises:
        OSError: the file cannot be read.
    """
    with open(path, "rb") as file:
        head = file.read(64)
        if not head.startswith(_MAGIC):
            return None
        segments_at, sections_at = struct.unpack_from("<QQ", head, 32)
        segment_size, segments, size, count, names = struct.unpack_from("<HHHHH", head, 54)
        sections = [_section(each) for each in _pieces(file, sections_at, size, count)]
        if names >= len(sections):
            return None
        at = next((at for at, said in _named(file, sections, names) if said == name), None)
        if at is None:
            return None
        loads = [
            struct.unpack_from("<Q", each, 16)[0]
            for each in _pieces(file, segments_at, segment_size, segments)
            if struct.unpack_from("<I", each, 0)[0] == _LOADED
        ]
        return int(at - min(loads))


def _pieces(file: BinaryIO, at: int, size: int, count: int) -> list[bytes]:
    file.seek(at)
    return [file.read(size) for _ in range(count)]


def _section(head: bytes) -> tuple[int, int, int, int]:
    """Return the place of its name, its address in memory, its place in the file, and its size."""
    name, _, _, address, offset, size = struct.unpack_from("<IIQQQQ", head)
    return name, address, offset, size


def _named(
    file: BinaryIO, sections: list[tuple[int, int, int, int]], names: int
) -> list[tuple[int, bytes]]:
    _, _, offset, size = sections[names]
    file.seek(offset)
    texts = file.read(size)
    return [(address, texts[at:].partition(b"\0")[0]) for at, address, _, _ in sections]
