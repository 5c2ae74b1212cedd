"""The request: what a user gives with a pause, a resume or a stop is checked, and then decided."""

from __future__ import annotations

import threading
import weakref
from typing import TYPE_CHECKING, TypeVar

from pausable._core.attention import own_task
from pausable._core.closure import place
from pausable._core.decision import decide
from pausable._core.gate import HoldRecord
from pausable._core.held import name_of
from pausable._core.interruption import is_owned
from pausable._core.locations import calling
from pausable._core.names import plain_text
from pausable._core.times import clock, wall_clock
from pausable.scopes.force import check_freezes
from pausable.scopes.hold import Hold
from pausable.scopes.numbers import optional_seconds
from pausable.scopes.outpost import await_outposts
from pausable.scopes.release import chosen, end_pauses, expected

if TYPE_CHECKING:
    from pausable._core.held import Held
    from pausable._core.pool import Pool
    from pausable._core.tree import Node
    from pausable.snapshots import Running

__all__ = ["check_reason", "checked_pace", "new_record", "own_pace", "pause", "resume"]

R = TypeVar("R", bound=HoldRecord)


def pause(
    scope: object,
    node: Node,
    held: Held,
    reason: str,
    running: Running,
    duration: float | None,
    timeout: float | None,
    owner: str | None,
    *,
    stagger: float | None = None,
    jitter: float | None = None,
) -> Hold:
    """Place a hold on *scope*, of which *held* is what the core knows, of *node* or that itself."""
    record = new_record(HoldRecord, reason, running, duration, owner, node.pool)
    if stagger is not None or jitter is not None:
        record.pace = own_pace(stagger, jitter, duration)
    limit = optional_seconds("timeout", timeout) if timeout is not None else None
    decide(node.pool, place, held, record)
    if node.pool.others.annexes:
        await_outposts(node)
    return Hold(scope, node, held, record, limit)


def resume(node: Node, held: Held, hold: Hold | None, pace: tuple[float, float] | None) -> int:
    """Release the holds that `pause` placed on *held*, or just *hold*; return how many.

    With *pace*, its tasks then go one by one; without, an earlier pace ends.
    """
    record, pool = None if hold is None else _record_of(held, hold), node.pool
    to_end = chosen(expected(held), record) if is_owned(pool.lock) else []
    released = decide(pool, end_pauses, held, record, pace)
    if pool.others.annexes:
        await_outposts(node)
    return len(to_end) if released is None else released


def _record_of(held: Held, hold: Hold) -> HoldRecord:
    if not isinstance(hold, Hold):
        msg = f"resume() takes a Hold that pause() returned, not {hold!r}"
        raise TypeError(msg)
    if getattr(hold, "_held", None) is not held:  # the process has none
        name = name_of(held)
        msg = f"this hold belongs to {hold.scope!r}, not to {name!r}: use hold.release()"
        raise ValueError(msg)
    return hold._record


def new_record(
    kind: type[R],
    reason: str,
    running: Running,
    duration: float | None,
    owner: str | None,
    pool: Pool | None = None,
) -> R:
    """Check what a user gave, and make a hold of it that begins now; it is not in force yet.

    On *pool*, or on all if there is none.
    """
    if type(reason) is not str or not reason.isascii():
        reason = check_reason(reason)
    if running not in ("rest", "finish", "freeze"):
        msg = f"running must be 'rest', 'finish' or 'freeze', not {running!r}"
        raise ValueError(msg)
    if running == "freeze":
        check_freezes(pool)
    if owner is not None and not isinstance(owner, str):
        msg = f"owner must be text, not {owner!r}"
        raise TypeError(msg)
    given = None if owner is None else _plain(owner)
    by = given or _plain(threading.current_thread().name)
    me = own_task()
    if me is not None and not given:
        by += f" ({me._p_name})"
    if duration is not None:
        duration = optional_seconds("duration", duration)
    record = kind(reason, by, running, "pause", clock(), wall_clock(), duration, calling())
    if me is not None:
        record.placer = weakref.ref(me)
    return record


def _plain(text: str) -> str:
    """Return *text*, which is plain mostly, as plain text."""
    return text if type(text) is str and text.isascii() else plain_text(text)


def checked_pace(stagger: float | None, jitter: float | None) -> tuple[float, float] | None:
    """Return how many seconds apart tasks are to go, and how many more at most; None for at once.

    Raises:
        TypeError: one is no number.
        ValueError: one is negative or NaN.
    """
    interval = optional_seconds("stagger", stagger) or 0.0
    spread = optional_seconds("jitter", jitter) or 0.0
    return (interval, spread) if interval or spread else None


def own_pace(
    stagger: float | None, jitter: float | None, duration: float | None
) -> tuple[float, float] | None:
    """Return the pace with which a hold of that *duration* ends by itself; see `checked_pace`.

    Raises:
        ValueError: it never ends by itself.
    """
    pace = checked_pace(stagger, jitter)
    if pace is not None and duration is None:
        msg = "stagger is for a hold that ends by itself: give a duration, or resume(stagger=...)"
        raise ValueError(msg)
    return pace


def check_reason(reason: object) -> str:
    """Return *reason* as plain text; raise if it is no text."""
    if not isinstance(reason, str):
        msg = f"a reason must be text, not {reason!r}"
        raise TypeError(msg)
    return plain_text(reason)
