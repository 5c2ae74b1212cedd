"""What is in a wheel and in an sdist, and what is to be."""

from __future__ import annotations

import tarfile
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "differences",
    "in_checkout",
    "in_sdist",
    "in_wheel",
    "wrong_with_sdist",
    "wrong_with_wheel",
]

Contents = dict[str, bytes]

_PACKAGE = "src/pausable"
_METADATA = {"METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE"}
_ESSENTIAL = {
    "__init__.py",
    "py.typed",
    "web/page/index.html",
    "web/page/panel.css",
    "web/page/panel.js",
}
_FOLDERS = ("src", "tests", "docs", "examples", "benchmarks")
_FILES = ("pyproject.toml", "Makefile", "LICENSE", "README.md", "CHANGELOG.md")
_UNTOLD = {"__pycache__", ".pytest_cache", ".ruff_cache", ".mypy_cache", ".hypothesis"}


def in_wheel(path: Path) -> Contents:
    """Return the files of a wheel, by their paths."""
    with zipfile.ZipFile(path) as file:
        return {each: file.read(each) for each in file.namelist() if not each.endswith("/")}


def in_sdist(path: Path) -> Contents:
    """Return the files of an sdist, by their paths in its folder."""
    found = {}
    with tarfile.open(path) as file:
        for each in file.getmembers():
            taken = file.extractfile(each)
            if taken is not None:
                found[each.name.partition("/")[2]] = taken.read()
    return found


def in_checkout(root: Path, *places: str) -> Contents:
    """Return the files of a checkout that are in these places, but for what tools have left."""
    found = {}
    for place in places:
        paths = [root / place] if (root / place).is_file() else sorted((root / place).rglob("*"))
        for each in paths:
            if each.is_file() and not _UNTOLD & set(each.parts):
                found[each.relative_to(root).as_posix()] = each.read_bytes()
    return found


def differences(these: Contents, those: Contents) -> list[str]:
    """List the paths that only one of them has, or that differ."""
    return sorted(
        each for each in these.keys() | those.keys() if these.get(each) != those.get(each)
    )


def wrong_with_wheel(wheel: Contents, root: Path) -> list[str]:
    """Say in sentences what a wheel lacks, and what it should not have; nothing if all is well."""
    expected = {
        path.removeprefix("src/"): data for path, data in in_checkout(root, _PACKAGE).items()
    }
    metadata = {path for path in wheel if path.partition("/")[0].endswith(".dist-info")}
    package = {path: data for path, data in wheel.items() if path not in metadata}
    said = [f"{each} is not as in src" for each in differences(package, expected)]
    names = {path.partition("/")[2] for path in metadata}
    said += [f"its metadata has or lacks {each}" for each in sorted(names ^ _METADATA)]
    lacks = sorted(each for each in _ESSENTIAL if f"pausable/{each}" not in wheel)
    return said + [f"it lacks {each}" for each in lacks]


def wrong_with_sdist(sdist: Contents, root: Path) -> list[str]:
    """Say in sentences what an sdist lacks, and what it should not have; nothing if all is well."""
    expected = in_checkout(root, *_FILES, *_FOLDERS)
    said = [
        f"{each} is not as in the checkout"
        for each in expected
        if sdist.get(each) != expected[each]
    ]
    known = (*_FILES, *_FOLDERS, "PKG-INFO", *(each.name for each in root.iterdir()))
    tools = _UNTOLD | {"build", "dist", ".venv", ".venv-ci", ".git"}
    strange = [
        each
        for each in sdist
        if each.partition("/")[0] not in known or tools & set(each.split("/"))
    ]
    return said + [f"{each} should not be there" for each in strange]
