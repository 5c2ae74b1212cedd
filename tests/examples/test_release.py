"""The checks of distributions see what is missing, and what should not be there."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def contents(monkeypatch):
    """Give the module that looks through distributions; it is in the checkout only."""
    monkeypatch.syspath_prepend(str(ROOT))
    from release import contents  # noqa: PLC0415

    yield contents
    for name in ("release", "release.contents"):
        sys.modules.pop(name, None)


@pytest.fixture
def wheel(contents):
    """Return the files of a wheel that is as it should be."""
    package = contents.in_checkout(ROOT, "src/pausable")
    metadata = dict.fromkeys(contents._METADATA, b"")
    return {
        **{path.removeprefix("src/"): data for path, data in package.items()},
        **{f"pausable-1.dist-info/{name}": data for name, data in metadata.items()},
    }


def test_a_wheel_that_is_whole(contents, wheel):
    """Nothing is said of it."""
    assert contents.wrong_with_wheel(wheel, ROOT) == []


@pytest.mark.parametrize(
    "lost",
    ["pausable/py.typed", "pausable/web/page/panel.js", "pausable-1.dist-info/entry_points.txt"],
)
def test_a_file_is_lost(contents, wheel, lost):
    """It is named, be it code, data or metadata."""
    del wheel[lost]
    said = contents.wrong_with_wheel(wheel, ROOT)
    assert lost.rpartition("/")[2] in "".join(said)


@pytest.mark.parametrize(
    "strange", ["tests/conftest.py", "benchmarks/x.py", "pausable/left.py", "helpers.py"]
)
def test_a_file_too_many(contents, wheel, strange):
    """What is not of the package is not to be installed."""
    wheel[strange] = b""
    assert contents.wrong_with_wheel(wheel, ROOT) == [f"{strange} is not as in src"]


def test_a_file_that_differs(contents, wheel):
    """Another content is seen, too."""
    wheel["pausable/errors.py"] += b"\n"
    assert contents.wrong_with_wheel(wheel, ROOT) == ["pausable/errors.py is not as in src"]


def test_an_sdist(contents):
    """It lacks nothing from which a wheel is built and tested, and has nothing that tools have left."""
    sdist = contents.in_checkout(ROOT, *contents._FILES, *contents._FOLDERS)
    assert contents.wrong_with_sdist(sdist, ROOT) == []
    del sdist["pyproject.toml"]
    sdist["src/pausable/__pycache__/errors.pyc"] = b""
    sdist["strange"] = b""
    assert contents.wrong_with_sdist(sdist, ROOT) == [
        "pyproject.toml is not as in the checkout",
        "src/pausable/__pycache__/errors.pyc should not be there",
        "strange should not be there",
    ]
