"""Never more than `max_workers` tasks of a pool run at once: measured in the tasks."""

from __future__ import annotations

import random
import threading

import pytest
from helpers import until
from workloads import background

from pausable import checkpoint, resting, sleep


class Meter:
    """Tasks that count how many of them run, between one checkpoint and the next."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.now = self.most = self.passes = 0
        self.go = threading.Event()

    def stretch(self) -> None:
        """Run for a moment, counted."""
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
            self.passes += 1
        for _ in range(50):
            pass
        with self.lock:
            self.now -= 1

    def steps(self) -> None:
        """Stretch after stretch with a checkpoint, a sleep or a `resting()` block in between."""
        while not self.go.is_set():
            self.stretch()
            checkpoint()
            self.stretch()
            sleep(0.0003)
            self.stretch()
            with resting():
                pass


@pytest.fixture
def meter() -> Meter:
    """Give a fresh meter."""
    return Meter()


def passed(meter: Meter, number: int) -> None:
    """Wait until so many stretches more have been run."""
    so_far = meter.passes
    until(lambda: meter.passes >= so_far + number)


@pytest.mark.parametrize("seed", range(3))
def test_while_groups_and_tasks_are_paused_and_resumed(make_pool, meter, seed) -> None:
    """Twelve tasks of four scopes share three slots under 150 random pauses and resumes."""
    rng = random.Random(seed)
    pool = make_pool(3)
    a, b = pool.group("a"), pool.group("b", limit=2)
    scopes = [pool, a, b, a.group("c")]
    futures = [scope.submit(meter.steps) for scope in scopes for _ in range(3)]
    for _ in range(150):
        scope = rng.choice([*scopes, *futures])
        rng.choice([scope.pause, scope.resume, scope.resume])()
        sleep(rng.random() * 0.002)
    for scope in [*scopes, *futures]:
        scope.resume()
    passed(meter, 100)
    meter.go.set()
    for future in futures:
        future.result(20)
    assert meter.most <= 3, f"seed {seed}"


def test_returning_tasks_do_not_add_to_new_ones(make_pool, meter) -> None:
    """A group comes back while others run: at no time do more than two run."""
    pool = make_pool(2)
    group = pool.group("g")
    futures = [scope.submit(meter.steps) for scope in (group, group, pool, pool, pool)]
    for _ in range(30):
        group.pause("x")
        passed(meter, 5)
        group.resume()
        passed(meter, 5)
    meter.go.set()
    for future in futures:
        future.result(20)
    assert meter.most <= 2


def test_waiting_tasks_do_not_come_back_beside_the_others(make_pool, meter) -> None:
    """Tasks that waited for each other in one pool run within its slots when the waiting is over."""
    pool = make_pool(2)

    def parent(depth: int) -> int:
        meter.stretch()
        if not depth:
            return 1
        children = [pool.submit(parent, depth - 1) for _ in range(2)]
        total = sum(child.result(30) for child in children)
        for _ in range(5):
            meter.stretch()
        return total

    assert pool.submit(parent, 6).result(60) == 64
    assert meter.most <= 2


def test_while_max_workers_is_raised_and_lowered(make_pool, meter) -> None:
    """After each change, once it has taken effect, no more run than the limit says."""
    pool = make_pool(1)
    futures = [pool.submit(meter.steps) for _ in range(8)]
    most: list[tuple[int, int]] = []
    for workers in (4, 1, 8, 2, 3, 1):
        with pool.pause("x", timeout=10):
            pool.max_workers = workers
            with meter.lock:
                meter.most = 0
        passed(meter, 40)
        most.append((workers, meter.most))
    meter.go.set()
    for future in futures:
        future.result(20)
    assert all(seen <= workers for workers, seen in most), most


def test_while_threads_pause_and_resume_the_pool(make_pool, meter) -> None:
    """Four threads that pause and resume the same pool, its group and its tasks at once."""
    pool = make_pool(2)
    group = pool.group("g")
    futures = [scope.submit(meter.steps) for scope in (pool, group) for _ in range(3)]

    def disturb(scope) -> None:
        for _ in range(40):
            with scope.pause("x", timeout=20):
                pass

    for disturbing in [background(disturb, scope) for scope in (pool, group, *futures[::3])]:
        disturbing.result(60)
    passed(meter, 50)
    meter.go.set()
    for future in futures:
        future.result(20)
    assert meter.most <= 2
