"""Rounds in which a process of a pool is killed, at random, and what must be true after each."""

from __future__ import annotations

import gc
import multiprocessing
import os
import random
import signal
import threading
from concurrent.futures import wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.synchronize import SemLock
from pathlib import Path

from helpers import until
from processes import errands

from pausable import WorkerDied
from pausable.futures import ProcessPoolExecutor

MOMENTS = ("runs", "rests", "frozen", "none")
WORKERS, TASKS = 3, 9
ENOUGH = 60.0  # seconds


def left() -> dict[str, set[str]]:
    """List what a pool could leave behind, as the system knows it."""
    gc.collect()
    children = {str(each.pid) for each in multiprocessing.active_children()}
    files = set()
    for each in Path("/proc/self/fd").glob("*"):
        try:
            files.add(f"{each.name} {each.readlink()}")
        except FileNotFoundError:  # of the listing itself
            continue
    names = {f"sem.{each.strip('/')}" for each in semaphores}
    shared = {
        each.name
        for each in Path("/dev/shm").iterdir()
        if each.name in names or each.name.startswith(f"pym-{os.getpid()}-")
    }
    return {"processes": children, "files": files, "shared": shared}


semaphores: list[str] = []  # of `multiprocessing`, which were made here; others make some, too
_make_name = SemLock._make_name


def _noted_name() -> str:
    semaphores.append(_make_name())
    return semaphores[-1]


SemLock._make_name = staticmethod(_noted_name)


def rounds(method: str, number: int, seed: str) -> dict[str, int]:
    """Kill in so many rounds; return how many futures ended how."""
    chance = random.Random(f"{seed} {method}")
    tally: dict[str, int] = {}
    one_round(method, "none", "break", chance, {})  # what stays for the process is there then
    before = left()
    for each in range(number):
        moment = MOMENTS[each % len(MOMENTS)]
        on_death = ("break", "fail")[each // len(MOMENTS) % 2]
        one_round(method, moment, on_death, chance, tally)
    until(lambda: left() == before, what=f"left behind: {before} {left()}")
    return tally


def one_round(method: str, moment: str, on_death: str, chance: random.Random, tally) -> None:
    """Make a pool, kill one of its processes, and see all end."""
    pool = ProcessPoolExecutor(WORKERS, multiprocessing.get_context(method), on_death=on_death)
    futures = [pool.submit(errands.toil, 30) for _ in range(TASKS)]
    if moment in ("rests", "frozen"):
        pool.pause("to look", running="rest" if moment == "rests" else "freeze")
        assert pool.wait_quiescent(ENOUGH), pool.stragglers()
    elif moment == "none":
        wait(futures, ENOUGH)
    else:
        threading.Event().wait(chance.random() * (0.1 if method == "fork" else 1.0))
    pids = list(pool._processes)
    if pids:
        try:
            os.kill(chance.choice(pids), signal.SIGKILL)
        except ProcessLookupError:
            tally["late"] = tally.get("late", 0) + 1
    if moment in ("rests", "frozen"):
        threading.Event().wait(chance.random() * 0.02)
        pool.resume()
    done, not_done = wait(futures, ENOUGH)
    assert not not_done, (moment, on_death, [future.status() for future in not_done])
    for future in done:
        error = future.exception()
        assert error is None or isinstance(error, (BrokenProcessPool, WorkerDied))
        if on_death == "fail":
            assert not isinstance(error, BrokenProcessPool)
        kind = f"{on_death}, {moment}: {type(error).__name__}"
        tally[kind] = tally.get(kind, 0) + 1
    if on_death == "fail":
        assert sum(future.exception() is not None for future in done) <= 1
        assert pool.submit(errands.add, 1).result(ENOUGH) == 2
    assert pool.shutdown(timeout=ENOUGH)
