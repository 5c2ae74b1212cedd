"""The joint hold: what one party holds as one, scopes and single tasks of whatever pools.

It has a lock, which is its party's, too: that protects what is here, and what the party decides by
(the machine of a guard). All of it is changed in one way, `decide`: the lock is taken, the decision
made, and what follows from it; then, outside the lock, what is to be done is done.

The order of the locks: first this one, below it those of pools, one at a time; never the other way
round. So a signal handler or a finalizer, which may have interrupted its thread under the lock of a
pool, has the timer's thread decide (`anywhere`). While the lock is held nothing of users is
called, and nobody is woken: visits that are made to pools are left afterwards, by the same thread.

An exception may hit any line, as in `decision`. What was decided is done on the way out. What is
known of holds is put right by whoever decides next, for whom what follows is made once more: that
is the timer's thread, a moment later, if nobody comes before.
"""

from __future__ import annotations

from _thread import RLock
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from pausable._core.closure import place, release
from pausable._core.decision import leave, make, visit_to
from pausable._core.gate import HoldRecord
from pausable._core.grip import let_go, under
from pausable._core.held import holds_on
from pausable._core.interruption import is_interrupted
from pausable._core.names import plain_text
from pausable._core.states import DONE
from pausable._core.times import clock, wall_clock
from pausable._core.tree import Node
from pausable.scopes.common_log import ERROR, deliver_lines, is_logged, note, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from pausable._core.held import Held
    from pausable._core.pool import Pool
    from pausable._core.ports import Guarding
    from pausable._core.task import Task
    from pausable._core.visit import Visit
    from pausable.scopes.gated import Gated
    from pausable.scopes.timer import Timer

__all__ = ["SOON", "JointHold"]

T = TypeVar("T")

SOON = 0.1  # seconds, after which something that has gone wrong is tried again


class JointHold:
    """The scopes that one party holds when it holds, and tasks that it holds beside them."""

    def __init__(
        self,
        name: str,
        follow: Callable[[], object],
        look: Callable[[], object],
        timer: Timer,
    ) -> None:
        """Hold nothing yet, for the guard of this *name*.

        *follow* is called after each decision, under the lock, also after one that has failed: it
        makes what follows from it, any number of times. *look* is called on the thread of *timer*
        after one that has failed: it looks again, by a decision of its own.
        """
        self.name: str = plain_text(name)
        self._follow = follow
        self._look = look
        self._timer = timer
        # Weak, but for the nodes: what is held keeps who holds it, not the other way round.
        self.scopes: dict[Node, Callable[[], Gated | None]] = {}
        self.begin_anew()

    def begin_anew(self) -> None:
        """Hold nothing: in a forked child nothing is held, and the lock may be somebody's."""
        self.lock: RLock = RLock()  # re-entrant, since finalizers run anywhere
        # Says whether the calling thread is in the midst of a decision.
        self.is_deciding: Callable[[], bool] = self.lock._is_owned  # type: ignore[attr-defined]
        self.reason: str | None = None  # why all are held; None if they are not
        # Held until all are released; on their own only where no scope of theirs is.
        self.tasks: dict[Task, None] = {}
        # Scopes and tasks that are to be held with the others, and are not yet.
        self.unheld: dict[Held, None] = dict.fromkeys(self.scopes)
        self.todo: deque[Callable[[], object]] = deque()  # of the decision that is being made
        self._is_whole = True  # no exception has come between the lines of one
        self._records: dict[Held, HoldRecord] = {}  # those in force
        self._kept: dict[Node, Gated] = {}  # while they are held, as a `Hold` keeps what it holds

    # To decide.

    def decide(self, decision: Callable[..., T], *args: Any) -> T:
        """Make a decision and what follows from it, then do what is to be done; return its answer.

        Blocks while another thread decides. Not for signal handlers; a finalizer that has
        interrupted a decision of its own thread leaves to the timer's what is to be done.
        """
        if self.is_deciding():
            return self._decide_within(decision, *args)
        todo: deque[Callable[[], object]] = deque()
        try:
            try:
                try:
                    return self._make(todo, decision, *args)
                finally:
                    if todo or self.is_deciding():
                        self._leave(todo)
            finally:
                if todo:  # what the first was kept from, as in `decision.through`
                    self._leave(todo)
        except BaseException:
            self._timer.call_at(clock() + SOON, self._look)
            raise

    def _make(self, todo: deque[Callable[[], object]], decision: Callable[..., T], *args: Any) -> T:
        with self.lock:
            if not self._is_whole:
                self._mend()
            self._is_whole, self.todo = False, todo
            try:
                self._forget_over()
                answer = decision(*args)
            finally:
                self._follow()
            self._is_whole = True
        return answer

    def _decide_within(self, decision: Callable[..., T], *args: Any) -> T:
        outer, self.todo = self.todo, deque()
        try:
            try:
                return decision(*args)
            finally:
                self._follow()
        finally:
            self._timer.call_at(clock(), partial(self._leave, self.todo))
            self.todo = outer

    def _leave(self, todo: deque[Callable[[], object]]) -> None:
        """Do what is to be done, outside the lock. To do a thing twice is harmless."""
        if self.is_deciding():  # an exception came before `with` could see to it: see `grip`
            let_go(self.lock)
        while todo:
            try:
                todo[0]()
            except Exception as error:  # noqa: BLE001 - it keeps nothing else from being done
                text = "guard %r: something that was to be done has failed"
                say(ERROR, text, self.name, error=error)
            todo.popleft()

    def refresh(self) -> None:
        """Decide nothing: what follows is made once more."""
        self.decide(_nothing)

    def anywhere(self, call: Callable[[], object]) -> None:
        """Make a call that decides; in a signal handler or a finalizer, on the timer's thread."""
        if is_interrupted():
            self._timer.call_at(clock(), call)
        else:
            call()

    def ask(self, question: Callable[..., T], *args: Any) -> T:
        """Ask something under the lock, from which nothing follows."""
        return under(self.lock, question, *args)

    def visit(self, pool: Pool, decision: Callable[..., T], *args: Any) -> T:
        """Make a decision in a visit to a pool, as part of one of ours; it is left afterwards."""
        visit = visit_to(pool)
        self.todo.append(partial(leave, visit))
        return make(visit, decision, *args)

    def say(self, level: int, text: str, *args: object) -> None:
        """Leave a line for the log, as part of a decision."""
        if is_logged(level):
            note(level, text, *args)
            self.todo.append(deliver_lines)

    # What there is to hold.

    def add(self, scope: Gated, guard: Guarding) -> None:
        """Hold *scope* with the others. It keeps its *guard*; idempotent."""
        node = scope._p_node
        if not any(each is guard for each in node.rules.guards):
            node.rules.guards = (*node.rules.guards, guard)
        if node not in self.scopes:
            self.scopes[node] = scope._p_reference()
            self.unheld[node] = None

    def living(self) -> list[Gated]:
        """List the scopes of which something is left."""
        found = [find() for node, find in self.scopes.items() if _is_there(node)]
        return [scope for scope in found if scope is not None]

    def names(self) -> tuple[str, ...]:
        """Name the scopes."""
        return tuple(scope._p_node.name for scope in self.living())

    def tasks_alone(self) -> list[Task]:
        """List the tasks that are held on their own."""
        return [task for task in self.tasks if task in self._records]

    def records(self) -> list[HoldRecord]:
        """List the holds that are in force."""
        return list(self._records.values())

    def _forget_over(self) -> None:
        for node, find in tuple(self.scopes.items()):
            if not _is_there(node) or find() is None:
                del self.scopes[node]
                self._kept.pop(node, None)
                self.unheld.pop(node, None)
        for task in [task for task in self.tasks if task._state in DONE]:
            self._records.pop(task, None)
            del self.tasks[task]

    # To hold it.

    def place(self, reason: str) -> None:
        """Hold all that is not held; *reason* counts for the first."""
        self.reason = self.reason or reason
        while self.unheld:
            held = next(iter(self.unheld))
            if isinstance(held, Node):
                del self.unheld[held]
                self._place_on_scope(held)
            else:
                self.tasks[held] = None
                del self.unheld[held]
                self._place_on_task(held)

    def _place_on_scope(self, node: Node) -> None:
        scope = self.scopes[node]()
        if scope is not None:
            self._kept[node] = scope
            self._place(node, node)

    def _place_on_task(self, task: Task) -> None:
        """Hold a task on its own, where neither its scope is held nor one above."""
        node: Node = task._p_node
        if task in self._records or node in self._kept:
            return
        if self._kept.keys().isdisjoint(node.path()):
            self._place(node, task)

    def _place(self, node: Node, held: Held) -> None:
        owner = f"guard {self.name}"
        record = HoldRecord(str(self.reason), owner, "rest", "guard", clock(), wall_clock())
        self._records[held] = record  # it is known before it is there: none is left behind
        self.visit(node.pool, place, held, record)
        if not record.placed:  # it is over
            del self._records[held]

    def _mend(self) -> None:
        """Make anew what is held and what is not: an exception came between.

        It may have torn a visit to a pool that was to be held, and whoever was hit may not have
        come to put that right. So it is made to its end first, or its hold would be nobody's.
        """
        for pool in {
            (held if isinstance(held, Node) else held._p_node).pool for held in self._records
        }:
            self.visit(pool, _nothing)
        for held, record in tuple(self._records.items()):
            if record not in holds_on(held):
                del self._records[held]
        every: tuple[Held, ...] = (*self.scopes, *self.tasks)
        self.unheld = {each: None for each in every if each not in self._records}

    def release(self, stagger: float) -> None:
        """Release all; with *stagger*, tasks go one by one, so many seconds apart."""
        alone = 0  # tasks that no scope's pace lets go
        while self._records:  # whatever happens on the way, what is held is known still
            held, record = next(reversed(self._records.items()))
            node: Node = held if isinstance(held, Node) else held._p_node
            pace = (stagger, 0.0) if stagger and node is held else None
            if stagger and node is not held and self._kept.keys().isdisjoint(node.path()):
                alone += 1
            if alone > 1:
                later = (alone - 1) * stagger
                node.pool.adapter.decide_later(later, release, held, record)
            else:
                self.visit(node.pool, release, held, record, pace)
            del self._records[held]
        self.unheld = dict.fromkeys(self.scopes)
        self.tasks.clear()
        kept, self._kept = self._kept, {}
        self.todo.append(kept.clear)  # outside the lock: executors may be finalized
        self.reason = None


def _nothing(*_: Visit) -> None: ...


def _is_there(node: Node) -> bool:
    return node.queue.is_accepting or bool(node.unfinished())
