"""`pausable resume`: release the holds that pauses have placed."""

from __future__ import annotations

from pausable.cli.durations import duration
from pausable.cli.operand import HELP, add_target, at_each
from pausable.cli.texts import remark, say_json
from pausable.control.words import held_by, number

# As `typing` has it, whose import takes long.
TYPE_CHECKING = False

if TYPE_CHECKING:
    import argparse

    from pausable.cli.operand import Operand
    from pausable.control.client import Client
    from pausable.control.reply_shapes import Resumed

__all__ = ["add_arguments", "run"]

STILL_PAUSED = 3

_ABOUT = f"""\
Resume a program, or a part of it: the holds that `pause` has placed on it are released, whoever
placed them. What guards and faults hold stays held, and so does what is held above: a pool does not
go on while the process is paused.

{HELP}"""

_MORE = f"""\
exit codes:
  0    it is not paused now, also if nothing had to be released (which is said)
  1    it could not be done
  2    the command line makes no sense
  {STILL_PAUSED}    something else holds it still: what, is on standard error

examples:
  pausable resume 1234
  pausable resume crawler --below --stagger 0.5s
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.description, parser.epilog = _ABOUT, _MORE
    add_target(parser)
    parser.add_argument(
        "--below", action="store_true", help="also what is held on its own below: groups, tasks"
    )
    parser.add_argument(
        "--outside",
        action="store_true",
        help="only holds that came from outside of the program, by a command or a panel",
    )
    parser.add_argument(
        "--stagger", type=duration, metavar="0.5s", help="let tasks go one by one, so far apart"
    )
    parser.add_argument("--json", action="store_true", help="print the reply as JSON")


def run(options: argparse.Namespace) -> int:
    """Resume what is meant."""
    return at_each(options, lambda target, client: _resume(options, target, client))


def _resume(options: argparse.Namespace, target: Operand, client: Client) -> int:
    reply = client.resume(
        target.on,
        whose="outside" if options.outside else "anybody",
        below=options.below,
        stagger=options.stagger,
    )
    if options.json:
        say_json(target, reply)
    else:
        print(_outcome(target, reply))
    if not reply["is_paused"]:
        return 0
    remark(f"{target.what} is still paused:")
    for hold in reply["left"]:
        remark(f"  {hold['path'] or 'the process'}: {held_by(hold)}")
    if reply["unlisted"]:
        remark(f"  and {number(reply['unlisted'], 'more hold')}")
    return STILL_PAUSED


def _outcome(target: Operand, reply: Resumed) -> str:
    if reply["changed"]:
        return f"resumed {target.what}: {number(reply['changed'], 'hold')} released"
    return f"nothing to resume: no pause holds {target.what} itself"
