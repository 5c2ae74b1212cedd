"""CONTRIBUTING.md leads to modules that are there, and its ways are those that calls really take."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest
import scripts

from pausable._preempt.engine.monitor import HAS_MONITORING

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
NAMED = re.compile(r"\[`([\w/]+)`\]\(src/pausable/([\w/]+)\.py\)")
ROW = re.compile(rf"^\| {NAMED.pattern} \| ([^|]+) \|", re.MULTILINE)
PREEMPTIVE = "With a preemptive task"

# Calls each function that is traced by the heading of its way; the ends of each are facts.
PROGRAM = """\
import json
from pausable._preempt.engine.monitor import HAS_MONITORING
from pausable.guards import Guard

logging.disable(logging.CRITICAL)
ways, way = {}, None

def note(frame, event, _):
    code = frame.f_code
    _, ours, module = code.co_filename.rpartition("/pausable/")
    if way is not None and event == "call" and ours:
        way.add(f"{module[:-3]}:{code.co_qualname}")

threading.setprofile(note)
sys.setprofile(note)

def take(name):
    global way
    way = ways.setdefault(name, set())

over = healthy = False
begun, go = threading.Event(), threading.Semaphore(0)

def work():  # no checkpoint is on its way when a pause or a stop is
    begun.set()
    while True:
        go.acquire()
        checkpoint()

def note_stacks():
    for frame in sys._current_frames().values():
        while frame is not None:
            note(frame, "call", None)
            frame = frame.f_back

def spin():
    while not over:
        pass

def probe():
    if not healthy:
        raise OSError("down")

def guarded():
    for attempt in db.attempts():
        with attempt:
            probe()

def idle():
    return not pool._p_node.pool.root.slots.taken

take("A submit, to the end of the task")
pool = ThreadPoolExecutor(2)
pool.submit(int).result()
until(idle)
pool.submit(int).result()
until(idle)
task = pool.submit(work)
begun.wait()

take("A pause")
hold = pool.pause()
go.release()
until(lambda: pool.status().resting == 1)
hold.wait()
take("A resume")
pool.resume()
until(lambda: pool.status().resting == 0)
task.pause()
go.release()
until(lambda: pool.status().resting == 1)
begun.clear()
running = pool.submit(work)
begun.wait()
take("A stop")
task.stop()
running.stop()
go.release()
until(lambda: task.cancelled() and running.cancelled())

take("A guard's trip, and its recovery")
db = Guard("db", probe, trip_on=OSError, every=0.01)
with ThreadPoolExecutor(1, guards=[db]) as watched:
    done = watched.submit(guarded)
    until(lambda: watched.status().resting == 1)
    healthy = True
    done.result()
    until(lambda: not watched.is_paused())

if HAS_MONITORING:
    take("With a preemptive task")
    with ThreadPoolExecutor(1, preemptive=True) as unmodified:
        spinning = unmodified.submit(spin)
        until(spinning.running)
        with unmodified.pause(timeout=100):
            note_stacks()
        over = True
way = None
over = True
pool.shutdown()
say(json.dumps({name: sorted(seen) for name, seen in ways.items()}))
"""


def rows() -> list[tuple[str, str, list[str]]]:
    """Return the rows of the ways: the heading, the module, and its functions."""
    found, heading = [], ""
    for line in PAGE.splitlines():
        if line.startswith("#"):
            heading = line.lstrip("# ")
        elif line.startswith(PREEMPTIVE):
            heading = PREEMPTIVE
        elif row := ROW.match(line):
            found.append((heading, row[1], re.findall(r"`([\w.]+)`", row[3])))
    return found


def functions_of(module: str) -> set[str]:
    """Return the functions and methods that a module defines, from its source."""
    tree = ast.parse((ROOT / f"src/pausable/{module}.py").read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    found = {each.name for each in tree.body if isinstance(each, kinds)}
    for kind in tree.body:
        if isinstance(kind, ast.ClassDef):
            found |= {f"{kind.name}.{each.name}" for each in kind.body if isinstance(each, kinds)}
    return found


@pytest.fixture(scope="module")
def ways():
    """Return what each way has called, by its heading."""
    return json.loads(scripts.run(PROGRAM)[-1])


def test_each_module_that_is_named_is_there():
    """What the link says, in the text as in its target."""
    named = NAMED.findall(PAGE)
    assert len(named) > 40
    for said, path in named:
        assert said == path
        assert (ROOT / f"src/pausable/{path}.py").is_file(), path


@pytest.mark.parametrize(("way", "module", "functions"), rows(), ids=lambda each: str(each)[:40])
def test_a_way_comes_by(ways, way, module, functions):
    """Each function of a row is in that module, and is called on that way."""
    assert functions
    assert set(functions) <= functions_of(module)
    if way == PREEMPTIVE and not HAS_MONITORING:
        pytest.skip("tasks of this Python rest at checkpoints only")
    called = {each for each in functions if f"{module}:{each}" in ways[way]}
    assert called == set(functions)
