"""The API pages: each public name is in the lists that they are made of, and on the built site."""

from __future__ import annotations

import inspect
import re
from contextlib import suppress
from importlib import import_module

import pytest
from docs.built import REFERENCE, inventory

NEWER = {"pausable.futures.InterpreterPoolExecutor"}  # what not all of our Pythons have
TABLE = (REFERENCE / "index.md").read_text("utf-8").split("## The modules")[1].split("\n\n")[1]
MODULES = re.findall(r"`(pausable[\w.]*)`", "".join(row.split("|")[1] for row in TABLE.split("\n")))
FENCE = re.compile(r"^```api\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LISTED = [
    name
    for page in sorted(REFERENCE.glob("api/*.md"))
    for names in FENCE.findall(page.read_text("utf-8"))
    for name in names.split()
]


def module_of(name: str) -> str:
    """Return the module of a public name."""
    return name.rpartition(".")[0]


def classes() -> list[tuple[str, type]]:
    """Return our public classes, but for those of modules whose libraries are missing here."""
    found = []
    for name in LISTED:
        with suppress(ImportError):
            each = getattr(import_module(module_of(name)), name.rpartition(".")[2])
            if inspect.isclass(each) and each.__module__.startswith("pausable"):
                found.append((name, each))
    return found


@pytest.mark.parametrize("module", MODULES)
def test_every_public_name_is_listed_once(module) -> None:
    """What a module has in `__all__` is in the lists, each name once, and nothing else."""
    names = {
        f"{module}.{each}" for each in pytest.importorskip(module, exc_type=ImportError).__all__
    }
    ours = [name for name in LISTED if module_of(name) == module]
    assert sorted(ours) == sorted(names - {*MODULES} - NEWER)


def test_the_lists_are_of_public_modules() -> None:
    """The lists have all modules that the reference calls public, and no others."""
    assert {module_of(name) for name in LISTED} == set(MODULES)


def test_every_public_name_is_on_the_site() -> None:
    """The site has an entry for each name of the lists."""
    assert set(LISTED) - inventory() == set()


def test_every_method_is_on_the_site() -> None:
    """The site has an entry for each method and property, of the class itself or of one above."""
    entries = inventory()
    known = classes()
    missing = [
        f"{name}.{own}"
        for name, cls in known
        for own in public_methods(cls)
        if not any(f"{above}.{own}" in entries for above, each in known if each in cls.__mro__)
    ]
    assert missing == []


def public_methods(cls: type) -> list[str]:
    """Return the names of what a class does and says that is made by this package."""
    return [
        own
        for base in cls.__mro__
        if base.__module__.startswith("pausable")
        for own, each in vars(base).items()
        if own[0] != "_" and getattr(each, "__doc__", None) and hasattr(type(each), "__get__")
    ]
