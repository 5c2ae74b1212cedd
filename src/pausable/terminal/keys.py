"""Keys: what a chunk of bytes from a terminal means. Pure.

A person presses one key after the other, and mostly each comes alone. What comes in one piece may
be an arrow, which is an escape sequence, or a text that was pasted: a `q` in that stops nothing.
"""

from __future__ import annotations

from enum import Enum

__all__ = ["Key", "keys_in"]


class Key(Enum):
    """What can be pressed; the values are what a terminal sends."""

    SPACE = " "
    STATUS = "s"
    TASKS = "t"
    STOP = "q"
    HELP = "?"
    INTERRUPT = "\x03"  # Ctrl-C
    SUSPEND = "\x1a"  # Ctrl-Z
    OTHER = ""


_KEYS = {key.value: key for key in Key if key.value}
_URGENT = (Key.INTERRUPT, Key.SUSPEND)


def keys_in(chunk: bytes) -> list[Key]:
    """List the keys that were pressed. Whatever comes with something that is no key is one other.

    But Ctrl-C and Ctrl-Z count wherever they are: a terminal would not have let them wait either.
    Enter after a key is no other: as long as the terminal collects lines, nothing comes without it.
    """
    text = chunk.decode("ascii", "replace")
    found = [_KEYS.get(each, Key.OTHER) for each in text.rstrip("\r\n") or text]
    urgent = [key for key in found if key in _URGENT]
    if urgent:
        return urgent
    return [Key.OTHER] if Key.OTHER in found else found
