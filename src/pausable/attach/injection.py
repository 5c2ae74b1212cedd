"""The injection: written into a process, the request that its threads run a script (PEP 768).

`sys.remote_exec` asks the main thread only, which in a program with pools mostly waits, in C, and
hears nothing. Here all threads are asked, and the first one that comes by runs the script. It runs
in the midst of whatever that thread does.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from pausable.attach.layout import COOKIE, HEAD, layout_of
from pausable.attach.refusal import AttachRefused
from pausable.attach.stillness import stillness

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from pausable.attach.layout import Layout
    from pausable.attach.subject import Subject

__all__ = ["Injection"]

_PLEASE_STOP = 1 << 5
_MANY = 100_000  # more threads or interpreters than anybody has: we are lost
_MAIN = 0  # the id of the interpreter that the process was started with


class Injection:
    """One request to the threads of a process; it is there once it was placed.

    Raises:
        AttachRefused: the process cannot be attached to.
    """

    def __init__(self, subject: Subject, script: str) -> None:
        """Ask for *script*, the path of a file, to be run."""
        self._subject = subject
        self._script = script.encode() + b"\0"
        self._runtime = subject.runtime()

    def check(self) -> None:
        """Raise if it would not be heard. Only looks, while the process runs."""
        with self._memory() as file:
            _interpreter_that_hears(_Memory(file, self._runtime))

    def place(self) -> None:
        """Ask all threads."""
        with stillness(self._subject), self._memory() as file:
            memory = _Memory(file, self._runtime)
            for thread in list(memory.threads(_interpreter_that_hears(memory))):
                memory.ask(thread, self._script)

    def withdraw(self) -> list[int]:
        """Ask for nothing any more those that have not come by; list the threads that have.

        As the system calls them. None if the process is gone.
        """
        try:
            with stillness(self._subject), self._memory() as file:
                memory = _Memory(file, self._runtime)
                threads = list(memory.threads(memory.main_interpreter()))
                return [
                    memory.native_id(each)
                    for each in threads
                    if memory.has_heard(each, self._script)
                ]
        except (AttachRefused, OSError):  # it has ended, or become another program
            return []

    def _memory(self) -> BinaryIO:
        try:
            return open(self._subject.path("mem"), "r+b", buffering=0)
        except PermissionError:
            raise self._subject.denied() from None
        except FileNotFoundError:
            raise AttachRefused("it has ended") from None


def _interpreter_that_hears(memory: _Memory) -> int:
    interpreter = memory.main_interpreter()
    if not memory.is_enabled(interpreter):
        msg = "its Python was told to let nobody in (-X disable-remote-debug, "
        msg += "PYTHON_DISABLE_REMOTE_DEBUG, or built so): start it without that"
        raise AttachRefused(msg)
    return interpreter


class _Memory:
    """The memory of a process, as far as requests go."""

    def __init__(self, file: BinaryIO, runtime: int) -> None:
        self._file = file
        self._runtime = runtime
        head = self._read(runtime, HEAD)
        if not head.startswith(COOKIE):
            msg = "it runs a Python older than 3.13, and only 3.14 and newer can be attached to: "
            raise AttachRefused(msg + "start it with `pausable run` instead")
        version, is_free_threaded = struct.unpack_from("<QQ", head, len(COOKIE))
        self._layout: Layout = layout_of(version, is_free_threaded=bool(is_free_threaded))

    def main_interpreter(self) -> int:
        """Find the interpreter that the process was started with."""
        interpreter = self._number(self._runtime + self._offset("interpreters"))
        for _ in range(_MANY):
            if not interpreter:
                break
            if self._number(interpreter + self._offset("interpreter_id")) == _MAIN:
                return interpreter
            interpreter = self._number(interpreter + self._offset("next_interpreter"))
        raise AttachRefused("its interpreter is just starting, or ending: try again")

    def is_enabled(self, interpreter: int) -> bool:
        """Say whether requests are heard."""
        return bool(self._read(interpreter + self._offset("is_enabled"), 4).strip(b"\0"))

    def threads(self, interpreter: int) -> Iterator[int]:
        """List where its threads are."""
        thread = self._number(interpreter + self._offset("threads"))
        for _ in range(_MANY):
            if not thread:
                return
            yield thread
            thread = self._number(thread + self._offset("next_thread"))

    def ask(self, thread: int, script: bytes) -> None:
        """Ask a thread to run a script the next time that it looks up."""
        if len(script) > self._offset("script_size"):
            raise AttachRefused("the path of our script is too long: set TMPDIR to a shorter one")
        support = thread + self._offset("support")
        self._write(support + self._offset("script"), script)
        self._write(support + self._offset("is_pending"), struct.pack("<I", 1))
        breaker = thread + self._offset("eval_breaker")
        self._write(breaker, struct.pack("<Q", self._number(breaker) | _PLEASE_STOP))

    def has_heard(self, thread: int, script: bytes) -> bool:
        """Say whether a thread was asked to run a script, and has begun to; if not, it will not."""
        support = thread + self._offset("support")
        if self._read(support + self._offset("script"), len(script)) != script:
            return False  # it is another debugger's now, or was made since
        pending = support + self._offset("is_pending")
        has = not self._read(pending, 4).strip(b"\0")
        self._write(pending, struct.pack("<I", 0))
        return has

    def native_id(self, thread: int) -> int:
        """Return what the system calls a thread."""
        return self._number(thread + self._offset("native_id"))

    def _offset(self, name: str) -> int:
        return self._number(self._runtime + getattr(self._layout, name))

    def _number(self, at: int) -> int:
        number: int = struct.unpack("<Q", self._read(at, 8))[0]
        return number

    def _read(self, at: int, size: int) -> bytes:
        self._file.seek(at)
        return self._file.read(size)

    def _write(self, at: int, data: bytes) -> None:
        self._file.seek(at)
        self._file.write(data)
