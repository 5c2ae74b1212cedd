"""The work of the demo: what a program could do, too. Only two lines here know of pauses."""

import difflib
import functools
import lzma
import sysconfig
import urllib.request
import zlib
from collections import Counter
from pathlib import Path
from threading import Lock

import pausable

LIBRARY = Path(sysconfig.get_path("stdlib"))
_CHUNK = 16 * 1024  # bytes; there is a checkpoint before each chunk
_PRESET = 2  # of lzma: it takes little memory


class Meter:
    """How many bytes have been worked on, by whom: tasks count here, in whatever thread."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._bytes: Counter[str] = Counter()
        self._lock = Lock()  # for the counts

    def add(self, who: str, size: int) -> None:
        """Count so many bytes."""
        with self._lock:
            self._bytes[who] += size

    def total(self, *who: str) -> int:
        """Sum up what has been counted, for these or for all."""
        with self._lock:
            return sum(self._bytes[name] for name in who or list(self._bytes))


@functools.cache  # it takes a moment
def library() -> list[Path]:
    """List the source files of the standard library, but for what has been installed since."""
    left_out = {"site-packages", "dist-packages", "__pycache__"}
    return sorted(path for path in LIBRARY.rglob("*.py") if left_out.isdisjoint(path.parts))


def pack(path: Path, meter: Meter, who: str = "lzma") -> bytes:
    """Compress a file, chunk by chunk; it can be paused and stopped before each."""
    packer = zlib.compressobj(9) if who == "zlib" else lzma.LZMACompressor(preset=_PRESET)
    packed = []
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            pausable.checkpoint()
            packed.append(packer.compress(chunk))
            meter.add(who, len(chunk))
    return b"".join((*packed, packer.flush()))


def pack_at_once(data: bytes) -> bytes:
    """Compress by a single call in C: there is no line at which it could rest."""
    packer = lzma.LZMACompressor(preset=_PRESET)
    return packer.compress(data) + packer.flush()


def fetch(url: str) -> bytes:
    """Load a file from a server."""
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read()


def compare(old: str, new: str) -> list[str]:
    """Compare two texts by the standard library, which has never heard of pausable."""
    return list(difflib.ndiff(old.splitlines(), new.splitlines()))


def look_after(cleaned_up: list[str]) -> None:
    """Sleep until stopped, then clean up."""
    try:
        pausable.sleep(3600)
    finally:
        cleaned_up.append("done")
