"""Commands that take long: bounded in time, seen at work, ended by Ctrl-C with all they began."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

__all__ = ["follow", "say"]

_LOOKS_APART = 0.5
_LINES_APART = 15.0


def say(text: str) -> None:
    """Print a line, now."""
    clear = "\r\x1b[K" if sys.stdout.isatty() else ""
    print(f"{clear}{text}", flush=True)


def follow(
    command: Sequence[object],
    *,
    log: Path,
    seconds: float,
    tell: Callable[[], str],
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> int | None:
    """Run a command, its output in a log, and tell what it is at; return its exit code.

    None if it was ended after *seconds*. What it has started ends with it, as its process group.
    """
    with log.open("ab") as output:
        process = subprocess.Popen(
            list(map(str, command)),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env=env,
            start_new_session=True,
        )
        try:
            return _watch(process, seconds, tell)
        finally:
            _end(process)


def _watch(process: subprocess.Popen[bytes], seconds: float, tell: Callable[[], str]) -> int | None:
    began = told = monotonic()
    while (now := monotonic()) < began + seconds:
        try:
            return process.wait(_LOOKS_APART)
        except subprocess.TimeoutExpired:
            text = f"  {tell()}, {now - began:.0f} s"
        if sys.stdout.isatty():
            print(f"\r\x1b[K{text[:100]}", end="", flush=True)
        elif now > told + _LINES_APART:
            told = now
            print(text, flush=True)
    process.send_signal(signal.SIGABRT)  # faulthandler writes the stacks of all threads to the log
    with suppress(subprocess.TimeoutExpired):
        process.wait(5)
    return None


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
