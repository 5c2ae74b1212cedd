"""The inheritance: what each pool has of the process, its holds and who observes it, from birth on.

There is no lock over pools. What a pool has of the process is derived from what is noted there, in
a visit to the pool (`follow`), which may be made at any time, by anybody, any number of times. Who
changes something notes it, and then has all pools follow, before the call returns; and a pool
follows before its constructor returns. So none is left behind:

    1. The maker M lists its pool among all (`welcome`). 2. The pauser P notes its hold.
    3. P lists all pools, finds M's, and has it follow. 4. M has it follow, too: nothing to do.

If 3 is before 1, so is 2, and M finds the hold in 4. And none is left held: the end of a hold is
noted before any pool is visited for it, and asked for under the pool's lock.

All pools have the holds of the process in the same order, so that of two tasks which pause it the
same one goes first everywhere.

Whatever exception comes between, all of it is done once more (`surely`): as in `decision`, two
`finally` do what was not done.
"""

from __future__ import annotations

from contextvars import Context
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from pausable._core.closure import place, release
from pausable._core.decision import decide
from pausable._core.end import end_holds
from pausable._core.gate import HoldRecord
from pausable._core.held import why_not_held
from pausable._core.observer import Observer, Recorder, kinds_of
from pausable._core.pace import end_pace
from pausable.scopes.adoption import adoption_of
from pausable.scopes.observation import begin_to_observe, end_to_observe, observer_of
from pausable.scopes.pools import note_pool
from pausable.scopes.process import HoldEnd, process
from pausable.scopes.timer import timer

if TYPE_CHECKING:
    from collections.abc import Callable

    from pausable._core.pool import Pool
    from pausable._core.tree import Node
    from pausable._core.visit import Visit
    from pausable.events import Kinds
    from pausable.scopes.process import ProcessHoldRecord

__all__ = [
    "bequeath",
    "decide_in_all",
    "farewell",
    "follow",
    "observe_all",
    "put_in_force",
    "record_all",
    "revoke",
    "surely",
    "welcome",
]

T = TypeVar("T")


# What is noted, and then followed.


def bequeath(change: Callable[[], T], comply: Callable[[Visit, Node], None] | None = None) -> T:
    """Change what is noted of the process, by what may be done again; have all pools comply."""

    def act() -> T:
        changed = change()
        decide_in_all(comply or follow)
        return changed

    try:
        return surely(act)
    finally:
        process.outbox.deliver()


def put_in_force(hold: ProcessHoldRecord) -> None:
    """Note a hold, and see to it that it expires, before anybody is told who may not come back."""
    process.add(hold)
    if hold.expires is not None and hold.alarm is None and not hold.has_ended():
        hold.alarm = timer.call_at(hold.expires, partial(_expire, hold))
        if hold.has_ended():  # before it had its alarm
            hold.alarm.cancel()


def _expire(hold: ProcessHoldRecord) -> None:
    revoke([hold], HoldEnd(hold.pace, expired=True))


def revoke(holds: list[ProcessHoldRecord], end: HoldEnd, *, hurries: bool = False) -> int:
    """End holds of the process, but those that others have ended; return how many.

    If it *hurries*, those tasks go at once that an earlier such call has let go one by one.
    """
    comply = follow_at_once if hurries else follow
    return bequeath(lambda: sum([process.end(hold, end) for hold in holds]), comply)


def observe_all(callback: Callable[[Any], object], kinds: Kinds | None) -> Callable[[], None]:
    """Call *callback* with the events of the process and of all pools; return what ends that."""
    observer = observer_of(process.name, callback, kinds)

    def begin() -> None:
        process.observers[observer] = None

    def end() -> None:
        process.observers.pop(observer, None)

    bequeath(begin)
    return partial(bequeath, end)


def record_all(kinds: Kinds, most: int) -> tuple[Recorder, Callable[[], None]]:
    """Record the events of the process and of all pools; return who does, and what ends that.

    Of what is not read, all but the last *most* events are lost.
    """
    recorder = Recorder(process.name, Context(), kinds_of(kinds), most)

    def begin() -> None:
        process.observers[recorder] = None

    def end() -> None:
        process.observers.pop(recorder, None)

    bequeath(begin)
    return recorder, partial(bequeath, end)


def surely(act: Callable[[], T]) -> T:
    """Do to its end what may be done again, whatever exception comes between."""
    done: list[T] = []
    try:
        try:
            done.append(act())
        finally:
            if not done:
                done.append(act())
    finally:
        if not done:
            done.append(act())
    return done[0]


def decide_in_all(decision: Callable[[Visit, Node], T]) -> list[tuple[Node, T | None]]:
    """Make a decision in each pool, and return what came of it; one that fails keeps no other.

    Raises:
        RuntimeError: in one of them a worker was called for, and no thread can be started.
    """
    answers, failure = [], None
    for root in process.roots():
        try:
            answers.append((root, decide(root.pool, decision, root)))
        except Exception as error:  # noqa: BLE001 - it is raised in the end
            failure = error
    if failure is not None:
        raise failure
    return answers


# What a pool has of it.


def welcome(pool: Pool) -> None:
    """List a pool that is just being made among all, and have it follow. Called by its adapter."""
    note_pool(pool)
    root = pool.root
    decide(pool, follow, root)


def farewell(pool: Pool, root: Node) -> None:
    """Let a pool go that is over, and has let go of its scope: nothing is left on it.

    If another thread just has it follow, at least one of them sees what the other has done.
    """
    if pool in process.kept or root.gate.holds:
        decide(pool, _bury, root)


def _bury(visit: Visit, root: Node) -> None:
    end_holds(visit, root)
    process.kept.pop(visit.pool, None)


def follow(visit: Visit, root: Node) -> None:
    """Have a pool comply with what is noted of the process. Any number of times."""
    visit.again = partial(follow, root=root)
    pool = visit.pool
    _follow_observers(visit, root)
    adoption = adoption_of(root)
    is_given_back = adoption is not None and adoption.is_given_back
    if not is_given_back and why_not_held(root) is None:
        for hold in process.in_force():
            _hold(visit, root, hold)
    its = process.kept.get(pool, {})
    for hold in tuple(its):
        if is_given_back or hold.has_ended():
            _let_go(visit, root, its[hold], hold.fate.get("end", HoldEnd()))
            del its[hold]
    if not its:
        process.kept.pop(pool, None)
    if pool.root is not root:  # it has gone meanwhile
        _bury(visit, root)


def _hold(visit: Visit, root: Node, hold: ProcessHoldRecord) -> None:
    """Have a pool held by a hold of its own, for one of the process."""
    its = process.kept.setdefault(visit.pool, {})
    if hold not in its:
        its[hold] = _own(hold)
    if its[hold] not in root.gate.holds:
        place(visit, root, its[hold])
        visit.error = None  # if it is just over, and none of its tasks needs to be held


def _own(hold: ProcessHoldRecord) -> HoldRecord:
    own = HoldRecord(
        hold.reason,
        hold.owner,
        hold.running,
        "process",
        hold.since,
        hold.placed_at,
        hold.duration,
        hold.spot,
    )
    own.above, own.placer = hold, hold.placer
    return own


def _let_go(visit: Visit, root: Node, own: HoldRecord, end: HoldEnd) -> None:
    own.pace = end.pace
    if own.placed and not own.is_over and own not in root.gate.holds:
        # An exception has hit its placing, and it ended before that was made once more: by the
        # timer, or by another thread. Who was told of the one is told of the other.
        place(visit, root, own)
        visit.error = None
    release(visit, root, own, end.pace, expired=end.expired)
    if root.slots.pace is not None and end.pace is not None:
        root.slots.pace.is_of_process = True


def follow_at_once(visit: Visit, root: Node) -> None:
    """Do as `follow`, and let those tasks go that a resume of the process lets go one by one."""
    follow(visit, root)
    if root.slots.pace is not None and root.slots.pace.is_of_process:
        end_pace(visit, root)


def _follow_observers(visit: Visit, root: Node) -> None:
    everybody = process.audience()
    _follow_recorders(visit, root, [each for each in everybody if isinstance(each, Recorder)])
    audience = tuple(each for each in everybody if not isinstance(each, Recorder))
    there = [each for each in root.audience.observers if isinstance(each, _Forward)]
    for each in there:
        if each.audience != audience:
            end_to_observe(visit, root, each)
    if audience and not any(each.audience == audience for each in there):
        begin_to_observe(visit, root, _Forward(audience))


def _follow_recorders(visit: Visit, root: Node, wanted: list[Recorder]) -> None:
    """Let the pool's facts go where all is recorded: of these the order is told by the time."""
    there = [each for each in root.audience.observers if isinstance(each, Recorder)]
    for each in there:
        if each not in wanted:
            end_to_observe(visit, root, each)
    for each in wanted:
        if each not in there:
            begin_to_observe(visit, root, each)


class _Forward(Observer):
    """Who observes a pool for those who observe all: another one when these are others."""

    __slots__ = ("audience",)

    def __init__(self, audience: tuple[Observer, ...]) -> None:
        """Hand on what one of these wants."""
        kinds = frozenset(kind for each in audience for kind in each.kinds)
        super().__init__(process.name, Context(), partial(process.forward, audience), kinds)
        self.audience = audience
