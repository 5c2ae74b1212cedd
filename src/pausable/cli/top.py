"""`pausable top`: the terminal panel."""

from __future__ import annotations

from pausable.cli.amounts import rate
from pausable.cli.failure import CommandFailed
from pausable.cli.operand import links

# As `typing` has it, whose import takes long.
TYPE_CHECKING = False

if TYPE_CHECKING:
    import argparse

__all__ = ["add_arguments", "run"]

_HZ = 10.0

_ABOUT = """\
Show programs live in the terminal: pools, groups and tasks with their state, line, active and
paused time, the holds with who placed them and why; pause, resume and stop them, change limits, and
decide faults, by keys (`?` explains them). It needs the extra: pip install 'pausable[tui]'.

PROGRAM is the pid or the name of a program that serves, or the path of its socket; without it, all
that serve are shown.
"""

_MORE = """\
exit codes:
  0    it was left
  1    there is no such program, or Textual is not installed
  2    the command line makes no sense
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.description, parser.epilog = _ABOUT, _MORE
    parser.add_argument("program", metavar="PROGRAM", nargs="*", help="pid, name or socket")
    parser.add_argument(
        "--read-only", action="store_true", help="no key changes anything in a program"
    )
    parser.add_argument(
        "--hz", type=rate, default=_HZ, help=f"samples a second, at most (default: {_HZ:g})"
    )


def run(options: argparse.Namespace) -> int:
    """Show them."""
    try:
        from pausable.tui.app import Top  # noqa: PLC0415 - an extra
    except ImportError as error:
        message = f"the panel needs Textual ({error}): pip install 'pausable[tui]'"
        raise CommandFailed(message) from None
    Top(links(options.program, hz=options.hz), read_only=options.read_only).run()
    return 0
