"""The briefing: what the launcher tells the hook, in one variable, across the `exec`.

The program never sees it: the hook takes it away again, but where its children are to be ours too.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["VARIABLE", "Briefing"]

VARIABLE = "PAUSABLE_RUN"

_FIELD, _ITEM = "\x1e", "\x1f"
"""They separate; a name or a pattern that has one is cut there."""

_FLAGS = {
    "p": "had_path",
    "c": "has_children",
    "e": "is_preemptive",
    "h": "is_held",
    "k": "has_keys",
}
"""By letter; the first two are also read by `boot/sitecustomize`."""


class Briefing(NamedTuple):
    """How a program is to be run."""

    pid: int = 0
    """Of the process that the program runs in; in any other the hook finds itself in a child."""

    name: str = ""
    only: tuple[str, ...] = ()
    lease: int = -1
    """A file descriptor that is at its end when what holds the program has ended; or -1."""

    trace: str = ""
    """The file into which all pools are traced; or nothing."""

    had_path: bool = False
    """Whether PYTHONPATH was set, be it to nothing."""

    has_children: bool = False
    is_preemptive: bool = True
    is_held: bool = False
    has_keys: bool = True

    def encoded(self) -> str:
        """Put it into one text."""
        flags = "".join(letter for letter, field in _FLAGS.items() if getattr(self, field))
        fields = (flags, self.pid, self.name, _ITEM.join(self.only), self.lease, self.trace)
        return _FIELD.join(map(str, fields))

    @classmethod
    def decoded(cls, text: str) -> Briefing:
        """Read what `encoded` has written.

        Raises:
            ValueError: it is not that.
        """
        flags, pid, name, only, lease, trace = text.split(_FIELD)[:6]
        said = {field: letter in flags for letter, field in _FLAGS.items()}
        patterns = tuple(each for each in only.split(_ITEM) if each)
        return cls(int(pid), name, patterns, int(lease), trace, **said)
