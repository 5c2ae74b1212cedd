"""The console: does what the keys ask for, and says what came of it, at one terminal.

For the one thread that reads the keys. Its holds are those of two switches of the process: one for
the person, one that rests the tasks while the process is suspended.
"""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

from pausable import everything
from pausable._core.times import clock
from pausable.events import ScopeQuiescent
from pausable.scopes.pools import is_exiting
from pausable.scopes.prose import short
from pausable.scopes.suspended import uncounted
from pausable.terminal.follower import Follower
from pausable.terminal.interception import real_execv, real_exit
from pausable.terminal.key_machine import AT_ONCE, Act, KeyMachine, PoolFacts
from pausable.terminal.note import NAME, note
from pausable.terminal.phrases import (
    HELP,
    held,
    is_held_by_others,
    status_line,
    straggler_lines,
    tasks,
    unfinished,
    unfinished_in,
)
from pausable.terminal.screen import screen
from pausable.terminal.suspension import suspend

if TYPE_CHECKING:
    from collections.abc import Callable

    from pausable.scopes.hold import Hold
    from pausable.snapshots import ProcessStatus
    from pausable.terminal.device import Device
    from pausable.terminal.keys import Key

__all__ = ["Console"]

_PATIENCE = 1.0
"""For how many seconds Ctrl-Z waits until the tasks rest; and how long the program has, after the
second Ctrl-C, to stop those that rest, before they go on."""

_SAID = {
    Act.OFFER: "Ctrl-C: space resumes, q stops the tasks, Ctrl-C again interrupts the program",
    Act.SAY_NO_KEY: "no key of ours: ? lists them",
    Act.SAY_NOT_STOPPED: "nothing is stopped",
    Act.SAY_NOTHING_TO_STOP: "nothing to stop: no task is there",
    Act.SAY_PASSED_ON: "Ctrl-C: no task to pause, so the program is interrupted",
    Act.SAY_INTERRUPTED: (
        f"Ctrl-C: the program is interrupted; once more within {AT_ONCE:g} s ends it"
    ),
}


class Console:
    """What keys do at one terminal."""

    def __init__(self, device: Device, hold: Hold | None) -> None:
        """Pause nothing yet. What has paused at the beginning, *hold*, is resumed like our own."""
        self.owner: str = f"terminal {device.name}"
        self.device = device
        self.wake: Callable[[], object] = _nobody  # has the reading thread call `tick` soon
        self._hold = hold
        self._switch = everything.switch("paused at the keyboard", owner=self.owner)
        self._suspension = everything.switch("suspended by Ctrl-Z", owner=self.owner)
        self._machine = KeyMachine()
        self._follower: Follower | None = None
        self._suspends_by: float | None = None  # when it does at the latest, if it is to
        self._resumes_at: float | None = None
        self._unobserve: Callable[[], None] | None = None
        self.has_interrupted: bool = False  # by Ctrl-C, the program
        self._acts: dict[Act, Callable[[], object]] = {
            Act.PAUSE: self._pause,
            Act.RESUME: self._resume,
            Act.RESUME_LATER: self._resume_later,
            Act.STOP: self._stop,
            Act.SUSPEND: self._rest_to_suspend,
            Act.INTERRUPT: self._interrupt,
            Act.END: self._end,
            Act.ASK: self._ask,
            Act.SHOW_STATUS: lambda: self.say(status_line(everything.status())),
            Act.SHOW_TASKS: self._show_tasks,
            Act.SHOW_KEYS: lambda: self.say("keys", *(f"  {line}" for line in HELP)),
        }

    # For the reader.

    def press(self, key: Key) -> None:
        """Do what a key asks for."""
        status = everything.status()
        facts = PoolFacts(self.is_holding(), unfinished_in(status), _is_stopping(status))
        for act in self._machine.press(key, facts, clock()):
            if act in _SAID:
                self.say(_SAID[act])
            else:
                self._acts[act]()

    def timeout(self) -> float | None:
        """Return in how many seconds to call `tick`; None for never."""
        moments = [self._suspends_by, self._resumes_at]
        if self._follower is not None:
            moments.append(self._follower.next)
        due = [moment for moment in moments if moment is not None]
        return max(min(due) - clock(), 0.0) if due else None

    def tick(self) -> None:
        """Do what is due by now."""
        now = clock()
        if self._resumes_at is not None and now >= self._resumes_at:
            self._resumes_at = None
            self._let_go()
        if self._suspends_by is not None:
            if now >= self._suspends_by or everything.is_quiescent():
                self._suspend()
        elif self._follower is not None:
            self._follow(self._follower, now)

    def is_holding(self) -> bool:
        """Say whether a key could resume something. Neither blocks nor raises."""
        return self._switch.is_on() or (self._hold is not None and not self._hold.is_released())

    def leave(self) -> bool:
        """Let go of what the keys hold: nobody could resume it. Say whether that was anything."""
        self._end_following()
        return self._suspension.off() | self._switch.off()

    def say(self, *lines: str) -> None:
        """Write a note of these lines."""
        self.device.write(note(lines, self.device.size()))

    # What keys do.

    def _let_go(self) -> bool:
        """Release what a resume releases; say whether anything was held."""
        begun = self._hold is not None and self._hold.release()
        return self._switch.off() or begun

    def _pause(self) -> None:
        self._resumes_at = None
        self._switch.on()
        self._begin_following(Follower(clock()))

    def _resume(self) -> None:
        self._end_following()
        self._resumes_at = None
        self._let_go()
        others = is_held_by_others(everything.status(), self.owner)
        if others:
            by = "; ".join(held(hold) for hold in others)
            self.say(f"resumed here, but held by {by}: a resume here does not open that")
        else:
            self.say("resumed")

    def _resume_later(self) -> None:
        """Resume soon, unless it is stopped where it rests: what is not must be able to end."""
        self._end_following()
        self._resumes_at = clock() + _PATIENCE

    def _ask(self) -> None:
        status = everything.status()
        number = tasks(unfinished_in(status))
        self.say(f"stop {number} ({unfinished(status)})? q again does, any other key does not")

    def _stop(self) -> None:
        asked = everything.stop("q was pressed at the terminal")
        self._resumes_at = None
        self._let_go()
        self._begin_following(Follower(clock(), asked))

    def _show_tasks(self) -> None:
        columns, lines = self.device.size()
        first, *rest = screen(everything.status(), self.owner, columns - len(NAME) - 2, lines - 2)
        self.say(first, *rest)

    def _interrupt(self) -> None:
        self.has_interrupted = True
        os.killpg(0, signal.SIGINT)

    def _end(self) -> None:
        """End the process as SIGINT does, whatever its main thread is at.

        A shell ends a loop for that, not for an exit code. No thread but the main one can let go of
        Python's handler; another program has none.
        """
        self.device.give_back()
        os.killpg(0, signal.SIGINT)
        try:
            real_execv("/bin/sh", ["sh", "-c", "kill -INT $$; exit 130"])
        finally:  # there is no shell
            real_exit(130)

    # Ctrl-Z.

    def _rest_to_suspend(self) -> None:
        """Have all tasks rest; pressed again, do not wait for that."""
        if self._suspends_by is not None:
            self._suspends_by = clock()
            return
        self._suspension.on()
        self._suspends_by = clock() + _PATIENCE
        self._observe()

    def _suspend(self) -> None:
        """Suspend the process, and have the tasks go on when it does."""
        self._suspends_by = None
        running = everything.stragglers()
        said = f"{tasks(len(running))} did not come to rest" if running else "no task runs"
        lines = [f"  {line}" for line in straggler_lines(running)]
        self.say(f"suspended: {said}; fg goes on", *lines)
        self.device.give_back()
        since = clock()
        with uncounted():
            suspend()
        seconds = clock() - since
        if self.device.is_in_front():  # before it is said: whoever reads that may press a key
            self.device.take()
        self._suspension.off()
        more = ", still paused: space resumes" if self.is_holding() else ""
        if not self.device.is_in_front():
            more += "; fg brings the keys back"
        self.say(f"goes on after {short(seconds)}{more}")
        if self._follower is None:
            self._unwatch()

    # What came of a request.

    def _begin_following(self, follower: Follower) -> None:
        self._follower = follower
        self._observe()

    def _end_following(self) -> None:
        self._follower = None
        self._unwatch()

    def _follow(self, follower: Follower, now: float) -> None:
        running = everything.stragglers()  # first: who rests since then is counted in the status
        lines = follower.look(everything.status(), running, self.owner, now)
        if lines:
            self.say(*lines)
        if follower.is_over:
            self._end_following()

    def _observe(self) -> None:
        """Be woken when a pool has come to rest."""
        if self._unobserve is None:
            self._unobserve = everything.observe(lambda _: self.wake(), kinds=ScopeQuiescent)

    def _unwatch(self) -> None:
        if self._unobserve is not None:
            self._unobserve()
            self._unobserve = None


def _nobody() -> None:
    """Wake nobody: nobody reads yet."""


def _is_stopping(status: ProcessStatus) -> bool:
    return is_exiting() or any(
        task.state == "stopping" for pool in status.pools for task in pool.tasks
    )
