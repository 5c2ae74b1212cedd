"""`map`: the results of many calls, in order; and the chunk: many calls as one task."""

from __future__ import annotations

import itertools
from collections import deque
from concurrent.futures._base import _result_or_cancel  # type: ignore[attr-defined]
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pausable._core.attention import attention, current_task
from pausable._core.parking import attend
from pausable._core.tasks import callable_name
from pausable._core.times import clock

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator
    from concurrent.futures import Future

__all__ = ["map_calls"]

S = TypeVar("S")
T = TypeVar("T")


def map_calls(
    reference: Callable[[], S | None],
    submit: Callable[[S, Callable[..., Any], tuple[Any, ...]], Future[Any]],
    fn: Callable[..., T],
    iterables: tuple[Iterable[Any], ...],
    timeout: float | None,
    chunksize: int,
    buffersize: int | None,
) -> Iterator[T]:
    """Submit a call for each item, or for each chunk of items; return an iterator over the results.

    With *buffersize*, at most so many are submitted whose results have not been taken, as in the
    stdlib from 3.14 on; the rest is submitted for as long as *reference* finds the executor.
    """
    _check("chunksize", chunksize)
    if buffersize is not None:
        _check("buffersize", buffersize)
    end_time = None if timeout is None else timeout + clock()
    parts: Iterator[Any]
    if chunksize == 1:
        parts = zip(*iterables, strict=False)
    elif len(iterables) == 1:
        parts = _chunks(_Chunk, fn, iter(iterables[0]), chunksize)
    else:
        parts = _chunks(_StarChunk, fn, zip(*iterables, strict=False), chunksize)

    def send(executor: S, part: Any) -> Any:
        if chunksize == 1:
            return submit(executor, fn, part)
        part.future = submit(executor, part, ())
        return part

    first = parts if buffersize is None else itertools.islice(parts, buffersize)
    executor = reference()
    sent = deque([send(executor, part) for part in first]) if executor is not None else deque()

    def send_one_more() -> None:
        executor = reference()
        part = None if executor is None else next(parts, None)
        if executor is not None and part is not None:
            sent.append(send(executor, part))

    more = None if buffersize is None else send_one_more
    if chunksize == 1:
        return _results(sent, more, end_time)
    return _Flat(_results_of_chunks(sent, more, end_time))


class _Flat(Generic[T]):
    """The items of the lists of a generator; can be closed, as that can.

    Loops get an iterator in C: a generator takes as long for an item as a small item itself.
    """

    __slots__ = ("_items", "_lists")

    def __init__(self, lists: Generator[list[T], None, None]) -> None:
        self._lists = lists
        self._items = itertools.chain.from_iterable(lists)

    def __iter__(self) -> Iterator[T]:
        return self._items

    def __next__(self) -> T:
        return next(self._items)

    def close(self) -> None:
        self._lists.close()
        self._items = itertools.chain.from_iterable([])


def _check(name: str, value: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        msg = f"{name} must be an integer{' or None' if name == 'buffersize' else ''}"
        raise TypeError(msg)
    if value < 1:
        msg = f"{name} must be {'None or ' if name == 'buffersize' else ''}> 0"
        raise ValueError(msg)


def _results(
    sent: deque[Future[T]],
    more: Callable[[], None] | None,
    end_time: float | None,
) -> Iterator[T]:
    try:
        while sent:
            if more is not None:
                more()
            left = None if end_time is None else end_time - clock()
            # No reference to the future, nor to its result, may stay here while we are suspended.
            yield _result_or_cancel(sent.popleft(), left)
    finally:
        for future in sent:
            future.cancel()


class _Chunk(Generic[T]):
    """A function and many items to call it with: one task, with a checkpoint before each item."""

    __slots__ = ("__name__", "fn", "future", "items", "results")

    def __init__(self, fn: Callable[..., T], items: tuple[Any, ...]) -> None:
        self.__name__ = callable_name(fn)
        self.fn = fn
        self.items = items
        self.results: list[T] = []
        self.future: Future[None]

    def __call__(self) -> None:
        fn, results = self.fn, self.results
        for item in self._rest():
            if attention:
                _pass_gate()
            results.append(fn(item))
        self.items = ()

    def _rest(self) -> tuple[Any, ...]:
        """List the items without a result: all, unless this is called again after a failure."""
        return self.items[len(self.results) :]


def _pass_gate() -> None:
    """Do as `pausable.checkpoint`, after a look at `attention`."""
    task = current_task()
    if task is not None and (task.gate.closed_to_running or task.stop_reason is not None):
        attend(task)


class _StarChunk(_Chunk[T]):
    """A chunk whose items are the arguments of several iterables."""

    __slots__ = ()

    def __call__(self) -> None:
        fn, results = self.fn, self.results
        for args in self._rest():
            if attention:
                _pass_gate()
            results.append(fn(*args))
        self.items = ()


def _chunks(
    make: type[_Chunk[T]], fn: Callable[..., T], items: Iterator[Any], size: int
) -> Iterator[_Chunk[T]]:
    while part := tuple(itertools.islice(items, size)):
        yield make(fn, part)


def _results_of_chunks(
    sent: deque[_Chunk[T]],
    more: Callable[[], None] | None,
    end_time: float | None,
) -> Generator[list[T], None, None]:
    """Yield the results of each chunk; of the one that ends it, those that there are."""
    try:
        while sent:
            if more is not None:
                more()
            left = None if end_time is None else end_time - clock()
            results, error = _outcome(sent.popleft(), left)
            yield results
            del results
            if error is not None:
                try:
                    raise error
                finally:
                    error = None  # breaks a cycle with its traceback
    finally:
        for chunk in sent:
            chunk.future.cancel()


def _outcome(chunk: _Chunk[T], left: float | None) -> tuple[list[T], BaseException | None]:
    """Wait for a chunk; return the results so far, and what it raised."""
    error = None
    try:
        _result_or_cancel(chunk.future, left)
    except BaseException as raised:  # noqa: BLE001 - it is raised when the results have been taken
        error = raised
    return chunk.results if error is None else chunk.results.copy(), error
