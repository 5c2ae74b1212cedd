"""The site as `make docs` has built it: without it, tests of it are skipped."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest

__all__ = ["REFERENCE", "inventory", "site"]

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs/reference"


def site() -> Path:
    """Return the folder of the site; skip the test where it has not been built."""
    built = ROOT / "build/docs"
    if not (built / "objects.inv").exists():
        pytest.skip("the site is not built: make docs")
    return built


def inventory() -> set[str]:
    """Return the Python names that the site has an entry for."""
    packed = (site() / "objects.inv").read_bytes().split(b"\n", 4)[4]
    lines = zlib.decompress(packed).decode().splitlines()
    return {line.split(" ", 1)[0] for line in lines if " py:" in line}
