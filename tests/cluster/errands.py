"""What tasks in a cluster do: they tell by files where they are, and wait for one to be let go."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path
from typing import Any

from pausable import Stopped, checkpoint, current_task, sleep
from pausable._core.derived import validate
from pausable.dask.cluster_terms import PLUGIN

__all__ = ["FREE", "Signs"]

FREE = "free"


class Signs:
    """A folder in which tasks leave signs; can be sent there."""

    def __init__(self, folder: Path) -> None:
        """Use a folder that all workers see."""
        self.folder = folder

    def leave(self, name: str) -> None:
        """Leave a sign."""
        (self.folder / name).touch()

    def has(self, *names: str) -> bool:
        """Say whether these are there."""
        return all((self.folder / name).exists() for name in names)

    def steps(self, name: str) -> int:
        """Count the steps that a task has done."""
        path = self.folder / f"{name}.steps"
        return path.stat().st_size if path.exists() else 0

    def step(self, name: str) -> None:
        """Note a step of a task."""
        with (self.folder / f"{name}.steps").open("ab") as file:
            file.write(b".")


def run(signs: Signs, name: str) -> str:
    """Step until it is let go, with a checkpoint before each step."""
    try:
        while not signs.has(FREE):
            checkpoint()
            signs.step(name)
            time.sleep(0.002)
    except Stopped:
        signs.leave(f"{name}.stopped")
        raise
    return name


def deaf(signs: Signs, name: str) -> str:
    """Step once, and wait until it is let go; ask nobody. It is at a line of its own all the while."""
    free = str(signs.folder / FREE)
    steps = os.open(signs.folder / f"{name}.steps", os.O_CREAT | os.O_WRONLY)
    os.write(steps, b".")
    os.close(steps)
    while not os.access(free, os.F_OK):
        time.sleep(0.002)
    return name


def doze(signs: Signs, name: str) -> str:
    """Sleep for long."""
    signs.step(name)
    sleep(3600)
    return name


def note(log: str, number: int) -> int:
    """Come to some checkpoints, and write down when it has run."""
    for _ in range(3):
        checkpoint()
        time.sleep(0.001)
        with Path(log).open("a", encoding="utf-8") as file:
            file.write(f"{time.monotonic()} {number}\n")
    return number * number


def fail() -> None:
    """Raise."""
    raise ValueError("bad item")


def named(a: int, *, workers: int, retries: int) -> tuple[int, int, int]:
    """Have keywords that are Dask's, too."""
    return a, workers, retries


def name_here() -> str:
    """Say what the task is called."""
    task = current_task()
    assert task is not None
    return task.name


def pause_here() -> None:
    """Pause the task from inside."""
    task = current_task()
    assert task is not None
    task.pause("from inside")


def die() -> None:
    """Kill the process of a worker: for `Client.run`."""
    os.kill(os.getpid(), signal.SIGKILL)


def state(dask_worker: Any) -> tuple[str, object, int]:
    """Look at a worker: its status, its limit of memory, who has left a slot. For `Client.run`."""
    fraction = dask_worker.memory_manager.memory_pause_fraction
    return dask_worker.status.name, fraction, len(dask_worker.state.long_running)


def faults_of(dask_worker: Any) -> list[str]:
    """Say what is wrong with a worker's pool, or left in it. For `Client.run`."""
    gate = dask_worker.plugins[PLUGIN]
    left = [*gate._tasks, *gate._placed, *gate._holds, *gate.pool.seats]
    return [*validate(gate.pool), *map(str, left)]


def arrived(dask_worker: Any) -> list[str]:
    """List the tasks that have come to a worker's pool. For `Client.run`."""
    return list(dask_worker.plugins[PLUGIN]._tasks)


def mute(dask_worker: Any) -> None:
    """Have a worker not answer. For `Client.run`."""
    gate = dask_worker.plugins[PLUGIN]
    gate.answer = lambda **_: None


def unmute(dask_worker: Any) -> None:
    """Have it answer again."""
    gate = dask_worker.plugins[PLUGIN]
    del gate.answer
    gate.answer()


def say_nothing(dask_scheduler: Any) -> None:
    """Have a scheduler not answer what we ask. For `Client.run_on_scheduler`."""

    async def wait_for_ever(**_: Any) -> None:
        await asyncio.Event().wait()

    dask_scheduler.handlers[PLUGIN] = wait_for_ever


def answer_again(dask_scheduler: Any) -> None:
    """Have it answer again."""
    dask_scheduler.handlers[PLUGIN] = dask_scheduler.plugins[PLUGIN].command
