"""The keyboard: whose keys are on in this process, and every way in which they go off. POSIX only.

There is one reader at most. It leaves when the program reads the terminal, and when the process
ends or becomes another program; in a forked child it never was.
"""

from __future__ import annotations

import atexit
import os
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

import pausable.scopes.endings  # noqa: F401 - is called at the exit after what is registered later
from pausable import everything
from pausable.terminal.console import Console
from pausable.terminal.device import Device
from pausable.terminal.interception import Interception
from pausable.terminal.note import note
from pausable.terminal.phrases import KEYS
from pausable.terminal.reader import Reader

if TYPE_CHECKING:
    from pausable.scopes.hold import Hold

__all__ = ["give_back", "give_up", "take"]


_TYPED = "no keys: what was typed before the program began is left for it"


class _Keyboard:
    """What there is of it in this process."""

    def __init__(self) -> None:
        # Protects all of it, and is held while somebody takes the keys or gives them back.
        self.turn = threading.RLock()
        self.reader: Reader | None = None
        self.is_given_up = False  # for good
        self.knows_exits = False


_keyboard = _Keyboard()


def take(hold: Hold | None) -> bool:
    """Take the keys; see `pausable.terminal.take_keys`."""
    with _keyboard.turn:
        if _keyboard.reader is not None:
            return True
        if _keyboard.is_given_up or sys.flags.interactive or hasattr(sys, "ps1"):
            return False
        try:
            device = Device()
        except OSError:
            return False
        is_in_front = device.is_in_front()
        if is_in_front and not _take_first(device):
            device.close()
            return False
        _begin(Console(device, hold), has_greeted=is_in_front)
        return True


def _take_first(device: Device) -> bool:
    """Take the terminal, unless it is in others' hands, or somebody has typed for the program."""
    if not device.take():
        return False
    is_free = not device.has_input()
    if not is_free:
        device.give_back()
    device.write(note([KEYS if is_free else _TYPED], device.size()))
    return is_free


def _begin(console: Console, *, has_greeted: bool) -> None:
    reader = _keyboard.reader = Reader(console, _forget, has_greeted=has_greeted)
    _interception.begin()
    if not _keyboard.knows_exits:
        _keyboard.knows_exits = True
        atexit.register(_leave, "")
        with suppress(RuntimeError):  # the exit has begun
            threading._register_atexit(_at_exit)  # type: ignore[attr-defined]  # as in `endings`
    try:
        reader.start()
    except BaseException:
        _forget(reader)
        raise


def give_back() -> bool:
    """Give the keys back; see `pausable.terminal.give_back_keys`."""
    return _leave("")


def give_up(why: str) -> None:
    """Give the keys up for good, because of *why*. On any thread, at any time."""
    if _keyboard.reader is not None:
        _keyboard.is_given_up = True
        _leave(why)


def _leave(why: str) -> bool:
    reader = _keyboard.reader
    if reader is None:
        return False
    reader.leave(why)
    _forget(reader)
    return True


def _forget(reader: Reader) -> None:
    """Be without keys: *reader* has left."""
    with _keyboard.turn:
        if _keyboard.reader is reader:
            _keyboard.reader = None
            _interception.end()


def _is_terminal(file: object) -> bool:
    reader = _keyboard.reader
    return reader is not None and reader.device.is_it(file)


_interception = Interception(give_up, _is_terminal)


def _at_exit() -> None:
    """Stop the tasks if the second Ctrl-C has ended the program, before anybody waits for them.

    A program that has caught it has decided about its tasks itself.
    """
    reader = _keyboard.reader
    is_hit = getattr(sys, "last_type", None) is KeyboardInterrupt
    if is_hit and reader is not None and reader.console.has_interrupted:
        everything.stop("Ctrl-C has ended the program")


def _after_fork() -> None:
    """Have no keys in the child."""
    reader = _keyboard.reader
    if reader is not None:
        _interception.end()
        reader.drop()
    _keyboard.__init__()  # type: ignore[misc]  # its lock may be held by a thread that is not there


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
