"""The limits of adapters: the tables of docs/reference/adapters.md, made of what the drivers say.

What a driver `lacks` raises `NotSupported` with that sentence: the contract sees to it. All else
that a row stands for is what the tests show that need it. To write the page anew, in the checkout:
``PYTHONPATH=tests .venv/test/bin/python -m adapters.limits``
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from adapters.anyio_groups import AnyioGroups
from adapters.clusters import Clusters
from adapters.drivers import (
    Batches,
    CallPools,
    Coroutines,
    Interpreters,
    OwnThreads,
    Spawn,
    Threads,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adapters.drivers import Driver

__all__ = ["COLUMNS", "PAGE", "ROWS", "UNTOLD", "written"]

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "adapters.md"
MARK = "<!-- tests/adapters/limits.py: what follows is generated -->\n"

COLUMNS: dict[str, type[Driver]] = {
    "`ThreadPoolExecutor`": Threads,
    "`Thread`": OwnThreads,
    "`pool.ThreadPool`": CallPools,
    "`ProcessPoolExecutor`": Spawn,
    "`InterpreterPoolExecutor`": Interpreters,
    "`aio.TaskGroup`": Coroutines,
    "`AnyioGroup`": AnyioGroups,
    "joblib on threads": Batches,
    "`DaskExecutor`": Clusters,
}
"""The adapters, and the drivers that speak for them."""

ROWS = {
    ("groups",): "`group()`: a part is paused, and the others go on",
    ("process",): "`pausable.pause()` holds it, too",
    ("slots",): "no more tasks run at once than its limit",
    ("slots", "more threads"): "a task that is paused gives its slot back",
    ("slots", "order"): "tasks start in the order in which they were submitted",
    ("stagger",): "`resume(stagger=)`: one by one",
    ("preemption",): "`preemptive=True`: what never asks rests between two lines",
    ("freeze",): '`pause(running="freeze")`: what is in C rests, too',
    ("kill",): "`stop(kill_after=)`: what does not listen is killed",
    ("faults",): '`on_fault="hold"`: a fault waits for a decision',
    ("guards",): "`guards=`: held while a resource is down",
    ("guards", "trial"): "a guard lets one task try before the others go",
    ("time limits",): "`timeout=`: a limit of active time for each task",
    ("events",): "`observe()`: each event of a task",
    ("contexts",): '`context="submitter"`: context variables travel',
    ("within",): "`current_task().pause()` in a task",
    ("frames",): "`stack()` and `locals()` of a future",
    ("step",): "`step()` of a future",
}
"""What is promised, by what the tests of it need."""

UNTOLD = {"breaks", "chasers", "executor", "failures", "threads"}
"""What tests need, and users do not ask for."""

YES, REFUSED, ABSENT = "yes", "refused", "no"


def written(text: str) -> str:
    """Return the page, with the tables as they are now."""
    before, mark, _ = text.partition(MARK)
    assert mark, f"the page has no line {MARK!r}"
    return before + mark + "\n" + "\n".join(_tables()) + "\n"


def _tables() -> Iterator[str]:
    yield f"| | {' | '.join(COLUMNS)} |"
    yield "|---" * (len(COLUMNS) + 1) + "|"
    for needs, title in ROWS.items():
        cells = [_answer(driver, needs)[0] for driver in COLUMNS.values()]
        yield f"| {title} | {' | '.join(cells)} |"
    for name, driver in COLUMNS.items():
        yield from ("", f"## {name}", "", "| what | | why, or what instead |", "|---|---|---|")
        for needs, title in ROWS.items():
            answer, why = _answer(driver, needs)
            if why:
                yield f"| {title} | {answer} | {why} |"


def _answer(driver: type[Driver], needs: tuple[str, ...]) -> tuple[str, str]:
    """Return what a driver says to that, and why."""
    for each in needs:
        if each in driver.lacks:
            return REFUSED, driver.lacks[each]
        if each in driver.spared:
            return ABSENT, driver.spared[each]
    return YES, ""


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text("utf-8")), "utf-8")
