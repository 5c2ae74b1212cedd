"""`pausable stop`: end tasks, also those that have started."""

from __future__ import annotations

from pausable.cli.failure import CommandFailed
from pausable.cli.operand import HELP, add_target, at_each
from pausable.cli.texts import say_json
from pausable.control.words import number

# As `typing` has it, whose import takes long.
TYPE_CHECKING = False

if TYPE_CHECKING:
    import argparse

    from pausable.cli.operand import Operand
    from pausable.control.client import Client

__all__ = ["add_arguments", "run"]

_ABOUT = f"""\
Stop tasks: those that have not started are cancelled; in those that run or rest `Stopped` is
raised, at their next checkpoint, or between two lines where the pool is preemptive. Their `finally`
blocks run. The pools stay open, and the program goes on; new tasks start as before.

{HELP}
PROGRAM must be given, as what is stopped does not come back.
"""

_MORE = """\
exit codes:
  0    the tasks were asked to stop, also if there were none (which is said)
  1    it could not be done
  2    the command line makes no sense

example:
  pausable stop crawler 'images/*' --reason "not needed any more"
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.description, parser.epilog = _ABOUT, _MORE
    add_target(parser)
    parser.add_argument("--reason", default="stopped", help="why; the tasks' futures say it")
    parser.add_argument("--json", action="store_true", help="print the reply as JSON")


def run(options: argparse.Namespace) -> int:
    """Stop what is meant."""
    if options.program is None and options.id is None and not options.all:
        message = "say of which program (see `pausable ls`), or --all"
        raise CommandFailed(message, 2)
    return at_each(options, lambda target, client: _stop(options, target, client))


def _stop(options: argparse.Namespace, target: Operand, client: Client) -> int:
    reply = client.stop(target.on, options.reason)
    if options.json:
        say_json(target, reply)
    elif reply["changed"]:
        print(f"asked {number(reply['changed'], 'task')} of {target.what} to stop")
    else:
        print(f"nothing to stop: no task of {target.what} runs, rests or waits")
    return 0
