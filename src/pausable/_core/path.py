"""The path: where a scope is in the tree, as text that no other scope of the process ever has.

A path is ``pool/group/task``. Each part is the name, with what would make it ambiguous escaped as
in URLs, and a number where the name alone would not do. Names are for people, and may be given
twice; a path is for programs. A fork copies paths: they are unique within a process.

    1. Of pools whose names differ in a number at the end only, the highest is kept: what is given
       again gets the next one.
    2. A task's part ends in its number in the pool (``render-17``), or, if a name was given, in a
       mark (``nightly#3``). It is made when it is asked for, and costs nothing before.
    3. A group's part is its name, the first time. Later it gets a mark, too. So does a name that a
       task's part may be: one that ends in a number that has been given out. A task that gets such
       a number later adds it once more.
"""

from __future__ import annotations

import re
from itertools import count
from typing import TYPE_CHECKING, Any

from pausable._core.gil import HAS_GIL
from pausable._core.grip import under

if TYPE_CHECKING:
    from collections.abc import Callable


__all__ = [
    "Identity",
    "Numbers",
    "escaped",
    "id_of_task",
    "new_id",
    "path_of_part",
    "path_of_task",
]

new_id: Callable[[], int] = count(1).__next__
"""Give out an id, which no other scope of the process ever has."""

_NUMBERED = re.compile(r"(.*)-(0|[1-9][0-9]{0,600})", re.DOTALL)

_highest: dict[str, int] = {}
"""Of the pools of one name, the highest number; 1 for the name alone."""


def id_of_task(task: Any) -> int:
    """Return the id of a task: given out when it is asked for, and so for nothing before."""
    return task._p_id or (
        _give_id(task) if HAS_GIL else under(task._p_node.pool.lock, _give_id, task)
    )


def _give_id(task: Any) -> int:
    mine = new_id()
    # Nothing is called in these lines: nobody, who might ask, too, comes between.
    if not task._p_id:
        task._p_id = mine
    given: int = task._p_id
    return given


class Numbers:
    """The numbers that one pool gives out."""

    __slots__ = ("marks", "tasks")

    def __init__(self) -> None:
        """Begin with 1."""
        self.tasks: count[int] = count(1)  # of tasks without a name, as they are submitted
        self.marks: count[int] = count(1)  # where a name is given, or given again


class Identity:
    """What a scope is known by, and no other scope of the process ever is."""

    __slots__ = ("id", "parts", "path")

    def __init__(self, name: str, parent: Any) -> None:
        """Give one to the group of this *name* of *parent*, under the lock; without, to a pool."""
        self.id: int = new_id()
        self.parts: dict[str, object] = {}  # last parts of the paths its groups have, or had
        self.path: str = _path_of_pool(name) if parent is None else _path_of_group(parent, name)


def _path_of_pool(name: str) -> str:
    """Return the path of a pool that is being made. Without the GIL, under a lock."""
    part = escaped(name)
    match = _NUMBERED.fullmatch(part)
    base, number = (part, 1) if match is None else (match[1], int(match[2]))
    given = _claim(base, number)
    return part if given == number else f"{base}-{given}"


def _claim(base: str, number: int) -> int:
    # Nothing is called in these lines: with the GIL, nobody else comes between.
    if base in _highest and _highest[base] >= number:
        number = _highest[base] + 1
    _highest[base] = number
    return number


def _path_of_group(parent: Any, name: str) -> str:
    """Return the path of a group that is being made. Under the lock."""
    part, taken, pool = escaped(name), parent.identity.parts, parent.pool
    mine = object()
    if taken.setdefault(part, mine) is mine:  # from here on a new task of this name avoids it
        match = _NUMBERED.fullmatch(part)
        if match is None or int(match[2]) >= _next_of(pool.numbers.tasks):
            return f"{parent.identity.path}/{part}"
        del taken[part]  # a task may have it
    return f"{parent.identity.path}/{part}#{next(pool.numbers.marks)}"


def _next_of(numbers: count[int]) -> int:
    """Tell the next number and do not take it: `repr` is the only way to look."""
    return int(repr(numbers)[len("count(") : -1])


def path_of_task(task: Any) -> str:
    """Return the path of a task; "" of a future that no pool owns."""
    node = task._p_node
    if node is None:
        return ""
    return path_of_part(node, task._p_title, task._p_number)


def path_of_part(node: Any, title: str, number: int) -> str:
    """Return the path of a task of *node*, by its name without a number, and its number."""
    if number <= 0:
        return f"{node.identity.path}/{escaped(title)}#{-number}"
    mine = f"{escaped(title)}-{number}"
    if (
        node.identity.parts
    ):  # while it is empty no group has a name like this, nor will get this number
        mine = under(node.pool.lock, _apart, node, mine, number)
    return f"{node.identity.path}/{mine}"


def _apart(node: Any, part: str, number: int) -> str:
    while part in node.identity.parts:
        part = f"{part}-{number}"
    return part


def escaped(name: str) -> str:
    """Return a name as a part of paths."""
    if name.isidentifier():
        return name
    if not name.strip("."):  # parts that mean something else in addresses and file names
        return name.replace(".", "%2E") or "%"
    return "".join(
        each if each.isprintable() and each not in "/%#" else _percent(each) for each in name
    )


def _percent(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogatepass"))
