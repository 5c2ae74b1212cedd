"""The attachment to a program that runs, and its end: the side of the client."""

from __future__ import annotations

from contextlib import suppress
from typing import NamedTuple

from pausable.attach.errand import DONE, FAILED, LATE, MISSING, Errand, ErrandAnswer
from pausable.attach.injection import Injection
from pausable.attach.refusal import AttachRefused
from pausable.attach.subject import Subject
from pausable.control.client import Client, ControlError
from pausable.control.programs import find
from pausable.scopes.prose import plain

__all__ = ["TIMEOUT", "Attached", "attach", "detach"]

TIMEOUT = 10.0
"""How many seconds a program has until one of its threads comes by."""

_LOADING = 60.0  # seconds that it then has to load pausable and begin to serve


class Attached(NamedTuple):
    """What `attach` has come to."""

    pid: int
    address: str  #: of the control socket
    was_new: bool  #: false if the program was attached to already
    unheld: int  #: threads of pools of `multiprocessing.pool`, which go on under a pause


def attach(pid: int, *, name: str | None = None, timeout: float = TIMEOUT) -> Attached:
    """Have a program adopt the pools of the stdlib that it has, and serve.

    It need not know of `pausable`, which is loaded there: its own, or this one if it is for the
    same version of Python. What then runs in it is what `pausable.adopt()` and `pausable.serve()`
    do. Attaching again is harmless. Blocks, for *timeout* seconds at most until the program hears
    it, and then until it is done.

    Raises:
        AttachRefused: it cannot be done; the message says why, and what would help.
    """
    said = _send(pid, "arrive", name, timeout)
    how, unheld, address = said.split(" ", 2)
    return Attached(pid, address, how == "attached", int(unheld))


def detach(pid: int, *, timeout: float = TIMEOUT) -> bool:
    """Undo `attach`: holds from outside end, the pools are the stdlib's alone, nobody serves.

    False if it was not attached to. What the program itself has asked for stays.

    Raises:
        AttachRefused: it cannot be done; the message says why, and what would help.
    """
    return _send(pid, "leave", None, timeout) == "detached"


def _send(pid: int, what: str, name: str | None, timeout: float) -> str:
    subject = Subject(pid)
    subject.check_files_are_shared()
    with Errand(subject, what, name) as errand:
        answer = _ask(subject, errand, timeout)
    if answer is None:
        msg = (
            f"none of its threads has run Python code for {timeout:g} s: all wait, or compute, in "
        )
        raise AttachRefused(msg + "C. Nothing runs there that could be paused; try again later")
    said = plain(answer.text)  # a program of another user could write to root's terminal by it
    if answer.kind == DONE:
        return said
    if answer.kind == MISSING:
        msg = f"{said}: install this version there, or attach with the Python that it runs"
        raise AttachRefused(msg)
    if answer.kind == LATE:
        raise AttachRefused(said)
    raise AttachRefused(f"it could not be done there: {said}")


def _nudge(pid: int) -> None:
    """Have a program that serves run a few lines: while all rests, no other thread comes by."""
    with suppress(ControlError), Client(find(pid), timeout=1.0) as client:
        client.hello()


def _ask(subject: Subject, errand: Errand, timeout: float) -> ErrandAnswer | None:
    """Ask, wait for the answer, and leave no request behind."""
    injection = Injection(subject, errand.script)
    try:
        injection.place()
        _nudge(subject.pid)
        answer = errand.answer(timeout)
        if answer is None and not errand.forestall():
            answer = errand.answer(_LOADING) or ErrandAnswer(FAILED, "it has not answered")
    finally:
        errand.forestall()
        errand.await_marks(injection.withdraw())
    return answer
