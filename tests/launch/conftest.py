"""A folder for the sockets of the programs that tests run."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pausable.control.folders import VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def sockets_folder(monkeypatch) -> Iterator[Path]:
    """Have programs listen in a folder of the test's own: pytest's have too long a path."""
    made = Path(tempfile.mkdtemp(prefix="pausable-", dir="/tmp"))
    monkeypatch.setenv(VARIABLE, str(made))
    yield made
    shutil.rmtree(made)
