"""The adopted crew: the threads of a pool that the stdlib has made, as an adapter of ours.

It has no threads of its own and starts none: they are the stdlib's, and come and go as it likes. A
thread has a seat of ours only while a task of ours stands for what it does.
"""

from __future__ import annotations

import threading
import weakref
from concurrent.futures import thread as stdlib
from functools import partial
from queue import Empty
from typing import TYPE_CHECKING, Any

from pausable._core.attention import foreign, here
from pausable._core.closure import release
from pausable._core.decision import decide, look
from pausable._core.names import plain_text
from pausable._core.pool import Pool
from pausable._core.times import clock
from pausable.adopted.joiners import Joiners
from pausable.adopted.work_item import cancel, function_of, look_again
from pausable.adopted.worker import Brought
from pausable.scopes.adoption import Adoption
from pausable.scopes.future import new_future
from pausable.scopes.inheritance import follow, welcome
from pausable.scopes.pools import forget_pool, is_exiting, note_crew, strike_off
from pausable.scopes.preemption import enlist, is_wanted
from pausable.scopes.timer import timer
from pausable.threads.seat import ThreadSeat

if TYPE_CHECKING:
    from collections.abc import Callable

    from pausable._core.tree import Node
    from pausable._core.visit import Visit
    from pausable.adopted.witness import Witness
    from pausable.scopes.future import Future
    from pausable.scopes.timer import Alarm

__all__ = ["AdoptedCrew", "by_queue", "watched"]

by_queue: dict[int, AdoptedCrew] = {}
"""The adopted crews, by the ids of the queues that their workers take items out of."""

watched: set[AdoptedCrew] = set()
"""Those whose items are to be looked at before they run: something is held there, or was just now.

All that an item costs while nothing is held is a look at this set.
"""


class AdoptedCrew(Adoption):
    """The threads of a pool of the stdlib: its adapter, and who runs it."""

    initializer: Callable[..., object] | None = None
    initargs: tuple[Any, ...] = ()
    is_collected = False

    def __init__(self, executor: Any, take_stock: Callable[[], object]) -> None:
        """Adopt the pool of an executor; *take_stock* writes down what it runs."""
        self._executor = weakref.ref(executor)
        self._stdlibs: set[threading.Thread] = executor._threads
        self._take_stock = take_stock
        self.queue: Any = executor._work_queue
        self.witnesses: dict[Witness, Any] = {}  # those that may not be told
        name = plain_text(str(executor._thread_name_prefix))
        self.pool: Pool = Pool(name, executor._max_workers)
        root = self.pool.root
        root.rules.terms = self
        root.rules.is_preemptive = is_wanted("auto")
        self.pool.adapter = self
        self.pool.end.is_refusing = True  # what is submitted goes to its executor
        # That which has been working since before the exit goes on.
        self.pool.end.is_exiting = is_exiting() and not self.living()
        self.joiners: Joiners = Joiners(self)
        # Before the engine, which is to find what this writes down.
        self.pool.others.chasers = (self, self.joiners)
        if root.rules.is_preemptive:
            enlist(self.pool)
        by_queue[id(self.queue)] = self
        note_crew(self)
        welcome(self.pool)

    # What runs.

    def wake(self) -> None:
        """Look at all items from now on, and see who runs: somebody is to rest, or to stop."""
        if not self.is_given_back:
            watched.add(self)
            self._take_stock()

    def end_earlier(self, ident: int, item: Any) -> None:
        """Write down that what a thread had begun to end before it came to *item* is over.

        Nobody has said so yet: see `note_ends`, which may look too late.
        """
        seat = foreign.get(ident)
        if seat is None or seat.task is None:
            return
        look(self.pool, bool, seat)  # whoever is just writing it down has then done so
        for witness, earlier in tuple(self.witnesses.items()):
            if witness.seat is seat and earlier is not item:
                witness.conclude()
                self._forget_if_over(witness)

    def _forget_if_over(self, witness: Witness) -> None:
        if witness.task._p_ended_at is not None:  # else it has come to rest in the next call
            self.witnesses.pop(witness, None)

    def bring(self, item: Any) -> Brought:
        """Make the task that stands for an item that waits."""
        brought = Brought(item)
        brought.task = self.new_task(function_of(item), brought)
        return brought

    def new_task(self, function: Callable[..., Any], *args: Any) -> Future[Any]:
        """Make a task that stands for a call of a function."""
        task: Future[Any] = new_future(self.pool.root, function, args, None, None)
        task._p_number = next(self.pool.numbers.tasks)
        return task

    def note_ends(self) -> bool:
        """Find out what has ended and could not tell; say whether there is more that may not."""
        for witness, item in tuple(self.witnesses.items()):
            there = look_again(witness.seat.ident, item)
            if there is None:
                witness.conclude()
            elif there.is_certain:
                self.witnesses.pop(witness, None)
            self._forget_if_over(witness)
        if self._is_over():
            self.pool.root.queue.is_accepting = False
        return any(not witness.task._p_is_at_rest() for witness in tuple(self.witnesses))

    def _is_over(self) -> bool:
        return self.is_shut_down() and not self.living() and not self.pool.seats

    # The adoption.

    def is_shut_down(self) -> bool:
        """Say whether it takes no more calls."""
        executor = self._executor()
        return executor is None or bool(executor._shutdown or stdlib._shutdown)

    def backlog(self) -> int:
        """Count the calls in the queue that no worker has taken out."""
        executor = self._executor()
        wake_ups = int(executor is None or executor._shutdown)  # who wakes its workers puts None in
        if stdlib._shutdown:
            wake_ups += len(self.threads)
        size: int = self.queue.qsize()
        return max(size - wake_ups, 0)

    def drain(self, visit: Visit) -> int:
        """Take these calls out, to be cancelled after the visit; return how many there were."""
        found, wake_ups = 0, 0
        while True:
            try:
                item = self.queue.get_nowait()
            except Empty:
                break
            if item is None:
                wake_ups += 1
            else:
                found += 1
                visit.calls.append(partial(cancel, item))
        for _ in range(wake_ups):
            self.queue.put(None)
        return found

    def give_back(self) -> None:
        """Let the pool be the stdlib's alone: end all holds on it, and hold it no more."""
        self.is_given_back = True
        by_queue.pop(id(self.queue), None)
        watched.discard(self)
        self.joiners.leave()
        decide(self.pool, _end_all_holds, self.pool.root)
        strike_off(self)
        forget_pool(self.pool)

    # What those ask of it who wait for its end.

    @property
    def daemon(self) -> bool:
        """Whether we do not wait for it at the interpreter's exit: the stdlib does, or nobody.

        While it is held we do: the stdlib does not ask whether anybody can still resume.
        """
        threads = self.threads
        is_nobodys = bool(threads) and all(thread.daemon for thread in threads)
        return is_nobodys or not self.pool.root.gate.closed

    @property
    def threads(self) -> tuple[threading.Thread, ...]:
        """Its threads."""
        return tuple(self._stdlibs)

    def root(self) -> Node | None:
        """Return the scope of the pool, with all that runs; None if it was given back."""
        if self.is_given_back:
            return None
        self._take_stock()
        return self.pool.root

    def executor(self) -> object:
        """Return the executor, unless it is gone."""
        return self._executor()

    def join(self, deadline: float | None) -> bool:
        """Wait until its threads have ended, to *deadline* at most; say whether they have.

        At the exit they are told to end first, as the stdlib does when it comes to it.
        """
        if is_exiting():
            with stdlib._global_shutdown_lock:
                stdlib._shutdown = True
            self.queue.put(None)
        while threads := self.living():
            for thread in threads:
                thread.join(None if deadline is None else max(deadline - clock(), 0.0))
                if thread.is_alive():
                    return False
        self.pool.outbox.flush()
        return True

    def living(self) -> list[threading.Thread]:
        """List the threads that have not ended."""
        return [thread for thread in self.threads if thread.is_alive()]

    def forget_threads(self) -> None:
        """Start anew in a forked child, where none of the threads is."""
        self.witnesses.clear()

    def initializer_failed(self, _seat: object) -> None:
        """Do nothing: that is the stdlib's."""

    def dissolve_if_over(self) -> None:
        """Do nothing: it is over when its threads have ended."""

    # What the core asks of an adapter.

    def broken(self, why: str) -> stdlib.BrokenThreadPool:
        """Return the error of a broken pool."""
        return stdlib.BrokenThreadPool(why)

    def left(self, seat: ThreadSeat) -> None:
        """Forget a thread for which no task stands any more."""
        if seat.ident == threading.get_ident():
            here.seat = None
            foreign.pop(seat.ident, None)

    def new_seat(self) -> ThreadSeat:
        """Make a seat that nobody takes: the stdlib starts its threads itself."""
        return ThreadSeat()

    def hire(self, seat: Any) -> None:
        """Do not: whoever is to come comes by himself."""
        look(self.pool, self.pool.seats.called.pop, seat, None)

    def decide_later(self, delay: float, decision: Callable[..., object], *args: object) -> Alarm:
        """Have a decision made on the pool in *delay* seconds."""
        return timer.call_at(clock() + delay, partial(decide, self.pool, decision, *args))


def _end_all_holds(visit: Visit, root: Node) -> None:
    follow(visit, root)
    for hold in tuple(root.gate.holds):
        release(visit, root, hold)
    tasks = [*visit.pool.seats.tasks(), *root.queue, *root.queue.aside]
    for task in tasks:
        for hold in tuple(task._p_gate.holds) if task._p_gate is not root.gate else ():
            release(visit, task, hold)
