"""The parker: wake-ups are kept, and do not add up."""

from __future__ import annotations

import threading

from pausable._core.attention import here
from pausable._core.parker import Parker
from pausable.threads.seat import ThreadSeat


def test_a_wake_up_that_comes_first_is_not_lost():
    """Whoever parks after it goes on at once."""
    parker = Parker()
    parker.wake()
    assert parker.park(timeout=10)


def test_wake_ups_do_not_add_up():
    """Three are as good as one: the second park waits."""
    parker = Parker()
    for _ in range(3):
        parker.wake()
    assert parker.park(timeout=10)
    assert not parker.park(timeout=0)


def test_time_can_run_out():
    """Without a wake-up a park with a timeout says so; a negative one has run out already."""
    assert not Parker().park(timeout=0)
    assert not Parker().park(timeout=-1)


def test_a_stale_wake_up_ends_a_later_park():
    """One that came after the time had run out: hence all park in a loop over a fact."""
    parker = Parker()
    assert not parker.park(timeout=0)
    parker.wake()  # meant for the park that is over
    assert parker.park(timeout=10)


def test_another_thread_wakes():
    """A thread that parks for ever goes on when another wakes it."""
    parker, woken = Parker(), []
    thread = threading.Thread(target=lambda: woken.append(parker.park()))
    thread.start()
    parker.wake()
    thread.join(10)
    assert woken == [True]


def test_a_seat_is_known_by_its_thread_while_somebody_sits_there():
    """`sit_down` enters it, `get_up` takes it out."""
    seat = ThreadSeat()
    assert seat.is_new
    seat.sit_down()
    try:
        assert here.seat is seat
        assert not seat.is_new
    finally:
        seat.get_up()
    assert here.seat is None
