"""`where()`: the line of the task's own code at which it rests or runs."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from helpers import until

import pausable
from pausable import checkpoint, each, resting, sleep

HERE = __file__


def line_of(function, marker: str) -> int:
    """Find the line of a function that has a marker in a comment."""
    first = function.__code__.co_firstlineno
    lines = Path(HERE).read_text(encoding="utf-8").splitlines()[first - 1 :]
    return first + next(number for number, line in enumerate(lines) if f"# {marker}" in line)


def in_a_checkpoint(began, go) -> None:
    began.set()
    while not go.is_set():
        checkpoint()  # rests


def in_a_sleep(began, go) -> None:
    began.set()
    sleep(3600)  # rests


def in_each(began, go) -> None:
    began.set()
    for _ in each(iter(int, 1)):  # rests
        pass


def in_a_block(began, go) -> None:
    with resting():
        began.set()
        go.wait(20)  # rests


def helper() -> None:
    checkpoint()  # deep


def in_a_helper(began, go) -> None:
    began.set()
    while not go.is_set():
        helper()


AT_REST = {
    "checkpoint": (in_a_checkpoint, in_a_checkpoint, "rests"),
    "sleep": (in_a_sleep, in_a_sleep, "rests"),
    "each": (in_each, in_each, "rests"),
    "resting": (in_a_block, in_a_block, "rests"),
    "helper": (in_a_helper, helper, "deep"),
}


@pytest.mark.parametrize("way", AT_REST)
def test_at_rest(pool, way) -> None:
    """The innermost line of the program's own code, for each way of resting."""
    task, function, marker = AT_REST[way]
    began, go = threading.Event(), threading.Event()
    future = pool.submit(task, began, go)
    assert began.wait(10)
    with pool.pause("x", timeout=10):
        # In a `resting()` block it goes on, to where it waits.
        line = line_of(function, marker)
        until(lambda: (where := future.where()) is not None and where.line == line)
        where = future.where()
        assert (where.file, where.line) == (HERE, line)
        assert where.function == function.__qualname__
        assert where == future.status().where
    future.stop("enough")
    go.set()


def busy(began, go) -> None:
    began.set()
    while not go.is_set():
        time.sleep(0.01)  # runs


def waiting(began, go) -> None:
    began.set()
    go.wait(20)  # runs


@pytest.mark.parametrize("task", [busy, waiting])
def test_running(pool, task) -> None:
    """Of a running task it is the line that it executes, in a call of the stdlib, too."""
    began, go = threading.Event(), threading.Event()
    future = pool.submit(task, began, go)
    assert began.wait(10)
    until(lambda: (where := future.where()) is not None and where.line == line_of(task, "runs"))
    assert future.where().file == HERE
    (straggler,) = pool.stragglers()
    assert straggler.where is not None
    assert straggler.where.file == HERE
    go.set()
    assert future.result(10) is not False


def test_before_and_after(pool) -> None:
    """It is None for a task that has not started and for one that is over."""
    pool.pause("x")
    future = pool.submit(int)
    assert future.where() is None
    pool.resume()
    future.result(10)
    until(lambda: future.where() is None)


def test_in_a_partial_and_in_an_object(pool) -> None:
    """It does not matter how the function was wrapped."""

    class Work:
        def __call__(self, began, go) -> None:
            in_a_checkpoint(began, go)

    for task in (functools.partial(in_a_checkpoint), Work()):
        began, go = threading.Event(), threading.Event()
        future = pool.submit(task, began, go)
        assert began.wait(10)
        with pool.pause("x", timeout=10):
            where = future.where()
            assert where is not None
            assert where.line == line_of(in_a_checkpoint, "rests")
        go.set()
        future.result(10)


def test_a_builtin_has_no_line(pool) -> None:
    """A task that is a function of C has no line of its own; nothing of the library is shown."""
    future = pool.submit(time.sleep, 0.3)
    until(future.running)
    where = future.where()
    assert where is None or "pausable" not in where.file
    future.result(10)


def test_asking_holds_nobody_up(pool) -> None:
    """Asked for ten thousand times while the task runs, it is a place or None, never an error."""
    began, go = threading.Event(), threading.Event()
    future = pool.submit(in_a_checkpoint, began, go)
    for number in range(10_000):
        where = future.where()
        assert where is None or where.line > 0
        if number == 5_000:
            go.set()
    future.result(10)


@pytest.mark.skipif(sys.platform == "win32", reason="needs symbolic links")
def test_the_library_behind_a_symbolic_link(tmp_path) -> None:
    """However the package was found, its own lines are not taken for the program's."""
    link = tmp_path / "link"
    link.symlink_to(Path(pausable.__file__).resolve().parent.parent)
    program = tmp_path / "program.py"
    program.write_text(
        "import pausable\n"
        "with pausable.ThreadPoolExecutor(1) as pool:\n"
        "    hold = pool.pause('x')\n"
        "    print(pausable.__file__, hold.place.file, hold.place.line)\n"
        "    hold.release()\n"
    )
    said = subprocess.run(
        [sys.executable, str(program)],
        env={**os.environ, "PYTHONPATH": str(link)},
        capture_output=True,
        text=True,
        timeout=90,
        check=True,
    ).stdout.split()
    assert said[0].startswith(str(link))
    assert said[1:] == [str(program), "3"]


def test_a_program_whose_name_begins_like_the_library(tmp_path) -> None:
    """A directory beside the package, named like it and more, is the program's own."""
    package = tmp_path / "pausable_jobs"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "jobs.py").write_text("def place(pool):\n    return pool.pause('x').place\n")
    (tmp_path / "pausable").symlink_to(Path(pausable.__file__).resolve().parent)
    program = (
        "import pausable; from pausable_jobs.jobs import place\n"
        "pool = pausable.ThreadPoolExecutor(1)\n"
        "print(place(pool).file); pool.resume()"
    )
    said = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=90,
        check=True,
    ).stdout
    assert said.strip() == str(package / "jobs.py")
