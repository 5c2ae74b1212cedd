"""Fresh interpreters, in which nothing of pausable has been imported yet."""

from __future__ import annotations

import subprocess
import sys
import textwrap

__all__ = ["fresh"]

PRELUDE = """\
import sys

def ours():
    return {name for name in sys.modules if name.partition(".")[0] == "pausable"}

"""


def fresh(script: str, timeout: float = 200.0) -> list[str]:
    """Run a program to its end, which must be a good one; return the lines it has printed.

    It has `sys`, and `ours()`, the names of our modules that are there. One that hangs prints the
    stacks of its threads.
    """
    watch = f"import faulthandler; faulthandler.dump_traceback_later({timeout - 5}, exit=True)\n"
    done = subprocess.run(
        [sys.executable, "-c", watch + PRELUDE + textwrap.dedent(script)],
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()
