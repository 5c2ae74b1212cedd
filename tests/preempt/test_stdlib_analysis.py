"""The analysis understands all code there is: the stdlib's, and that of installed packages."""

from __future__ import annotations

import importlib.metadata
import os
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from preempt.witness import codes

from pausable._preempt.analysis import Analysis

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import CodeType

STDLIB = Path(os.__file__).parent

# In every run: what has with statements, generators, coroutines and exception groups of all kinds.
SAMPLE = ["contextlib.py", "threading.py", "subprocess.py", "asyncio", "concurrent", "unittest"]

PACKAGES = os.environ.get("PAUSABLE_ANALYSE", "pytest pluggy hypothesis rich pygments").split()


def sources(*paths: Path) -> Iterator[Path]:
    """List the Python files at and below some paths; a link may lead nowhere."""
    for path in paths:
        inside = sorted(path.rglob("*.py")) if path.is_dir() else [path]
        found = [each for each in inside if each.is_file()]
        yield from (each for each in found if "site-packages" not in each.parts or path != STDLIB)


def compiled(files: Iterable[Path]) -> Iterator[CodeType]:
    """Compile files, and list all of their code objects; what is not Python is left out."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for file in files:
            try:
                code = compile(file.read_bytes(), str(file), "exec", dont_inherit=True)
            except (SyntaxError, ValueError):
                continue  # a test of the compiler, a template, or for another Python
            yield from codes(code)


def not_understood(found: Iterable[CodeType]) -> tuple[int, list[str]]:
    """Analyse code objects completely; return how many there were, and those not understood."""
    count, failed = 0, []
    for code in found:
        count += 1
        analysis = Analysis(code)
        if not analysis.understood:
            failed.append(f"{code.co_filename}:{code.co_firstlineno} {analysis.not_understood}")
            continue
        for each in analysis.listing.instructions:
            analysis.claims(each.offset)
            analysis.may_raise(each.offset, in_callee=False)
    return count, failed


@pytest.mark.parametrize("name", SAMPLE)
def test_a_sample_of_the_stdlib(name):
    """All code of these modules is understood."""
    count, failed = not_understood(compiled(sources(STDLIB / name)))
    assert count
    assert not failed


@pytest.mark.stress
@pytest.mark.timeout(1800)
def test_the_whole_stdlib(capsys):
    """All code objects of the stdlib are understood, its tests included."""
    count, failed = not_understood(compiled(sources(STDLIB)))
    with capsys.disabled():
        print(f"\n{count} code objects of the stdlib of {sys.version.split()[0]}")  # noqa: T201 - for people
    assert count > 10_000
    assert not failed


@pytest.mark.stress
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", PACKAGES)
def test_installed_packages(name, capsys):
    """All code objects of the packages named in PAUSABLE_ANALYSE are understood."""
    try:
        files = importlib.metadata.files(name) or []
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("not installed")
    found = [Path(str(each.locate())) for each in files if each.suffix == ".py"]
    count, failed = not_understood(compiled(found))
    with capsys.disabled():
        print(f"\n{count} code objects of {name}")  # noqa: T201 - for people
    assert not failed
