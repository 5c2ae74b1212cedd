"""The outbox: events are delivered in their order, one at a time, and none stays behind."""

from __future__ import annotations

import threading
from contextvars import Context
from types import SimpleNamespace

import pytest
from core.fakes import QuietSeat, new_task
from core.janky import JankyLock
from helpers import until

from pausable import HoldPlaced
from pausable._core import outbox
from pausable._core.audience import emit
from pausable._core.decision import decide, leave, visit_to
from pausable._core.observer import Observer
from pausable._core.pool import Pool
from pausable._core.postponement import let_all_go
from pausable._core.retries import retries
from pausable._core.tree import Node
from pausable.scopes.attendance import current_task


@pytest.fixture
def state() -> Pool:
    """Make the state of a pool."""
    return Pool("pool", 1)


def heed(*callbacks):
    """Make observers of callbacks, as `observe` does; they are told the number of an event."""

    def observer(callback):
        told = lambda event: callback(event.hold)  # noqa: E731
        return Observer("pool", Context(), told, frozenset({HoldPlaced}))

    return tuple(map(observer, callbacks))


def tell(node, number: int) -> None:
    """Emit an event that can be told from others: it has a number where others have a hold."""
    emit(node, HoldPlaced, number)


def test_observers_above_hear_it_too(state):
    """An event of a group goes to the group's observers, then to those of the pool."""
    group, heard = Node("group", state, state.root), []
    state.root.audience.observers = heed(lambda each: heard.append(("pool", each)))
    group.audience.observers = heed(lambda each: heard.append(("group", each)))
    tell(group, 1)
    tell(state.root, 2)
    state.outbox.deliver()
    assert heard == [("group", 1), ("pool", 1), ("pool", 2)]


def test_what_an_observer_causes_comes_after_what_it_observes(state):
    """Deliveries are not nested: the second observer has heard the first event, then the second."""
    heard = []

    def cause(each):
        if each == 1:
            tell(state.root, 2)
            state.outbox.deliver()

    state.root.audience.observers = heed(cause, heard.append)
    tell(state.root, 1)
    state.outbox.deliver()
    assert heard == [1, 2]


@pytest.mark.parametrize("error", [ValueError, SystemExit])
def test_an_observer_that_raises_disturbs_nobody(state, caplog, error):
    """It is logged; the other observers, and the events after it, are not lost."""
    heard = []

    def fail(each):
        raise error("an observer's")

    state.root.audience.observers = heed(fail, heard.append)
    tell(state.root, 1)
    tell(state.root, 2)
    state.outbox.deliver()
    assert heard == [1, 2]
    assert caplog.text.count("an observer of 'pool' raised") == 2


def test_an_event_that_comes_when_the_deliverer_leaves_is_delivered(state):
    """The race that the module of the outbox narrates, in its steps."""
    heard = []
    state.root.audience.observers = heed(heard.append)
    state.outbox._delivering = delivering = JankyLock(state.outbox._delivering)

    def another_thread():  # 2. puts an event in, fails to get `_delivering`, and leaves
        tell(state.root, 2)
        state.outbox.deliver()
        assert heard == [1]

    delivering.before_release = [another_thread]  # 1. this one is about to let it go
    tell(state.root, 1)
    state.outbox.deliver()
    assert heard == [1, 2]  # 3. it has looked once more
    assert not state.outbox


def test_an_event_taken_by_another_in_between_is_not_waited_for(state):
    """Two threads see the same event; the one that comes second finds nothing, and leaves."""
    heard = []
    state.root.audience.observers = heed(heard.append)
    state.outbox._delivering = delivering = JankyLock(state.outbox._delivering)
    delivering.before_acquire = [state.outbox.deliver]
    tell(state.root, 1)
    state.outbox.deliver()
    assert heard == [1]


def test_observers_run_as_nobodys_task(state):
    """A worker's thread is not lent to observers; what they do is not its task's doing."""
    seat = QuietSeat()
    seat.task = new_task(state.root)
    heard = []
    state.root.audience.observers = heed(lambda each: heard.append(current_task()))
    seat.sit_down()
    try:
        tell(state.root, 1)
        state.outbox.deliver()
        until(lambda: heard == [None])
        assert current_task() is seat.task
    finally:
        seat.get_up()


def test_acting_wakes_first_and_tells_last(state):
    """Threads that can go on are not kept waiting by observers."""
    done = []

    class Sleeper(QuietSeat):
        def wake(self):
            done.append("woken")

    idle, new = Sleeper(), QuietSeat()
    new.is_new = True
    state.adapter = SimpleNamespace(hire=lambda seat: done.append("hired"))
    state.root.audience.observers = heed(lambda each: done.append("told"))
    tell(state.root, 1)
    visit = visit_to(state)
    visit.wakes, visit.seats = [Sleeper()], [idle, new]
    leave(visit)
    assert done == ["woken", "woken", "hired", "told"]


def test_events_of_many_threads_keep_each_threads_order(state):
    """Whoever delivers them, each is delivered once, in the order in which it was put in."""
    heard = []
    state.root.audience.observers = heed(heard.append)

    def emit(first):
        for number in range(first, first + 300):
            tell(state.root, number)
            state.outbox.deliver()

    threads = [threading.Thread(target=emit, args=(first,)) for first in (0, 1000, 2000)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    for first in (0, 1000, 2000):
        mine = [each for each in heard if first <= each < first + 1000]
        assert mine == list(range(first, first + 300))
    assert len(heard) == 900


class Refusal:
    """A `start_new_thread` that fails until it may not."""

    def __init__(self, real) -> None:
        """Begin to refuse."""
        self.real, self.refuses, self.asked = real, True, 0

    def __call__(self, *arguments):
        """Start a thread, or not."""
        self.asked += 1
        if self.refuses:
            message = "can't start new thread"
            raise RuntimeError(message)
        return self.real(*arguments)


def test_a_herald_that_cannot_start_loses_nothing(state, monkeypatch) -> None:
    """What was handed over stays, and whoever comes by delivers it, or tries again."""
    refusal = Refusal(outbox.start_new_thread)
    monkeypatch.setattr(outbox, "start_new_thread", refusal)
    heard = []
    state.root.audience.observers = heed(heard.append)
    seat = QuietSeat()
    seat.sit_down()
    try:
        tell(state.root, 1)
        state.outbox.deliver()
        assert (heard, refusal.asked) == ([], 1)
        refusal.refuses = False
        decide(Pool("another", 1), let_all_go)  # by a worker: it tries again
        until(lambda: heard == [1])
        refusal.refuses = True
        until(lambda: not state.outbox._is_herald_there)
        tell(state.root, 2)
        state.outbox.deliver()
    finally:
        seat.get_up()
    assert heard == [1]
    decide(Pool("another", 1), let_all_go)  # by a thread that may call others
    assert heard == [1, 2]


def test_who_cannot_hand_over_is_remembered_once(state, monkeypatch) -> None:
    """While no thread can start, nothing grows but what is to be delivered."""
    refusal = Refusal(outbox.start_new_thread)
    monkeypatch.setattr(outbox, "start_new_thread", refusal)
    heard = []
    state.root.audience.observers = heed(heard.append)
    seat = QuietSeat()
    seat.sit_down()
    try:
        for number in range(100):
            tell(state.root, number)
            decide(state, let_all_go)
        assert len(retries) == 1
        assert refusal.asked <= 200  # as it comes, and when it is tried again
    finally:
        seat.get_up()
    decide(state, let_all_go)
    assert heard == list(range(100))


class Struck(BaseException):
    """What another thread has sent here."""


@pytest.mark.parametrize("place", ["id", "wake", "start_new_thread"])
def test_who_is_struck_while_handing_over(state, monkeypatch, place) -> None:
    """At any call that he makes: it does not count as asked, and whoever comes by delivers it."""

    def strike(*_):
        raise Struck

    heard = []
    state.root.audience.observers = heed(heard.append)
    seat = QuietSeat()
    seat.sit_down()
    try:
        tell(state.root, 1)
        with monkeypatch.context() as patched, pytest.raises(Struck):
            if place == "wake":
                patched.setattr(state.outbox, "_parker", SimpleNamespace(wake=strike))
            else:
                patched.setattr(outbox, place, strike, raising=False)
            state.outbox.hand_over()
        tell(state.root, 2)
        state.outbox.hand_over()
        until(lambda: heard == [1, 2])
    finally:
        seat.get_up()
    until(lambda: not state.outbox._is_herald_there)
    decide(Pool("another", 1), let_all_go)
    assert not retries


def test_many_are_handed_over_to_one_herald(state, monkeypatch) -> None:
    """Whoever hands over finds the herald that another has called for: there is one thread."""
    refusal = Refusal(outbox.start_new_thread)
    refusal.refuses = False
    monkeypatch.setattr(outbox, "start_new_thread", refusal)
    heard, go = [], threading.Event()
    state.root.audience.observers = heed(lambda each: go.wait(20) and heard.append(each))
    seat = QuietSeat()
    seat.sit_down()
    try:
        for number in range(1000):
            tell(state.root, number)
            state.outbox.deliver()
    finally:
        seat.get_up()
        go.set()
    until(lambda: len(heard) == 1000)
    assert heard == list(range(1000))
    assert refusal.asked == 1
    until(lambda: not state.outbox._is_herald_there, what="the herald ends with its work")


def test_chores_do_not_wait_behind_what_blocks(state) -> None:
    """Wake-ups and alarms are not in the outbox: an observer that blocks does not hold them up."""
    entered, go, done = threading.Event(), threading.Event(), []

    def block(_: object) -> None:
        entered.set()
        assert go.wait(20)

    state.root.audience.observers = heed(block)
    tell(state.root, 1)
    thread = threading.Thread(target=state.outbox.deliver)
    thread.start()
    assert entered.wait(20)
    tell(state.root, 2)
    decide(state, lambda visit: visit.chores.append(lambda: done.append("woken")))
    assert done == ["woken"]
    go.set()
    thread.join(20)
