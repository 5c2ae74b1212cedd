"""A command line is taken apart as Python itself does it, and what is ours is found before that."""

from __future__ import annotations

import sys

import pytest

from pausable.launch.command_line import Invocation

VALUED = ("--name", "--only")


def read(line: str) -> tuple[str, str, str]:
    """Take a command line apart; return what is ours, what is Python's, and the program's."""
    found = Invocation.read(line.split(), VALUED)
    return " ".join(found.own), " ".join(found.flags), " ".join(found.program)


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("script.py", ("", "", "script.py")),
        ("script.py --name x -W error", ("", "", "script.py --name x -W error")),
        ("--name x script.py", ("--name x", "", "script.py")),
        ("--name=x script.py", ("--name=x", "", "script.py")),
        ("--paused script.py --paused", ("--paused", "", "script.py --paused")),
        ("-W error --paused -Xdev -u s.py", ("--paused", "-W error -Xdev -u", "s.py")),
        ("--only a --only b -m mod --only c", ("--only a --only b", "", "-m mod --only c")),
        ("-mmod -x", ("", "", "-m mod -x")),
        ("-Bumod x", ("", "-Bu", "-m od x")),
        ("-Bum mod x", ("", "-Bu", "-m mod x")),
        ("-uWignore -", ("", "-uWignore", "-")),
        ("-uW ignore - -m", ("", "-uW ignore", "- -m")),
        ("-c pass -c", ("", "", "-c pass -c")),
        ("-- --name", ("", "", "--name")),
        ("--check-hash-based-pycs always s", ("", "--check-hash-based-pycs always", "s")),
        ("--help", ("--help", "", "")),
        ("-h script.py", ("-h", "", "script.py")),
        ("--unknown script.py", ("--unknown", "", "script.py")),
        ("--name", ("--name", "", "")),
        ("-W", ("", "-W", "")),
        ("", ("", "", "")),
    ],
)
def test_parts(line, parts):
    """Each argument is where it belongs, and nothing after the program is touched."""
    assert read(line) == parts


def test_letters():
    """The options of one letter are known, apart or together, but not the values of any."""
    assert Invocation.read(["-W", "ISE", "-XI", "-Es", "-I", "-S", "-"]).letters == "WXEsIS"


def test_this_very_process():
    """What Python was started with is read by the same rules: its flags come before the program."""
    found = Invocation.read(sys.orig_argv[1:])
    assert not found.own
    assert found.program
