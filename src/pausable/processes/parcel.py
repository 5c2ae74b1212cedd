"""The parcel: a word for another process, with something behind it that is pickled."""

from __future__ import annotations

from io import BytesIO
from multiprocessing.reduction import ForkingPickler
from typing import Any

__all__ = ["message"]


def message(word: bytes, content: Any) -> bytes:
    """Return *word* with *content* behind it."""
    buffer = BytesIO()
    buffer.write(word)
    ForkingPickler(buffer).dump(content)
    return buffer.getvalue()
