"""The window: a guard that lets a pool or group run only at certain hours."""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import partial
from itertools import count
from time import time as wall_clock
from typing import TYPE_CHECKING

from pausable.guards.calendar import look, parse
from pausable.guards.keeper import Keeper, checked_name
from pausable.guards.watcher import inherited, watcher
from pausable.scopes.common_log import ERROR, WARNING, say
from pausable.scopes.joint_hold import JointHold
from pausable.scopes.timer import clock, timer

if TYPE_CHECKING:
    from collections.abc import Callable

    from pausable.scopes.timer import Alarm

__all__ = ["Window"]

_LONGEST = 3600.0  # between two looks, so that a clock that was set is noticed
_AGAIN = 60.0  # seconds, when it could not look


@dataclass(frozen=True, slots=True)
class Sight:
    """What one look has shown."""

    number: int  #: later looks have higher ones
    now: float  #: in seconds since the epoch, as `until`
    is_open: bool
    until: float
    reason: str  #: of the holds, if it is not open


class Window(Keeper):
    """Lets what depends on it run only within its hours, and holds it outside them.

    ``Window("mon-fri 20:00-06:00", tz="Europe/Berlin")``: hours belong to the day on which they
    begin. Several are separated by semicolons, days by commas; without days they are of each day;
    24:00 is the end of a day. They are those that the clocks of *tz* show, also on the days on
    which these are changed: of a time that there is twice, the first is meant, and of one that
    there is not, the moment of the change.

    Limits: tasks that run when the hours end rest at their next checkpoint.
    """

    def __init__(self, hours: str, *, tz: str | tzinfo, name: str | None = None) -> None:
        """Make a window.

        Raises:
            ValueError: *hours* are not understood.
            zoneinfo.ZoneInfoNotFoundError: there is no such zone on this machine.
            TypeError: something is of the wrong kind.
            Exception: whatever *tz* raises when it is asked.
        """
        if not isinstance(hours, str):
            msg = f"hours must be text like 'mon-fri 20:00-06:00', not {hours!r}"
            raise TypeError(msg)
        if not isinstance(tz, (str, tzinfo)):
            msg = f"tz must be the name of a time zone, or a tzinfo, not {tz!r}"
            raise TypeError(msg)
        self._hours = parse(hours)
        self._text = hours
        self._zone: tzinfo = _zone(tz) if isinstance(tz, str) else tz
        title = checked_name(name or f"window {hours}")
        super().__init__(JointHold(title, self._follow, self._look_again, watcher))
        self._now: Callable[[], float] = wall_clock
        self._until: float | None = None  # overridden till then
        self._alarm: Alarm | None = None
        inherited.add(self)
        self._sights = count()
        self._sight: Sight | None = self._look_out()  # the last; None if it could not look

    def is_open(self) -> bool:
        """Say whether it is within the hours now."""
        return self._look_out().is_open

    def override(self) -> bool:
        """Release all till the hours begin; false if nothing is held. Logged."""
        if not self.is_tripped():
            return False
        self._decide(setattr, self, "_until", self._look_out().until)
        say(WARNING, "%s was overridden by hand", self.name)
        return True

    def _look_out(self) -> Sight:
        """Look at the clock and the zone, which may be a user's: outside all locks."""
        number, now = next(self._sights), self._now()
        is_open, until = look(self._hours, now, self._zone)
        shown = datetime.fromtimestamp(until, self._zone)
        reason = f"outside {self._text} until {shown:%a %d %b %H:%M}"
        return Sight(number, now, is_open, until, reason)

    def _look_again(self) -> None:
        """Look out, and follow what is seen; if nothing can be seen, all stays, for a while."""
        self._holds.decide(self._note, self._look_out_safely())

    def _note(self, sight: Sight | None) -> None:
        if sight is None or self._sight is None or self._sight.number < sight.number:
            self._sight = sight  # else another thread has looked after this one

    def _decide(self, decision: Callable[..., object], *args: object) -> None:
        self._look_again()
        self._holds.decide(decision, *args)

    def _look_out_safely(self) -> Sight | None:
        try:
            return self._look_out()
        except Exception as error:  # noqa: BLE001 - a zone of the user's may raise anything
            text = "%s could not look at its hours: what it holds stays so"
            say(ERROR, text, self.name, error=error)
            return None

    def _follow(self) -> None:
        """Hold what depends on it, or release it, as was seen last. Under the lock."""
        sight = self._sight
        if sight is None:
            self._schedule(_AGAIN)
            return
        is_open, now = sight.is_open, sight.now
        if is_open or (self._until is not None and self._until <= now):
            self._until = None
        is_held = self._holds.reason is not None
        if is_open or self._until is not None:
            if is_held:
                self._holds.release(0.0)
        else:
            self._holds.place(sight.reason)
        self._schedule(sight.until - now)

    def _schedule(self, left: float) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        if not self._holds.scopes:
            return
        when = clock() + min(max(left, 0.0), _LONGEST)
        if self._holds.reason is None:  # it need not outlive what depends on it
            self._alarm = timer.call_at(when, partial(_look_of, weakref.ref(self)))
        else:
            self._alarm = timer.call_at(when, self._look_again)

    def _begin_anew(self) -> None:
        self._holds.begin_anew()
        self._alarm = self._until = None

    def __repr__(self) -> str:
        """Say which hours, and where."""
        return f"<Window {self._text!r} in {self._zone}>"


def _look_of(reference: weakref.ref[Window]) -> None:
    window = reference()
    if window is not None:
        window._look_again()


def _zone(name: str) -> tzinfo:
    """Look a time zone up."""
    from zoneinfo import ZoneInfo  # noqa: PLC0415

    return ZoneInfo(name)
