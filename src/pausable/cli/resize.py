"""`pausable resize`: set how many tasks of a pool or group run at once."""

from __future__ import annotations

import argparse

from pausable.cli.operand import HELP, add_target, at_each
from pausable.cli.texts import say_json

# As `typing` has it, whose import takes long.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from pausable.cli.operand import Operand
    from pausable.control.client import Client

__all__ = ["add_arguments", "run"]

_ABOUT = f"""\
Set how many tasks of a pool or of a group run at once. More start at once; fewer are reached as
running tasks end or rest: none is interrupted.

{HELP}"""

_MORE = """\
exit codes:
  0    it is set, also if it was so before (which is said)
  1    it could not be done
  2    the command line makes no sense

examples:
  pausable resize crawler images 4
  pausable resize images/thumbnails none
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.description, parser.epilog = _ABOUT, _MORE
    add_target(parser)
    parser.add_argument(
        "limit", metavar="LIMIT", type=_limit, help="a number; of a group also `none`"
    )
    parser.add_argument("--json", action="store_true", help="print the reply as JSON")


def run(options: argparse.Namespace) -> int:
    """Set it."""
    return at_each(options, lambda target, client: _resize(options, target, client))


def _resize(options: argparse.Namespace, target: Operand, client: Client) -> int:
    limit = None if options.limit == 0 else options.limit
    reply = client.resize(target.on, limit)
    if options.json:
        say_json(target, reply)
    elif reply["changed"]:
        print(f"{target.what}: {'any number' if limit is None else f'at most {limit}'} at once")
    else:
        print(f"nothing changed: {target.what} has this limit already")
    return 0


def _limit(text: str) -> int:
    """Return a limit; 0 for none."""
    if text == "none":
        return 0
    if not text.isdigit() or int(text) == 0:
        msg = f"{text!r} is no limit: say a number of tasks, or none"
        raise argparse.ArgumentTypeError(msg)
    return int(text)
