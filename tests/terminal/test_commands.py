"""The commands, each typed by a person at a terminal: what is seen there, and the exit code.

What a command does with which options is in tests/cli; here it is one run of each, by bash.
"""

from __future__ import annotations

import re
import signal
import sys
import urllib.request
from http.cookiejar import CookieJar
from typing import TYPE_CHECKING

import pytest
from attach.conftest import needs_3_14
from helpers import until
from launch.conftest import sockets_folder
from scripts import start, wait_for
from terminal.shell import COLUMNS, CTRL_C, Shell

from pausable.control.client import Client
from pausable.control.programs import find

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["sockets_folder"]

PLAIN = """\
import os, time
from concurrent.futures import ThreadPoolExecutor
def work(number):
    while not os.path.exists('go'):
        time.sleep(0.001)
    return number
with ThreadPoolExecutor(2) as pool:
    futures = [pool.submit(work, number) for number in range(4)]
"""

PROGRAM = """
from pathlib import Path
folder = Path(sys.argv[1])

def render(number):
    while not (folder / "go").exists():
        checkpoint()
        time.sleep(0.001)
    return number

def upload(number):
    until((folder / "go").exists, 100)  # it comes to no checkpoint
    return number

def price(item):
    if not (folder / "go").exists():
        raise KeyError(item)
    return 5

with pausable.serve("shop"), ThreadPoolExecutor(2, thread_name_prefix="images") as pool:
    futures = [pool.submit(render, number) for number in range(3)]
    until(lambda: pool.status().running == 2)
    say("up")
    with ThreadPoolExecutor(1, thread_name_prefix="others", on_fault="hold", faults=KeyError) as more:
        until(lambda: (folder / "go").exists() or (folder / "others").exists(), 100)
        if (folder / "others").exists():
            function = globals()[(folder / "others").read_text()]
            future = more.submit(function, 1)
            until(lambda: more.faults() or more.status().running)
            say("more")
            say(future.result())
    say(*("stopped" if each.cancelled() else each.result() for each in futures))
"""


class Terminal(Shell):
    """A shell in which there is a command `pausable`."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        commands = folder / "bin"
        commands.mkdir()
        command = commands / "pausable"
        command.write_text(f'#!/bin/sh\nexec {sys.executable} -m pausable "$@"\n')
        command.chmod(0o755)
        super().__init__(folder)
        self.timeout = 60.0
        self.run("PATH=$PWD/bin:$PATH")
        self.prompt()

    def be_wide(self, columns: int = COLUMNS) -> None:
        """Have so many columns."""
        self.does(f"stty cols {columns}")

    def does(self, command: str, *says: str, code: int = 0) -> None:
        """Run a command, which says what matches these patterns, in their order."""
        self.run(command)
        for each in says:
            self.wait(each)
        self.prompt()
        assert self.ask("echo $?") == str(code)


@pytest.fixture
def open_terminal(tmp_path):
    """Open terminals; each is, after the test, in the state in which it was before."""
    opened = []

    def open_terminal():
        terminal = Terminal(tmp_path / f"terminal-{len(opened)}")
        opened.append((terminal, terminal.state()))
        return terminal

    yield open_terminal
    try:
        for terminal, before in opened:
            terminal.be_wide()
            assert terminal.state() == before
    finally:
        for terminal, _ in opened:
            terminal.close()


@pytest.fixture
def terminal(open_terminal):
    """Open one terminal."""
    return open_terminal()


@pytest.fixture
def shop(tmp_path):
    """Start a program that serves: two tasks run, one is in the queue."""
    with start(PROGRAM, str(tmp_path)) as process:
        try:
            wait_for(process, "up")
            yield process
        finally:
            process.kill()


@pytest.fixture
def begin(shop, tmp_path):
    """Have the program begin something else, too."""

    def begin(function):
        (tmp_path / "new").write_text(function)
        (tmp_path / "new").rename(tmp_path / "others")
        wait_for(shop, "more")

    return begin


@pytest.fixture
def status(shop):
    """Ask the program how it is."""

    def status(path=None):
        with Client(find(shop.pid), timeout=60) as client:
            taken = client.status(None if path is None else {"path": path})
        return taken["process"] if path is None else taken["scopes"][0]

    return status


@pytest.fixture
def end(shop, tmp_path):
    """Let all tasks go on, to the end of the program, and return what it has said."""

    def end():
        (tmp_path / "go").touch()
        return shop.communicate(timeout=100)[0].splitlines()

    return end


def test_ls(terminal, shop):
    """A line for each program."""
    line = rf"\n +{shop.pid}  shop  open; 2 running, 0 resting, 1 queued, 0 done  \[.*\]\r"
    terminal.does("pausable ls", line)
    terminal.does("pausable ls --quiet", rf"\n{shop.pid}\r\nshop\r")


def test_pause_and_resume(terminal, shop, status, end):
    """It rests and goes on; the hold names this terminal; its results are as they would be."""
    words = rf"\npaused process {shop.pid}; each started task rests\r"
    terminal.does(f"pausable pause {shop.pid} --wait --reason backup", words)
    process = status()
    assert (process["running"], process["resting"], process["is_quiescent"]) == (0, 2, True)
    terminal.does("pausable status", r"paused, quiescent; 0 running, 2 resting", r"pts/\d+.*backup")
    terminal.does("pausable resume shop", r"\nresumed shop \(\d+\): 1 hold released\r")
    terminal.does("pausable resume", r"\nnothing to resume: no pause holds shop")
    assert end() == ["0 1 2"]


def test_status(terminal, shop):
    """The tree, with the lines of tasks."""
    terminal.does(
        "pausable status",
        rf"\nshop \({shop.pid}\): open; 2 running, 0 resting, 1 queued, 0 done\r",
        r"\n  images: open; .*, at most 2 at once\r",
        r"\n    images/render-1: running at \S+:\d+ in \S+; active ",  # or in what it has called
        r"\n    images/render-3: queued; active 0.0 s\r",
    )
    terminal.does("pausable status nothing", "there is no program, pool, group or task", code=1)


def test_stop(terminal, status, end):
    """One task, and not the others."""
    terminal.does(
        "pausable stop shop images/render-1", r"\nasked 1 task of images/render-1 of shop"
    )
    until(lambda: status("images")["stopped"] == 1)
    terminal.does("pausable stop", "say of which program", code=2)
    assert end() == ["stopped 1 2"]


def test_resize(terminal, status, end):
    """More tasks run at once."""
    terminal.does("pausable resize images 3", r"\n.*images.*at most 3 at once\r")
    until(lambda: status("images")["running"] == 3)
    assert end() == ["0 1 2"]


def test_faults_and_decide(terminal, begin, end):
    """What was raised is shown, and decided."""
    begin("price")
    terminal.does("pausable faults", r"\nothers/price-1: .*KeyError: 1\r")
    terminal.does(
        "pausable decide others/price-1 resolve --value 7",
        r"\ndecided 1 fault of others/price-1 of shop \(\d+\): resolve\r",
    )
    terminal.does("pausable decide shop retry", "waits for a decision", code=1)
    assert end()[-2:] == ["7", "0 1 2"]


def test_watch(open_terminal, shop):
    """It follows what another terminal does, until Ctrl-C."""
    terminal, other = open_terminal(), open_terminal()
    terminal.run("pausable watch")
    terminal.wait(r"images: 2 running, 0 resting, 1 queued, 0 done\r")
    other.does("pausable pause --reason 'from the other'", "paused shop")
    terminal.wait(r"is paused by \S.* until a resume: from the other\r")
    terminal.wait("0 running, 2 resting, 1 queued")
    other.does("pausable resume", "resumed shop")
    terminal.wait(r"a hold is released: from the other\r")
    terminal.type(CTRL_C)
    terminal.prompt()
    assert terminal.ask("echo $?") == "0"
    assert shop.poll() is None


@pytest.mark.usefixtures("shop")
def test_where(terminal):
    """The stack of a task that rests, with its variables."""
    terminal.does("pausable pause --wait", "each started task rests")
    terminal.does(
        "pausable where shop images/render-2 --locals",
        r"\nimages/render-2: resting\r",
        r" in render",
        r"number = 1\r",
    )


@pytest.mark.parametrize("ending", ["raise SystemExit(7)", "os.kill(os.getpid(), 15)"])
def test_run(open_terminal, ending):
    """The exit code is the program's; another terminal pauses and resumes it."""
    terminal, other = open_terminal(), open_terminal()
    (terminal.folder / "plain.py").write_text(
        PLAIN + "    print('begun')\n"
        "    print('ended', sum(each.result() for each in futures))\n"
        "while not os.path.exists('end'):\n"
        "    time.sleep(0.001)\n"
        f"{ending}\n"
    )
    terminal.run("pausable run --name mine plain.py")
    terminal.wait("begun")
    wait = "--wait" if sys.version_info >= (3, 12) else ""  # before that, it runs on to its end
    other.does(f"pausable pause mine {wait}", r"\npaused mine \(\d+\)")
    terminal.tell("go")
    other.does("pausable resume mine", r"\nresumed mine \(\d+\): 1 hold released\r")
    terminal.wait("ended 6\r")
    terminal.tell("end")  # not before the other one was answered
    terminal.prompt()
    assert terminal.ask("echo $?") == ("7" if "7" in ending else str(128 + signal.SIGTERM))


@needs_3_14
def test_attach_and_detach(terminal):
    """A program that runs in the background of the same shell, and knows nothing."""
    (terminal.folder / "plain.py").write_text(
        PLAIN + "    open('up', 'w').close()\n"
        "    print('ended', sum(each.result() for each in futures))\n"
    )
    terminal.run(f"{sys.executable} plain.py &")
    until((terminal.folder / "up").exists)
    terminal.prompt()
    terminal.does("pausable attach --name theirs $!", r"\nattached to \d+; it serves at /")
    terminal.does("pausable pause theirs --wait", "each started task rests")
    terminal.does("pausable attach $!", r"\n\d+ was attached to already")
    terminal.does("pausable resume theirs", "1 hold released")
    terminal.does("pausable detach $!", r"\ndetached from \d+\r")
    terminal.does("pausable detach $!", r"\nnothing to do: nobody is attached to \d+\r")
    terminal.tell("go")
    terminal.run("wait")
    terminal.wait(r"ended 6\r")
    terminal.prompt()


def test_completion(terminal, shop):
    """TAB completes commands, and the names of programs that serve."""
    pytest.importorskip("shtab")
    terminal.does('eval "$(pausable completion bash)"')
    terminal.type("pausable resu\t")
    terminal.wait("pausable resume ")
    terminal.type("sho\t")
    terminal.wait("shop ")
    terminal.type("\r")
    terminal.wait("nothing to resume: no pause holds shop")
    terminal.prompt()
    assert shop.poll() is None


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("columns", [100, 40])
def test_top(terminal, status, columns):
    """It pauses by a key, and gives the terminal back; also where that is narrow."""
    pytest.importorskip("textual")
    terminal.be_wide(columns)
    terminal.run("pausable top")
    terminal.wait("shop")
    terminal.wait("render-1")
    terminal.type(" ")
    until(lambda: status()["is_quiescent"], 60)
    terminal.type("q")
    terminal.prompt()
    assert terminal.ask("echo $?") == "0"
    assert status()["is_paused"]


@pytest.mark.usefixtures("shop")
def test_top_without_colours(terminal):
    """NO_COLOR is kept: nothing but shades of grey."""
    pytest.importorskip("textual")
    terminal.run("NO_COLOR=1 COLORTERM=truecolor pausable top")
    terminal.wait("render-1")
    terminal.type("q")
    terminal.prompt()
    colours = re.findall(r"[34]8;2;(\d+);(\d+);(\d+)", terminal.raw)
    assert {len(set(each)) for each in colours} <= {1}
    assert not re.search(r"\x1b\[(?:3|4|9|10)[1-6]m", terminal.raw)


@pytest.mark.usefixtures("shop")
def test_web(terminal):
    """It prints an address that is let in, and ends with Ctrl-C."""
    pytest.importorskip("uvicorn")
    pytest.importorskip("starlette")
    terminal.run("pausable web")
    address = terminal.wait(r"\n(http://127\.0\.0\.1:\d+/\S+)\r")[1]
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    with opener.open(address, timeout=60) as page:
        assert (page.status, b"<html" in page.read()) == (200, True)
    terminal.type(CTRL_C)
    terminal.prompt()
    assert terminal.ask("echo $?") == "0"


@pytest.mark.parametrize("columns", [50, 100])
def test_help_in_a_narrow_terminal(terminal, columns):
    """It is set in the width of the terminal, or of COLUMNS; NO_COLOR leaves the colours out."""
    terminal.be_wide(columns)
    start = terminal.position()
    terminal.does("NO_COLOR=1 pausable pause -h", "usage: ", "--finish", "exit codes:")
    assert columns - 30 < _width(terminal.seen[start:]) <= columns
    assert "\x1b[3" not in terminal.raw
    start = terminal.position()
    terminal.does("COLUMNS=70 pausable pause -h", "--finish", "exit codes:")
    assert 50 < _width(terminal.seen[start:]) <= 70


def _width(seen):
    said = seen.partition("Pause a program")[2].partition("examples:")[0]  # usage is argparse's
    return max(map(len, said.splitlines()))


@pytest.mark.usefixtures("shop")
def test_two_terminals(open_terminal, status):
    """Each has a hold of its own: the end of one does not undo the other's."""
    first, second = open_terminal(), open_terminal()
    first.does("pausable pause shop --reason mine", r"\npaused shop")
    second.run(
        "pausable pause shop --reason theirs --while 'touch began; until [ -e end ]; do :; done'"
    )
    until((second.folder / "began").exists, 60)
    assert sorted(_reasons(first)) == ["mine", "theirs"]
    second.tell("end")
    second.prompt()
    assert _reasons(first) == ["mine"]
    second.does("pausable pause shop --reason theirs", r"\npaused shop")
    assert sorted(_reasons(first)) == ["mine", "theirs"]
    assert status()["is_paused"]
    first.does("pausable resume shop", "2 holds released")
    assert not status()["is_paused"]


def _reasons(terminal):
    return [
        reason
        for reason in ("mine", "theirs")
        if terminal.ask(f"pausable status | grep -c ': {reason}$'") != "0"
    ]


@pytest.mark.usefixtures("shop")
def test_a_client_that_is_killed_while_its_command_runs(terminal, status):
    """The hold ends with it."""
    terminal.run("pausable pause shop --while 'touch began; until [ -e end ]; do :; done' &")
    until((terminal.folder / "began").exists, 60)
    assert status()["is_quiescent"]
    terminal.prompt()
    terminal.run("kill -9 $!")
    terminal.prompt()
    until(lambda: not status()["is_paused"], 60)
    terminal.tell("end")


def test_a_client_that_is_killed_while_it_waits(terminal, begin, status, end):
    """The hold stays, as it would if it had waited in vain; anybody may release it."""
    begin("upload")
    terminal.run("pausable pause shop --wait --timeout 100s --reason stuck &")
    terminal.prompt()
    terminal.wait("pausing shop .*: 1 task still running")
    terminal.run("kill -9 $!")
    terminal.run("wait $!")
    terminal.run("echo code $?")
    terminal.wait(r"\ncode 137\r")
    terminal.prompt()
    assert status()["is_paused"]
    terminal.does("pausable resume shop", r"resumed shop \(\d+\): 1 hold released\r")
    assert end()[-2:] == ["1", "0 1 2"]
