"""What the tests in this directory share: real programs that know nothing of us, and are ended."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pausable.attach.attachment import attach
from pausable.control.client import Client
from pausable.control.folders import VARIABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["folder", "program"]

needs_3_14 = pytest.mark.skipif(
    not sys.platform.startswith("linux")
    or sys.version_info[:2] != (3, 14)
    or not getattr(sys, "_is_gil_enabled", lambda: True)(),
    reason="a program can be attached to on Linux, where it runs CPython 3.14 with the GIL",
)

SOON = 60.0

PRELUDE = """\
import os, sys, threading, time
from concurrent.futures import ThreadPoolExecutor

def say(*words):  # in one write, unbuffered as buffered: that of another thread does not come between
    os.write(1, (" ".join(map(str, words)) + "\\n").encode())

def heard():
    return sys.stdin.readline().strip()

GO = sys.argv[1]
def may_end():
    return os.path.exists(GO)

def goes_on(number):
    while not may_end():
        for each in range(200):
            number += each - each
    return number * number

def naps(number):
    while not may_end():
        time.sleep(0.001)
    return number * number

"""


class Program:
    """A program of the test, from outside."""

    def __init__(self, script: str, folder: Path, *flags: str) -> None:
        """Start it; it has nothing of ours on its path."""
        self.go, self.log = folder / "go", folder / "log"
        kept = {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}
        command = [sys.executable, *flags, "-c", PRELUDE + textwrap.dedent(script), str(self.go)]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd="/",
                env=kept,
            )
        self.pid = self.process.pid
        self.until("up")

    def until(self, word: str) -> None:
        """Wait until it says something."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.strip() == word:
                return
        raise AssertionError(self.log.read_text())

    def tell(self, word: str = "") -> None:
        """Have it hear something."""
        assert self.process.stdin is not None
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()

    @contextlib.contextmanager
    def attached(self) -> Iterator[Client]:
        """Attach to it, and connect."""
        with Client(attach(self.pid).address, timeout=SOON) as client:
            yield client

    def end(self, *logged: str) -> list[str]:
        """Let it go on to its end, which must be a good one; return what it has said since.

        In its log must be the lines that contain these words, and no others, but for those about
        long waits.
        """
        self.go.touch()
        watch = threading.Timer(SOON, self.process.kill)
        watch.start()
        assert self.process.stdout is not None
        said = self.process.stdout.read()
        code = self.process.wait()
        watch.cancel()
        watch.join()
        errors = self.log.read_text()
        assert code == 0, errors
        expected = (*logged, " has waited for ")
        assert [line for line in errors.splitlines() if not any(map(line.count, expected))] == []
        assert all(words in errors for words in logged)
        return said.splitlines()


@pytest.fixture(autouse=True)
def folder(monkeypatch) -> Iterator[Path]:
    """Have programs serve in a folder of the test's own."""
    made = Path(tempfile.mkdtemp(prefix="pausable-", dir="/tmp"))
    monkeypatch.setenv(VARIABLE, str(made))
    yield made
    shutil.rmtree(made)


@pytest.fixture
def program(tmp_path) -> Iterator[Callable[..., Program]]:
    """Start programs; those that the test has not ended are killed."""
    made: list[Program] = []

    def start(script: str, *flags: str) -> Program:
        made.append(Program(script, tmp_path, *flags))
        return made[-1]

    yield start
    for each in made:
        each.process.kill()
        each.process.communicate()
