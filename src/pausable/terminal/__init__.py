"""The keys: whoever sits at the terminal pauses, resumes and stops what runs there in front.

`pausable run` takes the keys by itself. A script may, too:

    from pausable.terminal import take_keys

    take_keys()  # space pauses and resumes, s status, t tasks, q stops, ? help
    with ThreadPoolExecutor() as pool:
        ...

In this package: `keys` (what was typed), `machine` (what a key asks for), `follower` (what comes of
a request), `phrases`, `screen` and `note` (what is said) are pure; `console` does it, `suspension`
is its Ctrl-Z; `reader` is the thread, `device` the terminal, `caretaker` who gives it back when
nobody else can; `keyboard` knows whose keys are on, and `interception` when they must go.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pausable.scopes.hold import Hold

__all__ = ["give_back_keys", "take_keys"]


def take_keys(hold: Hold | None = None) -> bool:
    """Let keys pause, resume and stop the tasks of this process while it runs in the foreground.

    *hold* is one with which the program has begun, if any: a resume with a key releases it, too.

    Says which, in one line on the terminal. False, and nothing is done, where standard input or
    output is no terminal, where another program of the foreground has the keys or the screen, in an
    interactive interpreter, where something was typed already that the program may want, and where
    there are no terminals as on POSIX. In the background it is true, and the keys come with `fg`.

    The keys are given up for good as soon as the program reads the terminal itself. However the
    process ends, the terminal is as it was.

    May be called from any thread; does not block; twice is as once.
    """
    if os.name != "posix" or not (os.isatty(0) and os.isatty(1)):
        return False
    from pausable.terminal import keyboard  # noqa: PLC0415 - large, and seldom there is a terminal

    return keyboard.take(hold)


def give_back_keys() -> bool:
    """Give the terminal back, as it was, and release what a key holds; false if nothing was taken.

    For a program that wants to ask something: it may take the keys again afterwards. May be called
    from any thread, and returns when nothing of ours reads the terminal any more.
    """
    if os.name != "posix":
        return False
    from pausable.terminal import keyboard  # noqa: PLC0415 - as above

    return keyboard.give_back()
