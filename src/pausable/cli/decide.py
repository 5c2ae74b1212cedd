"""`pausable decide`: what becomes of tasks that have raised: once more, give up, or a result."""

from __future__ import annotations

import json

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
Decide the faults of a task, or of all tasks of a scope (`pausable faults` lists them):

  retry      run it once more, from its beginning
  fail       let the exception be its outcome, as without a hold on faults
  skip       give it up: it counts as stopped
  resolve    let the value of --value be its result

{HELP}"""

_MORE = """\
exit codes:
  0    decided
  1    it could not be done, also since no fault waits
  2    the command line makes no sense

examples:
  pausable decide prices/fig retry
  pausable decide prices/kiwi resolve --value 0
  pausable decide 1234 skip
"""

_HOW = ("retry", "fail", "skip", "resolve")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.description, parser.epilog = _ABOUT, _MORE
    add_target(parser)
    parser.add_argument("how", choices=_HOW, metavar="retry|fail|skip|resolve", help="see above")
    parser.add_argument("--value", metavar="JSON", help="the result, as JSON; text if it is none")
    parser.add_argument("--json", action="store_true", help="print the reply as JSON")


def run(options: argparse.Namespace) -> int:
    """Decide what is meant."""
    if (options.how == "resolve") != (options.value is not None):
        message = "resolve needs a --value, and the others have none"
        raise CommandFailed(message, 2)
    return at_each(options, lambda target, client: _decide(options, target, client))


def _decide(options: argparse.Namespace, target: Operand, client: Client) -> int:
    reply = client.decide(target.on, options.how, _value(options.value))
    if options.json:
        say_json(target, reply)
    else:
        print(f"decided {number(reply['changed'], 'fault')} of {target.what}: {options.how}")
    return 0


def _value(text: str | None) -> object:
    if text is None:
        return None
    try:
        return json.loads(text)
    except ValueError:
        return text
