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
    ["pausable._preempt"],
    ["pausable.threads"],
    ["pausable.checkpoints", "pausable.futures", "pausable.guards", "pausable.lowlevel"],
    ["pausable"],
]

# Imports in functions are for what is not always installed.
OPTIONAL = {
    ("pausable.threads.scope", "pausable.threads.progress"),
    ("pausable.guards.probes.http", "httpx"),
    ("pausable.guards.probes.load", "psutil"),
    ("pausable.guards.probes.memory", "psutil"),
}
EXTRAS = {"httpx", "psutil", "rich"}

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


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_downwards(module):
    """No module imports, not even for type checkers, what is above it."""
    upwards = [each for each in OURS if each.by == module and layer_of(each.of) > layer_of(module)]
    assert not upwards


def test_the_plain_data_knows_nothing_of_the_rest():
    """Errors and events import snapshots, and snapshots nothing."""
    plain = {"pausable.errors", "pausable.events", "pausable.snapshots"}
    assert {each.of for each in OURS if each.by in plain} <= {"pausable.snapshots"}


def test_no_module_imports_itself_through_others():
    """There are no cycles, so that no order of imports matters."""
    graph = {name: set() for name in MODULES}
    for each in OURS:
        if not each.typing_only and not each.in_function:
            graph[each.by].add(each.of)
    TopologicalSorter(graph).prepare()  # raises CycleError


def test_only_optional_things_are_imported_in_functions():
    """All other imports stand at the head of their module."""
    inside = {(each.by, each.of) for each in imports() if each.in_function}
    assert inside <= OPTIONAL


def test_the_package_needs_nothing_but_the_stdlib():
    """What is not of the stdlib belongs to an extra, and importing pausable does not reach it."""
    known = {*sys.stdlib_module_names, "pausable"}
    foreign = {(each.by, top) for each in imports() if (top := each.of.split(".")[0]) not in known}
    assert {top for _, top in foreign} <= EXTRAS
    assert not {by for by, _ in foreign} & reached_from("pausable", "pausable.futures")


def reached_from(*names: str) -> set[str]:
    """Collect the modules that are imported when these are."""
    reached: set[str] = set()
    ahead = set(names)
    while ahead:
        reached |= ahead
        at_once = [each for each in OURS if not each.typing_only and not each.in_function]
        ahead = {each.of for each in at_once if each.by in reached} - reached
    return reached


def test_one_file_of_the_core_blocks():
    """Threads park in `_core/parking.py`; all else in the core decides and returns."""
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
    # times.plain_sleep is what sleep() does outside any task, called by parking.py.
    assert blocking == {"pausable._core.parking", "pausable._core.times"}
