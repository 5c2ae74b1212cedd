"""`each()`: a checkpoint before every item, and the iterator closed when the loop is left."""

from __future__ import annotations

import io
import threading

import pytest
from helpers import until

from pausable import TaskStopped, each, sleep


class Closing:
    """An iterable whose iterators count what they gave, and can be closed."""

    def __init__(self, *items: int) -> None:
        self.items = items
        self.closed = 0
        self.given: list[int] = []

    def __iter__(self):
        return Closing.Iterator(self)

    class Iterator:
        """Its iterator."""

        def __init__(self, owner) -> None:
            self.owner = owner
            self.left = list(owner.items)

        def __iter__(self):
            return self

        def __next__(self) -> int:
            if not self.left:
                raise StopIteration
            item = self.left.pop(0)
            self.owner.given.append(item)
            return item

        def close(self) -> None:
            self.owner.closed += 1


def generator(log: list[str], items: int = 3):
    """Yield numbers and note how it ends."""
    try:
        yield from range(items)
    except GeneratorExit:
        log.append("exit")
        raise
    finally:
        log.append("closed")


def test_it_gives_the_items_in_their_order() -> None:
    """Any iterable will do: lists, strings, generators, dictionaries, nothing."""
    assert list(each([3, 1, 2])) == [3, 1, 2]
    assert list(each("abc")) == ["a", "b", "c"]
    assert list(each(n * n for n in range(4))) == [0, 1, 4, 9]
    assert list(each({"k": 1})) == ["k"]
    assert list(each(())) == []


def test_what_is_not_iterable_is_a_type_error() -> None:
    """The error is that of `iter()`."""
    with pytest.raises(TypeError, match="iterable"):
        list(each(5))


def test_a_break_closes_the_iterator() -> None:
    """The iterator that was made for the loop is closed once, and so is a generator."""
    closing, log = Closing(1, 2, 3), []
    for _ in each(closing):
        break
    for _ in each(generator(log)):
        break
    assert closing.closed == 1
    assert log == ["exit", "closed"]


def test_an_error_in_the_loop_closes_the_iterator() -> None:
    """An exception from the body comes out, and the iterator is closed."""
    closing, log = Closing(1, 2, 3), []
    for iterable in (closing, generator(log)):
        with pytest.raises(ZeroDivisionError):
            for _ in each(iterable):
                raise ZeroDivisionError
    assert closing.closed == 1
    assert log == ["exit", "closed"]


def test_the_end_closes_the_iterator() -> None:
    """A loop that comes to its end closes the iterator, too; a generator has ended by itself."""
    closing, log = Closing(1, 2, 3), []
    assert list(each(closing)) == [1, 2, 3]
    assert list(each(generator(log))) == [0, 1, 2]
    assert closing.closed == 1
    assert log == ["closed"]


def test_an_error_of_the_iterator_passes() -> None:
    """What `next` raises comes out as it is, with the iterator closed."""
    error = OSError("unplugged")

    class Broken(Closing.Iterator):
        def __next__(self) -> int:
            raise error

    class Source(Closing):
        def __iter__(self):
            return Broken(self)

    source = Source(1)
    with pytest.raises(OSError, match="unplugged") as caught:
        list(each(source))
    assert caught.value is error
    assert source.closed == 1


def test_an_open_file_stays_open() -> None:
    """An iterator that was passed in itself is its owner's to close: a file can be read on."""
    file = io.StringIO("one\ntwo\nthree\n")
    for line in each(file):
        assert line == "one\n"
        break
    assert not file.closed
    assert list(each(file)) == ["two\n", "three\n"]
    assert not file.closed


def test_a_rest_comes_before_the_next_item_is_fetched(pool) -> None:
    """At a closed gate no item has been taken from the iterator that the body has not had."""
    source, had = Closing(*range(10_000)), []

    def task() -> None:
        for item in each(source):
            had.append(item)
            sleep(0.0005)

    pool.submit(task)
    for _ in range(10):
        number = len(had)
        until(lambda number=number: len(had) > number)
        with pool.pause("x", timeout=10):
            assert source.given == had


def test_a_stop_loses_no_item_and_closes(pool) -> None:
    """When the task is stopped, each item that was fetched was worked on, and the iterator is closed."""
    source, had, log = Closing(*range(100_000)), [], []

    def task() -> None:
        try:
            for item in each(source):
                had.append(item)
        finally:
            log.append("finally")

    future = pool.submit(task)
    until(lambda: had)
    assert pool.pause("x").wait(10)
    future.stop("enough")
    with pytest.raises(TaskStopped):
        future.result(10)
    assert source.given == had
    assert source.closed == 1
    assert log == ["finally"]


def test_a_stop_closes_a_generator(pool) -> None:
    """A generator's own `finally` runs on a stop, checkpoints in it included."""
    log: list[str] = []
    began = threading.Event()

    def numbers():
        try:
            while True:
                yield 1
        finally:
            sleep(0)
            log.append("closed")

    def task() -> None:
        for _ in each(numbers()):
            began.set()

    future = pool.submit(task)
    assert began.wait(10)
    future.stop("enough")
    with pytest.raises(TaskStopped):
        future.result(10)
    assert log == ["closed"]


def test_an_infinite_iterable_can_be_paused(pool) -> None:
    """The items need no end, and `each` may be nested."""

    def task() -> int:
        number = 0
        for _ in each(iter(int, 1)):
            for _ in each([1, 2]):
                number += 1
            if go.is_set():
                return number
        raise AssertionError

    go = threading.Event()
    future = pool.submit(task)
    with pool.pause("x", timeout=10):
        assert pool.status().running == 0
    go.set()
    assert future.result(10) > 0


def test_an_item_is_not_kept() -> None:
    """Nothing refers to an item that the body has let go."""
    import weakref  # noqa: PLC0415

    class Item:
        pass

    alive: list[weakref.ref[Item]] = []

    def items():
        for _ in range(3):
            item = Item()
            alive.append(weakref.ref(item))
            yield item
            del item

    for item in each(items()):
        assert sum(reference() is not None for reference in alive) <= 2
        del item
