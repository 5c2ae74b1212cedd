"""The outbox: events are delivered in their order, one at a time, and none stays behind."""

from __future__ import annotations

import threading

import pytest
from core.fakes import new_seat, new_task
from core.janky import JankyLock

from pausable import TaskSubmitted
from pausable._core.attention import current_task
from pausable._core.nodes import Node
from pausable._core.state import PoolState, act


@pytest.fixture
def state() -> PoolState:
    """Make the state of a pool."""
    return PoolState("pool", 1)


def event(number: int) -> TaskSubmitted:
    """Make an event that can be told from others."""
    return TaskSubmitted("pool", float(number), f"task-{number}")


def test_observers_above_hear_it_too(state):
    """An event of a group goes to the group's observers, then to those of the pool."""
    group, heard = Node("group", state, state.root), []
    state.root.observers = (lambda each: heard.append(("pool", each)),)
    group.observers = (lambda each: heard.append(("group", each)),)
    state.emit(group, event(1))
    state.emit(state.root, event(2))
    state.deliver()
    assert heard == [("group", event(1)), ("pool", event(1)), ("pool", event(2))]


def test_what_an_observer_causes_comes_after_what_it_observes(state):
    """Deliveries are not nested: the second observer has heard the first event, then the second."""
    heard = []

    def cause(each):
        if each == event(1):
            state.emit(state.root, event(2))
            state.deliver()

    state.root.observers = (cause, heard.append)
    state.emit(state.root, event(1))
    state.deliver()
    assert heard == [event(1), event(2)]


@pytest.mark.parametrize("error", [ValueError, SystemExit])
def test_an_observer_that_raises_disturbs_nobody(state, caplog, error):
    """It is logged; the other observers, and the events after it, are not lost."""
    heard = []

    def fail(each):
        raise error("an observer's")

    state.root.observers = (fail, heard.append)
    state.emit(state.root, event(1))
    state.emit(state.root, event(2))
    state.deliver()
    assert heard == [event(1), event(2)]
    assert caplog.text.count("an observer of 'pool' raised") == 2


def test_an_event_that_comes_when_the_deliverer_leaves_is_delivered(state):
    """The race that `PoolState.deliver` narrates, in its steps."""
    heard = []
    state.root.observers = (heard.append,)
    state._delivering = delivering = JankyLock(state._delivering)

    def another_thread():  # 2. puts an event in, fails to get `_delivering`, and leaves
        state.emit(state.root, event(2))
        state.deliver()
        assert heard == [event(1)]

    delivering.before_release = [another_thread]  # 1. this one is about to let it go
    state.emit(state.root, event(1))
    state.deliver()
    assert heard == [event(1), event(2)]  # 3. it has looked once more
    assert not state.outbox


def test_an_event_taken_by_another_in_between_is_not_waited_for(state):
    """Two threads see the same event; the one that comes second finds nothing, and leaves."""
    heard = []
    state.root.observers = (heard.append,)
    state._delivering = delivering = JankyLock(state._delivering)
    delivering.before_acquire = [state.deliver]
    state.emit(state.root, event(1))
    state.deliver()
    assert heard == [event(1)]


def test_observers_run_as_nobodys_task(state):
    """The thread of a task that rests is lent to observers; what they do is not the task's doing."""
    seat = new_seat()
    seat.task = new_task(state.root)
    heard = []
    state.root.observers = (lambda each: heard.append(current_task()),)
    seat.sit_down()
    try:
        state.emit(state.root, event(1))
        state.deliver()
        assert heard == [None]
        assert current_task() is seat.task
    finally:
        seat.get_up()


def test_acting_wakes_first_and_tells_last(state):
    """Threads that can go on are not kept waiting by observers."""
    done = []

    class Sleeper:
        def wake(self):
            done.append("woken")

    idle, new = new_seat(), new_seat()
    idle.parker, new.is_new = Sleeper(), True
    state.hire = lambda seat: done.append("hired")
    state.root.observers = (lambda each: done.append("told"),)
    state.emit(state.root, event(1))
    act(state, [Sleeper()], [idle, new])
    assert done == ["woken", "woken", "hired", "told"]


def test_events_of_many_threads_keep_each_threads_order(state):
    """Whoever delivers them, each is delivered once, in the order in which it was put in."""
    heard = []
    state.root.observers = (heard.append,)

    def emit(first):
        for number in range(first, first + 300):
            state.emit(state.root, event(number))
            state.deliver()

    threads = [threading.Thread(target=emit, args=(first,)) for first in (0, 1000, 2000)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    for first in (0, 1000, 2000):
        mine = [each for each in heard if first <= each.at < first + 1000]
        assert mine == [event(number) for number in range(first, first + 300)]
    assert len(heard) == 900
