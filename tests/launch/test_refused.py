"""What cannot be run so is refused, with a sentence that says why, before anything is started."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from launch.launching import RUN, run

import pausable
from pausable.cli import main


@pytest.mark.parametrize("letter", "IES")
def test_flags_that_would_hide_us(letter, capsys):
    """The interpreter would not find what makes a program's pools ours."""
    assert main(["run", f"-B{letter}", "-c", "print(1)"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"pausable run: not with -{letter}: ")
    assert said.err.endswith("leave it out\n")


def test_flags_of_the_interpreter_that_runs_us():
    """They are the program's, and refused as well."""
    source = str(Path(pausable.__file__).parents[1])  # the checkout's, or the wheel's
    code = (
        f"import sys; sys.path[:0] = [{source!r}]; from pausable.cli import main; sys.exit(main())"
    )
    ended = run((sys.executable, "-I", "-c", code), "run", "-c", "print(1)")
    assert (ended.code, ended.out) == (2, "")
    assert "not with -I" in ended.err


def test_no_program(capsys):
    """It is wrong use."""
    assert main(["run", "--name", "x", "-u"]) == 2
    assert "a program is missing" in capsys.readouterr().err


def test_an_unknown_option(capsys):
    """It is wrong use, and not the program's."""
    with pytest.raises(SystemExit) as ended:
        main(["run", "--nmae", "x", "script.py"])
    assert ended.value.code == 2
    assert "--nmae" in capsys.readouterr().err


def test_the_help(capsys):
    """It says what can be run, gives examples, and has the exit codes."""
    with pytest.raises(SystemExit) as ended:
        main(["run", "--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    for part in ("pausable run [options] -m MODULE", "examples:", "exit codes:", "--while CMD"):
        assert part in said


def test_the_help_of_the_program():
    """It is the program's."""
    code = "import sys; print(sys.argv[1:])"
    assert run(RUN, "-c", code, "--help").out == "['--help']\n"
