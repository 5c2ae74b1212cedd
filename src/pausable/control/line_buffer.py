"""The line buffer of a connection: lines are put together from whatever pieces arrive. Pure."""

from __future__ import annotations

__all__ = ["LineBuffer"]


class LineBuffer:
    """Cuts a stream into lines of a bounded length; what is longer is skipped to its end."""

    __slots__ = ("_got", "_limit", "_skips")

    def __init__(self, limit: int) -> None:
        """Take lines of *limit* bytes at most, without their ends."""
        self._limit = limit
        self._got = bytearray()
        self._skips = False  # to the end of a line that was too long

    def feed(self, data: bytes) -> list[bytes | None]:
        """Take a piece; return the lines that are complete, and None for one that is too long.

        That is said once, as soon as it is known. Blank lines are left out.
        """
        found: list[bytes | None] = []
        begin = 0
        while begin < len(data):
            end = data.find(b"\n", begin)
            is_whole = end >= 0
            if not is_whole:
                end = len(data)
            if not self._skips:
                self._got += data[begin:end]
                found += self._taken(is_whole=is_whole)
            if is_whole:
                self._skips = False
            begin = end + 1
        return found

    def _taken(self, *, is_whole: bool) -> list[bytes | None]:
        if len(self._got) > self._limit:
            self._got.clear()
            self._skips = True
            return [None]
        if not is_whole:
            return []
        line = bytes(self._got)
        self._got.clear()
        return [line] if line.strip() else []

    def forget_rest(self) -> bool:
        """Forget the beginning of a line whose end will not come; say whether there was one."""
        rest = bool(self._got.strip())
        self._got.clear()
        return rest
