"""`pausable ls`: which programs serve, and how they are."""

from __future__ import annotations

import json
import shlex

from pausable.cli.operand import failing
from pausable.cli.texts import remark
from pausable.control.programs import survey
from pausable.control.words import counts, number
from pausable.scopes.prose import plain

# As `typing` has it, whose import takes long.
TYPE_CHECKING = False

if TYPE_CHECKING:
    import argparse

    from pausable.attach.candidates import Candidate
    from pausable.control.programs import Found
    from pausable.control.shapes import Process

__all__ = ["add_arguments", "run"]

_ABOUT = """\
List your programs that can be reached: those that were started by `pausable run`, and those that
call `pausable.serve()`; with their pid, name, state and command line. With --all, also the Python
programs with more than one thread that `pausable attach` would do for.
"""

_MORE = """\
exit codes:
  0    done, also if there are none (which is said on standard error)
  2    the command line makes no sense
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.description, parser.epilog = _ABOUT, _MORE
    parser.add_argument(
        "--all",
        action="store_true",
        help="also Python programs that could be attached to (`pausable attach`)",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--quiet", "-q", action="store_true", help="pids and names only")
    form.add_argument("--json", action="store_true", help="one JSON object for each program")


def run(options: argparse.Namespace) -> int:
    """List them."""
    with failing():
        found, silent = survey(with_status=not options.quiet)
    if options.quiet:
        words = [str(each.pid) for each in found] + [each.name for each in found]
        for word in dict.fromkeys(words):
            print(plain(word))
        return 0
    others = _others({*silent, *(each.pid for each in found)}) if options.all else []
    if options.json:
        _print_json(found, silent, others)
        return 0
    if not (found or silent):
        remark("no program of yours serves: see `pausable run --help`")
    if options.all and not others:
        remark("no other program could be attached to: that takes CPython 3.14 or newer, on Linux")
    _print_table(found, silent, others)
    return 0


def _print_json(found: list[Found], silent: list[int], others: list[Candidate]) -> None:
    for each in found:
        print(json.dumps(_facts(each)))
    for pid in silent:
        print(json.dumps({"pid": pid, "process": None, "is_serving": True}))
    for other in others:
        print(json.dumps({**other._asdict(), "is_serving": False}))


def _print_table(found: list[Found], silent: list[int], others: list[Candidate]) -> None:
    width = max([len(each.name) for each in found], default=0)
    for each in found:
        state = _state(each.process)
        print(plain(f"{each.pid:>7}  {each.name:{width}}  {state}  {_line(each.argv)}"))
    for pid in silent:
        print(f"{pid:>7}  does not answer: it hangs, or is suspended (then: kill -CONT {pid})")
    for other in others:
        how = f"{number(other.threads, 'thread')}; `pausable attach {other.pid}` would do"
        print(plain(f"{other.pid:>7}  {how}  {_line(other.argv)}"))


def _others(known: set[int]) -> list[Candidate]:
    """Find the programs that could be attached to, and were not."""
    from pausable.attach.candidates import candidates  # noqa: PLC0415 - seldom wanted

    return [each for each in candidates() if each.pid not in known]


def _state(process: Process | None) -> str:
    if process is None:
        return "does not answer"
    if not process["is_paused"]:
        return f"open; {counts(process)}"
    return f"{'paused' if process['is_quiescent'] else 'pausing'}; {counts(process)}"


def _line(argv: list[str]) -> str:
    return f"[{shlex.join(argv)}]"


def _facts(found: Found) -> dict[str, object]:
    return {
        "pid": found.pid,
        "name": found.name,
        "argv": found.argv,
        "started_at": found.started_at,
        "address": found.address,
        "is_serving": True,
        "process": found.process,
    }
