"""`map`: the results of many calls, in order."""

from __future__ import annotations

import itertools
from collections import deque
from concurrent.futures._base import _result_or_cancel  # type: ignore[attr-defined]
from typing import TYPE_CHECKING, Any, TypeVar

from pausable._core.times import clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future

__all__ = ["map_calls"]

S = TypeVar("S")
T = TypeVar("T")


def map_calls(
    reference: Callable[[], S | None],
    submit: Callable[[S, tuple[Any, ...]], Future[T]],
    iterables: tuple[Iterable[Any], ...],
    timeout: float | None,
    buffersize: int | None,
) -> Iterator[T]:
    """Submit a call for each item, and return an iterator over the results.

    With *buffersize*, at most so many are submitted whose results have not been taken, as in the
    stdlib from 3.14 on; the rest is submitted for as long as *reference* finds the executor.
    """
    if buffersize is not None and not isinstance(buffersize, int):
        msg = "buffersize must be an integer or None"
        raise TypeError(msg)
    if buffersize is not None and buffersize < 1:
        msg = "buffersize must be None or > 0"
        raise ValueError(msg)
    end_time = None if timeout is None else timeout + clock()
    calls = zip(*iterables, strict=False)
    first = calls if buffersize is None else itertools.islice(calls, buffersize)
    executor = reference()
    futures = deque(submit(executor, args) for args in first) if executor is not None else deque()
    if buffersize is None:
        return _results(_nobody, submit, futures, iter(()), end_time)
    return _results(reference, submit, futures, calls, end_time)


def _nobody() -> None:
    """Find no executor: all is submitted."""


def _results(
    reference: Callable[[], S | None],
    submit: Callable[[S, tuple[Any, ...]], Future[T]],
    futures: deque[Future[T]],
    more: Iterator[tuple[Any, ...]],
    end_time: float | None,
) -> Iterator[T]:
    try:
        while futures:
            executor = reference()
            args = None if executor is None else next(more, None)
            if executor is not None and args is not None:
                futures.append(submit(executor, args))
            del executor, args
            left = None if end_time is None else end_time - clock()
            # No reference to the future, nor to its result, may stay here while we are suspended.
            yield _result_or_cancel(futures.popleft(), left)
    finally:
        for future in futures:
            future.cancel()
