"""Installed commands are found, and run by this Python if it is theirs."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from pausable.cli import main
from pausable.launch import installed
from pausable.launch.installed import find_installed, interpreter_flags
from pausable.launch.refusal import LaunchRefused


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Give a function that puts a command with some first lines on PATH."""
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)

    def put(first: str, name: str = "a-command") -> str:
        path = tmp_path / name
        path.write_text(f"{first}\nprint('hello')\n", encoding="utf-8")
        path.chmod(0o755)
        return str(path)

    return put


@pytest.mark.parametrize(
    ("first", "flags"),
    [
        (f"#!{sys.executable}", []),
        (f"#! {sys.executable} -sP", ["-sP"]),
        (f"#!/bin/sh\n'''exec' \"{sys.executable}\" \"$0\" \"$@\"\n' '''", []),
    ],
    ids=["plain", "with flags", "with a long path"],
)
def test_one_of_this_environment(install, first, flags):
    """Its file is found, and what its first line has for the interpreter."""
    path = install(first)
    assert find_installed("a-command") == (path, flags)
    assert interpreter_flags(path) == flags


def test_one_that_env_would_find(install, tmp_path, monkeypatch):
    """What `env python3` stands for is looked up on PATH, as `env` does."""
    path = install("#!/usr/bin/env python3")
    (tmp_path / "python3").symlink_to(sys.executable)
    with pytest.raises(LaunchRefused, match="is run by another Python"):
        find_installed("a-command")  # in another folder it is that of another environment
    (tmp_path / "python3").unlink()
    beside = Path(sys.executable).parent
    monkeypatch.setenv("PATH", str(beside), prepend=os.pathsep)
    install("#!/usr/bin/env -S python3 -u")
    assert find_installed("a-command") == (path, ["-u"])


def test_one_that_is_beside_the_interpreter(install, tmp_path, monkeypatch):
    """It comes first, also where its environment is not the one on PATH."""
    install("#!/bin/sh", "pip")
    beside = tmp_path / "environment"
    beside.mkdir()
    monkeypatch.setattr(sys, "executable", str(beside / "python"))
    path = beside / "pip"
    path.write_text(f"#!{sys.executable}\n", encoding="utf-8")
    path.chmod(0o755)
    assert find_installed("pip") == (str(path), [])


def test_one_of_another_python(install, capsys):
    """It is refused, and told how that Python can run it."""
    install("#!/opt/other/bin/python3.12")
    assert main(["run", "a-command"]) == 2
    said = capsys.readouterr().err
    assert "is run by another Python, /opt/other/bin/python3.12" in said
    assert "`/opt/other/bin/python3.12 -m pausable run a-command`" in said


@pytest.mark.parametrize("first", ["#!/bin/sh", "#!/usr/bin/env bash", "#!", "\x7fELF", "#!'"])
def test_what_is_no_python_program(install, first, capsys):
    """It is refused."""
    install(first)
    assert main(["run", "a-command"]) == 2
    assert "a-command is not a Python program" in capsys.readouterr().err


def test_no_command():
    """What is not on PATH, a path and a folder are for the interpreter to look for."""
    assert find_installed("no-such-command-anywhere") is None
    assert find_installed("./a-command") is None
    assert interpreter_flags("/no/such/file") == []


def test_a_large_file_is_not_read(install):
    """Only its beginning is looked at."""
    path = install(f"#!{sys.executable}")
    with Path(path).open("ab") as file:
        file.write(b"\xff" * 2 * installed._LONGEST)
    assert find_installed("a-command") == (path, [])
