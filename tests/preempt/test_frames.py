"""Nothing that is looked at lives longer than the look: shown with the garbage collector off."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import threading
import weakref
from _thread import get_ident
from contextlib import suppress
from pathlib import Path
from types import FrameType

import pytest
import scripts
from helpers import until
from preempt.form import PATIENCE
from preempt.freethreaded import needs_frames

from pausable import Future, NotQuiescent
from pausable._core.frames import each_innermost, innermost
from pausable._core.parker import Parker


class Local:
    """What a local name of somebody stands for."""


class Parties:
    """Code with local names: tasks that rest, some that do not, and a thread of nobody's."""

    def __init__(self) -> None:
        self.alive: list[weakref.ref[Local]] = []
        self.began: list[str] = []
        self.lock = threading.Lock()
        self.futures: list[Future] = []
        self.is_over = False

    def local(self) -> Local:
        found = Local()
        self.alive.append(weakref.ref(found))
        return found

    def begin(self) -> None:
        self.began.append(sys._getframe(1).f_code.co_name)

    def spins(self) -> None:
        _local = self.local()
        self.begin()
        while not self.is_over:
            pass

    def has_a_lock(self) -> None:
        _local = self.local()
        with self.lock:
            self.begin()
            while not self.is_over:
                pass

    def drives_a_generator(self) -> None:
        def numbers():
            _inner = self.local()
            while True:
                yield 1

        _local = self.local()
        self.begin()
        for _ in numbers():
            if self.is_over:
                break

    def runs_a_loop(self) -> None:
        async def main() -> None:
            _local = self.local()
            self.begin()
            while not self.is_over:
                await asyncio.sleep(0.001)

        asyncio.run(main())

    def looks_at_itself(self, pool) -> None:
        _local = self.local()
        self.begin()
        while not self.is_over:
            for each in (*self.futures,):
                each.where()
                each.stack()
            pool.stragglers()

    def pauses_its_pool(self, pool) -> None:
        _local = self.local()
        self.begin()
        for _ in range(5):
            with suppress(NotQuiescent), pool.pause("mine", timeout=0.01):
                pass
        while not self.is_over:
            pass

    def bystander(self) -> None:
        _local = self.local()
        self.begin()
        while not self.is_over:
            threading.Event().wait(0.001)


@pytest.fixture
def collector_is_off():
    """Have nothing collected that is not let go of."""
    gc.collect()
    gc.disable()
    yield
    gc.set_debug(0)
    gc.garbage.clear()
    gc.enable()
    gc.collect()


def pause(pool, _futures) -> None:
    pool.pause("look").wait(0.02)


def name_stragglers(pool, _futures) -> None:
    pool.pause("look").wait(0.02)
    assert str(pool.stragglers())


def time_out(pool, _futures) -> None:
    with pytest.raises(NotQuiescent), pool.pause("look", timeout=0.01):
        pass


def look_around(pool, futures) -> None:
    pool.pause("look").wait(0.02)
    assert str(pool.status())
    for each in futures:
        each.where()
        each.stack()
        with suppress(RuntimeError):
            each.locals()


def step(pool, futures) -> None:
    pool.pause("look").wait(0.02)
    for each in futures:
        with suppress(RuntimeError, TimeoutError):
            each.step(timeout=0.02)


def stop(_pool, futures) -> None:
    futures[0].stop("enough")
    until(futures[0].done)


WAYS = [pause, name_stragglers, time_out, look_around, step, stop]


def meet(pool, way, parties) -> None:
    """Pause and look in some way while all parties are at work; their locals are over then."""
    _local = parties.local()
    names = ["spins", "has_a_lock", "drives_a_generator", "runs_a_loop"]
    parties.futures += [pool.submit(getattr(parties, name)) for name in names]
    names = ["looks_at_itself", "pauses_its_pool"]
    parties.futures += [pool.submit(getattr(parties, name), pool) for name in names]
    thread = threading.Thread(target=parties.bystander)
    thread.start()
    until(lambda: len(set(parties.began)) == len(parties.futures) + 1, PATIENCE)
    for _ in range(3):
        way(pool, parties.futures)
        pool.resume()
    parties.is_over = True
    for each in parties.futures:
        until(each.done, PATIENCE)
    thread.join()


def is_of_ours(value: object) -> bool:
    """Say whether a value in a cycle is a frame, or made by the code that looks at frames."""
    return isinstance(value, FrameType) or type(value).__module__.startswith("pausable._preempt")


@pytest.mark.usefixtures("collector_is_off")
@pytest.mark.parametrize("way", WAYS)
def test_locals_die_when_their_functions_end(make_pool, way) -> None:
    """Those of the pauser, of the tasks and of a thread of nobody's; no cycle is left of any look."""
    pool, parties = make_pool(6), Parties()
    meet(pool, way, parties)
    parties.futures.clear()
    until(lambda: not any(each() for each in parties.alive), what="all locals have died")
    assert len(parties.alive) == 9
    gc.set_debug(gc.DEBUG_SAVEALL)
    gc.collect()
    assert not [each for each in gc.garbage if is_of_ours(each)]


@needs_frames
def test_a_local_that_is_deleted_dies_at_once(pool) -> None:
    """Looks at a frame leave nothing in it: what its code deletes after the pause is gone."""
    parties, steps = Parties(), []

    def task() -> None:
        local = parties.local()
        while not steps:
            pass
        del local
        while len(steps) < 2:
            pass

    future = pool.submit(task)
    until(lambda: parties.alive)
    with pool.pause("look", timeout=PATIENCE):
        assert "local" in future.locals()
        assert pool.stragglers() == []
    steps.append("delete")
    until(lambda: parties.alive[0]() is None, what="the local has died")
    steps.append("end")
    future.result(PATIENCE)


@needs_frames
def test_no_frame_of_ours_is_given_out() -> None:
    """Of a thread in our code it is the frame that has called that: two looks cannot meet."""
    parker = Parker()

    def waits() -> None:
        parker.park()

    thread = threading.Thread(target=waits)
    thread.start()
    ident = thread.ident or 0
    until(lambda: (found := innermost(ident)) is not None and found.f_code is waits.__code__)
    (found,) = each_innermost([ident])
    assert found is not None
    assert found.f_code is waits.__code__
    del found
    parker.wake()
    thread.join()
    assert innermost(get_ident()) is sys._getframe()
    assert innermost(ident) is None


def test_buffers_of_tasks_are_not_collected_in_a_cycle() -> None:
    """Up to CPython 3.12.1 a collection of one in a cycle is a crash (gh-111049)."""
    said = scripts.run("""
        import gc, io

        def task():
            while not over:
                buffer = io.BytesIO(b"x" * 100).getbuffer()
                for _ in range(100):
                    pass

        over = []
        with ThreadPoolExecutor(2, preemptive=True) as pool:
            futures = [pool.submit(task) for _ in range(2)]
            for _ in range(40):
                with pool.pause("look", timeout=60):
                    assert not pool.stragglers()
                gc.collect()
            over.append(True)
        say("the end")
    """)
    assert said == ["the end"]


def resident() -> int:
    """Return how many bytes of this process are in memory, by Linux."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - a Path for each would count, too


@pytest.mark.stress
@pytest.mark.timeout(1200)
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="it reads what Linux tells")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.usefixtures("collector_is_off")
def test_soak(make_pool) -> None:
    """20,000 pauses of tasks that open files and make code: memory and descriptors stay flat."""
    pool, parties = make_pool(4), Parties()

    def opens() -> None:
        while not parties.is_over:
            file = Path(os.devnull).open()  # noqa: SIM115 - closed when it dies
            exec(compile(f"def made(): return {file.fileno()}\nmade()", "made", "exec"), {})

    futures = [
        pool.submit(each) for each in (opens, opens, parties.spins, parties.drives_a_generator)
    ]
    sizes = []
    for number in range(20_001):
        with pool.pause("look", timeout=PATIENCE):
            if number % 10 == 0:
                assert pool.stragglers() == []
                assert all(each.locals() or each.stack() for each in futures)
        if number % 4_000 == 0:
            sizes.append((number, resident() / 1e6, descriptors()))
            print(*sizes[-1])  # noqa: T201 - the numbers are what one wants to see
    parties.is_over = True
    for each in futures:
        each.result(PATIENCE)
    assert max(each[2] for each in sizes) <= sizes[0][2] + 4
    assert sizes[-1][1] < sizes[1][1] + 5
