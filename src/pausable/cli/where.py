"""`pausable where`: the stacks of started tasks, from their function to their line."""

from __future__ import annotations

from pausable.cli.amounts import count
from pausable.cli.operand import HELP, add_target, at_each
from pausable.cli.texts import say_json
from pausable.control.words import number, stack_lines

# As `typing` has it, whose import takes long.
TYPE_CHECKING = False

if TYPE_CHECKING:
    import argparse

    from pausable.cli.operand import Operand
    from pausable.control.client import Client

__all__ = ["add_arguments", "run"]

_TASKS = 20

_ABOUT = f"""\
Show where tasks are: of each that has started the stack, from its function to its innermost line.
The stack of a task that rests stays as it is; that of one that runs is a glance.

{HELP}"""

_MORE = """\
exit codes:
  0    done, also if no task has started (which is said)
  1    it could not be done
  2    the command line makes no sense
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.description, parser.epilog = _ABOUT, _MORE
    add_target(parser)
    parser.add_argument(
        "--tasks", type=count, default=_TASKS, metavar="N", help=f"so many (default: {_TASKS})"
    )
    parser.add_argument(
        "--locals", action="store_true", help="with the local variables of those that rest"
    )
    parser.add_argument("--json", action="store_true", help="print the reply as JSON")


def run(options: argparse.Namespace) -> int:
    """Show them."""
    return at_each(options, lambda target, client: _show(options, target, client))


def _show(options: argparse.Namespace, target: Operand, client: Client) -> int:
    found = client.where(target.on, tasks=options.tasks, locals=options.locals)
    if options.json:
        say_json(target, found)
        return 0
    if not found["stacks"]:
        print(f"no task of {target.what} has started")
    for stack in found["stacks"]:
        print("\n".join(stack_lines(stack)))
    if found["unlisted"]:
        print(f"and {number(found['unlisted'], 'more task')}")
    return 0
