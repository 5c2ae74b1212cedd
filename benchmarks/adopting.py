"""What adoption costs a pool of the stdlib that is not held, and how long it takes to attach."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING

import pausable
from benchmarks import throughput
from benchmarks.contest import Against, Contest
from benchmarks.controlling import started
from benchmarks.pools import StdlibPool
from pausable.attach.attachment import attach
from pausable.control.client import Client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["contests"]

_FOLDER = "PAUSABLE_RUNTIME_DIR"
_PROGRAM = """
import sys, time
from concurrent.futures import ThreadPoolExecutor

def transfer():
    while True:
        time.sleep(0.005)

with ThreadPoolExecutor(8) as pool:
    for _ in range(8):
        pool.submit(transfer)
    print("up", flush=True)
"""


def contests(*, quick: bool) -> Iterator[Contest]:
    """List what there is to measure."""
    tasks = 200 if quick else 20_000
    yield Contest(
        "adopting-idle",
        f"{tasks:,} no-op calls, the stdlib's pool, 4 workers: adopted, nothing is held",
        partial(adopted, tasks),
        (Against("the same, not adopted", partial(throughput.side, StdlibPool, 4, tasks), 0.95),),
    )
    if sys.platform.startswith("linux") and sys.version_info[:2] == (3, 14):
        times = 1 if quick else 5
        yield Contest(
            "adopting-attach",
            "attach to a program with 8 waiting calls, and pause it until all rest",
            partial(attached, times),
            (Against("two starts of the interpreter", partial(started, times)),),
            sense="cost",
        )


@contextmanager
def adopted(tasks: int) -> Iterator[Callable[[], float]]:
    """Make many small calls of a pool that is adopted."""
    pausable.adopt()
    try:
        with throughput.side(StdlibPool, 4, tasks) as measure:
            yield measure
    finally:
        pausable.give_back()


@contextmanager
def attached(times: int) -> Iterator[Callable[[], float]]:
    """Attach to a new program each time, and pause it."""
    before = os.environ.get(_FOLDER)
    with tempfile.TemporaryDirectory() as folder:
        os.environ[_FOLDER] = folder
        try:
            yield lambda: sum(_attach() for _ in range(times)) / times
        finally:
            del os.environ[_FOLDER]
            if before is not None:
                os.environ[_FOLDER] = before


def _attach() -> float:
    command = [sys.executable, "-c", _PROGRAM]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd="/") as program:
        assert program.stdout is not None
        program.stdout.readline()
        try:
            began = perf_counter()
            with Client(attach(program.pid).address) as client:
                client.pause(wait=60.0)
            return perf_counter() - began
        finally:
            program.kill()
