"""Installed commands: `yt-dlp` is a file whose first line names the Python that is to run it."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from typing import NamedTuple

from pausable.launch.refusal import LaunchRefused

__all__ = ["Installed", "find_installed", "interpreter_flags"]

_LONGEST = 4096  # bytes of the first lines that are looked at


class Installed(NamedTuple):
    """A command that this interpreter runs."""

    path: str
    flags: list[str]
    """What its first line has for the interpreter."""


def find_installed(name: str) -> Installed | None:
    """Find the command *name* of this environment, or else on PATH; None if there is none.

    Raises:
        LaunchRefused: it is not one that this interpreter runs.
    """
    if os.path.dirname(name):
        return None
    beside = os.path.join(os.path.dirname(sys.executable), name)
    path = beside if os.access(beside, os.X_OK) else shutil.which(name)
    if path is None or os.path.isdir(path):
        return None
    words = _interpreter(path)
    if words is None:
        raise LaunchRefused(
            f"{path} is not a Python program with a first line that names its interpreter: only "
            "those can be run. For a script in this folder give its path"
        )
    if not _is_this_one(words[0]):
        raise LaunchRefused(
            f"{path} is run by another Python, {words[0]}, and this is {sys.executable}: install "
            f"pausable there, then run `{words[0]} -m pausable run {name}`"
        )
    return Installed(path, words[1:])


def interpreter_flags(path: str) -> list[str]:
    """Return what the first line of the file at *path* has for the interpreter."""
    return (_interpreter(path) or [""])[1:]


def _interpreter(path: str) -> list[str] | None:
    """Read which Python is to run a file, and with which flags; None if it does not say so."""
    try:
        with open(path, "rb") as file:
            head = file.read(_LONGEST)
    except OSError:
        return None
    if head[:2] != b"#!":
        return None
    first, *more = head[2:].decode("utf-8", "surrogateescape").splitlines()
    words = _words(first)
    if words and os.path.basename(words[0]) == "sh" and more:
        words = _handed_on(more[0])
    elif words and os.path.basename(words[0]) == "env":
        words = _looked_up([word for word in words[1:] if word != "-S"])
    if not words or "python" not in os.path.basename(words[0]):
        return None
    return words


def _words(line: str) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError:
        return []


def _handed_on(line: str) -> list[str]:
    """Read pip's second line for long paths: `'''exec' "/a/path/python" "$0" "$@"`."""
    if not line.startswith("'''exec'"):
        return []
    return [word for word in _words(line[len("'''exec'") :]) if word not in ("$0", "$@")]


def _looked_up(words: list[str]) -> list[str]:
    """Find what `env` would run."""
    found = shutil.which(words[0]) if words else None
    return [found, *words[1:]] if found else []


def _is_this_one(interpreter: str) -> bool:
    """Say whether it is this interpreter, in this environment: that is known by its folder."""
    ours = sys.executable
    return os.path.realpath(interpreter) == os.path.realpath(ours) and os.path.realpath(
        os.path.dirname(interpreter)
    ) == os.path.realpath(os.path.dirname(ours))
