"""`pausable attach`: to a program that runs already, and knows nothing of us."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable.attach.attachment import TIMEOUT, attach
from pausable.attach.refusal import AttachRefused
from pausable.cli.failure import CommandFailed
from pausable.cli.texts import remark
from pausable.control.words import number

if TYPE_CHECKING:
    import argparse

__all__ = ["add_arguments", "run"]

_ABOUT = """\
Attach to a Python program that runs already: from then on its thread pools can be
paused, resumed and looked at as those of any program that serves.

The program need not know of this, and is not restarted. Its pools are those of
concurrent.futures: while paused no call of theirs starts, and what runs rests between
two of its lines. It runs on at the speed that it had. `pausable detach` leaves it as
it was.

It must run CPython 3.14 or newer on Linux, as a process that you may debug. This
pausable is loaded there unless it has its own, and so has to be for the same Python."""

_MORE = """\
examples:
  pausable attach 4711 && pausable pause 4711
  pausable attach --name backup $(pgrep -f backup.py)

exit codes:
  0    it is attached to, from now on or as before
  1    it cannot be; why, and what would help, is on standard error
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what there is."""
    parser.description, parser.epilog = _ABOUT, _MORE
    parser.add_argument("pid", type=int, metavar="PID", help="the process")
    parser.add_argument("--name", help="what it is called in `pausable ls`, and can be selected by")
    parser.add_argument(
        "--timeout",
        type=float,
        default=TIMEOUT,
        metavar="SECONDS",
        help="how long it has until one of its threads runs Python code (default: %(default)g)",
    )


def run(options: argparse.Namespace) -> int:
    """Attach.

    Raises:
        CommandFailed: it cannot be done.
    """
    try:
        attached = attach(options.pid, name=options.name, timeout=options.timeout)
    except AttachRefused as refused:
        message = f"cannot attach to {options.pid}: {refused}"
        raise CommandFailed(message) from None
    if attached.was_new:
        print(f"attached to {options.pid}; it serves at {attached.address}")
    else:
        print(f"{options.pid} was attached to already; it serves at {attached.address}")
    if attached.unheld:
        threads = number(attached.unheld, "thread")
        remark(
            f"{threads} of its pools of multiprocessing.pool will go on under a pause: they can be "
            "paused in a program that was started with `pausable run`"
        )
    return 0
