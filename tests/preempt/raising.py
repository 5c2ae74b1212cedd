"""Raises at each event of a piece of code, and keeps account of what was opened and closed."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from pausable._preempt.rule.safety import may_raise, owes_nothing

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType, FrameType


class Boom(BaseException):
    """What a stop raises."""


@dataclass
class Account:
    """What was opened, what was closed, and whether a clean-up is being run."""

    opened: Counter[str] = field(default_factory=Counter)
    closed: Counter[str] = field(default_factory=Counter)
    cleaning: int = 0

    def open(self, name: str) -> None:
        self.opened[name] += 1

    def begin_close(self) -> None:
        self.cleaning += 1

    def close(self, name: str) -> None:
        self.closed[name] += 1
        self.cleaning -= 1


def run_scenario(function: Callable[[Account], object], account: Account) -> object:
    """Call a scenario; the code of this function is its entry."""
    return function(account)


@dataclass
class Outcome:
    """What has come of raising at one event, or of not raising."""

    place: str
    allowed: bool
    account: Account
    cleaning: int
    at_once: bool  #: nothing is left half-done here: elsewhere a stop waits for a second
    raised: BaseException | None = None  #: what has left the scenario
    still_handled: BaseException | None = None  #: by the thread, when that is over


class Thrower:
    """Raises at the event of a given number, if the rule allows it there."""

    TOOL = 3
    EVENTS = ("LINE", "PY_START", "PY_RESUME", "PY_RETURN", "INSTRUCTION")

    def __init__(self, function: Callable[[Account], object], codes: list[CodeType]) -> None:
        self._function = function
        self._codes = codes
        self._left = 0
        self._outcome: Outcome | None = None
        self._at_work = False

    def outcomes(self) -> list[Outcome]:
        """Run the scenario once for each of its events."""
        found = []
        number = 0
        with self:
            while True:
                outcome = self._run(number)
                if outcome is None:
                    return found
                found.append(outcome)
                number += 1

    def _run(self, number: int) -> Outcome | None:
        account = Account()
        self._account, self._left, self._outcome = account, number, None
        raised = None
        try:
            run_scenario(self._function, account)
        except BaseException as error:  # noqa: BLE001 - the test looks at what it is
            raised = error
        if self._outcome is not None:
            self._outcome.raised = raised
            self._outcome.still_handled = sys.exception()
        return self._outcome

    def __enter__(self) -> Self:
        monitoring = sys.monitoring
        monitoring.use_tool_id(self.TOOL, "raising")
        events = [getattr(monitoring.events, name) for name in self.EVENTS]
        for name, event in zip(self.EVENTS, events, strict=True):
            monitoring.register_callback(self.TOOL, event, self._callback(name))
        for code in self._codes:
            monitoring.set_local_events(self.TOOL, code, sum(events))
        return self

    def __exit__(self, *exc: object) -> None:
        monitoring = sys.monitoring
        for code in self._codes:
            monitoring.set_local_events(self.TOOL, code, 0)
        for name in self.EVENTS:
            monitoring.register_callback(self.TOOL, getattr(monitoring.events, name), None)
        monitoring.free_tool_id(self.TOOL)

    def _callback(self, name: str) -> Callable[..., None]:
        return lambda *_: self._event(name, sys._getframe(1))

    def _event(self, name: str, frame: FrameType) -> None:
        if self._outcome is not None or self._at_work:
            return
        self._left -= 1
        if self._left >= 0:
            return
        self._at_work = True
        entries = {run_scenario.__code__}
        allowed, at_once = may_raise(frame, entries), owes_nothing(frame, entries)
        self._at_work = False
        place = f"{name} at line {frame.f_lineno} in {frame.f_code.co_name}, {frame.f_lasti}"
        self._outcome = Outcome(place, allowed, self._account, self._account.cleaning, at_once)
        if allowed:
            raise Boom
