"""The subject: the process that is to be attached to, as it can be seen without touching it."""

from __future__ import annotations

import os
import sys

from pausable.attach.elf import place_of_section
from pausable.attach.refusal import AttachRefused

__all__ = ["Subject"]

_SECTION = b".PyRuntime"
_YAMA = "/proc/sys/kernel/yama/ptrace_scope"


class Subject:
    """A process of this machine, by its pid.

    Raises:
        AttachRefused: it cannot be attached to, as far as can be told at a glance.
    """

    def __init__(self, pid: int) -> None:
        """Look at it."""
        if not sys.platform.startswith("linux"):
            msg = "programs can be attached to on Linux only: start it with `pausable run` instead"
            raise AttachRefused(msg)
        if pid == os.getpid():
            msg = "this is the very process: call pausable.adopt() and pausable.serve() in it"
            raise AttachRefused(msg)
        self.pid = pid
        facts = self._facts()
        self.uid: int = int(facts["Uid"].split()[1])
        self.gid: int = int(facts["Gid"].split()[1])
        state = facts["State"][:1]
        if state in "ZX":
            raise AttachRefused("it has ended")
        if state == "T":
            raise AttachRefused(f"it is suspended: let it go on, by `kill -CONT {pid}` or `fg`")
        tracer = facts.get("TracerPid", "0")
        if tracer != "0":
            msg = f"the process {tracer} traces it, a debugger or strace: end that first"
            raise AttachRefused(msg)

    def _facts(self) -> dict[str, str]:
        try:
            with open(self.path("status"), encoding="utf-8", errors="replace") as file:
                lines = [line.partition(":") for line in file]
        except FileNotFoundError:
            raise AttachRefused("there is no such process") from None
        return {name: text.strip() for name, _, text in lines}

    def path(self, name: str) -> str:
        """Return the path of one of the files in which the system tells of it."""
        return f"/proc/{self.pid}/{name}"

    def threads(self) -> list[int]:
        """List its threads, as the system calls them."""
        try:
            return [int(each) for each in os.listdir(self.path("task"))]
        except FileNotFoundError:
            raise AttachRefused("it has ended") from None

    def runtime(self) -> int:
        """Return where in its memory CPython keeps what debuggers look for.

        Raises:
            AttachRefused: it is no CPython, or may not be looked at.
        """
        for file, begin in self._files():
            try:
                place = place_of_section(file, _SECTION)
            except OSError:  # it is in another file system, or gone
                continue
            if place is not None:
                return begin + place
        msg = "it does not run CPython; of that, 3.14 and newer can be attached to"
        raise AttachRefused(msg)

    def _files(self) -> list[tuple[str, int]]:
        """List the files from which it runs code that may be CPython's, and where they begin."""
        try:
            program = os.readlink(self.path("exe"))
            with open(self.path("maps"), encoding="utf-8", errors="replace") as file:
                lines = [line.rstrip("\n").split(None, 5) for line in file]
        except PermissionError:
            raise self.denied() from None
        except FileNotFoundError:
            raise AttachRefused("it has ended") from None
        found: dict[str, int] = {}
        for addresses, _, offset, _, _, *rest in lines:
            if rest and int(offset, 16) == 0:
                found.setdefault(rest[0], int(addresses.partition("-")[0], 16))
        return [
            (self.path("exe") if path == program else self.path("root") + path, begin)
            for path, begin in found.items()
            if path == program or "python" in os.path.basename(path)
        ]

    def denied(self) -> AttachRefused:
        """Say why the system does not let us look at it, or change it."""
        mine = os.geteuid()
        if mine and self.uid != mine:
            msg = (
                f"it belongs to {_user(self.uid)}, and you are {_user(mine)}: do it as that user, "
            )
            return AttachRefused(msg + "or as root")
        if mine and os.stat(self.path("status")).st_uid != mine:
            msg = "it keeps others from looking into it (it is not dumpable, as after a change of "
            return AttachRefused(msg + "its user): do it as root")
        scope = _yama()
        if scope == "3":
            msg = "this system lets nobody attach (kernel.yama.ptrace_scope is 3): start it with "
            return AttachRefused(msg + "`pausable run` instead")
        if mine and scope in ("1", "2"):
            msg = f"this system lets only root attach (kernel.yama.ptrace_scope is {scope}): do it "
            return AttachRefused(msg + "as root, or start it with `pausable run` instead")
        msg = "the system does not let us: in a container, give it the capability SYS_PTRACE, or "
        return AttachRefused(msg + "start it with `pausable run` instead")

    def check_files_are_shared(self) -> None:
        """Raise if it sees other files than we do: it could not read the script."""
        try:
            is_same = os.stat(self.path("ns/mnt")).st_ino == os.stat("/proc/self/ns/mnt").st_ino
            is_same = is_same and os.readlink(self.path("root")) == os.readlink("/proc/self/root")
        except PermissionError:
            raise self.denied() from None
        except FileNotFoundError:
            raise AttachRefused("it has ended") from None
        if not is_same:
            msg = "it sees other files than this process, as in a container: do it in there"
            raise AttachRefused(msg)


def _user(uid: int) -> str:
    import pwd  # noqa: PLC0415 - Windows has none

    try:
        return repr(pwd.getpwuid(uid).pw_name)
    except KeyError:
        return f"the uid {uid}"


def _yama() -> str:
    try:
        with open(_YAMA, encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        return ""
