"""`pausable detach`: from a program that was attached to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable.attach.attachment import TIMEOUT, detach
from pausable.attach.refusal import AttachRefused
from pausable.cli.failure import CommandFailed

if TYPE_CHECKING:
    import argparse

__all__ = ["add_arguments", "run"]

_ABOUT = """\
Detach from a program that `pausable attach` was given: holds from outside end, what
rests goes on, and what was changed in the program is as it was before. What it has
asked for itself, such as pausable.serve(), stays."""

_MORE = """\
exit codes:
  0    it is not attached to any more; or never was, which is said
  1    it cannot be done; why, and what would help, is on standard error
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what there is."""
    parser.description, parser.epilog = _ABOUT, _MORE
    parser.add_argument("pid", type=int, metavar="PID", help="the process")
    parser.add_argument(
        "--timeout",
        type=float,
        default=TIMEOUT,
        metavar="SECONDS",
        help="how long it has until one of its threads runs Python code (default: %(default)g)",
    )


def run(options: argparse.Namespace) -> int:
    """Detach.

    Raises:
        CommandFailed: it cannot be done.
    """
    try:
        was_attached = detach(options.pid, timeout=options.timeout)
    except AttachRefused as refused:
        message = f"cannot detach from {options.pid}: {refused}"
        raise CommandFailed(message) from None
    said = "detached from" if was_attached else "nothing to do: nobody is attached to"
    print(f"{said} {options.pid}")
    return 0
