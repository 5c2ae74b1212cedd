"""Other interpreters: the same benchmarks run by them, in processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sysconfig
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.contest import Result

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["measure_in", "read", "write"]

_ROOT = Path(__file__).parents[1]


def measure_in(python: str, arguments: Sequence[str]) -> tuple[str, list[Result]]:
    """Let *python* measure, and return its version and its results. What it prints is passed on.

    It finds pausable in the checkout, and the other libraries where this interpreter has them:
    those are plain Python, and one that is not is reported as not installed.
    """
    paths = [str(_ROOT / "src"), sysconfig.get_path("purelib")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "results.json"
        command = [python, "-m", "benchmarks", "--json", str(file), *arguments]
        subprocess.run(command, cwd=_ROOT, env=environment, check=True)
        return read(file)


def write(file: Path, version: str, results: Sequence[Result]) -> None:
    """Write results for `read`."""
    found = {"version": version, "results": [asdict(each) for each in results]}
    file.write_text(json.dumps(found), encoding="utf-8")


def read(file: Path) -> tuple[str, list[Result]]:
    """Read what `write` has written."""
    found = json.loads(file.read_text(encoding="utf-8"))
    return found["version"], [Result(**each) for each in found["results"]]
