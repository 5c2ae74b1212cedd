"""Imports point downwards only: the layers of the package, read from its source."""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import pausable

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCE = Path(pausable.__file__).parent

# From the bottom up. A module may import from its own layer and from those before it.
LAYERS = [
    ["pausable.snapshots"],
    ["pausable.errors", "pausable.events"],
    ["pausable._core"],
    ["pausable.scopes"],
    ["pausable._preempt.memo"],
    ["pausable._preempt.analysis"],
    ["pausable._preempt.rule"],
    ["pausable._preempt.engine"],
    ["pausable._preempt"],  # is empty
    ["pausable.threads", "pausable.aio", "pausable.guards"],
    ["pausable.remote"],
    ["pausable.adopted", "pausable.dask", "pausable.interpreters", "pausable.processes"],
    [
        "pausable.checkpoints",
        "pausable.everything",
        "pausable.futures",
        "pausable.joblib",
        "pausable.lowlevel",
        "pausable.pool",
    ],
    [
        "pausable.control",
        "pausable.metrics",
        "pausable.notebook",
        "pausable.spans",
        "pausable.terminal",
        "pausable.tracing",
    ],
    ["pausable.attach"],
    ["pausable"],
    ["pausable.launch", "pausable.tui", "pausable.web"],
    ["pausable.cli"],
    ["pausable.__main__"],
]

# Imports in functions are for what is not always installed, and for what is large and seldom used.
OPTIONAL = {
    ("pausable.cli.completion", "shtab"),
    ("pausable.cli.ls", "pausable.attach.candidates"),  # seldom wanted
    ("pausable.cli.operand", "pausable.control.link"),  # only panels need it
    ("pausable.cli.top", "pausable.tui.app"),  # needs Textual
    ("pausable.cli.web", "pausable.web.panel"),  # needs Starlette and uvicorn
    ("pausable.cli.web", "webbrowser"),
    ("pausable.terminal", "pausable.terminal.keyboard"),  # seldom is there a terminal
    ("pausable.notebook", "pausable.notebook.live"),  # needs anywidget
    ("pausable.notebook", "pausable.notebook.exhibit"),  # a table of plain data needs no pool
    ("pausable.scopes.view", "pausable.scopes.progress"),
    ("pausable.control.service", "pausable.control.protocol"),  # needs an extra
    ("pausable.control.service", "pausable.control.server"),
    ("pausable.control.listener", "pausable.control.loopback"),  # where there is nothing better
    ("pausable.control.reception", "pausable.control.loopback"),
    ("pausable.cli.pause", "subprocess"),  # takes longer to import than all of a pause
    ("pausable.control.owner", "pwd"),  # Windows has none
    ("pausable.attach.subject", "pwd"),
    ("pausable.scopes.loops", "asyncio"),  # whoever has a coroutine has it
    ("pausable.scopes.moments", "datetime"),  # whoever has one has it
    ("pausable.guards.bystanders", "asyncio"),
    ("pausable.launch.boot.sitecustomize", "importlib.util"),
    ("pausable.launch.boot.sitecustomize", "pausable.launch.hook"),  # may fail
    ("pausable.launch.hook", "pausable.tracing"),
    ("pausable.launch.hook", "pausable.launch.lease"),  # needs what Windows has not
    ("pausable.launch.hook", "pausable.launch.thread_pools"),  # few programs have any
    ("pausable.launch.hook", "pausable.launch.process_pools"),
    ("pausable.launch.process_pools", "pausable.launch.made_processes"),
    ("pausable.launch.stdlib_pools", "pausable.adopted.custody"),  # few need it
    ("pausable.launch.subclasses", "dis"),
    ("pausable.guards.question", "email.utils"),  # brings sockets; few resources name a date
    ("pausable.interpreters.worker_interpreter", "importlib.machinery"),  # is sent as it is
    ("pausable.interpreters.worker_interpreter", "sys"),
    ("pausable.guards.probes.tcp", "socket"),
    ("pausable.guards.window", "zoneinfo"),  # reads the system's configuration
    ("pausable.guards.probes.http", "httpx"),
    ("pausable.guards.probes.load", "psutil"),
    ("pausable.guards.probes.memory", "psutil"),
}
EXTRAS = {
    "anyio",
    "anywidget",
    "dask",
    "distributed",
    "httpx",
    "joblib",
    "msgspec",
    "opentelemetry",
    "prometheus_client",
    "psutil",
    "rich",
    "shtab",
    "starlette",
    "textual",
    "traitlets",
    "uvicorn",
}

# Who may know of threads, and why. All else knows seats, and what can be woken.
ABOUT_THREADS = {
    "pausable.threads": "runs tasks on them",
    "pausable.aio.carrier": "says which one its event loop runs on",
    "pausable.adopted": "has those of the stdlib's pools run tasks",
    "pausable.processes": "has those of its pool speak with processes, and one that watches these",
    "pausable.interpreters": "has those of its pool speak with interpreters, and two in each",
    "pausable._preempt": "lets those rest and stop that run tasks",
    "pausable._core.parker": "is how one waits",
    "pausable._core.attention": "finds the seat of the calling one",
    "pausable._core.frames": "reads their frames",
    "pausable._core.locations": "leaves the stdlib's own file out of places",
    "pausable._core.interruption": "asks whether this is the main one, which signal handlers run on",
    "pausable.scopes.foreign": "asks the same: Ctrl-C comes there",
    "pausable._core.outbox": "has one, the herald",
    "pausable.metrics.ledger": "may be read by several",
    "pausable.notebook.sampler": "has one, which looks",
    "pausable.control.link": "has one, which watches, in a panel's process",
    "pausable.dask.teller": "has one, on which futures of a cluster end",
    "pausable.spans.journal": "is written by those of tasks",
    "pausable.tracing.writer": "has one, which writes",
    "pausable.scopes.announced": "makes the condition that the stdlib's functions wait on",
    "pausable.scopes.endings": "is called before the interpreter waits for them",
    "pausable.scopes.progress": "has one, which draws",
    "pausable.scopes.request": "names a hold after the one that places it",
    "pausable.scopes.resumers": "looks for one that can still resume",
    "pausable.scopes.timer": "has one, and one for each call that may block",
    "pausable.guards.watcher": "names the calling one, for the log",
    "pausable.launch.lease": "has one, which waits for the end of a command",
    "pausable.launch.boot.sitecustomize": "asks whether it is in a sub-interpreter",
    "pausable.launch.takeover": "asks whether they are still what they were",
    "pausable.attach.lateness": "asks whether the main one has ended",
    "pausable.terminal.reader": "has one, which reads the keys",
    "pausable.terminal.keyboard": "is called before the interpreter waits for them",
    "pausable.terminal.suspension": "sends the calling one a signal",
    "pausable.control.backstage": "is the one that answers all clients",
    "pausable.control.reception": "has one for a command that may run code of the program",
}
LOCKS = {
    "pausable": "those who use a name for the first time take turns",
    "pausable._core.pool": "is the one of the visit",
    "pausable.scopes.joint_hold": "is the one of a guard, above those of pools",
    "pausable.control.hurry": "those who are in it at the same time count themselves",
    "pausable.control.service": "a process has one server",
    "pausable.attach.inside": "one comes or goes at a time",
}

BLOCKING = {"park", "join", "wait", "sleep"}  # as methods


@dataclass(frozen=True)
class Import:
    """One import: by whom, of what, and whether it is only for type checkers or in a function."""

    by: str
    of: str
    typing_only: bool = False
    in_function: bool = False


def modules() -> dict[str, ast.Module]:
    """Parse all modules of the package."""
    found = {}
    for file in sorted(SOURCE.rglob("*.py")):
        parts = ("pausable", *file.relative_to(SOURCE).with_suffix("").parts)
        name = ".".join(part for part in parts if part != "__init__")
        found[name] = ast.parse(file.read_text(encoding="utf-8"))
    return found


MODULES = modules()


def imports() -> Iterator[Import]:
    """List all imports of all modules."""
    for name, tree in MODULES.items():
        yield from walk(name, tree)


def walk(by: str, node: ast.AST, *, typing_only: bool = False, inside: bool = False):
    """List the imports in a piece of code."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.Import, ast.ImportFrom)):
            for of in imported(child):
                yield Import(by, of, typing_only, inside)
        elif isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            yield from walk(by, child, typing_only=True, inside=inside)
        else:
            is_function = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
            yield from walk(by, child, typing_only=typing_only, inside=inside or is_function)


def imported(statement: ast.Import | ast.ImportFrom) -> list[str]:
    """Name the modules that a statement imports."""
    if isinstance(statement, ast.Import):
        return [alias.name for alias in statement.names]
    assert statement.level == 0, "imports are absolute"
    base = statement.module or ""
    names = [f"{base}.{alias.name}" for alias in statement.names]
    return [name if name in MODULES else base for name in names]


def layer_of(module: str) -> int:
    """Return the number of the layer in which a module is."""
    for number, layer in enumerate(LAYERS):
        for name in layer:
            if module == name or (name != "pausable" and module.startswith(f"{name}.")):
                return number
    raise AssertionError(f"{module} is in no layer: put it into one")


OURS = [each for each in imports() if each.of.partition(".")[0] == "pausable"]
# What is imported with its module. The package imports what its names need when they are used
# (tests/importing), and shows that to type checkers only.
AT_ONCE = [
    each
    for each in OURS
    if not each.in_function and (not each.typing_only or each.by == "pausable")
]


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_downwards(module):
    """No module imports, not even for type checkers, what is above it."""
    upwards = [each for each in OURS if each.by == module and layer_of(each.of) > layer_of(module)]
    assert not upwards


PLAIN = ("pausable.errors", "pausable.events", "pausable.snapshots")


def test_the_plain_data_knows_nothing_of_the_rest():
    """Errors and events import snapshots, and snapshots nothing."""
    assert {each.of for each in OURS if each.by in PLAIN} <= {"pausable.snapshots"}


def test_no_module_imports_itself_through_others():
    """There are no cycles, so that no order of imports matters."""
    graph = {name: set() for name in MODULES}
    for each in AT_ONCE:
        graph[each.by].add(each.of)
    TopologicalSorter(graph).prepare()  # raises CycleError


def test_there_are_no_circles_of_types():
    """Nothing imports itself through others, not even for type checkers; the package names all."""
    graph = {name: set() for name in MODULES}
    for each in OURS:
        if each.by != "pausable" and not each.in_function:
            graph[each.by].add(each.of)
    TopologicalSorter(graph).prepare()


def test_the_analysis_of_bytecode_has_one_door():
    """Nothing outside of the analysis imports one of its modules: all go by the package."""
    room = "pausable._preempt.analysis"
    inside = {room, *(name for name in MODULES if name.startswith(f"{room}."))}
    assert not [each for each in OURS if each.of in inside - {room} and each.by not in inside]


def test_only_optional_things_are_imported_in_functions():
    """All other imports stand at the head of their module: these few are no part of the rest."""
    inside = {(each.by, each.of) for each in imports() if each.in_function}
    assert inside <= OPTIONAL


def test_the_package_needs_nothing_but_the_stdlib():
    """What is not of the stdlib belongs to an extra, and importing pausable does not reach it."""
    known = {*sys.stdlib_module_names, "pausable"}
    foreign = {(each.by, top) for each in imports() if (top := each.of.split(".")[0]) not in known}
    assert {top for _, top in foreign} <= EXTRAS
    assert not {by for by, _ in foreign} & reached_from("pausable", "pausable.futures")


def test_only_what_is_about_threads_imports_them():
    """The core, scopes and guards know no threads, but where it is said why, and three locks."""
    found = {
        each.by
        for each in imports()
        if each.of in ("threading", "_thread") and not each.typing_only
    }
    rooms = {
        by: [each for each in ABOUT_THREADS if f"{by}.".startswith(f"{each}.")] for by in found
    }
    assert {by for by, known in rooms.items() if not known} == set(LOCKS)
    assert {each for known in rooms.values() for each in known} == set(ABOUT_THREADS)


def test_guards_know_scopes_and_nothing_of_the_core():
    """Not even for type checkers: what they need of it is a seam of scopes."""
    seams = ("pausable.guards", "pausable.scopes.", *PLAIN)
    ours = [each for each in OURS if each.by.startswith("pausable.guards")]
    assert ours
    assert not [each for each in ours if not each.of.startswith(seams)]


def test_the_second_adapter_is_made_of_the_seams():
    """That in the tests imports the core, scopes and plain data, and is as short as is promised."""
    source = Path(__file__).parents[1] / "adapters" / "steps.py"
    text = source.read_text(encoding="utf-8")
    ours = [each.of for each in walk("steps", ast.parse(text)) if each.of.startswith("pausable.")]
    assert ours
    assert all(
        of.startswith(("pausable._core.", "pausable.scopes.", "pausable.snap")) for of in ours
    )
    assert len(text.splitlines()) <= 200


def reached_from(*names: str) -> set[str]:
    """Collect the modules that are imported when these are."""
    reached: set[str] = set()
    ahead = set(names)
    while ahead:
        reached |= ahead
        ahead = {each.of for each in AT_ONCE if each.by in reached} - reached
    return reached


def test_the_core_does_not_block():
    """Threads park in `scopes/` and `threads/`; the core decides and returns."""
    blocking = {
        name
        for name, tree in MODULES.items()
        if name.startswith("pausable._core.")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in BLOCKING
        and not isinstance(node.func.value, (ast.Constant, ast.JoinedStr))  # "; ".join(...)
    }
    # times.plain_sleep is what sleep() does outside any task; in outbox.py
    # it is a thread of its own that waits.
    assert blocking == {"pausable._core.outbox", "pausable._core.times"}
