"""Programs for tests: real interpreters that start, get signals and exit, in bounded time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

__all__ = ["finish", "run", "start", "wait_for"]

PRELUDE = """\
import logging, os, signal, sys, threading, time
import pausable
from pausable import ThreadPoolExecutor, checkpoint, resting, shield, sleep
from helpers import until
from workloads import Loop, Stuck

def say(*words):
    os.write(1, (" ".join(map(str, words)) + "\\n").encode())

"""


def start(script: str, *arguments: str) -> subprocess.Popen[str]:
    """Start a program whose names are those of PRELUDE; its output is one pipe of lines."""
    here = str(Path(__file__).parent)
    path = os.pathsep.join(filter(None, (here, os.environ.get("PYTHONPATH"))))
    return subprocess.Popen(
        [sys.executable, "-X", "faulthandler", "-c", PRELUDE + textwrap.dedent(script), *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    )


def finish(process: subprocess.Popen[str], timeout: float = 200.0) -> str:
    """Wait for a program's end and return what it still said; if it hangs, fail with its stacks."""
    try:
        return process.communicate(timeout=timeout)[0]
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGABRT)  # faulthandler prints the stacks of all threads
        try:
            said = process.communicate(timeout=10)[0]
        except subprocess.TimeoutExpired:  # a child of its own has its output, too
            said = "(a process that it has started goes on)"
        message = f"not over after {timeout} s:\n{said}"
        raise AssertionError(message) from None


def wait_for(process: subprocess.Popen[str], line: str, timeout: float = 200.0) -> None:
    """Read what a program says up to *line*; if that does not come, fail with its stacks."""
    assert process.stdout is not None
    said = []
    watch = threading.Timer(timeout, process.send_signal, [signal.SIGABRT])
    watch.start()
    try:
        for each in process.stdout:
            if each.strip() == line:
                return
            said.append(each)
    finally:
        watch.cancel()
        watch.join()
    message = f"it ended without having said {line!r}:\n{''.join(said)}"
    raise AssertionError(message)


def run(script: str, timeout: float = 200.0) -> list[str]:
    """Run a program to its end, which must be a good one; return the lines it has said."""
    process = start(script)
    said = finish(process, timeout)
    assert process.returncode == 0, said
    return said.splitlines()
