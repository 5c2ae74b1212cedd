"""The troubleshooting page: what is seen can be seen, and the cure cures it."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from threading import Timer
from typing import TYPE_CHECKING

import pytest
from examples.pages import HANGS, ROOT, check_outputs, code_of, pattern_of, program_of

from pausable.control.folders import VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from examples.pages import Block

TEXT = (ROOT / "docs/troubleshooting.md").read_text(encoding="utf-8")
ENTRIES = dict(re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL))
SOON = 120.0


@contextlib.contextmanager
def started(blocks: list[Block], folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Start the blocks as one program, its streams in one; end it, and what it has started.

    What it serves, or starts, has a folder of its own for sockets.
    """
    script = folder / "page.py"
    script.write_text(program_of(blocks), encoding="utf-8")
    sockets = tempfile.mkdtemp(prefix="pausable-", dir="/tmp" if os.name == "posix" else None)
    program = subprocess.Popen(
        [sys.executable, "-W", "error", script.name],
        cwd=folder,
        env={**os.environ, VARIABLE: sockets},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    watch = Timer(SOON, end, (program,))
    watch.start()
    try:
        with program:
            yield program
            end(program)
    finally:
        watch.cancel()
        watch.join()
        shutil.rmtree(sockets)


def end(program: subprocess.Popen[str]) -> None:
    """Kill a program, and what it has started."""
    with contextlib.suppress(ProcessLookupError):
        if os.name == "posix":
            os.killpg(program.pid, signal.SIGKILL)
        else:
            program.kill()


def test_each_entry_has_a_symptom_a_cause_and_a_cure() -> None:
    """Both the symptom and the cure are programs of which the page says what they print."""
    assert len(ENTRIES) >= 8
    for title, entry in ENTRIES.items():
        symptom, cause, cure = re.split(r"\*\*Find the cause\.\*\*|\*\*The cure\.\*\*", entry)
        assert cause, title
        for part in (symptom, cure):
            assert any(shown for _, shown in code_of(part)), title


@pytest.mark.parametrize("title", ENTRIES)
def test_the_symptom_is_seen_and_the_cure_cures_it(title: str, tmp_path: Path) -> None:
    """A program that is to hang prints what the page says, and has not ended; all others end."""
    entry = ENTRIES[title]
    programs = [code_of(entry)]
    if HANGS in entry:
        symptom, _, cure = entry.partition("**The cure.**")
        programs = [code_of(cure)]
        hangs(code_of(symptom), tmp_path)
    for blocks in programs:
        with started(blocks, tmp_path) as program:
            assert program.stdout is not None
            printed = program.stdout.read()
            assert program.wait() == 0, printed
        check_outputs(blocks, printed)


def hangs(blocks: list[Block], folder: Path) -> None:
    """Wait until the program has printed what the page says that it prints; then it runs on."""
    (shown,) = [shown for _, shown in blocks if shown]
    printed = ""
    with started(blocks, folder) as program:
        assert program.stdout is not None
        for line in program.stdout:
            printed += line
            if re.match(pattern_of(shown), printed, re.DOTALL):
                break
        assert program.poll() is None, printed
