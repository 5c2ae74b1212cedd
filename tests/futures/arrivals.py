"""Arrivals: the ways in which somebody comes to wait for a future."""

from __future__ import annotations

import asyncio
import concurrent.futures
from typing import TYPE_CHECKING

import pausable.futures

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from futures.interleaving import Interleaving

__all__ = ["ARRIVALS", "WAITER", "outcome"]

WAITER = "waiter"
SOON = 20.0


def outcome(future: Future) -> object:
    """Say how a future that is done has ended."""
    assert future.done()
    if future.cancelled():
        return "cancelled"
    return type(future.exception(0)).__name__ if future.exception(0) else future.result(0)


def result(script: Interleaving, future: Future, told: list) -> None:
    """Take the result."""
    try:
        told.append(future.result())
    except concurrent.futures.CancelledError:
        told.append("cancelled")
    except Exception as error:  # noqa: BLE001 - the task's
        told.append(type(error).__name__)


def exception(script: Interleaving, future: Future, told: list) -> None:
    """Take the exception."""
    try:
        error = future.exception()
        told.append(type(error).__name__ if error else future.result(0))
    except concurrent.futures.CancelledError:
        told.append("cancelled")


def callback(script: Interleaving, future: Future, told: list) -> None:
    """Be called back."""
    future.add_done_callback(lambda each: told.append(outcome(each)))


def callbacks(script: Interleaving, future: Future, told: list) -> None:
    """Be called back by two callbacks, in their order."""
    order = []
    future.add_done_callback(lambda _: order.append(1))
    future.add_done_callback(lambda each: (order.append(2), told.append(outcome(each))))
    future.add_done_callback(lambda _: order.append(3) or check(order))

    def check(order: list) -> None:
        if order != [1, 2, 3]:
            told.append(order)


def wait(script: Interleaving, future: Future, told: list) -> None:
    """Wait as the stdlib does it."""
    done, not_done = concurrent.futures.wait([future])
    assert (done, not_done) == ({future}, set())
    told.append(outcome(future))


def our_wait(script: Interleaving, future: Future, told: list) -> None:
    """Wait as we do it, for the first of two."""
    other = pausable.Future()
    done, not_done = pausable.futures.wait([future, other], return_when="FIRST_COMPLETED")
    assert (done, not_done) == ({future}, {other})
    told.append(outcome(future))


def wait_for_exception(script: Interleaving, future: Future, told: list) -> None:
    """Wait for it and another one that has failed, or for all."""
    other = concurrent.futures.Future()
    other.set_result(1)
    done, _ = concurrent.futures.wait([future, other], return_when="FIRST_EXCEPTION")
    assert done == {future, other}
    told.append(outcome(future))


def as_completed(script: Interleaving, future: Future, told: list) -> None:
    """Iterate over what the stdlib says is completed."""
    told.extend(outcome(each) for each in concurrent.futures.as_completed([future]))


def our_as_completed(script: Interleaving, future: Future, told: list) -> None:
    """Iterate over what we say is completed, of it and another one."""
    other = pausable.Future()
    other.set_result("other")
    completed = [outcome(each) for each in pausable.futures.as_completed([future, other])]
    completed.remove("other")
    told.extend(completed)


def wrap_future(script: Interleaving, future: Future, told: list) -> None:
    """Await it in an event loop."""

    async def main() -> None:
        wrapped = asyncio.wrap_future(future)
        script.leave()  # the loop waits in ways of its own
        try:
            told.append(await asyncio.wait_for(wrapped, SOON))
        except asyncio.CancelledError:
            told.append("cancelled")
        except Exception as error:  # noqa: BLE001 - the task's
            told.append(type(error).__name__)

    asyncio.run(main())


ARRIVALS: dict[str, Callable[..., None]] = {
    each.__name__: each
    for each in (
        result,
        exception,
        callback,
        callbacks,
        wait,
        our_wait,
        wait_for_exception,
        as_completed,
        our_as_completed,
        wrap_future,
    )
}
