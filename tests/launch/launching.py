"""Programs as Python runs them, and as `pausable run` does."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["DIRECT", "PROGRAMS", "RUN", "Ended", "run", "start"]

PROGRAMS = Path(__file__).parent / "programs"

ADDRESS = re.compile(r"0x[0-9a-f]{6,}|/mp-\w+")  # and names of semaphores

_CACHE = TemporaryDirectory(prefix="pausable-cache-")
"""Where compiled modules are kept, also if our own interpreter is not to: each start needs many."""

DIRECT = (sys.executable,)
RUN = (sys.executable, "-m", "pausable", "run")


@dataclass(frozen=True)
class Ended:
    """How a program has ended: all that whoever has started it sees, but for addresses in it."""

    code: int
    out: str
    err: str


def start(
    how: Sequence[str], *arguments: str, cwd: Path | None = None, **environment: str
) -> subprocess.Popen[str]:
    """Start a program, its three streams being pipes."""
    pipe = subprocess.PIPE
    inherited = {**os.environ, "PYTHONPYCACHEPREFIX": _CACHE.name}
    inherited.pop("PYTHONDONTWRITEBYTECODE", None)
    return subprocess.Popen(
        [*how, *arguments],
        stdin=pipe,
        stdout=pipe,
        stderr=pipe,
        text=True,
        start_new_session=True,
        cwd=cwd,
        env={**inherited, **environment},
    )


def run(
    how: Sequence[str],
    *arguments: str,
    given: str = "",
    cwd: Path | None = None,
    timeout: float = 60.0,
    **environment: str,
) -> Ended:
    """Run a program to its end, with *given* on its standard input."""
    with start(how, *arguments, cwd=cwd, **environment) as process:
        try:
            out, err = process.communicate(given, timeout)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            raise AssertionError(process.communicate()) from None
    return Ended(process.returncode, *(ADDRESS.sub("0x...", said) for said in (out, err)))
