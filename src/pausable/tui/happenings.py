"""The happenings: the rare events of all programs, exactly, one on a line."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from textual.widgets import RichLog

from pausable.control.words import event, is_an_echo

if TYPE_CHECKING:
    from pausable.control.link import Link
    from pausable.control.mirror import Mirror

__all__ = ["Happenings"]

_LINES = 1000


class Happenings(RichLog):
    """Lists holds, stops, faults and the like as they come."""

    def __init__(self) -> None:
        """Begin with none."""
        super().__init__(max_lines=_LINES, wrap=True)
        self._listed: WeakKeyDictionary[Mirror, int] = WeakKeyDictionary()  # how many of each

    def renew(self, link: Link) -> None:
        """Add what a link has been told since."""
        with link.lock:
            mirror = link.mirror
            count = mirror.told - self._listed.get(mirror, 0)
            new = list(mirror.events)[-count:] if count else []
            self._listed[mirror] = mirror.told
        for each in new:
            if not is_an_echo(each):
                at = time.strftime("%H:%M:%S", time.localtime(each["at"]))
                self.write(f"{at}  {link.name} ({link.pid}): {event(each)}", expand=True)
