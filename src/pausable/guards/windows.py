"""The window: a guard that lets a pool or group run only at certain hours."""

from __future__ import annotations

import weakref
from datetime import datetime, tzinfo
from functools import partial
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from pausable._core.times import clock, wall_clock
from pausable.guards.calendar import look, parse
from pausable.guards.keeper import Keeper, logger
from pausable.threads.timer import timer

if TYPE_CHECKING:
    from collections.abc import Callable

    from pausable.threads.timer import Alarm

    Todo = list[Callable[[], object]]

__all__ = ["Window"]

_LONGEST = 3600.0  # between two looks, so that a clock that was set is noticed


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
        """
        if not isinstance(hours, str):
            msg = f"hours must be text like 'mon-fri 20:00-06:00', not {hours!r}"
            raise TypeError(msg)
        if not isinstance(tz, (str, tzinfo)):
            msg = f"tz must be the name of a time zone, or a tzinfo, not {tz!r}"
            raise TypeError(msg)
        self._hours = parse(hours)
        self._text = hours
        self._zone: tzinfo = ZoneInfo(tz) if isinstance(tz, str) else tz
        super().__init__(name or f"window {hours}")
        self._now: Callable[[], float] = wall_clock
        self._until: float | None = None  # overridden till then
        self._alarm: Alarm | None = None

    def is_open(self) -> bool:
        """Say whether it is within the hours now."""
        return look(self._hours, self._now(), self._zone)[0]

    def override(self) -> bool:
        """Release all till the hours begin; false if nothing is held. Logged."""
        if not self.is_tripped():
            return False
        self._change(self._override)
        logger.warning("%s was overridden by hand", self.name)
        return True

    def _override(self, _todo: Todo) -> None:
        self._until = look(self._hours, self._now(), self._zone)[1]

    def _follow(self, todo: Todo) -> None:
        now = self._now()
        is_open, until = look(self._hours, now, self._zone)
        if is_open or (self._until is not None and self._until <= now):
            self._until = None
        is_held = self._dependents.reason is not None
        if is_open or self._until is not None:
            if is_held:
                self._dependents.release(0.0, todo)
        elif not is_held:
            shown = datetime.fromtimestamp(until, self._zone)
            self._dependents.hold(f"outside {self._text} until {shown:%a %d %b %H:%M}", todo)
        self._schedule(until - now)

    def _schedule(self, left: float) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        if not self._dependents.scopes():
            return
        when = clock() + min(max(left, 0.0), _LONGEST)
        if self._dependents.reason is None:  # it need not outlive what depends on it
            self._alarm = timer.call_at(when, partial(_look_of, weakref.ref(self)))
        else:
            self._alarm = timer.call_at(when, partial(_look, self))

    def _begin_anew(self) -> None:
        super()._begin_anew()
        self._alarm = self._until = None

    def __repr__(self) -> str:
        """Say which hours, and where."""
        return f"<Window {self._text!r} in {self._zone}>"


def _look(window: Window) -> None:
    window.look_around()


def _look_of(reference: weakref.ref[Window]) -> None:
    window = reference()
    if window is not None:
        _look(window)
