"""A program that serves, in this process, and its command line."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import signal
import subprocess
import sys
from typing import NamedTuple

import pytest
from serving import folder, served

from pausable.cli import main

__all__ = ["folder", "names", "pausable_", "served", "start", "start_program"]


class Ran(NamedTuple):
    """What a command has said, and its exit code."""

    code: int
    out: str
    err: str


@pytest.fixture
def names():
    """Return a dict for the names of pools, and the paths that they have in this test.

    Paths are never used twice in a process; the tests read as if each had one of its own.
    """
    return {}


@pytest.fixture
def pausable_(capfd, names):
    """Return a function that runs a command line in this process: ``pausable_("pause --wait")``."""

    def run(line: str) -> Ran:
        capfd.readouterr()
        line = line.replace("PID", str(os.getpid()))
        for name, path in names.items():
            line = re.sub(rf"\b{name}\b", path, line)
        try:
            code = main(shlex.split(line))
        except SystemExit as ended:
            code = ended.code
        said = capfd.readouterr()
        return Ran(code, in_test(said.out), in_test(said.err))

    def in_test(text: str) -> str:
        for name, path in names.items():
            text = re.sub(rf"\b{path}\b", name, text)
        return text

    return run


@pytest.fixture
def start():
    """Return a function that starts a command line as a process of its own, which is killed."""
    started = []

    def run(*words: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-u", "-m", "pausable", *words]
        client = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(client)
        return client

    yield run
    for client in started:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(client.pid, signal.SIGKILL)
        client.communicate()


@pytest.fixture
def start_program():
    """Return a function that starts a program that serves under a name."""
    started = []

    def run(name: str) -> subprocess.Popen[str]:
        code = f"import pausable; pausable.serve({name!r}); print('ready', flush=True)"
        code += "; import sys; sys.stdin.read()"  # it ends as it should when nobody needs it
        command = [sys.executable, "-c", code]
        program = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        started.append(program)
        program.stdout.readline()
        return program

    yield run
    for program in started:
        program.communicate()
