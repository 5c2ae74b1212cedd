"""Guards of pools that signal handlers use, whatever they have interrupted."""

from __future__ import annotations

import signal
import threading

import pytest
from helpers import until
from workloads import background

from pausable import ThreadPoolExecutor
from pausable._core.decision import decide
from pausable.guards import Guard, Window

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="needs SIGUSR1")


@pytest.mark.parametrize("kind", [Guard, Window])
def test_a_pool_that_ends_in_a_signal_handler_waits_for_no_guard(pool, resource, kind) -> None:
    """Another thread may be about to hold, under the guard's lock, the pool that is interrupted.

    1. The main thread M is in a visit to one pool. 2. T has the lock of its guard, and will want
    that of the pool. 3. A handler ends, on M, another pool of the guard: it must not wait for T.
    """
    guard = Guard("g", resource.probe) if kind is Guard else Window("00:00-23:59", tz="UTC")
    guard.take_on(pool)
    other = ThreadPoolExecutor(1, guards=[guard])
    node = other._p_node
    is_locked, is_ended = threading.Event(), threading.Event()

    def change() -> bool:
        with guard._holds.lock:
            is_locked.set()
            return is_ended.wait(5)

    def handle(_signum: int, _frame: object) -> None:
        other.shutdown(wait=False)
        is_ended.set()

    before = signal.signal(signal.SIGUSR1, handle)
    try:
        holder = background(change)
        assert is_locked.wait(10)
        decide(pool._p_node.pool, lambda _visit: signal.raise_signal(signal.SIGUSR1))
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert holder.result(20), "the handler has waited for the guard"
    until(lambda: node not in guard._holds.scopes, what="it is forgotten all the same")
