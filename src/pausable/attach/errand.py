"""The errand: the script that a program runs for us, and the answer that comes back.

A thread runs it in the midst of somebody's task, perhaps under locks: so it imports nothing that is
not there, takes no lock, and only starts a thread, on which all else is done. Several threads run
it; the first one takes a file away, which is one step of the system, and the others do nothing. The
answer comes through a pipe with a name. All of it is in a folder that only the user may enter.

Each thread that runs the script leaves a mark there. One that has heard the request, and has not
read the script yet, would say on the program's standard error that it is gone: so the files stay
until those have left theirs.

If root asks a program of another user, that user gets the folder, and from then on may put links in
the place of what is in it, or of itself. So it comes last, when all that is in it is his and the
pipe is open; and what is done there afterwards is done by the folder's descriptor, not by its path.
"""

from __future__ import annotations

import os
import select
import shutil
import sys
import tempfile
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from pausable.attach.subject import Subject

__all__ = ["DONE", "FAILED", "LATE", "MISSING", "Errand", "ErrandAnswer"]

_READING = 5.0  # seconds in which a thread reads a short file, however busy the others are
_MOMENT = 0.001
_TOKEN, _MARK = "token", "seen-"

DONE, FAILED, MISSING, LATE = "done", "failed", "missing", "late"

_SCRIPT = """\
import _thread, posix, sys

def errand():
    def say(kind, text):
        pipe = posix.open({pipe!r}, posix.O_WRONLY | posix.O_NONBLOCK)
        posix.write(pipe, (kind + "\\n" + text).encode("utf-8", "replace")[:4000])
        posix.close(pipe)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(0.0002)  # threads that compute would make each step of it wait
    try:
        added = []
        try:
            try:
                import pausable
            except ImportError:
                if sys.version_info[:2] != {version!r}:
                    return say({missing!r}, "pausable is not installed for its Python")
                added.append({folder!r})
                sys.path.append(added[0])
                import pausable
            try:
                from pausable.attach.lateness import why_too_late
            except ImportError:
                text = "its own pausable is version " + pausable.__version__ + ", which is too old"
                return say({missing!r}, text)
            if why_too_late():
                return say({late!r}, why_too_late())
            from pausable.attach import inside
            said = inside.{what}({name!r})
        finally:
            for folder in added:
                sys.path.remove(folder)
        say({done!r}, said)
    except BaseException as error:
        say({failed!r}, type(error).__name__ + ": " + str(error))
    finally:
        sys.setswitchinterval(interval)

try:
    posix.mkdir({folder_of_marks!r} + str(_thread.get_native_id()))
    posix.unlink({token!r})
except OSError:
    pass
else:
    _thread.start_new_thread(errand, ())
"""


class ErrandAnswer:
    """What has come of an errand: a kind, and what is said."""

    __slots__ = ("kind", "text")

    def __init__(self, kind: str, text: str) -> None:
        """Keep both."""
        self.kind: str = kind
        self.text: str = text


class Errand:
    """What a program is to do for us. To be used with `with`: then its files are there."""

    def __init__(self, subject: Subject, what: str, name: str | None) -> None:
        """Have `inside.WHAT(name)` called there."""
        self._subject = subject
        self._what = what
        self._name = name
        self._is_read = True  # by all that were asked to

    def __enter__(self) -> Self:
        """Write the script."""
        self._folder = tempfile.mkdtemp(prefix="pausable-attach-")
        token, pipe = f"{self._folder}/{_TOKEN}", f"{self._folder}/answer"
        self.script: str = f"{self._folder}/script.py"
        self._place = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.mkfifo(pipe, 0o600)
            text = _SCRIPT.format(
                pipe=pipe,
                token=token,
                folder_of_marks=f"{self._folder}/{_MARK}",
                version=tuple(sys.version_info[:2]),
                folder=_folder_of_ours(),
                what=self._what,
                name=self._name,
                done=DONE,
                failed=FAILED,
                missing=MISSING,
                late=LATE,
            )
            for path, content in ((token, ""), (self.script, text)):
                with open(path, "w", encoding="utf-8") as file:
                    file.write(content)
            # For writing, too: so that it has no end before somebody has written.
            self._pipe = os.open(pipe, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
            self._give_to_subject(token, self.script, pipe, self._folder)  # which comes last
        except BaseException:
            os.close(self._place)
            shutil.rmtree(self._folder, ignore_errors=True)
            raise
        return self

    def _give_to_subject(self, *paths: str) -> None:
        """Let the program's user have the files, if that is another."""
        if self._subject.uid != os.geteuid():
            for each in paths:
                os.chown(each, self._subject.uid, self._subject.gid, follow_symlinks=False)

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Take the files away, if nobody is about to read them."""
        os.close(self._pipe)
        os.close(self._place)
        if self._is_read:
            shutil.rmtree(self._folder, ignore_errors=True)

    def await_marks(self, threads: list[int]) -> None:
        """Wait until these threads have read the script, or have ended."""
        deadline = time.monotonic() + _READING
        self._is_read = False
        while not self._is_read and time.monotonic() < deadline:
            marks = os.listdir(self._place)
            left = [each for each in threads if f"{_MARK}{each}" not in marks]
            self._is_read = not left or not set(left) & set(self._subject.threads())
            if not self._is_read:
                time.sleep(_MOMENT)

    def forestall(self) -> bool:
        """Have it not begin any more; False if it has."""
        try:
            os.unlink(_TOKEN, dir_fd=self._place)
        except FileNotFoundError:
            return False
        return True

    def answer(self, timeout: float) -> ErrandAnswer | None:
        """Wait for the answer, for so many seconds at most; None if none has come."""
        deadline = time.monotonic() + timeout
        ready, _, _ = select.select([self._pipe], [], [], max(deadline - time.monotonic(), 0.0))
        if not ready:
            return None
        kind, _, text = os.read(self._pipe, 1 << 16).decode("utf-8", "replace").partition("\n")
        return ErrandAnswer(kind, text)


def _folder_of_ours() -> str:
    """Return the folder in which our own package is."""
    here = os.path.abspath(__file__)
    return os.path.dirname(os.path.dirname(os.path.dirname(here)))
