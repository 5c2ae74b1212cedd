"""The candidates: Python programs of this machine that could be attached to, and may have pools."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from pausable.attach.injection import Injection
from pausable.attach.refusal import AttachRefused
from pausable.attach.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Candidate", "candidates"]

_PROCESSES = "/proc"


class Candidate(NamedTuple):
    """A program that could be attached to."""

    pid: int
    threads: int
    argv: list[str]


def candidates() -> Iterator[Candidate]:
    """List the programs that `attach` would do for, as far as can be told without touching them.

    Those with more than one thread: whoever has a pool has. None where there is no /proc.
    """
    try:
        names = os.listdir(_PROCESSES)
    except OSError:
        return
    for pid in sorted(int(name) for name in names if name.isdigit()):
        try:
            found = _candidate(pid)
        except (AttachRefused, OSError):  # it cannot be, or has ended since
            continue
        if found.threads > 1:
            yield found


def _candidate(pid: int) -> Candidate:
    subject = Subject(pid)
    threads = len(subject.threads())
    if threads > 1:
        subject.check_files_are_shared()
        Injection(subject, "").check()
    with open(subject.path("cmdline"), "rb") as file:
        words = file.read().rstrip(b"\0").split(b"\0")
    return Candidate(pid, threads, [os.fsdecode(word) for word in words])
