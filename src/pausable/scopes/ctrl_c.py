"""Ctrl-C as it reaches whoever leaves a ``with`` block, also where asyncio makes a cancel of it.

`asyncio.Runner`, and so `asyncio.run`, takes the first SIGINT for a request to cancel its main
task: it is a CancelledError that leaves the block; and while the end of the block blocks the loop's
thread, nothing is seen of it at all. Both are told from other cancellations by the runner's count.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # `signal` makes enums of all, which takes long
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["is_cancel", "is_ctrl_c", "watching_for_ctrl_c"]


def is_ctrl_c(exc: BaseException) -> bool:
    """Say whether *exc* is what Ctrl-C has become."""
    return isinstance(exc, KeyboardInterrupt) or (is_cancel(exc) and _presses() > 0)


def is_cancel(exc: BaseException) -> bool:
    """Say whether *exc* is the cancellation of a coroutine."""
    asyncio = _asyncio()
    return asyncio is not None and isinstance(exc, asyncio.CancelledError)


def watching_for_ctrl_c(
    look: Callable[[], object] | None, end: Callable[[], object]
) -> Callable[[], object] | None:
    """Return what a wait is to look after: *look*, and on a loop's thread also for a Ctrl-C.

    There it raises nothing, but has *end* called once.
    """
    asyncio = _asyncio()
    if asyncio is None or asyncio._get_running_loop() is None:
        return look
    seen = _presses()

    def look_twice() -> None:
        nonlocal seen
        if _presses() > seen:
            seen = _presses()
            end()
        if look is not None:
            look()

    return look_twice


def _presses() -> int:
    """Count how often Ctrl-C was pressed since the runner that handles it began; 0 without one."""
    handler = _signal.getsignal(_signal.SIGINT)
    runner = getattr(getattr(handler, "func", None), "__self__", None)
    count = getattr(runner, "_interrupt_count", 0)
    return count if isinstance(count, int) else 0


def _asyncio() -> Any:
    """Return asyncio if the program has imported it: to import it takes as long as all the rest."""
    return sys.modules.get("asyncio")
