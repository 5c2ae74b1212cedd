"""`pausable status`: the pools, groups and tasks of a program, and who holds them."""

from __future__ import annotations

from pausable.cli.amounts import count
from pausable.cli.operand import HELP, add_target, at_each
from pausable.cli.texts import say_json, tree
from pausable.control.words import counts, held_by
from pausable.scopes.prose import plain

# As `typing` has it, whose import takes long.
TYPE_CHECKING = False

if TYPE_CHECKING:
    import argparse

    from pausable.cli.operand import Operand
    from pausable.control.client import Client
    from pausable.control.shapes import Process

__all__ = ["add_arguments", "run"]

_TASKS = 20

_ABOUT = f"""\
Show a program, or a part of it: its pools and groups with their counts, its tasks with their state,
line, active and paused time, and each hold with who placed it, why, since when, and what ends it.

{HELP}"""

_MORE = """\
exit codes:
  0    done
  1    it could not be done
  2    the command line makes no sense
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.description, parser.epilog = _ABOUT, _MORE
    add_target(parser)
    parser.add_argument(
        "--tasks", type=count, default=_TASKS, metavar="N", help=f"list so many (default: {_TASKS})"
    )
    parser.add_argument("--json", action="store_true", help="print the reply as JSON")


def run(options: argparse.Namespace) -> int:
    """Show what is meant."""
    return at_each(options, lambda target, client: _show(options, target, client))


def _show(options: argparse.Namespace, target: Operand, client: Client) -> int:
    taken = client.status(target.on, tasks=options.tasks)
    if options.json:
        say_json(target, taken)
        return 0
    process = taken["process"]
    print(plain(f"{process['name']} ({process['pid']}): {_state(process)}; {counts(process)}"))
    for hold in process["holds"]:
        print(f"    {held_by(hold)}")
    for line in tree(taken):
        print(line)
    return 0


def _state(process: Process) -> str:
    if not process["is_paused"]:
        return "open"
    return "paused, quiescent" if process["is_quiescent"] else "pausing"
