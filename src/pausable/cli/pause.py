"""`pausable pause`: place a hold; wait till all rests, or hold for as long as a command runs."""

from __future__ import annotations

import sys
import time

from pausable.cli.durations import duration, until
from pausable.cli.failure import CommandFailed
from pausable.cli.operand import HELP, add_target, at_each
from pausable.cli.texts import remark, say_json
from pausable.control.route import ControlError
from pausable.control.words import going, number, straggler
from pausable.scopes.prose import short

# As `typing` has it, whose import takes long.
TYPE_CHECKING = False

if TYPE_CHECKING:
    import argparse
    from typing import Any

    from pausable.cli.operand import Operand
    from pausable.control.client import Client
    from pausable.control.reply_shapes import Paused

__all__ = ["add_arguments", "run"]

NOT_QUIESCENT = 3
_PATIENCE = 10.0  # seconds
_SLICE = 1.0  # seconds, after which a wait says how far it is
_BY_SIGNAL = 128

_ABOUT = f"""\
Pause a program, or a part of it: when this has ended, no task of it starts any more, and those that
run rest at their next checkpoint, or between two lines where the pool is preemptive.

The hold stays until `pausable resume`, for the time that --for or --until say, or for as long as
the command of --while runs. It never undoes, nor is undone by, a hold of somebody else.

{HELP}"""

_MORE = f"""\
With --wait it ends when each started task rests; after --timeout seconds it lists those that go on,
with their lines. The hold stays all the same.

With --while the command is run, by the shell, once all rests, and its exit code becomes that of
`pausable pause`. The hold ends with it, and also if this process is killed. If not all rests in
time, the command is not run.

exit codes:
  0    it is paused; with --wait, and each started task rests
  1    it could not be done
  2    the command line makes no sense
  {NOT_QUIESCENT}    not all came to rest within --timeout

examples:
  pausable pause 1234 --reason "nightly backup" --wait
  pausable pause crawler 'images/*' --for 30m
  pausable pause crawler --while 'pg_dump -Fc shop > shop.dump'
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.description, parser.epilog = _ABOUT, _MORE
    add_target(parser)
    parser.add_argument("--reason", default="paused", help="why; whoever looks sees it")
    ends = parser.add_mutually_exclusive_group()
    ends.add_argument("--for", dest="duration", type=duration, metavar="30s", help="so long")
    ends.add_argument("--until", dest="duration", type=until, metavar="07:00", help="until then")
    ends.add_argument("--while", dest="command", metavar="CMD", help="while a command runs")
    parser.add_argument(
        "--finish", action="store_true", help="let running tasks end; only nothing new starts"
    )
    parser.add_argument("--wait", action="store_true", help="until each started task rests")
    parser.add_argument(
        "--timeout",
        type=duration,
        default=_PATIENCE,
        metavar="10s",
        help=f"how long --wait and --while wait for that (default: {_PATIENCE:g}s)",
    )
    parser.add_argument("--json", action="store_true", help="print the reply as JSON")


def run(options: argparse.Namespace) -> int:
    """Pause what is meant."""
    if options.command is not None and options.all:
        message = "--while holds one program: leave --all out"
        raise CommandFailed(message, 2)
    return at_each(options, lambda target, client: _pause(options, target, client))


def _pause(options: argparse.Namespace, target: Operand, client: Client) -> int:
    waits = options.wait or options.command is not None
    reply = _ask(options, target, client, options.timeout if waits else None)
    if options.json:
        say_json(target, reply)
    elif not waits or reply["is_quiescent"]:
        print(_outcome(target, reply))
    if waits and not reply["is_quiescent"]:
        _complain(options, target, reply)
        return NOT_QUIESCENT
    return 0 if options.command is None else _hold(options.command, target, client)


def _ask(
    options: argparse.Namespace, target: Operand, client: Client, wait: float | None
) -> Paused:
    """Pause; while that waits, say once a second how far it is."""
    terms: dict[str, Any] = {
        "on": target.on,
        "reason": options.reason,
        "running": "finish" if options.finish else "rest",
        "ends": "resume" if options.command is None else "connection",
    }
    began = time.monotonic()
    wait_now = None if wait is None else min(wait, _SLICE)
    reply = client.pause(**terms, duration=options.duration, wait=wait_now)
    changed = reply["changed"]
    shown = ""
    while wait is not None and not reply["is_quiescent"]:
        left = wait - (time.monotonic() - began)
        if left <= 0:
            break
        says = f"pausing {target.what}: {number(going(reply), 'task')} still running"
        if says != shown and not options.json:
            remark(says)
        shown = says
        reply = client.pause(
            **terms, duration=_left(options.duration, began), wait=min(left, _SLICE)
        )
    reply["changed"], reply["waited"] = changed, time.monotonic() - began
    return reply


def _left(seconds: float | None, began: float) -> float | None:
    return None if seconds is None else max(seconds - (time.monotonic() - began), 0.001)


def _outcome(target: Operand, reply: Paused) -> str:
    says = f"paused {target.what}"
    if not reply["changed"]:
        says = f"nothing changed: {target.what} was paused by this already"
    if reply["is_quiescent"]:
        return f"{says}; each started task rests"
    return f"{says}; {number(going(reply), 'task')} still running, till the next checkpoint"


def _complain(options: argparse.Namespace, target: Operand, reply: Paused) -> None:
    """List who goes on."""
    stays = f"the hold stays: `pausable resume {target.words}` releases it"
    if options.command is not None:
        stays = "the hold is released, and the command was not run"
    count = number(going(reply), "task goes on", "tasks go on")
    remark(f"{target.what} is not quiescent after {short(reply['waited'])}: {count}; {stays}")
    for each in reply["stragglers"]:
        remark(f"  {straggler(each)}")
    if reply["unlisted"]:
        remark(f"  and {number(reply['unlisted'], 'more')}")


def _hold(command: str, target: Operand, client: Client) -> int:
    """Run a command while the connection holds; return its exit code, as a shell would say it."""
    import subprocess  # noqa: PLC0415 - takes longer to import than all of a pause

    sys.stdout.flush()
    process = subprocess.Popen(command, shell=True)  # noqa: S602 - it is the user's own line
    while True:
        try:
            code = process.wait()
            break
        except KeyboardInterrupt:  # the command got it, too, and decides
            continue
    try:
        client.resume(target.on, whose="own")
    except ControlError as error:
        remark(f"{target.program} was gone before the command ended: {error}")
    return code if code >= 0 else _BY_SIGNAL - code
