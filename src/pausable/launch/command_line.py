"""The command line of `pausable run`, and any of Python: what is an option, and what the program.

As CPython's own `getopt` reads it: options of one letter, which may stand together, four of them
with a value; everything after the program, `-c code` or `-m module` belongs to that. Ours have long
names, which Python's have not, but for a few; so they may come in any order before the program.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

__all__ = ["Invocation"]

_ENDS = "cm"
"""These end the options: what follows their value is for the program."""

_WITH_VALUE = "WX"

_LONG_WITH_VALUE = "--check-hash-based-pycs"
_LONG = (_LONG_WITH_VALUE, "--help-all", "--help-env", "--help-xoptions")


class Invocation(NamedTuple):
    """A command line in its three parts, each as it was written."""

    own: list[str]
    """What is ours."""

    flags: list[str]
    """What is for the interpreter, but for `-c` and `-m`."""

    program: list[str]
    """`-c` or `-m` with its value, `-`, or a path; and the program's arguments."""

    letters: str
    """The one-letter options in *flags*, without their values."""

    @classmethod
    def read(cls, arguments: Sequence[str], valued: Collection[str] = ()) -> Invocation:
        """Take a command line apart; of ours, those in *valued* take a value."""
        reader = _Reader(arguments, valued)
        reader.read()
        return cls(reader.own, reader.flags, list(reader.ahead), reader.letters)

    def name(self) -> str:
        """Name the program as people do: by its file, its folder or its module."""
        if not self.program or self.program[0] in ("-", "-c"):
            return "python"
        if self.program[0] == "-m":
            return "".join(self.program[1:2])
        path = os.path.abspath(self.program[0])
        return os.path.basename(path).removesuffix(".py")


class _Reader:
    """Reads from the left for as long as there are options."""

    def __init__(self, arguments: Sequence[str], valued: Collection[str]) -> None:
        self.ahead = list(arguments)
        self.valued = valued
        self.own: list[str] = []
        self.flags: list[str] = []
        self.letters = ""

    def read(self) -> None:
        while self.ahead and self.ahead[0].startswith("-") and self.ahead[0] != "-":
            option = self.ahead.pop(0)
            if option == "--":
                return
            if option.startswith("--"):
                self._read_long(option)
            elif option == "-h":
                self.own.append(option)
            elif self._read_letters(option):
                return

    def _read_long(self, option: str) -> None:
        """Put a long option where it belongs, with its value."""
        is_ours = option not in _LONG
        part = self.own if is_ours else self.flags
        part.append(option)
        if option in (self.valued if is_ours else (_LONG_WITH_VALUE,)) and self.ahead:
            part.append(self.ahead.pop(0))

    def _read_letters(self, option: str) -> bool:
        """Put options of one letter among the flags; say whether the program has begun."""
        for place, letter in enumerate(option[1:], 1):
            value = option[place + 1 :]
            if letter in _ENDS:
                self._flag(option[:place])
                self.ahead[:0] = [f"-{letter}", *([value] if value else [])]
                return True
            self.letters += letter
            if letter in _WITH_VALUE:
                self._flag(option)
                if not value and self.ahead:
                    self.flags.append(self.ahead.pop(0))
                return False
        self._flag(option)
        return False

    def _flag(self, option: str) -> None:
        if option != "-":
            self.flags.append(option)
