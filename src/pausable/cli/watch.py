"""`pausable watch`: print what changes in a program, as it happens."""

from __future__ import annotations

import json
import select
import sys
import time

from pausable.cli.amounts import rate
from pausable.cli.operand import HELP, add_target, failing, targets
from pausable.cli.texts import remark
from pausable.control.client import Client
from pausable.control.route import Unreachable
from pausable.control.words import counts, event
from pausable.scopes.prose import plain

# As `typing` has it, whose import takes long.
TYPE_CHECKING = False

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from pausable.control.reply_shapes import Event, Sample

__all__ = ["add_arguments", "run"]

_ABOUT = f"""\
Print what happens in a program, until it ends or Ctrl-C: each hold that is placed and released,
each scope that is quiescent or shut down, stops and faults, exactly; and the counts of pools and
groups when they have changed, --hz times a second at most.

{HELP}"""

_MORE = """\
With --json the frames of the protocol are printed as they come, one on a line.

exit codes:
  0    the program has ended, or Ctrl-C
  1    it could not be done
  2    the command line makes no sense
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.description, parser.epilog = _ABOUT, _MORE
    add_target(parser, all_programs=False)
    parser.add_argument(
        "--hz", type=rate, default=1.0, help="samples a second, at most (default: 1)"
    )
    parser.add_argument("--json", action="store_true", help="print the frames as they are")


def run(options: argparse.Namespace) -> int:
    """Print them."""
    (target,) = targets(options)
    try:
        with failing(), Client(target.address) as client:
            frames = client.watch(target.on, hz=options.hz, tasks=100 if options.json else 0)
            shown: dict[int, str] = {}
            for frame in _till_the_end(frames):
                lines = [json.dumps(frame)] if options.json else _lines(frame, shown)
                for line in lines:
                    print(line)
                sys.stdout.flush()
                if _nobody_reads():
                    return 0
    except KeyboardInterrupt:
        return 0
    remark(f"{target.program} has ended, or serves no more")
    return 0


def _nobody_reads() -> bool:
    """Say whether the other end of a pipe is closed: `head` may have had enough long ago."""
    if not hasattr(select, "poll"):
        return False
    poll = select.poll()
    try:
        poll.register(sys.stdout.fileno(), 0)
    except (OSError, ValueError):  # there is no such thing behind it
        return False
    return bool(poll.poll(0))


def _till_the_end(frames: Iterator[Sample | Event]) -> Iterator[Sample | Event]:
    try:
        yield from frames
    except Unreachable:
        return


def _lines(frame: Sample | Event, shown: dict[int, str]) -> Iterator[str]:
    at = time.strftime("%H:%M:%S", time.localtime(frame["at"]))
    if frame["lost"]:
        yield f"{at}  {frame['lost']} of them were not sent: this terminal was too slow"
    if frame["reply"] == "event":
        yield f"{at}  {event(frame)}"
        return
    for scope in frame["scopes"]:
        says = counts(scope)
        if shown.get(scope["id"]) != says:
            shown[scope["id"]] = says
            yield plain(f"{at}  {scope['path']}: {says}")
