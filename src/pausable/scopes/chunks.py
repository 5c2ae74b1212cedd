"""`map`: the results of many calls, in order; and the chunk: many calls as one task."""

from __future__ import annotations

import itertools
import sys
from collections import deque
from concurrent.futures._base import _result_or_cancel  # type: ignore[attr-defined]
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pausable._core.names import wrappers
from pausable._core.times import clock
from pausable.scopes import attendance
from pausable.scopes.items import count_items

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator
    from concurrent.futures import Future

    from pausable.scopes.items import Items
    from pausable.scopes.terms import Scoped

__all__ = ["map_calls"]

S = TypeVar("S", bound="Scoped")
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
    chunksize = _size_of_chunks(chunksize)
    if buffersize is not None:
        _check(buffersize)
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
        part.counts = count_items(executor._p_node, part.size)
        return submit(executor, part, ()), part.results  # the items are the task's alone

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
    """The items of the iterators of a generator; can be closed, as that can.

    Loops get an iterator in C: a generator takes as long for an item as a small item itself.
    """

    __slots__ = ("_items", "_lists")

    def __init__(self, lists: Generator[Iterator[T], None, None]) -> None:
        self._lists = lists
        self._items = itertools.chain.from_iterable(lists)

    def __iter__(self) -> Iterator[T]:
        return self._items

    def __next__(self) -> T:
        return next(self._items)

    def close(self) -> None:
        self._lists.close()
        self._items = itertools.chain.from_iterable([])


def _check(buffersize: int) -> None:
    if not isinstance(buffersize, int) or isinstance(buffersize, bool):
        msg = "buffersize must be an integer or None"
        raise TypeError(msg)
    if buffersize < 1:
        msg = "buffersize must be None or > 0"
        raise ValueError(msg)


def _size_of_chunks(chunksize: float | None) -> int:
    """Read what programs say to the stdlib's pool of threads, which takes no notice of it.

    Raises:
        TypeError: it is no number.
    """
    if chunksize is None:
        return 1
    if not isinstance(chunksize, (int, float)):
        msg = f"chunksize must be a whole number, not {chunksize!r}"
        raise TypeError(msg)
    return int(min(chunksize, sys.maxsize)) if chunksize >= 1 else 1


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


class _Results(list[T]):
    """The results of a chunk that ran elsewhere, where its list is another one.

    Here they are in a plain list, which is quicker to append to.
    """

    __slots__ = ()


class _Chunk(Generic[T]):
    """A function and many items to call it with: one task, with a checkpoint before each item.

    It returns its results; those before an exception are kept here, for whoever has this object. It
    can be sent to another process, where nobody counts its items.
    """

    __slots__ = ("counts", "fn", "items", "results", "size")

    def __init__(
        self, fn: Callable[..., T], items: tuple[Any, ...], results: list[T] | None = None
    ) -> None:
        self.fn = fn
        self.items = list(items)
        self.size = len(items)
        self.results: list[T] = [] if results is None else results
        self.counts: Items | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.fn, tuple(self.items), _Results())

    def __call__(self) -> list[T]:
        fn, items, results, flag = self.fn, self.items, self.results, attendance.flag
        self.begin()
        del self  # an exception refers to this frame: the chunk is over when its task is
        for item in items[len(results) :]:  # all, unless this is called again after a failure
            if flag:
                attendance.checkpoint()
            results.append(fn(item))
        items.clear()
        return results

    def begin(self) -> None:
        """Have the results counted as they come."""
        if self.counts is not None:
            self.counts.running[id(self.results)] = self.results

    def __del__(self) -> None:
        """Count its items as done, which are not in a list of results any more."""
        if self.counts is not None:
            self.counts.over.append(self.size - 1)
            self.counts.running.pop(id(self.results), None)


class _StarChunk(_Chunk[T]):
    """A chunk whose items are the arguments of several iterables."""

    __slots__ = ()

    def __call__(self) -> list[T]:
        fn, items, results, flag = self.fn, self.items, self.results, attendance.flag
        self.begin()
        del self  # an exception refers to this frame: the chunk is over when its task is
        for item in items[len(results) :]:  # all, unless this is called again after a failure
            if flag:
                attendance.checkpoint()
            results.append(fn(*item))
        items.clear()
        return results


wrappers[_Chunk] = wrappers[_StarChunk] = attrgetter("fn")


def _chunks(
    make: type[_Chunk[T]], fn: Callable[..., T], items: Iterator[Any], size: int
) -> Iterator[_Chunk[T]]:
    """Cut *items* into chunks. No generator: its frame would keep the last chunk."""
    parts = iter(lambda: tuple(itertools.islice(items, size)), ())
    return map(partial(make, fn), parts)


def _results_of_chunks(
    sent: deque[tuple[Future[Any], list[T]]],
    more: Callable[[], None] | None,
    end_time: float | None,
) -> Generator[Iterator[T], None, None]:
    """Yield the results of each chunk; of the one that ends it, those that there are."""
    try:
        while sent:
            if more is not None:
                more()
            left = None if end_time is None else end_time - clock()
            results, error = _outcome(*sent.popleft(), left)
            yield _taken_out(results)
            del results
            if error is not None:
                try:
                    raise error
                finally:
                    error = None  # breaks a cycle with its traceback
    finally:
        for future, _ in sent:
            future.cancel()


def _outcome(
    future: Future[Any], results: list[T], left: float | None
) -> tuple[list[T], BaseException | None]:
    """Wait for a chunk; return its results, or those so far, and what it raised."""
    error = None
    try:
        returned = _result_or_cancel(future, left)
        if type(returned) is _Results:
            return returned, None
    except BaseException as raised:  # noqa: BLE001 - it is raised when the results have been taken
        error = raised
    # A chunk that goes on after a timeout goes on to fill its list.
    return results if future.done() else results.copy(), error


def _taken_out(results: list[T]) -> Iterator[T]:
    """Iterate over a list, and keep no item once it was taken: bpo-27144. In C, as `_Flat` is."""
    results.reverse()
    return itertools.starmap(results.pop, itertools.repeat((), len(results)))
