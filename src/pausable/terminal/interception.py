"""The interception: names of the stdlib that are replaced while the keys are on, and put back.

Two things must not happen behind their back. The program reads the terminal: then whoever reads it
beside them would get every other letter, so they leave before the read goes on. And the process
ends, or becomes another program, past `atexit`: then the terminal would stay without echo.

What does not work: an audit hook sees `input()`, but cannot be removed, and makes `id()` six times
as slow; a hook on imports (of curses, say) takes those for readers that only ask for colours.

- `builtins.input`, which pdb, cmd and code call, too.
- `sys.stdin`, made anew on a file that tells before it reads; its types stay what they are.
- `tcgetattr` and `tcsetattr` of termios: getpass, prompt_toolkit, textual and all others that read
  keys begin by asking for the state of the terminal, and go on from what they are told.
- `initscr` of curses, which is C and does not ask termios.
- `os._exit`, `os.execv` and `os.execve`, to which all others of `os` come down.
"""

from __future__ import annotations

import builtins
import io
import os
import sys
import termios
from functools import partial, wraps
from itertools import product
from typing import TYPE_CHECKING, Any, TypeGuard

try:
    import _curses
except ImportError:  # not every Python was built with it
    _curses = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

__all__ = ["Interception", "real_execv", "real_exit"]

_INPUT = "the program asks for input"
_STDIN = "the program reads its standard input"
_STATE = "the program sets the terminal up for itself"
_SCREEN = "the program draws its own screen"

real_exit: Callable[[int], Any] = os._exit
real_execv: Callable[[str, list[str]], Any] = os.execv


class Interception:
    """All that is replaced, from `begin` to `end`."""

    def __init__(
        self, give_up: Callable[[str], object], is_terminal: Callable[[object], bool]
    ) -> None:
        """Call *give_up* with the reason, on any thread: when it has returned, nobody reads.

        *is_terminal* says whether a file is the terminal of the keys.
        """
        self._give_up = give_up
        self._is_terminal = is_terminal
        self._replaced: list[tuple[ModuleType, str, Any, Any]] = []

    def begin(self) -> None:
        """Replace."""
        self._replace(builtins, "input", lambda *_: self._give_up(_INPUT))
        modules = [termios, *filter(None, [sys.modules.get("tty")])]
        for module, name in product(modules, ("tcgetattr", "tcsetattr")):
            self._replace(module, name, self._look_at)
        if _curses is not None:
            self._replace(_curses, "initscr", lambda *_: self._give_up(_SCREEN))
        for name in ("_exit", "execv", "execve"):
            self._replace(os, name, lambda *_: self._give_up(""))
        self._replace_stdin()

    def _look_at(self, file: object = None, *_: object) -> None:
        if self._is_terminal(file):
            self._give_up(_STATE)

    def _replace(self, module: ModuleType, name: str, tell: Callable[..., object]) -> None:
        original = getattr(module, name)

        @wraps(original)
        def told(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as the original
            tell(*args)
            return original(*args, **kwargs)

        setattr(module, name, told)
        self._replaced.append((module, name, original, told))

    def _replace_stdin(self) -> None:
        old = sys.stdin
        if old is not sys.__stdin__ or not _is_plain(old):
            return
        raw = _ToldFile(0, "rb", closefd=False)
        raw.tell_first = partial(self._give_up, _STDIN)
        raw.name = "<stdin>"  # as the interpreter calls it
        buffer = io.BufferedReader(raw)
        new: Any = io.TextIOWrapper(
            buffer,
            old.encoding,
            old.errors,
            newline="\n",
            line_buffering=old.line_buffering,
            write_through=old.write_through,
        )
        new.mode = "r"  # the interpreter says so of its own, too
        sys.stdin = sys.__stdin__ = new  # type: ignore[misc]  # final, but for who makes it

    def end(self) -> None:
        """Put back what nobody else has replaced since. The new `sys.stdin` stays."""
        for module, name, original, told in self._replaced:
            if getattr(module, name) is told:
                setattr(module, name, original)
        self._replaced.clear()


def _is_plain(stdin: object) -> TypeGuard[io.TextIOWrapper]:
    """Say whether *stdin* is as the interpreter has made it: text, buffer, descriptor 0."""
    return (
        type(stdin) is io.TextIOWrapper
        and type(stdin.buffer) is io.BufferedReader
        and type(stdin.buffer.raw) is io.FileIO
        and stdin.fileno() == 0
    )


class _ToldFile(io.FileIO):
    """A file that tells before it is read."""

    name: str
    tell_first: Callable[[], object]

    def readinto(self, buffer: Any) -> int | None:  # noqa: ANN401 - as the stdlib's
        self.tell_first()
        return super().readinto(buffer)

    def readall(self) -> bytes:
        self.tell_first()
        return super().readall()

    def read(self, size: int | None = -1) -> bytes:
        self.tell_first()
        return super().read(size)
