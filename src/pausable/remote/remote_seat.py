"""The seat of a worker: its tasks run on one thread of its own, and rest by asking the parent.

The core runs here as it does everywhere, with a pool of one seat that nobody else sees. Its gate is
the byte of the board that the parent raises: that is what "closed" is here. A task that comes to a
checkpoint under it rests, as on any thread, but does not park: it asks the parent, and goes on when
that has answered. By then the parent has lowered the byte, or it asks again.

The parent also has the worker look when it has raised the byte: in a process by a signal, in an
interpreter by a word to a thread there. Who looks wakes the task where it sleeps, and the
preemptive engine, and notes where the task is.

    1. The parent raises the byte. 2. The worker, which has been told to go on before, looks at the
    byte once more on its way back into the task (`_rest_once`), and asks again. Had it looked
    before 1, it is told to look after that, while the task runs: the engine sees it.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from pausable._core.attention import attention, current
from pausable._core.decision import decide, look
from pausable._core.frames import entries
from pausable._core.locations import location_of
from pausable._core.pool import Pool
from pausable._core.rest import force_back
from pausable._core.states import RUNNING
from pausable._core.stop import request_stop
from pausable._core.task import rest_of
from pausable._core.times import clock
from pausable.remote.parlance import ASK, QUIET, STIR, STOP
from pausable.scopes import attendance
from pausable.scopes.preemption import enlist
from pausable.scopes.remote_task import RemoteTask
from pausable.scopes.timer import timer
from pausable.threads.seat import ThreadSeat

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from pausable._core.task import Task
    from pausable._core.visit import Visit
    from pausable.remote.board import Board
    from pausable.remote.parlance import Courier
    from pausable.scopes.timer import Alarm
    from pausable.snapshots import Location

__all__ = ["RemoteSeat"]

_GONE = "its pool is not there any more"


class _Alone:
    """The adapter of the pool of one seat: no task is queued there, and none handed over."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def decide_later(self, delay: float, decision: Callable[..., object], *args: object) -> Alarm:
        """Have a decision made by the timer: the signal has come while the pool was looked at."""
        return timer.call_at(clock() + delay, partial(decide, self._pool, decision, *args))


class RemoteSeat(ThreadSeat):
    """Where the tasks of a worker run, one after the other. All on one thread, but for `look`."""

    __slots__ = ("board", "channel", "is_noted", "owed", "pool")

    has_guests = False

    def __init__(self, channel: Courier, board: Board, name: str) -> None:
        """Sit down: from here on this is where tasks of this worker find themselves."""
        super().__init__()
        self.channel: Courier = channel
        self.board: Board = board
        self.owed: int = 0  # answers that nobody has waited for to the end
        self.is_noted: bool = False  # where a task is, or is about to be; see `hear_ring`
        self.pool: Pool = Pool(name, 1)
        self.pool.adapter = _Alone(self.pool)  # type: ignore[assignment]
        self.pool.seats.add(self)
        gate: Any = self.pool.root.gate
        gate.closed = gate.closed_to_running = board.asked
        attendance.flag = board.either
        attention.show(board.own)
        self.sit_down()
        self.is_ready = True

    def run(self, call: tuple[Any, ...]) -> Any:
        """Run a call as a task, and return what it returns."""
        fn, args, kwargs, label, number, is_preemptive = call
        task: Any = RemoteTask()
        task._p_node, task._p_gate = self.pool.root, self.pool.root.gate
        task._p_fn, task._p_label, task._p_number = fn, label, number
        task._p_seat, task._p_started_at, task._state = self, clock(), RUNNING
        if is_preemptive:
            rest_of(task).is_preemptive = True
            enlist(self.pool)
        slots = self.pool.root.slots
        slots.taken = slots.active = 1
        if self.is_noted:
            self.is_noted = False
            look(self.pool, self._note, None, None)
        self.task: Any = task
        current.set(task)
        try:
            if attendance.flag:  # paused since the parent has sent it: not a line of it runs
                attendance.checkpoint()
            return _call(fn, args, kwargs)
        finally:
            task._p_ended_at = clock()
            task._p_forget_call()
            self.task = None
            current.set(None)
            if attention:
                attention.discard(task)
            del call, fn, args, kwargs, task

    def stay(self, task: Task, first: Callable[[], object] | None = None) -> None:
        """Ask the parent whether the task, which is at rest, may go on."""
        answer = b""
        try:
            if first is not None:
                first()
            answer = self._ask(ASK)
        finally:
            decide(self.pool, force_back, task)
        self._heed(answer, task)

    def fall_quiet(self) -> None:
        """Tell the parent, which counts the task as at rest from now on."""
        with suppress(OSError):  # it has ended; that is seen when it is asked
            self.channel.send_bytes(QUIET)

    def stir(self) -> None:
        """Pass the gate of the parent on the way out of a quiet block."""
        task = self.task
        self._heed(self._ask(STIR), task)

    def _ask(self, word: bytes) -> bytes:
        """Ask the parent, and wait for its answer. An exception may end the wait: it comes yet."""
        self.is_noted = True
        look(self.pool, self._note, self.task, location_of(sys._getframe()))
        try:
            self.owed += 1
            self.channel.send_bytes(word)
            answer = b""
            while self.owed:
                answer = self.channel.recv_bytes()
                self.owed -= 1
        except (EOFError, OSError):
            return STOP + _GONE.encode()
        return answer

    def _heed(self, answer: bytes, task: Task) -> None:
        if answer[:1] == STOP:
            decide(self.pool, request_stop, task, answer[1:].decode())

    def hear_ring(self, frame: FrameType | None) -> None:
        """Note where the task is; if it is to ask, wake it, or who goes after it.

        On its thread, which the parent may have interrupted, or on one that is there for this. What
        that notes is not taken for the place of the next task:

        1. It says that something is noted (`is_noted`), and then looks which task is there. 2. That
        ends, and `run`, which has the next one, looks whether something is noted. If it sees that,
        it wipes it out, under the lock. If not, then 1 came later, and finds the next task.
        """
        self.is_noted = True  # first
        task = self.task
        if task is None or self.owed:  # it has just said where it is
            return
        with suppress(RecursionError):  # there may be little room left on the stack
            look(self.pool, self._note, task, location_of(frame))
            if self.board.asked:
                decide(self.pool, _rouse, task)

    def _note(self, task: Task | None, place: Location | None) -> None:
        """Write down where the task is, if it is this one. Under the lock: two threads may."""
        if self.task is task:
            self.board.note(place)


def _rouse(visit: Visit, task: Task) -> None:
    sleeper = visit.pool.root.resters.sleepers.get(task)
    if sleeper is not None:
        visit.wakes.append(sleeper)
    visit.wakes.extend(visit.pool.others.chasers)


def _call(fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    return fn(*args, **kwargs)


# The second one asks before the first line of the task.
entries += (_call.__code__, RemoteSeat.run.__code__)
