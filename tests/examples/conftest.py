"""Run the programs of examples/ as their users do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="session")
def run_example() -> Callable[..., list[str]]:
    """Return a function that runs an example in a process of its own, and returns its lines.

    *typed* is what the user types. It fails, with all that was printed, if the program fails,
    prints to stderr, or has not ended after 100 s.
    """

    def run(name: str, *arguments: str, typed: str = "") -> list[str]:
        command = [sys.executable, "-W", "error", str(EXAMPLES / f"{name}.py"), *arguments]
        ran = subprocess.run(
            command, input=typed, capture_output=True, text=True, timeout=100, check=False
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        assert not ran.stderr, ran.stdout + ran.stderr
        return ran.stdout.splitlines()

    return run
