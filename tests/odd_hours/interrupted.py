"""Being in the middle of a call on a pool, as a signal handler is that has interrupted one."""

from __future__ import annotations

import pytest

from pausable._core.decision import decide

__all__ = ["in_a_decision", "in_a_look", "interrupt"]


def in_a_look(pool, handler):
    """Call *handler* where the main thread only looks at the pool: it makes no decision."""
    with pool._p_node.pool.lock:
        return handler()


def in_a_decision(pool, handler):
    """Call *handler* where the main thread decides something, and let it end that."""
    return decide(pool._p_node.pool, lambda _visit: handler())


INTERRUPTED = {"in a look": in_a_look, "in a decision": in_a_decision}


@pytest.fixture(params=INTERRUPTED.values(), ids=INTERRUPTED)
def interrupt(request):
    """Give what calls a handler in the middle of a call on a pool: of each kind."""
    return request.param
