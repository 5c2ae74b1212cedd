"""`pausable attach` and `pausable detach`: what they say, and how they end."""

from __future__ import annotations

import os
import sys

import pytest
from attach.conftest import folder, needs_3_14, program

from pausable.cli import main

__all__ = ["folder", "program"]


@needs_3_14
def test_attach_and_detach(program, capsys):
    """Each says what it has done, and what was done already."""
    it = program("""
        with ThreadPoolExecutor(2) as pool:
            futures = [pool.submit(naps, n) for n in range(3)]
            say("up")
        say([future.result() for future in futures])
    """)
    assert main(["attach", "--name", "theirs", str(it.pid)]) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"attached to {it.pid}; it serves at ")
    assert said.endswith(f"{it.pid}.sock\n")
    assert main(["attach", str(it.pid)]) == 0
    assert capsys.readouterr().out.startswith(f"{it.pid} was attached to already; it serves at ")
    assert main(["detach", str(it.pid)]) == 0
    assert capsys.readouterr().out == f"detached from {it.pid}\n"
    assert main(["detach", str(it.pid)]) == 0
    assert capsys.readouterr().out == f"nothing to do: nobody is attached to {it.pid}\n"
    assert it.end() == ["[0, 1, 4]"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="it is about Linux")
@pytest.mark.parametrize(("command", "verb"), [("attach", "attach to"), ("detach", "detach from")])
def test_refused(command, verb, capsys):
    """It says why, and ends with 1."""
    assert main([command, str(os.getpid())]) == 1
    assert capsys.readouterr().err.startswith(
        f"pausable {command}: cannot {verb} {os.getpid()}: this is the very process: call "
    )
