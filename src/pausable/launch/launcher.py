"""The launcher: it prepares the environment, and becomes the interpreter that runs the program.

The program is run by the interpreter itself, as from the shell: nothing of ours is around it. What
makes its pools ours is a `sitecustomize` in a folder in front of PYTHONPATH, which see.
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from pausable.launch.briefing import VARIABLE
from pausable.launch.command_line import Invocation
from pausable.launch.installed import find_installed, interpreter_flags
from pausable.launch.refusal import LaunchRefused

if TYPE_CHECKING:
    from pausable.launch.briefing import Briefing

__all__ = ["HAS_EXEC", "become", "command_of"]

_BOOT = os.path.join(os.path.dirname(__file__), "boot")

HAS_EXEC = os.name == "posix"
"""Whether a process can become another program. On Windows the shell would not wait for it."""

_FORMS = ("-", "-c", "-m")

_REFUSED = {
    "I": "it is for programs that look at nothing of the user's",
    "E": "it has Python ignore PYTHONPATH",
    "S": "it leaves out the module `site`",
}


def command_of(invocation: Invocation) -> list[str]:
    """Return the command line of the interpreter that is to run a program.

    Raises:
        LaunchRefused: there is no program, or not with these flags, or not by this interpreter.
    """
    program = invocation.program
    if not program:
        raise LaunchRefused("a program is missing: a script, -m MODULE, -c CODE, - or a command")
    flags = [*_own_flags(), *invocation.flags]
    if not program[0].startswith("-") and not os.path.exists(program[0]):
        found = find_installed(program[0])
        if found is not None:  # else let the interpreter say that there is no such file
            flags += found.flags
            program = [found.path, *program[1:]]
    _check(flags)
    if program[0].startswith("-") and program[0] not in _FORMS:
        flags.append("--")  # a file of such a name, which was given behind one
    return [sys.executable, *flags, *program]


def become(command: list[str], briefing: Briefing) -> int:
    """Run that command line; where processes can become others this does not return.

    Else it is a subprocess, and its exit code is returned.
    """
    sys.stdout.flush()
    if HAS_EXEC:
        os.execve(command[0], command, _environment(briefing))  # noqa: S606
    return subprocess.run(command, env=_environment(briefing), check=False).returncode  # noqa: S603


def _environment(briefing: Briefing) -> dict[str, str]:
    """Return our environment, with what makes the interpreter find the hook."""
    environment = dict(os.environ)
    before = environment.get("PYTHONPATH")
    environment["PYTHONPATH"] = f"{_BOOT}{os.pathsep}{before}" if before else _BOOT
    environment[VARIABLE] = briefing._replace(had_path=before is not None).encoded()
    return environment


def _own_flags() -> list[str]:
    """List the flags that our own interpreter was started with; those are for the program, too.

    Those in the first line of our own script are not: whoever has installed it chose them for that.
    """
    started = Invocation.read(sys.orig_argv[1:])
    if started.program and started.flags == interpreter_flags(started.program[0]):
        return []
    return started.flags


def _check(flags: list[str]) -> None:
    for letter in Invocation.read(flags).letters:
        if letter in _REFUSED:
            why = f"{_REFUSED[letter]}, and by that pausable is found"
            raise LaunchRefused(f"not with -{letter}: {why}; leave it out")
