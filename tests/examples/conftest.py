"""Run the programs of examples/ as their users do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from helpers import without_waits

if TYPE_CHECKING:
    from collections.abc import Callable

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="session")
def run_example() -> Callable[..., list[str]]:
    """Return a function that runs an example in a process of its own, and returns its lines.

    *typed* is what the user types. It fails, with all that was printed, if the program fails,
    prints to stderr, or has not ended after 200 s. What the library says of waits that take longer
    than a second, as they may on a busy machine, is left out.
    """

    def run(name: str, *arguments: str, typed: str = "") -> list[str]:
        folder = EXAMPLES / name  # of a program with a __main__.py; others are single files
        program = folder if folder.is_dir() else EXAMPLES / f"{name}.py"
        command = [sys.executable, "-W", "error", str(program), *arguments]
        ran = subprocess.run(
            command, input=typed, capture_output=True, text=True, timeout=200, check=False
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        assert not without_waits(ran.stderr), ran.stdout + ran.stderr
        return without_waits(ran.stdout)

    return run
