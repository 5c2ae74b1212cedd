"""The stage: where the programs that are shown run, apart from all others of this machine."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pausable
from pausable.control.folders import VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["HERE", "THEMES", "Stage", "stage"]

HERE = Path(__file__).parent
THEMES = ("dark", "light")

# Its lines are named as in the reader's own folder, not with the path of ours.
_NAMED_SHORTLY = "exec(compile(open({0!r}).read(), {0!r}, 'exec'))"


@dataclass(frozen=True)
class Stage:
    """A folder, and the environment of what runs there."""

    folder: Path
    surroundings: dict[str, str]

    @contextmanager
    def program(self, name: str) -> Iterator[subprocess.Popen[str]]:
        """Run a program of this package until the end of the block; begin when it has printed."""
        running = subprocess.Popen(
            [sys.executable, "-c", _NAMED_SHORTLY.format(name)],
            cwd=HERE,
            env=self.surroundings,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        with running:
            try:
                assert running.stdout is not None
                running.stdout.readline()
                yield running
            finally:
                running.kill()


@contextmanager
def stage() -> Iterator[Stage]:
    """Set it up: `pausable` is this one, whether it is installed or not."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        sockets = folder / ".sockets"  # no other program of this machine is there to be seen
        sockets.mkdir(mode=0o700)
        command = folder / ".bin" / "pausable"
        command.parent.mkdir()
        script = (
            f"#!{sys.executable}\nimport sys\nfrom pausable.cli import main\nsys.exit(main())\n"
        )
        command.write_text(script, encoding="utf-8")
        command.chmod(0o755)
        yield Stage(
            folder,
            {
                "PATH": os.pathsep.join((str(command.parent), os.defpath)),
                "PYTHONPATH": str(Path(pausable.__file__).parents[1]),
                VARIABLE: str(sockets),
                "HOME": made,
                "TERM": "xterm-256color",
                "LANG": "C.UTF-8",
            },
        )
