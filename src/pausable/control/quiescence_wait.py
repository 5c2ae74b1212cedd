"""The wait of a pause: its reply is sent when nothing of what is held runs, or time is up.

Or, where nobody waits for that, when the tasks that are elsewhere do not start any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable._core.decision import decide
from pausable._core.waiters import Waiter, delist, enlist
from pausable.scopes.notice import QuiescenceNotice

if TYPE_CHECKING:
    from collections.abc import Callable

    from pausable._core.ports import Wakeable
    from pausable._core.visit import Visit
    from pausable.control.replies import Reply
    from pausable.scopes.hold import Hold
    from pausable.scopes.outpost import Outpost

__all__ = ["AnswerWait", "QuiescenceWait"]


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


class AnswerWait:
    """What is waited for until outposts have passed a pause on, and how to say so then."""

    __slots__ = ("_reply", "_waiters", "deadline")

    def __init__(
        self,
        outposts: list[Outpost],
        waker: Wakeable,
        deadline: float,
        reply: Callable[[], Reply],
    ) -> None:
        """Have *waker* woken when each has passed on what it is held by, or could not."""
        self.deadline: float = deadline
        self._reply = reply
        self._waiters = [(each, Waiter(_fact(each), waker)) for each in outposts]
        for each, waiter in self._waiters:
            decide(each.host.pool, enlist, each.host, waiter)

    def reply_at(self, now: float) -> Reply | None:
        """Return the reply, if it is time for it."""
        if now < self.deadline and not all(waiter.was_true for _, waiter in self._waiters):
            return None
        self.cancel()
        return self._reply()

    def cancel(self) -> None:
        """Be told no more. Idempotent."""
        for each, waiter in self._waiters:
            if not waiter.was_true:
                decide(each.host.pool, delist, each.host, waiter)


def _fact(outpost: Outpost) -> Callable[[Visit], bool]:
    return lambda _visit: outpost.is_settled()
