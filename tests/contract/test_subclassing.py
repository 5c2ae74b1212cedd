"""Subclasses: programs derive their own executors, and override what they need."""

from __future__ import annotations

import asyncio
import copy
import threading
from concurrent.futures import ThreadPoolExecutor as StdlibPool
from typing import TYPE_CHECKING, Any

import pytest
from contract.implementations import SOON

from pausable import ThreadPoolExecutor

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(params=[StdlibPool, ThreadPoolExecutor], ids=["stdlib", "pool"])
def base(request) -> type[StdlibPool]:
    """Give the class to derive from."""
    return request.param


@pytest.fixture
def recording(base) -> Iterator[Any]:
    """Give an instance of a subclass that records what is asked of it."""

    class Recording(base):
        def __init__(self, *arguments: object, label: str, **options: object) -> None:
            super().__init__(*arguments, **options)
            self.label = label
            self.asked = []

        def submit(self, fn, /, *args, **kwargs):
            self.asked.append((fn, args, kwargs))
            return super().submit(fn, *args, **kwargs)

        def shutdown(self, *arguments: object, **options: object) -> None:
            self.asked.append(("shutdown", arguments, options))
            super().shutdown(*arguments, **options)

    with Recording(2, label="mine", thread_name_prefix="recording") as executor:
        yield executor


def test_a_subclass_is_made_with_its_own_arguments(recording, base):
    """Its constructor passes on what belongs to the pool."""
    assert isinstance(recording, base)
    assert recording.label == "mine"
    name = recording.submit(lambda: threading.current_thread().name).result(SOON)
    assert name == "recording_0"


def test_map_goes_through_an_overridden_submit(recording):
    """Each of its calls is seen."""
    assert list(recording.map(pow, [2, 3], [4, 5])) == [16, 243]
    assert recording.asked == [(pow, (2, 4), {}), (pow, (3, 5), {})]


def test_asyncio_goes_through_an_overridden_submit(recording):
    """run_in_executor() calls submit()."""

    async def main():
        return await asyncio.get_running_loop().run_in_executor(recording, abs, -1)

    assert asyncio.run(main()) == 1
    assert recording.asked == [(abs, (-1,), {})]


def test_the_with_block_goes_through_an_overridden_shutdown(recording):
    """Leaving it calls shutdown(wait=True), as in the stdlib."""
    with recording as same:
        assert same.submit(abs, -1).result(SOON) == 1
    name, arguments, options = recording.asked[-1]
    assert name == "shutdown"
    assert (arguments, options) in [((True,), {}), ((), {"wait": True})]


def test_a_subclass_may_wrap_its_calls(base):
    """A common use: each call is run inside something."""
    inside = []

    class Wrapping(base):
        def submit(self, fn, /, *args, **kwargs):
            def wrapped():
                inside.append(fn)
                return fn(*args, **kwargs)

            return super().submit(wrapped)

    with Wrapping(1) as executor:
        assert executor.submit(divmod, 7, 2).result(SOON) == (3, 1)
        assert list(executor.map(abs, [-1, -2])) == [1, 2]
    assert inside == [divmod, abs, abs]


def test_a_subclass_may_bound_its_queue(base):
    """Another common use: a semaphore that submit() takes and a done callback gives back."""

    class Bounded(base):
        def __init__(self, workers: int, bound: int) -> None:
            super().__init__(workers)
            self._free = threading.BoundedSemaphore(bound)

        def submit(self, fn, /, *args, **kwargs):
            assert self._free.acquire(timeout=SOON)
            future = super().submit(fn, *args, **kwargs)
            future.add_done_callback(lambda _: self._free.release())
            return future

    with Bounded(2, 3) as executor:
        assert sum(executor.map(abs, range(200))) == sum(range(200))


def test_a_subclass_may_say_how_it_is_copied(base):
    """By any of the three methods of which Python asks one; else none can be."""

    class Reduced(base):
        def __reduce__(self):
            return Reduced, (self._max_workers,)

    class Stated(base):
        def __getstate__(self):
            return self._max_workers

        def __setstate__(self, workers):
            self.__init__(workers)

    class Plain(base):
        pass

    for cls in (Reduced, Stated):
        with cls(3) as executor, copy.copy(executor) as other:
            assert (type(other), other._max_workers) == (cls, 3)
            assert other.submit(abs, -1).result(SOON) == 1
    with Plain(1) as executor, pytest.raises(TypeError, match="cannot pickle"):
        copy.deepcopy(executor)


def test_a_subclass_can_be_paused():
    """It is a pool like any other."""

    class Mine(ThreadPoolExecutor):
        pass

    with Mine(1) as executor:
        hold = executor.pause("for a test")
        future = executor.submit(abs, -1)
        assert not future.running()
        assert executor.group("part").is_paused()
        hold.release()
        assert future.result(SOON) == 1
        assert repr(executor).startswith("<Mine ")
