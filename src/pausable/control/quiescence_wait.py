"""The wait of a pause: its reply is sent when nothing of what is held runs, or time is up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable.scopes.notice import QuiescenceNotice

if TYPE_CHECKING:
    from collections.abc import Callable

    from pausable._core.ports import Wakeable
    from pausable.control.replies import Reply
    from pausable.scopes.hold import Hold

__all__ = ["QuiescenceWait"]


class QuiescenceWait:
    """What is waited for, and how to say what came of it. The time is an argument."""

    __slots__ = ("_notices", "_reply", "deadline")

    def __init__(
        self, holds: list[Hold], waker: Wakeable, deadline: float, reply: Callable[[bool], Reply]
    ) -> None:
        """Have *waker* woken when it may be over; *reply* is told whether all is quiescent then."""
        self.deadline: float = deadline
        self._reply = reply
        self._notices = [QuiescenceNotice(hold, waker) for hold in holds]

    def reply_at(self, now: float) -> Reply | None:
        """Return the reply, if it is time for it."""
        if now < self.deadline and not all(each.is_over() for each in self._notices):
            return None
        self.cancel()
        return self._reply(all(each.is_over() and each.is_quiescent() for each in self._notices))

    def cancel(self) -> None:
        """Be told no more. Idempotent."""
        for each in self._notices:
            each.cancel()
