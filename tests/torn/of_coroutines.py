"""What is struck: whoever pauses, resumes and stops coroutines, whose loop runs on another thread; or that loop."""

from __future__ import annotations

import asyncio
import threading

from helpers import until
from torn.scenario import Scenario, adding_to

from pausable import aio
from pausable._core.derived import validate

SCENARIOS: list[Scenario] = []
scenario = adding_to(SCENARIOS)


class Carried:
    """Two coroutines on a loop of another thread, which count their turns."""

    def __init__(self, stage):
        """Begin, and wait until both run."""
        self.stage = stage
        self.turns = [0, 0]
        self.tasks = []
        self.group = None
        self.thread = threading.Thread(
            target=lambda: asyncio.run(self._main()), name=self._named(), daemon=True
        )
        self.thread.start()
        until(lambda: all(self.turns), stage.patience, "coroutines run")

    def _named(self):
        """Name the thread of the loop: it is struck if it is called like the stage."""
        return "loop"

    async def _main(self):
        async with aio.TaskGroup(f"{self.stage.name}coroutines") as group:
            self.group = group
            self.tasks += [
                aio.future_of(group.create_task(self._tick(number))) for number in range(2)
            ]

    async def _tick(self, number):
        while True:
            self.turns[number] += 1
            await asyncio.sleep(0.0003)

    def go_on(self):
        """Return what says whether all that have not ended have had a turn since now."""
        before = list(self.turns)
        return lambda: all(
            turns > old or task.done()
            for turns, old, task in zip(self.turns, before, self.tasks, strict=True)
        )

    def settle(self):
        """Whatever was struck: who is held rests, who is not goes on, and all comes to its end."""
        group, eventually = self.group, self.stage.eventually
        eventually(lambda: not group.is_paused() or group.is_quiescent(), "who is held rests")
        group.resume()
        for task in self.tasks:
            task.resume()
        eventually(self.go_on(), "who is not held goes on")
        if validate(group._p_node.pool):
            self.stage.complaints.append("the books of the coroutines are wrong")
        group.stop("the end")
        eventually(lambda: not self.thread.is_alive(), "the loop comes to its end")


@scenario("main")
def pause_coroutines(stage):
    carried = Carried(stage)
    yield
    try:
        carried.group.pause("struck")
        yield
    finally:
        carried.settle()


@scenario("main")
def resume_coroutines(stage):
    carried = Carried(stage)
    assert carried.group.pause("prepared").status()
    until(carried.group.is_quiescent, stage.patience, "coroutines rest")
    yield
    try:
        carried.group.resume()
        yield
    finally:
        carried.settle()


@scenario("main")
def stop_coroutines(stage):
    carried = Carried(stage)
    carried.group.pause("prepared")
    yield
    try:
        carried.group.stop("struck")
        yield
    finally:
        carried.settle()


@scenario("main")
def pause_one_coroutine(stage):
    carried = Carried(stage)
    yield
    try:
        hold = carried.tasks[0].pause("struck")
        hold.release()
        yield
    finally:
        carried.settle()


class Driven(Carried):
    """The same, each beside the others, on a loop whose own thread is struck."""

    def __init__(self, stage):
        """Begin, and wait until both run."""
        self.ended = [0, 0]
        super().__init__(stage)

    def _named(self):
        return f"{self.stage.name}loop"

    async def _main(self):
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        async with aio.TaskGroup(f"{self.stage.name}coroutines", limit=2) as group:
            self.group = group
            own = [
                asyncio.create_task(group.drive(self._tick(number), name=str(number)))
                for number in range(2)
            ]
            self.tasks += sorted(group.tasks(), key=lambda task: task.name)
            self.aio_tasks = own
            await asyncio.gather(*own, return_exceptions=True)

    async def _tick(self, number):
        try:
            await super()._tick(number)
        finally:
            self.ended[number] += 1

    def settle(self):
        """Who was struck has ended, for all who look, and its slot is free; all else is as ever."""
        self.stage.eventually(
            lambda: all(
                task.done() == own.done() == bool(ended)
                for task, own, ended in zip(self.tasks, self.aio_tasks, self.ended, strict=True)
            ),
            "who has ended has ended for all who look",
        )
        super().settle()


OF_DRIVERS: list[
    Scenario
] = []  # struck at lines of ours alone: asyncio's may be torn by others, too
driving = adding_to(OF_DRIVERS)


@driving("others")
def drive_coroutines(stage):
    driven = Driven(stage)
    yield
    try:
        hold = driven.group.pause("struck")
        until(driven.group.is_quiescent, stage.patience, "coroutines rest")
        hold.release()
        stage.eventually(driven.go_on(), "who is not held goes on")
        yield
    finally:
        driven.settle()


@driving("others")
def drive_coroutines_to_their_end(stage):
    driven = Driven(stage)
    driven.group.pause("prepared")
    yield
    try:
        driven.group.stop("struck")
        stage.eventually(lambda: all(task.done() for task in driven.tasks), "who is stopped ends")
        yield
    finally:
        driven.settle()
