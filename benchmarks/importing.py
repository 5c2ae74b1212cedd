"""What an import costs a program: the CPU time of whole processes, over that of a bare interpreter.

Each process with the import is measured next to one without, which is taken off: what is left
includes reading the modules, running them and dropping them at the exit. The first processes of a
side, which may have to compile what they import, do not count.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from functools import partial
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.contest import Against, Contest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["contests"]

_BARE = "pass"
_POOL = "from pausable.futures import ThreadPoolExecutor; from pausable import checkpoint"
_THEIR_POOL = "from concurrent.futures import ThreadPoolExecutor"
_REACH = 1.5
# With the first, each process would compile all of ours; the others write at each import.
_SLOWING = {"PYTHONDONTWRITEBYTECODE", "PYTHONPROFILEIMPORTTIME", "PYTHONVERBOSE"}


def contests(*, quick: bool) -> Iterator[Contest]:
    """List what there is to measure."""
    pairs = 1 if quick else 5
    yield Contest(
        "importing-package",
        "CPU of `import pausable`",
        partial(side, "import pausable", pairs),
        (
            Against(
                "`import concurrent.futures.thread`",
                partial(side, "import concurrent.futures.thread", pairs),
                _REACH,
            ),
        ),
        sense="cost",
    )
    yield Contest(
        "importing-pool",
        "CPU of importing our ThreadPoolExecutor and checkpoint",
        partial(side, _POOL, pairs),
        (Against("the stdlib's ThreadPoolExecutor", partial(side, _THEIR_POOL, pairs)),),
        sense="cost",
    )


@contextmanager
def side(code: str, pairs: int) -> Iterator[Callable[[], float]]:
    """Run *code* in processes of its own, which find compiled what they import."""
    cpu_time(code)
    yield lambda: median(cpu_time(code) - cpu_time(_BARE) for _ in range(pairs))


def cpu_time(code: str) -> float:
    """Return the seconds that a new interpreter takes to start, to run *code*, and to end."""
    from resource import RUSAGE_CHILDREN, getrusage  # noqa: PLC0415 - Windows has none

    environment = {name: os.environ[name] for name in os.environ if name not in _SLOWING}
    before = getrusage(RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
    after = getrusage(RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
