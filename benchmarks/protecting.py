"""What a protected block costs while all is well, against the same block under other retries.

The block is the same on all sides: one call of a function that does nothing. It is run in a task,
many times over; with a ``for attempt in ...`` loop, as a decorated function, and, of ours alone, as
a ``with`` block.
"""
# ruff: noqa: PLC0415 - the others are optional

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from itertools import repeat
from typing import TYPE_CHECKING, Any

from benchmarks.clock import now
from benchmarks.contest import Against, Contest
from benchmarks.pools import ThreadPoolExecutor, noop
from pausable.guards import Guard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.contest import Side

__all__ = ["contests"]

_CHEAPER = 1.0


def contests(*, quick: bool) -> Iterator[Contest]:
    """List what there is to measure."""
    loops = 20 if quick else 2_000
    yield Contest(
        "protected-loop",
        "a protected block that succeeds, `for attempt in ...: with attempt: ...`",
        partial(side, our_loop, loops),
        _against(loops, stamina=stamina_loop, tenacity=tenacity_loop),
        sense="cost",
    )
    yield Contest(
        "protected-function",
        "a protected function that succeeds",
        partial(side, our_function, loops),
        _against(loops, stamina=stamina_function, tenacity=tenacity_function),
        sense="cost",
    )
    yield Contest(
        "protected-with",
        "a protected block that succeeds, `with db: ...`",
        partial(side, our_with, loops),
        _against(loops, stamina=stamina_loop, tenacity=tenacity_loop),
        sense="cost",
    )


def _against(loops: int, **peers: Callable[[], Callable[[int], None]]) -> tuple[Against, ...]:
    def entry(make: Callable[[], Callable[[int], None]]) -> Side:
        return partial(side, make, loops)

    return tuple(Against(name, entry(make), _CHEAPER) for name, make in peers.items())


@contextmanager
def side(make: Callable[[], Callable[[int], None]], loops: int) -> Iterator[Callable[[], float]]:
    """Run the blocks in a task of a pool."""
    run = make()
    with ThreadPoolExecutor(1) as pool:
        yield lambda: pool.submit(timed, run, loops).result()


def timed(run: Callable[[int], None], loops: int) -> float:
    """Return the seconds of one block, in the quickest of several loops."""
    times = []
    for _ in range(10):
        began = now()
        run(loops)
        times.append(now() - began)
    return min(times) / loops


def guard() -> Guard:
    """Make a guard that is healthy."""
    return Guard("db", noop, trip_on=ConnectionError)


def our_loop() -> Callable[[int], None]:
    """Loop over attempts of a guard."""
    db = guard()

    def run(loops: int) -> None:
        for _ in repeat(None, loops):
            for attempt in db.attempts():
                with attempt:
                    noop()

    return run


def our_function() -> Callable[[int], None]:
    """Decorate with a guard."""
    return called(guard().protect(noop))


def our_with() -> Callable[[int], None]:
    """Use a guard as a block."""
    db = guard()

    def run(loops: int) -> None:
        for _ in repeat(None, loops):
            with db:
                noop()

    return run


def called(function: Callable[[], Any]) -> Callable[[int], None]:
    """Call a function so many times."""

    def run(loops: int) -> None:
        for _ in repeat(None, loops):
            function()

    return run


def stamina_loop() -> Callable[[int], None]:
    """Loop over attempts of stamina, without its hooks for logs and metrics."""
    from stamina import instrumentation, retry_context

    instrumentation.set_on_retry_hooks([])

    def run(loops: int) -> None:
        for _ in repeat(None, loops):
            for attempt in retry_context(on=ConnectionError):
                with attempt:
                    noop()

    return run


def stamina_function() -> Callable[[int], None]:
    """Decorate with stamina."""
    from stamina import instrumentation, retry

    instrumentation.set_on_retry_hooks([])
    return called(retry(on=ConnectionError)(noop))


def tenacity_loop() -> Callable[[int], None]:
    """Loop over attempts of tenacity."""
    from tenacity import Retrying, retry_if_exception_type

    retrying = Retrying(retry=retry_if_exception_type(ConnectionError))

    def run(loops: int) -> None:
        for _ in repeat(None, loops):
            for attempt in retrying:
                with attempt:
                    noop()

    return run


def tenacity_function() -> Callable[[int], None]:
    """Decorate with tenacity."""
    from tenacity import retry, retry_if_exception_type

    return called(retry(retry=retry_if_exception_type(ConnectionError))(noop))
