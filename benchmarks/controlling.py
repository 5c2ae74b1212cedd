"""What live control costs a program, and how long it takes from a shell.

A program that serves is compared with itself when it does not; a command, which is a whole process,
with two starts of the interpreter: the one that nobody can do without, and as much again.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from contextlib import contextmanager
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING

import pausable
from benchmarks import throughput
from benchmarks.contest import Against, Contest
from benchmarks.importing import cpu_time
from benchmarks.pools import ThreadPoolExecutor
from pausable.control.client import Client
from pausable.control.folders import VARIABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["contests"]

_RUN = "import sys; from pausable.cli import main; sys.exit(main(['run', '-c', 'pass']))"


def contests(*, quick: bool) -> Iterator[Contest]:
    """List what there is to measure."""
    tasks = 200 if quick else 20_000
    alone = partial(throughput.side, ThreadPoolExecutor, 4, tasks)
    for name, title, side in (
        ("controlling-idle", "a program that serves, nobody is connected", served),
        ("controlling-watched", "a program that serves, one watches ten times a second", watched),
    ):
        yield Contest(
            name,
            f"{tasks:,} no-op tasks, 4 workers: {title}",
            partial(side, tasks),
            (Against("the same, not served", alone, 0.95),),
        )
    for kind, work in (("waiting", _wait), ("computing", _compute)):
        yield Contest(
            f"controlling-{kind}",
            f"`pausable pause PID --wait`, the whole process, 8 {kind} tasks",
            partial(paused, work, 1 if quick else 5),
            (Against("two starts of the interpreter", partial(started, 1 if quick else 5)),),
            sense="cost",
        )
    yield Contest(
        "controlling-run",
        "CPU of `pausable run -c pass`",
        partial(spent, _RUN),
        (Against("`python -c pass`", partial(spent, "pass")),),
        sense="cost",
    )


@contextmanager
def _serving() -> Iterator[str]:
    """Serve where nobody else looks."""
    before = os.environ.get(VARIABLE)
    with tempfile.TemporaryDirectory() as folder:
        os.environ[VARIABLE] = folder
        try:
            with pausable.serve("bench") as server:
                yield server.address
        finally:
            del os.environ[VARIABLE]
            if before is not None:
                os.environ[VARIABLE] = before


@contextmanager
def served(tasks: int) -> Iterator[Callable[[], float]]:
    """Do many small tasks while the process serves."""
    with _serving(), throughput.side(ThreadPoolExecutor, 4, tasks) as measure:
        yield measure


@contextmanager
def watched(tasks: int) -> Iterator[Callable[[], float]]:
    """Do many small tasks while another process watches."""
    with _serving() as address, throughput.side(ThreadPoolExecutor, 4, tasks) as measure:
        code = (
            "import sys; from pausable.control.client import Client\n"
            "for frame in Client(sys.argv[1]).watch(): print('.', flush=True)"
        )
        command = [sys.executable, "-c", code, address]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as watcher:
            assert watcher.stdout is not None
            watcher.stdout.readline()
            try:
                yield measure
            finally:
                watcher.kill()


def _wait(is_over: threading.Event) -> None:
    while not is_over.is_set():
        pausable.checkpoint()
        is_over.wait(0.005)


def _compute(is_over: threading.Event) -> None:
    while not is_over.is_set():
        pausable.checkpoint()


@contextmanager
def paused(work: Callable[[threading.Event], None], times: int) -> Iterator[Callable[[], float]]:
    """Pause from a shell until all rests; the resumes between do not count."""
    is_over = threading.Event()
    with _serving() as address, ThreadPoolExecutor(8) as pool, Client(address) as client:
        for _ in range(8):
            pool.submit(work, is_over)
        command = [sys.executable, "-m", "pausable", "pause", str(os.getpid()), "--wait"]

        def pause() -> float:
            began = perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            took = perf_counter() - began
            client.resume()
            return took

        try:
            yield lambda: sum(pause() for _ in range(times)) / times
        finally:
            is_over.set()


@contextmanager
def started(times: int) -> Iterator[Callable[[], float]]:
    """Start the interpreter twice, and do nothing."""

    def start() -> float:
        began = perf_counter()
        for _ in range(2):
            subprocess.run([sys.executable, "-c", "pass"], check=True)
        return perf_counter() - began

    yield lambda: sum(start() for _ in range(times)) / times


@contextmanager
def spent(code: str) -> Iterator[Callable[[], float]]:
    """Run *code* in a new interpreter, and take its CPU time."""
    cpu_time(code)
    yield lambda: min(cpu_time(code) for _ in range(3))
