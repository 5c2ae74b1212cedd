"""The engine and other tools do not disturb each other: coverage, profilers, tracers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from helpers import until
from preempt.exercise import Exercise
from preempt.forms import FORMS, PATIENCE
from preempt.instrumentation import TOOLS, tools

from pausable import PreemptionUnavailable, ThreadPoolExecutor, checkpoint

DRIVE = Path(__file__).parent / "drive.py"
CORES = ["ctrace", "pytrace", "sysmon"]


def python(*arguments: str, cwd: Path, **environment: str) -> list[str]:
    """Run a Python to a good end; return the lines that it has said."""
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", *arguments],
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
        cwd=cwd,
        env={**os.environ, **environment},
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return done.stdout.splitlines()


def all_of_them(said: list[str]) -> bool:
    """Say whether all forms were put through it."""
    return {form.name for form in FORMS} <= set(said)


@pytest.mark.parametrize("core", CORES)
def test_all_forms_under_coverage(tmp_path, core) -> None:
    """Each rests, goes on and stops while each core of coverage measures it."""
    pytest.importorskip("coverage")
    said = python(
        *("-m", "coverage", "run", "--data-file", str(tmp_path / "data"), str(DRIVE)),
        cwd=tmp_path,
        COVERAGE_CORE=core,
    )
    assert all_of_them(said)
    assert ("coverage.py" in said[-1]) == (core == "sysmon")


@pytest.mark.parametrize("option", ["--cprofile", "--threading-settrace", "--settrace"])
def test_all_forms_under_other_tools(tmp_path, option) -> None:
    """Each rests, goes on and stops under a profiler, and under tracers of new and of all threads."""
    assert all_of_them(python(str(DRIVE), option, cwd=tmp_path))


def test_all_forms_under_cprofile_as_a_program(tmp_path) -> None:
    """The same with `python -m cProfile`."""
    assert all_of_them(python("-m", "cProfile", "-s", "tottime", str(DRIVE), cwd=tmp_path))


WORKLOAD = """
import threading

def odd(n):
    return n % 2 == 1

def classify(n):
    if n < 0:
        return "negative"
    kinds = [kind for kind, is_it in KINDS.items() if is_it(n)]
    try:
        first, *rest = kinds
    except ValueError:
        return "none"
    else:
        return f"{first} and {len(rest)}" if rest else first

KINDS = {"odd": odd, "large": lambda n: n > 100, "round": lambda n: n % 10 == 0}

def numbers(limit):
    n = 0
    while True:
        yield n
        n = n + 1 if n < limit else 0
        if n > 2 * limit:
            break

def work(moved, over):
    found = set()
    for n in numbers(150):
        found.add(classify(n))
        moved.set()
        if n == 150 and over.is_set():
            return sorted(found)
"""

PAUSED = """
import sys, threading, workload
from pausable import ThreadPoolExecutor
over = threading.Event()
with ThreadPoolExecutor(2, preemptive=True) as pool:
    futures = []
    for _ in range(2):
        moved = threading.Event()
        futures.append(pool.submit(workload.work, moved, over))
        assert moved.wait(30)
    for _ in range(int(sys.argv[1])):
        moved.clear()
        with pool.pause("look", timeout=30):
            assert pool.status().resting == 2
        assert moved.wait(30)
    over.set()
    print(*(future.result(30) for future in futures))
"""


def report(folder: Path, core: str, pauses: int, branch: str) -> tuple[object, list[str]]:
    """Return what coverage says of the workload, with so many pauses in the middle."""
    (folder / "workload.py").write_text(WORKLOAD, encoding="utf-8")
    (folder / "paused.py").write_text(PAUSED, encoding="utf-8")
    data = ("--data-file", str(folder / f"data-{core}-{pauses}{branch}"))
    run = ["-m", "coverage", "run", *data, "--include=workload.py", *filter(None, [branch])]
    said = python(*run, "paused.py", str(pauses), cwd=folder, COVERAGE_CORE=core)
    python("-m", "coverage", "json", *data, "-q", "-o", "report.json", cwd=folder)
    (found,) = json.loads((folder / "report.json").read_text(encoding="utf-8"))["files"].values()
    return found, said


@pytest.mark.parametrize("branch", ["", "--branch"])
@pytest.mark.parametrize("core", CORES)
def test_the_report_of_coverage_is_the_same(tmp_path, core, branch) -> None:
    """Lines and branches are the same with pauses in the middle of the work and without."""
    pytest.importorskip("coverage")
    if core == "sysmon" and branch and sys.version_info < (3, 14):
        pytest.skip("coverage measures no branches with sys.monitoring before Python 3.14")
    plain, paused = (report(tmp_path, core, pauses, branch) for pauses in (0, 20))
    assert paused == plain
    assert plain[0]["executed_lines"]


def test_the_tool_id_is_given_back(pool) -> None:
    """Nobody has an id before a pause, nor once all tasks rest, nor after the resume."""
    assert tools() == [None] * 6
    Exercise(pool, FORMS[0]).under_way()
    assert tools() == [None] * 6
    with pool.pause("look", timeout=PATIENCE):
        until(lambda: tools() == [None] * 6, what="the tool id is given back at rest")
    until(lambda: tools() == [None] * 6, what="the tool id is given back")


@pytest.fixture
def taken():
    """Take tool ids, as other tools do."""
    mine = []

    def take(numbers) -> None:
        for number in numbers:
            sys.monitoring.use_tool_id(number, "somebody")
            mine.append(number)

    def give_back() -> None:
        while mine:
            sys.monitoring.free_tool_id(mine.pop())

    take.back = give_back
    yield take
    give_back()


@pytest.mark.parametrize("free", [3, 4, 5])
def test_one_free_id_is_enough(pool, taken, free) -> None:
    """Where others have all ids but one of those for anybody, tasks rest and stop all the same."""
    taken(number for number in TOOLS if number != free)
    exercise = Exercise(pool, FORMS[0]).under_way()
    exercise.rest_and_go_on()
    exercise.stop()
    until(lambda: tools()[free] is None, what="the tool id is given back")
    assert tools().count("somebody") == 5


def test_without_a_free_id_a_new_pool_says_so(taken) -> None:
    """`True` is refused with the reason; `"auto"` gives a pool whose tasks rest at checkpoints."""
    taken(TOOLS)
    with pytest.raises(PreemptionUnavailable, match="tool ids"):
        ThreadPoolExecutor(1, preemptive=True)
    with ThreadPoolExecutor(1, preemptive="auto") as pool:
        assert pool.status().is_preemptive is False


def test_without_a_free_id_tasks_rest_at_checkpoints(pool, taken, caplog) -> None:
    """In a pool made before, those with a checkpoint rest, the others are named; the log says why."""
    moves = [0]

    def cooperative() -> None:
        while True:
            checkpoint()
            moves[0] += 1

    exercise = Exercise(pool, FORMS[0]).under_way()
    future = pool.submit(cooperative)
    until(lambda: moves[0])
    taken(TOOLS)
    hold = pool.pause("look")
    assert future.pause("look").wait(PATIENCE)
    assert future.status().state == "resting"
    assert not hold.wait(0)
    assert [each.task for each in pool.stragglers()] == [exercise.future.name]
    until(lambda: "no tool id" in caplog.text)
    taken.back()
    assert hold.wait(PATIENCE), "it rests as soon as an id is free"


def test_a_tool_that_comes_during_a_pause(pool, taken) -> None:
    """An id that is taken while tasks rest, by anybody, stays theirs."""
    exercise = Exercise(pool, FORMS[0]).under_way()
    hold = exercise.rest()
    until(lambda: tools() == [None] * 6, what="the tool id is given back at rest")
    taken([4])
    hold.release()
    exercise.rest_and_go_on()
    exercise.stop()
    assert tools()[4] == "somebody"


@pytest.mark.parametrize(
    "name", ["lambda_in_map", "loop_over_a_generator", "chain_of_small_functions"]
)
def test_a_tracer_sees_each_return_once(make_pool, name) -> None:
    """Though tasks are stopped, every call that a tracer is told of has one return, in order."""
    form = next(each for each in FORMS if each.name == name)
    calls, wrong = {}, []

    def tracing(frame, event, arg):
        stack = calls.setdefault(threading.get_ident(), [])
        if event == "call":
            stack.append(frame)
        elif event == "return" and (not stack or stack.pop() is not frame):
            wrong.append((frame.f_code.co_qualname, frame.f_lineno))
        return tracing

    threading.settrace(tracing)
    try:
        pool = make_pool(1)
        for _ in range(20):
            exercise = Exercise(pool, form).under_way()
            exercise.rest()
            exercise.stop()
    finally:
        threading.settrace(None)
    assert not wrong


def test_a_program_that_traces_its_own_task(pool) -> None:
    """A task with a tracer of its own, as in `bdb`, rests and stops, and its tracer sees each line."""
    traced = set()

    def tracing(frame, event, arg):
        traced.add((event, frame.f_lineno))
        return tracing

    def bump() -> None:
        rounds[0] += 1

    def task() -> None:
        sys.settrace(tracing)
        try:
            while True:
                bump()
        finally:
            sys.settrace(None)

    rounds = [0]
    future = pool.submit(task)
    for _ in range(5):
        before = rounds[0]
        until(lambda before=before: rounds[0] > before)
        with pool.pause("look", timeout=PATIENCE):
            assert future.status().state == "resting"
            traced.clear()
        until(lambda: {event for event, _ in traced} >= {"call", "line", "return"})
    future.stop("enough")
    with pytest.raises(BaseException, match="enough"):
        future.result(PATIENCE)
