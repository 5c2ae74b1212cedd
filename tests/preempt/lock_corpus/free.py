"""Code in which no lock is held, ever: the rule should let tasks rest at all events."""

# As people write it, not as they should.
# ruff: noqa: ASYNC100, C416
# ruff: noqa: UP028

import asyncio
import contextlib
import decimal
import functools
import io
import itertools
import tempfile
import threading
import warnings
from dataclasses import dataclass
from pathlib import Path

from preempt.witness import case, known


def work(count=3):
    total = 0
    for number in range(count):
        total += number
    return total


@case
def free_loops():
    total = 0
    while total < 5:
        total += 1
    for number in range(3):
        total += number
    assert [n for n in range(3)]
    assert {n: n for n in range(3)}
    assert sum(n for n in range(3)) == 3
    for one, other in zip(range(2), range(2), strict=True):
        total += one * other
    work()


@case
def free_exceptions():
    for number in range(3):
        try:
            if number == 1:
                raise KeyError(number)
            work()
        except KeyError as error:
            work(len(error.args))
        else:
            work()
        finally:
            work()


@case
def free_generators():
    def items():
        for number in range(3):
            yield number

    def outer():
        yield from items()

    for number in outer():
        work(number)
    kept = items()
    next(kept)
    work()
    for number in itertools.chain(items(), outer()):
        work(number)


@case
def free_managers():
    @contextlib.contextmanager
    def timing():
        start = work()
        yield start
        work()

    class Timer:
        def __enter__(self):
            self.start = work()
            return self

        def __exit__(self, *exc):
            work()

    with timing():
        work()
    with timing() as start:
        work(start)
    with Timer():
        work()
    with Timer() as timer:
        assert timer
    with contextlib.suppress(KeyError), contextlib.redirect_stdout(io.StringIO()):
        work()
    with contextlib.ExitStack() as stack:
        stack.enter_context(timing())
        stack.callback(work)
        work()
    with contextlib.nullcontext():
        work()
    with warnings.catch_warnings():
        work()
    with decimal.localcontext() as context:
        assert context
        work()


@case
def free_files():
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "file"
        with path.open("w") as file:
            file.write("text")
            work()
        with open(path) as file:  # noqa: PTH123
            for line in file:
                work(len(line))
        with open(path):  # noqa: PTH123
            work()
        with io.StringIO() as text:
            text.write("text")
            work()


@case
def free_objects_that_have_locks():
    class Cache:
        def __init__(self):
            self._lock = known(threading.Lock())
            self.items = {}

        def get(self, key):
            with self._lock:
                return self.items.setdefault(key, key)

        def compute(self, count):
            total = 0
            for number in range(count):
                total += self.get(number)
            return total

    cache = Cache()
    cache.compute(3)
    work()


@case
def free_decorators():
    def retry(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            for _ in range(3):
                try:
                    return function(*args, **kwargs)
                except KeyError:
                    continue
            return None

        return wrapper

    @retry
    def run(count):
        return work(count)

    @functools.lru_cache
    def cached(count):
        return work(count)

    run(2)
    cached(2)


@case
def free_classes():
    @dataclass
    class Point:
        x: int = 0
        y: int = 0

        def moved(self, by):
            return Point(self.x + by, self.y + by)

    class Other(Point):
        def moved(self, by):
            return super().moved(by)

        def close(self):
            work()

        def release(self):
            work()

    point = Other()
    for number in range(3):
        point = point.moved(number)
    other = Other()
    other.release()
    other.close()


@case
def free_asyncio():
    async def child(number):
        await asyncio.sleep(0)
        return work(number)

    async def numbers():
        for number in range(3):
            yield number
            await asyncio.sleep(0)

    async def main():
        await asyncio.gather(*(child(n) for n in range(3)))
        async for number in numbers():
            work(number)
        queue = asyncio.Queue()
        await queue.put(1)
        await queue.get()
        async with asyncio.timeout(5):
            work()

    asyncio.run(main())


@case
def free_match():
    for value in (1, "text", [1, 2], {"a": 1}):
        match value:
            case int(number):
                work(number)
            case str(text):
                work(len(text))
            case [first, *rest]:
                work(first + len(rest))
            case {"a": number}:
                work(number)
