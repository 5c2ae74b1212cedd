"""`pausable faults`: the tasks that have raised, and wait for somebody to decide."""

from __future__ import annotations

from pausable.cli.operand import HELP, add_target, at_each
from pausable.cli.texts import say_json
from pausable.control.words import number
from pausable.scopes.prose import plain

# As `typing` has it, whose import takes long.
TYPE_CHECKING = False

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from pausable.cli.operand import Operand
    from pausable.control.client import Client
    from pausable.control.shapes import Fault

__all__ = ["add_arguments", "run"]

_ABOUT = f"""\
List the faults of pools and groups that hold on faults: what each task has raised, and where. They
wait for `pausable decide`.

{HELP}"""

_MORE = """\
exit codes:
  0    done, also if there are none (which is said)
  1    it could not be done
  2    the command line makes no sense
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.description, parser.epilog = _ABOUT, _MORE
    add_target(parser)
    parser.add_argument("--traceback", action="store_true", help="with the traceback of each")
    parser.add_argument(
        "--locals", action="store_true", help="with the local variables where it was raised"
    )
    parser.add_argument("--json", action="store_true", help="print the reply as JSON")


def run(options: argparse.Namespace) -> int:
    """List them."""
    return at_each(options, lambda target, client: _list(options, target, client))


def _list(options: argparse.Namespace, target: Operand, client: Client) -> int:
    found = client.faults(target.on, locals=options.locals)
    if options.json:
        say_json(target, found)
        return 0
    if not found["faults"]:
        print(f"no fault of {target.what} waits for a decision")
    for fault in found["faults"]:
        for line in _lines(fault, with_traceback=options.traceback):
            print(line)
    if found["unlisted"]:
        print(f"and {number(found['unlisted'], 'more')}")
    return 0


def _lines(fault: Fault, *, with_traceback: bool) -> Iterator[str]:
    yield plain(f"{fault['path']}: {fault['reason']}")
    if with_traceback:
        for line in fault["traceback"].splitlines():
            yield f"    {plain(line)}"
    for name, value in (fault["locals"] or {}).items():
        yield plain(f"    {name} = {value}")
