"""`pausable` itself: its help, its version, what it does with a command and with one it has not."""

from __future__ import annotations

import io
import subprocess
import sys
from types import ModuleType

import pytest
from importing.fresh import fresh

import pausable
from pausable.cli import main
from pausable.cli.catalogue import COMMANDS, Command
from pausable.cli.failure import CommandFailed


@pytest.fixture
def greet(monkeypatch):
    """Add a command `greet` to the table, and give its module."""
    module = ModuleType("greet")
    module.add_arguments = lambda parser: parser.add_argument("names", nargs="*")
    module.run = lambda options: print("hello", *options.names) or 0  # noqa: T201
    monkeypatch.setitem(sys.modules, "greet", module)
    monkeypatch.setitem(COMMANDS, "greet", Command("greet", "say hello"))
    return module


def ended_with(*arguments: str) -> object:
    """Run `main` to where argparse ends it; return the exit code."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return ended.value.code


def test_a_command_gets_its_arguments(greet, capsys):
    """Its parser sees all that follows its name, and its exit code is that of `main`."""
    assert main(["greet", "you", "all"]) == 0
    assert capsys.readouterr().out == "hello you all\n"
    greet.run = lambda _: 7
    assert main(["greet"]) == 7


def test_a_command_may_leave_arguments_unparsed(greet):
    """What `split` does not call its own comes as it is, whatever it looks like."""
    seen = []
    greet.split = lambda arguments: (arguments[:1], arguments[1:])
    greet.run = lambda options: seen.append((options.names, options.rest)) or 0
    assert main(["greet", "you", "--help", "--", "-x"]) == 0
    assert seen == [(["you"], ["--help", "--", "-x"])]


def test_a_command_that_fails(greet, capsys):
    """Its one sentence goes to standard error, under its name, without a traceback."""

    def run(_options):
        message = "nobody is there: come back later"
        raise CommandFailed(message, 5)

    greet.run = run
    assert main(["greet"]) == 5
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "pausable greet: nobody is there: come back later\n")


def test_the_help_lists_the_commands(greet, capsys):
    """`pausable --help` has each command with its line, and the exit codes."""
    assert ended_with("--help") == 0
    said = capsys.readouterr().out
    assert "usage: pausable COMMAND [options] ..." in said
    for name, command in COMMANDS.items():
        assert any(line.split() == [name, *command.line.split()] for line in said.splitlines())
    assert "exit codes:" in said
    assert greet.__name__ in said


def test_no_command(capsys):
    """It is wrong use."""
    assert ended_with() == 2
    assert "a command is missing" in capsys.readouterr().err


@pytest.mark.usefixtures("greet")
def test_an_unknown_command(capsys):
    """It is wrong use; one that is nearly right is proposed."""
    assert ended_with("gret", "you") == 2
    assert "there is no command 'gret'; did you mean 'greet'?" in capsys.readouterr().err
    assert ended_with("zzz") == 2
    assert capsys.readouterr().err.endswith("there is no command 'zzz'\n")


def test_the_version(capsys):
    """It is that of the package."""
    assert ended_with("--version") == 0
    assert capsys.readouterr().out == f"pausable {pausable.__version__}\n"


@pytest.mark.usefixtures("greet")
def test_an_option_is_not_abbreviated(capsys):
    """A later version may have an option that begins alike: a script goes on meaning what it meant."""
    assert ended_with("--vers") == 2
    assert "--vers" in capsys.readouterr().err


def test_as_a_module():
    """`python -m pausable` is the same."""
    command = [sys.executable, "-m", "pausable", "--version"]
    said = subprocess.run(command, capture_output=True, text=True, timeout=90, check=True)
    assert said.stdout == f"pausable {pausable.__version__}\n"


def test_output_that_nobody_reads():
    """`pausable ... | head` ends without a traceback."""
    script = """
import sys, types
from pausable.cli import main
from pausable.cli.catalogue import COMMANDS, Command
greet = types.ModuleType("greet")
greet.add_arguments = lambda _: None
greet.run = lambda _: [print("hello") for _ in range(100_000)] and 0
sys.modules["greet"], COMMANDS["greet"] = greet, Command("greet", "say hello")
sys.stdin.read()
sys.exit(main(["greet"]))
"""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=pipe, stdout=pipe, stderr=pipe
    ) as it:
        it.stdout.close()
        it.stdin.close()
        assert it.stderr.read() == b""
    assert it.returncode == 1


def test_it_imports_little():
    """The way to a command brings none of our other modules, and nothing large of the stdlib."""
    said = fresh("""
        import pausable.cli
        print(*sorted(ours()))
        print(*{"asyncio", "concurrent", "inspect", "json", "logging", "subprocess"} & set(sys.modules))
    """)
    assert said == ["pausable pausable.cli pausable.cli.catalogue pausable.cli.failure", ""]


def test_ctrl_c_is_no_traceback(greet):
    """A command that is interrupted ends as the shell says it of others."""

    def interrupted(_):
        raise KeyboardInterrupt

    greet.run = interrupted
    assert main(["greet"]) == 130


@pytest.mark.parametrize("closed", ["stdout", "stderr"])
def test_a_stream_that_is_closed(greet, monkeypatch, closed):
    """As in `pausable ls >&-`, where Python has None for it: nobody reads it, and nothing fails."""
    monkeypatch.setattr(sys, closed, None)
    assert main(["greet"]) == 0
    getattr(sys, closed).close()


def test_a_name_that_cannot_be_encoded(greet, monkeypatch):
    """It is shown escaped, where the terminal knows no such character."""
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="ascii"))
    assert main(["greet", "zoë"]) == 0
    assert written.getvalue() == b"hello zo\\xeb\n"
