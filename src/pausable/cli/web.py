"""`pausable web`: the web panel."""

from __future__ import annotations

from contextlib import suppress

from pausable.cli.failure import CommandFailed
from pausable.cli.operand import links

# As `typing` has it, whose import takes long.
TYPE_CHECKING = False

if TYPE_CHECKING:
    import argparse

    from pausable.web.panel import WebPanel

__all__ = ["add_arguments", "run"]

_HZ = 10.0

_ABOUT = """\
Show programs live in the browser: the tree of pools, groups and tasks, what has run and rested
when, the holds with who placed them and why; with buttons to pause, resume and stop, to change
limits and to decide faults. It needs the extra: pip install 'pausable[web]'.

The panel is bound to this machine alone (127.0.0.1), and lets in only who opens the address that is
printed, with its token. PROGRAM is the pid or the name of a program that serves, or the path of its
socket; without it, all that serve are shown.
"""

_MORE = """\
exit codes:
  0    it was ended, by Ctrl-C
  1    there is no such program, the port is taken, or what it needs is not installed
  2    the command line makes no sense
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.description, parser.epilog = _ABOUT, _MORE
    parser.add_argument("program", metavar="PROGRAM", nargs="*", help="pid, name or socket")
    parser.add_argument("--port", type=int, default=0, help="a port; by default any that is free")
    parser.add_argument(
        "--read-only", action="store_true", help="show only: it has no verbs, on the server's side"
    )
    parser.add_argument("--open", action="store_true", help="open it in the browser")


def run(options: argparse.Namespace) -> int:
    """Serve it."""
    try:
        from pausable.web.panel import WebPanel  # noqa: PLC0415 - an extra
    except ImportError as error:
        message = f"the panel needs Starlette and uvicorn ({error}): pip install 'pausable[web]'"
        raise CommandFailed(message) from None
    try:
        panel = WebPanel(
            links(options.program, hz=_HZ), port=options.port, read_only=options.read_only
        )
    except (OSError, OverflowError) as error:
        message = f"port {options.port}: {error}"
        raise CommandFailed(message) from None
    with suppress(KeyboardInterrupt):
        panel.serve(lambda: _tell(panel, opens=options.open))
    return 0


def _tell(panel: WebPanel, *, opens: bool) -> None:
    print(panel.address, flush=True)
    if opens:
        import webbrowser  # noqa: PLC0415 - takes long

        webbrowser.open(panel.address)
