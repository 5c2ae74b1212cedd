"""The parcel: a word for another process, with something behind it that is pickled."""

from __future__ import annotations

import pickle
from io import BytesIO
from multiprocessing.reduction import ForkingPickler
from typing import Any

__all__ = ["message"]

_PLAIN = frozenset({int, float, bool, type(None)})


def message(word: bytes, content: Any) -> bytes:
    """Return *word* with *content* behind it."""
    if type(content) in _PLAIN:  # a pickler of `multiprocessing` takes longer to make than to use
        return word + pickle.dumps(content)
    buffer = BytesIO()
    buffer.write(word)
    ForkingPickler(buffer).dump(content)
    return buffer.getvalue()
