"""The command line: `pausable COMMAND`, also as `python -m pausable COMMAND`.

Each command is a module of its own, with `add_arguments` and `run`, which is imported when it is
wanted: whoever pauses a program from a shell waits for no other command.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import sys
from importlib import import_module

import pausable
from pausable.cli.catalogue import COMMANDS
from pausable.cli.failure import CommandFailed

# As `typing` has it, whose import takes long.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

__all__ = ["main"]

_USUAL = 80  # columns
_ABOUT = "Pause, resume and stop the tasks of Python programs."
_INTERRUPTED = 130  # as the shell has it
_MORE = """\
pausable COMMAND --help explains a command.

exit codes:
  0    what was asked for is done
  1    it could not be done; why, and what would help, is on standard error
  2    the command line makes no sense

Some commands have more, listed in their help; `pausable run` ends as its program does.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that *argv*, by default the process's arguments, asks for.

    Returns the exit code. May not return where the command becomes another program.

    Raises:
        SystemExit: the arguments are wrong, or ask for help or for the version.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    name = arguments[0] if arguments else ""
    about = f"pausable {name}" if name in COMMANDS else "pausable"
    _prepare_output()
    try:
        try:
            return _run(name, arguments[1:]) if name in COMMANDS else _overview(arguments)
        finally:
            sys.stdout.flush()  # a help, too, which ends with SystemExit
    except CommandFailed as failed:
        print(f"{about}: {failed}", file=sys.stderr)
        return failed.code
    except OSError as error:
        if not isinstance(error, BrokenPipeError):  # as in `pausable status > /dev/full`
            print(f"{about}: {error}", file=sys.stderr)
        _give_output_up()  # as in `pausable status | head`: nobody wants the rest
        return 1
    except KeyboardInterrupt:  # while it waits for a program, say
        return _INTERRUPTED


def _prepare_output() -> None:
    """Let no output end the command: names that cannot be encoded, and streams that are closed."""
    if sys.stdout is None:  # as in `pausable resume >&-`
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - till the end
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - till the end
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _give_output_up() -> None:
    """Let what cannot be written not be tried again: the interpreter would complain at its end."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(name: str, arguments: list[str]) -> int:
    command = import_module(COMMANDS[name].module)
    parser = _parser(name, COMMANDS[name].line)
    command.add_arguments(parser)
    split = getattr(command, "split", None)
    own, rest = (arguments, []) if split is None else split(arguments)
    options = _options(parser, own)
    if split is not None:
        options.rest = rest
    code: int = command.run(options)
    return code


def _options(parser: argparse.ArgumentParser, arguments: list[str]) -> argparse.Namespace:
    """Parse; options may stand between PROGRAM and SCOPE, which argparse knows by 3.14 only."""
    if "--" in arguments:  # what is behind it are no options, which is not known there
        return parser.parse_args(arguments)
    return parser.parse_intermixed_args(arguments)


def _overview(arguments: list[str]) -> NoReturn:
    """Do what `pausable` itself can: its help, its version, and an error for all else."""
    width = max([len(name) for name in COMMANDS], default=0)
    lines = [f"  {name:{width}}  {command.line}" for name, command in COMMANDS.items()]
    epilog = "\n".join(["commands:", *lines, "", _MORE])
    parser = _parser("", _ABOUT, epilog)
    parser.usage = "pausable COMMAND [options] ...\n       pausable --help | --version"
    parser.add_argument("--version", action="version", version=f"pausable {pausable.__version__}")
    parser.add_argument("command", nargs="*", help=argparse.SUPPRESS)
    parser.parse_args(arguments)
    parser.error(_unknown(arguments[0] if arguments else ""))


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """As argparse has it, which imports shutil, and with that all that compresses, for the width.

    It does so for each command, since it looks at each option as it would be shown.
    """

    def __init__(self, prog: str) -> None:
        """Be as wide as the terminal."""
        super().__init__(prog, width=_columns() - 2)

    def _fill_text(self, text: str, width: int, indent: str) -> str:  # noqa: ARG002 - there is none
        """Leave a text as it is written where there is room, or set its paragraphs anew."""
        return "\n\n".join(_set(each.splitlines(), width) for each in text.split("\n\n"))


def _set(lines: list[str], width: int) -> str:
    """Set a paragraph: one of text, or the entries of a list; examples stay as they are."""
    if max(map(len, lines), default=0) <= width:
        return "\n".join(lines)
    if not any(each.startswith(" ") for each in lines):
        return _fill(" ".join(lines), width, 0)
    found = [re.match(r" +\S+ {2,}(?=\S)", each) for each in lines]
    return "\n".join(
        each if entry is None or len(each) <= width else _fill(each, width, entry.end())
        for each, entry in zip(lines, found, strict=True)
    )


def _fill(text: str, width: int, indent: int) -> str:
    fill = import_module("textwrap").fill  # as argparse does: only who asks for help needs it
    return str(fill(text, width, subsequent_indent=" " * indent, break_on_hyphens=False))


def _columns() -> int:
    """Return the width of the terminal, as `shutil.get_terminal_size` does."""
    said = os.environ.get("COLUMNS", "")
    if said.isdecimal() and int(said):
        return int(said)
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns or _USUAL  # type: ignore[union-attr]
    except (AttributeError, ValueError, OSError):  # there is no terminal
        return _USUAL


def _parser(name: str, about: str, epilog: str | None = None) -> argparse.ArgumentParser:
    """Make a parser whose texts stay as they are written, and that takes no option for another."""
    return argparse.ArgumentParser(
        prog=f"pausable {name}".rstrip(),
        description=about,
        epilog=epilog,
        formatter_class=_Formatter,
        allow_abbrev=False,
    )


def _unknown(name: str) -> str:
    """Say that there is no such command, and which may have been meant."""
    if not name:
        return "a command is missing"
    matches = import_module("difflib").get_close_matches(name, COMMANDS, 1)
    hint = f"; did you mean {matches[0]!r}?" if matches else ""
    return f"there is no command {name!r}{hint}"
