"""`pausable completion`: the script by which a shell completes commands, options and programs."""

from __future__ import annotations

import argparse
from importlib import import_module

from pausable.cli.catalogue import COMMANDS
from pausable.cli.failure import CommandFailed

__all__ = ["add_arguments", "run"]

_SHELLS = ("bash", "zsh", "tcsh")

_ABOUT = """\
Print a script that completes the commands of `pausable`, their options, and the pids and names of
programs that serve. It needs the extra: pip install 'pausable[completion]'.
"""

_MORE = """\
examples:
  pausable completion bash > ~/.local/share/bash-completion/completions/pausable
  pausable completion zsh > ~/.zfunc/_pausable

exit codes:
  0    done
  1    shtab, which makes the script, is not installed
  2    the command line makes no sense
"""

_PREAMBLE = {
    "bash": """
_pausable_programs() {
    compgen -W "$(pausable ls --quiet 2>/dev/null)" -- "$1"
}
""",
    "zsh": """
_pausable_programs() {
    compadd -- ${(f)"$(pausable ls --quiet 2>/dev/null)"}
}
""",
}
_PROGRAMS = {"bash": "_pausable_programs", "zsh": "_pausable_programs"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.description, parser.epilog = _ABOUT, _MORE
    parser.add_argument("shell", choices=_SHELLS)


def run(options: argparse.Namespace) -> int:
    """Print the script."""
    try:
        import shtab  # noqa: PLC0415 - an extra
    except ImportError:
        message = "shtab is not installed: pip install 'pausable[completion]'"
        raise CommandFailed(message) from None
    print(shtab.complete(_whole(), options.shell, preamble=_PREAMBLE.get(options.shell, "")))
    return 0


def _whole() -> argparse.ArgumentParser:
    """Make one parser of all commands, which shtab reads."""
    whole = argparse.ArgumentParser(prog="pausable")
    whole.add_argument("--version", action="store_true", help="say which version this is")
    commands = whole.add_subparsers(metavar="COMMAND")
    for name, command in COMMANDS.items():
        parser = commands.add_parser(name, help=command.line)
        import_module(command.module).add_arguments(parser)
        parser.description = command.line
        for action in parser._actions:
            if action.dest == "program":
                action.complete = _PROGRAMS  # type: ignore[attr-defined]
    return whole
