"""`pausable run`: a program as it is, whose pools can be paused from outside."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pausable.cli.failure import CommandFailed
from pausable.launch.briefing import Briefing
from pausable.launch.command_line import Invocation
from pausable.launch.launcher import become, command_of
from pausable.launch.lease import hold_while
from pausable.launch.refusal import LaunchRefused

if TYPE_CHECKING:
    import argparse

__all__ = ["add_arguments", "run", "split"]

_USAGE = """\
pausable run [options] SCRIPT [ARGUMENT ...]
       pausable run [options] -m MODULE [ARGUMENT ...]
       pausable run [options] -c CODE [ARGUMENT ...]
       pausable run [options] - [ARGUMENT ...]
       pausable run [options] COMMAND [ARGUMENT ...]"""

_ABOUT = """\
Run a Python program as it is, so that its pools can be paused and resumed:
with a key in its terminal, or by `pausable pause` from another one.

The program is run by this Python as if it had been started directly: it sees the
same arguments, files, signals and exit codes. It knows nothing of this, and need
not be changed: each ThreadPoolExecutor and ProcessPoolExecutor of the standard library,
asyncio's own included, becomes a pool that can be paused. Tasks rest between two of their lines, on
CPython 3.12 and newer; on 3.11 no task starts while paused, and those that run go on.

SCRIPT may be a file, a folder or a zip file with a __main__.py. COMMAND is one that
is installed beside this Python, or on PATH, and is run by it. Options of Python, as
-W error, -X dev, -u and -O, may stand among ours, but for -I, -E and -S."""

_MORE = """\
examples:
  pausable run script.py --its own --options
  pausable run -m compileall -j 4 folder
  pausable run --name backup yt-dlp -N 8 https://example.org/video
  pausable run --only 's3transfer*' sync.py
  pausable run --paused --while 'sleep 60' script.py
  python3.13 -X dev -m pausable run script.py

exit codes:
  those of the program, as if it had been started directly;
  2 also if the command line makes no sense, or the program cannot be run so
"""

_VALUED = ("--name", "--only", "--while", "--trace")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what there is."""
    parser.usage, parser.description, parser.epilog = _USAGE, _ABOUT, _MORE
    add = parser.add_argument
    add("--name", default="", help="what it is called in `pausable ls`, and can be selected by")
    add(
        "--only",
        action="append",
        default=[],
        metavar="GLOB",
        help="only pools that are made by a module, are of a class, or have a prefix for their "
        "threads that matches; others stay the stdlib's. May be given several times",
    )
    add(
        "--no-preempt",
        action="store_true",
        help="running tasks go on while paused, unless they call pausable.checkpoint()",
    )
    add(
        "--children",
        action="store_true",
        help="the Python processes that the program starts are run so, too",
    )
    add(
        "--no-keys",
        action="store_true",
        help="leave the terminal to the program: no key pauses it, Ctrl-C interrupts at once",
    )
    add("--paused", action="store_true", help="start paused")
    add(
        "--while",
        dest="lease",
        metavar="CMD",
        help="start paused, and be so for as long as this command of the shell runs",
    )
    add(
        "--trace",
        metavar="FILE",
        help="write into this file what all pools do, for https://ui.perfetto.dev",
    )


def split(arguments: list[str]) -> tuple[list[str], Invocation]:
    """Take apart what is ours and what is Python's or the program's."""
    invocation = Invocation.read(arguments, _VALUED)
    return invocation.own, invocation


def run(options: argparse.Namespace) -> int:
    """Become the program.

    Raises:
        CommandFailed: it cannot be run so.
    """
    briefing = Briefing(
        pid=os.getpid(),
        name=options.name or options.rest.name(),
        only=tuple(options.only),
        has_children=options.children,
        is_preemptive=not options.no_preempt,
        is_held=options.paused,
        trace=os.path.abspath(options.trace) if options.trace else "",  # noqa: PTH100 - quick
        has_keys=not options.no_keys,
    )
    try:
        command = command_of(options.rest)
        if options.lease is not None:
            briefing = briefing._replace(lease=hold_while(options.lease))
        return become(command, briefing)
    except LaunchRefused as refused:
        raise CommandFailed(str(refused), 2) from None
