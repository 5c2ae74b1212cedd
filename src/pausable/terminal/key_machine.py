"""The key machine: a key and the facts in, what is to be done out. Pure.

It remembers what was asked (Ctrl-C has offered to stop, `q` has asked whether to) and nothing
else: whether the tasks are paused, and what there is to stop, are facts that it is given.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from pausable.terminal.keys import Key

__all__ = ["AT_ONCE", "Act", "KeyMachine", "PoolFacts"]

AT_ONCE = 5.0
"""Within how many seconds after the second Ctrl-C a third one ends the program."""


class Act(Enum):
    """What is to be done."""

    PAUSE = "place the hold of the keys"
    RESUME = "release it"
    RESUME_LATER = "release it when the program has had its time to stop what rests"
    STOP = "end all tasks"
    SUSPEND = "rest, then suspend the process"
    INTERRUPT = "send SIGINT to the foreground, as the terminal would"
    END = "end the process at once"
    SHOW_STATUS = "say in one line how things are"
    SHOW_TASKS = "show all tasks on one screen"
    SHOW_KEYS = "explain the keys"
    OFFER = "say what can be done after the first Ctrl-C"
    ASK = "ask whether to stop"
    SAY_NO_KEY = "say that this is no key"
    SAY_NOT_STOPPED = "say that nothing is stopped"
    SAY_NOTHING_TO_STOP = "say that there is nothing to stop"
    SAY_PASSED_ON = "say that the program gets Ctrl-C, because there is nothing to pause"
    SAY_INTERRUPTED = "say that the program got Ctrl-C, and what the next one does"


class PoolFacts(NamedTuple):
    """What the machine has to know of the pools."""

    is_on: bool = False  # the hold of the keys is in force
    unfinished: int = 0  # tasks, whether they have started or not
    is_stopping: bool = False  # a task was asked to stop and goes on, or the interpreter exits


_PLAIN = {
    Key.STATUS: Act.SHOW_STATUS,
    Key.TASKS: Act.SHOW_TASKS,
    Key.HELP: Act.SHOW_KEYS,
    Key.SUSPEND: Act.SUSPEND,
    Key.OTHER: Act.SAY_NO_KEY,
}


class KeyMachine:
    """What one key after the other asks for."""

    def __init__(self) -> None:
        """Begin with nothing asked."""
        self._has_asked = False  # `q` was pressed, and would stop if it were again
        self._has_offered = False  # Ctrl-C was pressed once
        self._interrupted_at: float | None = None  # when it was pressed last to interrupt

    def press(self, key: Key, facts: PoolFacts, now: float) -> list[Act]:
        """Return what is to be done, in this order, *now* in seconds that only grow."""
        if key is Key.INTERRUPT:
            return self._interrupt(facts, now)
        has_asked, may_stop = self._has_asked, self._has_asked or self._has_offered
        self._forget()
        if key is Key.STOP:
            return self._stop(facts, may_stop=may_stop)
        if key is Key.OTHER and has_asked:
            return [Act.SAY_NOT_STOPPED]
        first = [Act.SAY_NOT_STOPPED] if has_asked else []
        return [*first, self._plain(key, facts)]

    def _forget(self) -> None:
        self._has_asked = self._has_offered = False
        self._interrupted_at = None

    def _plain(self, key: Key, facts: PoolFacts) -> Act:
        if key is Key.SPACE:
            return Act.RESUME if facts.is_on else Act.PAUSE
        return _PLAIN[key]

    def _stop(self, facts: PoolFacts, *, may_stop: bool) -> list[Act]:
        """Stop asks once; after the first Ctrl-C it was asked already."""
        if not facts.unfinished:
            return [Act.SAY_NOTHING_TO_STOP]
        if may_stop:
            return [Act.STOP]
        self._has_asked = True
        return [Act.ASK]

    def _interrupt(self, facts: PoolFacts, now: float) -> list[Act]:
        """Ctrl-C: pause and offer, then interrupt, then end.

        Where there is nothing to pause it is what it always was. A third one that comes late ends
        nothing: nobody remembers what was said before.
        """
        before, has_offered = self._interrupted_at, self._has_offered
        self._forget()
        if before is not None and now - before <= AT_ONCE:
            return [Act.END]
        if has_offered or (before is not None and facts.is_stopping):
            self._interrupted_at = now
            return [Act.SAY_INTERRUPTED, Act.INTERRUPT, Act.RESUME_LATER]
        if not facts.unfinished:
            return [Act.SAY_PASSED_ON, Act.INTERRUPT, Act.RESUME]
        self._has_offered = True
        return [Act.OFFER] if facts.is_on else [Act.PAUSE, Act.OFFER]
