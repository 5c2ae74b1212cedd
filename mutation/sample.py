"""Which mutants are tried: a seeded sample of those that are code."""

from __future__ import annotations

import ast
import random
from functools import cache
from typing import TYPE_CHECKING

from cosmic_ray.work_db import use_db

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cosmic_ray.work_item import MutationSpec, WorkItem


def draw(session: Path, folder: Path, size: int, seed: int) -> tuple[int, int]:
    """Leave so many mutants in a session; return how many there were, and how many were of code.

    The paths of its modules are those from *folder*.

    Annotations are not: nothing evaluates them, so that no test can tell the mutant.
    """
    with use_db(str(session)) as database:
        every = database.work_items
        code = [each for each in every if not _is_annotation(each.mutations[0], folder)]
        drawn = random.Random(seed).sample(sorted(code, key=place), min(size, len(code)))
        database.clear()
        database.add_work_items(drawn)
    return len(every), len(code)


def place(item: WorkItem) -> tuple[str, tuple[int, int], str, int]:
    """Put the mutants in an order that is the same in each session: their ids are random."""
    spec = item.mutations[0]
    return str(spec.module_path), spec.start_pos, spec.operator_name, spec.occurrence


def _is_annotation(spec: MutationSpec, folder: Path) -> bool:
    return any(
        start <= spec.start_pos and spec.end_pos <= end
        for start, end in _ranges(folder / spec.module_path)
    )


@cache
def _ranges(module: Path) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    return [
        ((node.lineno, node.col_offset), (node.end_lineno or 0, node.end_col_offset or 0))
        for node in _annotations(ast.parse(module.read_text(encoding="utf-8")))
    ]


def _annotations(tree: ast.Module) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        match node:
            case ast.arg(annotation=ast.expr() as found) | ast.AnnAssign(annotation=found):
                yield found
            case ast.FunctionDef(returns=ast.expr() as found):
                yield found
