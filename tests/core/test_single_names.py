"""A name has one meaning: no module or class of the package is called like another one.

Read from its source. Where two are called alike they are the same thing, in another form.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

import pausable

SOURCE = Path(pausable.__file__).parent
MODULES = [each.relative_to(SOURCE) for each in SOURCE.rglob("*.py") if each.stem[:2] != "__"]

FRAMES = {"control/parts.py", "control/shapes.py", "control/replies.py", "control/reply_shapes.py"}
"""What these have is what is sent of something that has this name elsewhere, in two ways."""

SAME = {
    "crew": "the threads of a pool, whether ours or the stdlib's",
    "worker": "what such a thread does",
    "pool": "the core's, and where users find the class of `multiprocessing.pool`",
    "refusal": "what is raised when a command cannot do what it is for",
}


def alike(named):
    """Return what stands in several places, without the commands, called like what they do."""
    found = defaultdict(set)
    for name, where in named:
        if where not in FRAMES and not where.startswith("cli/"):
            found[name].add(where)
    return {name: places for name, places in found.items() if len(places) > 1}


def classes():
    """Yield the classes of all modules."""
    for module in MODULES:
        for each in ast.parse((SOURCE / module).read_text(encoding="utf-8")).body:
            if isinstance(each, ast.ClassDef) and not each.name.startswith("_"):
                yield each.name, module.as_posix()


def test_no_module_is_called_like_another():
    """A file is known from its name, in whatever folder it is."""
    assert set(alike((each.stem, each.as_posix()) for each in MODULES)) <= set(SAME)


def test_no_class_is_called_like_another():
    """A class is known from its name."""
    assert set(alike(classes())) <= set(SAME)
