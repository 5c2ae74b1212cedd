"""A shell for each test, and the proof that it has its terminal back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from terminal.shell import Shell

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    """Give a shell whose terminal is, after the test, in the state in which it was before."""
    shell = Shell(tmp_path)
    try:
        before = shell.state()
        yield shell
        shell.timeout = 5.0  # it has said its prompt, or the test has failed
        assert shell.state() == before
    finally:
        shell.close()
