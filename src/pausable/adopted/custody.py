"""The custody: pools that the stdlib made become scopes of the process, and are given back.

Three things of the stdlib are replaced meanwhile, or rather wrapped: what runs a work item, what
makes an executor, and what shuts one down. All else is as it was, and so are they afterwards.
"""

from __future__ import annotations

import gc
import threading
from concurrent.futures import thread as stdlib
from functools import wraps
from typing import TYPE_CHECKING, Any

from pausable._core.gil import HAS_GIL
from pausable.adopted.crew import AdoptedCrew, by_queue
from pausable.adopted.stock import take_stock
from pausable.adopted.turnstile import run
from pausable.adopted.work_item import RUN, WORK_ITEM, is_stdlibs
from pausable.scopes.pools import stocktakers
from pausable.threads.privates import Privates

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["adopt", "give_back"]

_EXECUTOR: Any = stdlib.ThreadPoolExecutor

_turning = threading.RLock()  # held while adoption is turned on or off, and a pool is adopted
_on: list[_Replaced] = []  # what was replaced, while it is on


def adopt() -> bool:
    """Make scopes of the pools that the stdlib made, and will make; False if that is so already.

    From here on each `concurrent.futures.ThreadPoolExecutor` of the process, whoever has made it,
    is one of `pausable.pools()`, and `pausable.pause()` holds it, too. When that has returned, no
    call starts; a call that runs rests between two lines, as a task of a preemptive pool (on 3.12
    and newer; before that it goes on, and is named as a straggler). Results, exceptions and the
    meaning of `cancel()` stay as they are; a call that is stopped while it runs is cancelled.
    While nothing is held, the program is as fast as it was.

    Limits: what a pool has done while nothing was held is not counted, and events tell of what was
    seen only. A call that rests keeps its thread: nobody uses its slot. There are no groups. Work
    that has been taken from the queue by hand, or by a pool with workers of its own making that do
    not run the stdlib's work items, is not seen; nor are pools of processes.

    May be called from any thread, before or after the pools are made, and again. `give_back()`
    undoes it.

    Raises:
        RuntimeError: in a free-threaded Python, where the stacks of other threads cannot be read;
            or what runs the work items of the stdlib's pools has been replaced by others.
    """
    if not HAS_GIL:
        raise RuntimeError("pools of the stdlib can be adopted only where there is a GIL")
    if not is_stdlibs():
        msg = "what runs the work of the stdlib's pools was replaced before pausable was imported"
        raise RuntimeError(msg)
    with _turning:
        if _on:
            return False
        _on.append(_Replaced())
        stocktakers.add(take_stock)
        for executor in _executors():
            _take(executor)
    return True


def give_back() -> bool:
    """Undo `adopt()`: the stdlib's pools are scopes no more; False if they were not.

    All holds on them end, and what rested goes on. What was replaced in the stdlib is as before.
    Does not wait. May be called from any thread, and again.
    """
    with _turning:
        if not _on:
            return False
        _on.pop().put_back()
        stocktakers.discard(take_stock)
        crews = list(by_queue.values())
    for crew in crews:
        crew.give_back()
    return True


class _Replaced:
    """What was replaced in the stdlib. What others have put over it since is left where it is."""

    def __init__(self) -> None:
        """Replace it."""
        self._make = _EXECUTOR.__init__
        self._ours = _adopting(self._make)
        _EXECUTOR.__init__ = self._ours
        self._end = _EXECUTOR.shutdown
        self._our_end = _announcing(self._end)
        _EXECUTOR.shutdown = self._our_end
        WORK_ITEM.run = run

    def put_back(self) -> None:
        """Put back what was there."""
        if _EXECUTOR.__init__ is self._ours:
            _EXECUTOR.__init__ = self._make
        if _EXECUTOR.shutdown is self._our_end:
            _EXECUTOR.shutdown = self._end
        if WORK_ITEM.run is run:
            WORK_ITEM.run = RUN


def _adopting(make: Callable[..., None]) -> Callable[..., None]:
    @wraps(make)
    def make_and_adopt(self: Any, /, *args: Any, **kwargs: Any) -> None:
        make(self, *args, **kwargs)
        with _turning:
            if _on:
                _take(self)  # it may be born under a hold

    return make_and_adopt


def _announcing(end: Callable[..., None]) -> Callable[..., None]:
    @wraps(end)
    def shutdown(self: Any, wait: Any = True, **kwargs: Any) -> None:
        crew = by_queue.get(id(vars(self).get("_work_queue"))) if wait else None
        if crew is not None:
            crew.joiners.come()
        end(self, wait, **kwargs)

    return shutdown


def _take(executor: Any) -> None:
    if not isinstance(executor, Privates) and id(executor._work_queue) not in by_queue:
        AdoptedCrew(executor, take_stock)


def _executors() -> Iterator[Any]:
    """List the executors that there are, also those without a thread so far."""
    family = tuple(_family(_EXECUTOR))
    for each in gc.get_referrers(*family):
        if issubclass(type(each), _EXECUTOR) and "_shutdown_lock" in vars(each):
            yield each


def _family(cls: Any) -> Iterator[Any]:
    yield cls
    for each in type.__subclasses__(cls):
        yield from _family(each)
