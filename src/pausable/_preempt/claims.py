"""The answer of an inquiry: something that is held."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Claim"]


class Claim(NamedTuple):
    """Something that is held: what, and the offset at which it was taken, if that is known."""

    what: str
    at: int | None = None
    is_understood: bool = True
