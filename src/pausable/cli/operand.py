"""The operand of a command: which program, and what of it; `[PROGRAM [SCOPE]]` as it is typed."""

from __future__ import annotations

import shlex
from contextlib import contextmanager

from pausable.cli.failure import CommandFailed
from pausable.control.client import Client
from pausable.control.programs import find, pid_of, survey
from pausable.control.route import ControlError

# As `typing` has it, whose import takes long.
TYPE_CHECKING = False

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

    from pausable.control.link import Link
    from pausable.control.programs import Found
    from pausable.control.shapes import Selection

__all__ = ["HELP", "Operand", "add_target", "at_each", "failing", "links", "targets"]

HELP = """\
PROGRAM is the pid or the name of a program that serves, or the path of its socket; it may be left
out if only one serves (`pausable ls`). SCOPE is the path of a pool, a group or a task, as `pausable
status` lists them, or a pattern: 'shop/*' is all that is right below shop, 'shop/**' all below it.
Without SCOPE it is the whole process: all of its pools, and those that it will make. A path may
also stand alone, if only one program has it.
"""

_NONE = "no program of yours serves: start it with `pausable run`, or let it call pausable.serve()"
_PATTERN = frozenset("*?[")


class Operand:
    """One program, and what of it a command applies to."""

    __slots__ = ("address", "name", "on", "pid")

    def __init__(self, address: str, name: str, on: Selection) -> None:
        """Keep the facts; *name* is "" where it is not known."""
        self.address: str = address
        self.pid: int = pid_of(address)
        self.name: str = name
        self.on: Selection = on

    @property
    def program(self) -> str:
        """The program, as a person names it."""
        return f"{self.name} ({self.pid})" if self.name else f"process {self.pid}"

    @property
    def what(self) -> str:
        """What the command applies to, as a person names it."""
        part = self.on.get("path") or self.on.get("glob")
        if "id" in self.on:
            part = f"id {self.on['id']}"
        return f"{part} of {self.program}" if part else self.program

    @property
    def words(self) -> str:
        """The target, as one types it for another command."""
        part = self.on.get("path") or self.on.get("glob")
        if "id" in self.on:
            return f"{self.pid} --id {self.on['id']}"
        return f"{self.pid} {shlex.quote(part)}" if part else str(self.pid)


@contextmanager
def failing() -> Iterator[None]:
    """Make what clients raise the failure of the command."""
    try:
        yield
    except ControlError as error:
        raise CommandFailed(str(error)) from error


def add_target(parser: argparse.ArgumentParser, *, all_programs: bool = True) -> None:
    """Add the arguments that say which program, and what of it."""
    parser.add_argument("program", metavar="PROGRAM", nargs="?", help="pid, name or socket")
    parser.add_argument(
        "scope", metavar="SCOPE", nargs="?", help="path of a pool, group or task; or a pattern"
    )
    parser.add_argument("--id", type=int, metavar="N", help="the scope or task with this id")
    if all_programs:
        parser.add_argument("--all", action="store_true", help="all programs that serve")
    else:
        parser.set_defaults(all=False)


def targets(options: argparse.Namespace) -> list[Operand]:
    """Find what the arguments mean.

    Raises:
        CommandFailed: there is no such program, or more than one.
    """
    with failing():
        if options.all:
            return _all(options)
        if options.program is None:
            only = _only()
            return [Operand(only.address, only.name, _selection(options.id, options.scope))]
        if options.program.isdigit() or options.program.endswith((".sock", ".tcp")):
            on = _selection(options.id, options.scope)
            return [Operand(find(options.program), "", on)]
        return [_by_name(options)]


def links(programs: list[str], *, hz: float) -> list[Link]:
    """Link to the programs that are named, or to all; for a panel.

    Raises:
        CommandFailed: there is no such program, or none at all.
    """
    from pausable.control.link import Link  # noqa: PLC0415 - only panels need it

    with failing():
        wanted = {find(each) for each in programs}
        found = [each for each in _serving() if not wanted or each.address in wanted]
    if not found:
        message = "it has just ended, or does not answer"
        raise CommandFailed(message)
    return [Link(each.address, each.pid, each.name, hz=hz) for each in found]


def _all(options: argparse.Namespace) -> list[Operand]:
    if options.scope is not None:
        message = "with --all there is no PROGRAM: say the SCOPE only"
        raise CommandFailed(message, 2)
    on = _selection(options.id, options.program)
    return [Operand(each.address, each.name, on) for each in _serving()]


def _serving() -> list[Found]:
    """List the programs that serve; there is one at least."""
    found, silent = survey()
    if not found:
        raise CommandFailed(_none(silent))
    return found


def _none(silent: list[int]) -> str:
    """Say that no program serves, or that those which do say nothing."""
    if not silent:
        return _NONE
    pids = " ".join(map(str, silent))
    return f"no program of yours answers: {pids} hang, or are suspended (then: kill -CONT {pids})"


def _only() -> Found:
    found = _serving()
    if len(found) > 1:
        message = f"which program? There are {_list(found)}"
        raise CommandFailed(message, 2)
    return found[0]


def _by_name(options: argparse.Namespace) -> Operand:
    """Find the one program of a name; or, where there is only a path, the one that has it."""
    text = options.program
    found, silent = survey()
    named = [each for each in found if each.name == text]
    on = _selection(options.id, options.scope)
    what = f"no program of yours is called {text!r}"
    if not named and options.scope is None and options.id is None:
        on = _selection(None, text)
        named = [each for each in found if _has(each, on)]
        what = f"there is no program, pool, group or task {text!r}: see `pausable status`"
    if not named:
        raise CommandFailed(f"{what}; {_none(silent)}" if silent else what)
    if len(named) > 1:
        message = f"which {text!r}? There are {_list(named)}"
        raise CommandFailed(message, 2)
    return Operand(named[0].address, named[0].name, on)


def _has(found: Found, on: Selection) -> bool:
    try:
        with Client(found.address) as client:
            client.status(on, tasks=0)
    except ControlError:  # it has none, or has just ended
        return False
    return True


def _selection(number: int | None, scope: str | None) -> Selection:
    if number is not None:
        return {"id": number}
    if scope is None:
        return {"all": True}
    return {"path": scope} if _PATTERN.isdisjoint(scope) else {"glob": scope}


def _list(found: list[Found]) -> str:
    return ", ".join(f"{each.pid} ({each.name})" for each in found)


def at_each(options: argparse.Namespace, do: Callable[[Operand, Client], int]) -> int:
    """Do something at each program that is meant; return the highest of the exit codes.

    One that cannot be reached keeps nothing from being done at the others.
    """
    code, failed = 0, None
    for target in targets(options):
        try:
            with failing(), Client(target.address) as client:
                if options.json and not target.name:
                    target.name = client.hello()["name"]
                code = max(code, do(target, client))
        except CommandFailed as error:
            failed = error if failed is None else CommandFailed(f"{failed}; {error}")
    if failed is not None:
        raise failed
    return code
