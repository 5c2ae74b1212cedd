"""A program that reads the terminal itself gets all of it: the keys are given up before it reads."""

from __future__ import annotations

import pytest
from helpers import until
from terminal.test_keys import begin, end

READS = {
    "input": "print('ended', input('who? '))",
    "readline": "print('who? '); print('ended', sys.stdin.readline().strip())",
    "a loop over stdin": "print('who? '); print('ended', next(iter(sys.stdin)).strip())",
    "the buffer": "print('who? '); print('ended', sys.stdin.buffer.readline().decode().strip())",
    "the raw file": "print('who? '); print('ended', sys.stdin.buffer.raw.read(100).decode().strip())",
    "getpass": "import getpass; print('ended', getpass.getpass('who? '))",
    "getpass, imported before": "print('ended', ask('who? '))",
    "a thread": """
def ask_there():
    print('ended', input('who? '))
thread = threading.Thread(target=ask_there)
thread.start()
thread.join()
""",
    "pdb": """
import pdb
pdb.Pdb(nosigint=True).set_trace()
print('ended Bob')
""",
    "code": """
import code
class Console(code.InteractiveConsole):
    def push(self, line, *_args, **_options):
        print('ended', line)
        raise SystemExit
print('who? ')
try:
    Console().interact('')
except SystemExit:
    pass
""",
}


@pytest.mark.parametrize("how", READS.values(), ids=list(READS))
def test_it_reads(shell, how):
    """It gets every letter, the terminal echoes as ever, and nobody takes the keys again."""
    script = f"""
from getpass import getpass as ask
take_keys()
print("begun")
until((folder / "ask").exists, 100)
{how}
print("again", take_keys())
"""
    begin(shell, script)
    shell.type("s")
    shell.wait("no pool yet")
    shell.tell("ask")
    shell.wait(r"\[pausable\] keys are off: the program [a-z ]+\r")
    if "ask(" in how or "getpass" in how:  # what was typed before it asks is thrown away
        shell.wait(r"who\?")
    shell.type("c\r" if "pdb" in how else "Bob\r")
    shell.wait(r"ended Bob\r")
    shell.wait("again False")
    shell.prompt()


def test_what_is_held_goes_on(shell):
    """When the program reads, nobody could resume with a key any more: what a key holds is let go."""
    begin(
        shell,
        """
        take_keys()
        loop = Loop()
        when_told("go", loop)
        pool = ThreadPoolExecutor(1)
        pool.submit(loop)
        loop.began.wait()
        print("begun")
        until(pool.is_paused, 100)
        name = input("who? ")
        print("ended", name, pool.is_paused())
        """,
    )
    shell.type(" ")
    shell.wait(r"keys are off: the program asks for input, and what they held goes on\r")
    shell.wait(r"who\? ")
    shell.type("Bob\r")
    end(shell, "Bob False")


def test_curses(shell):
    """A program that draws its own screen begins with the terminal as it was, and gets its keys."""
    pytest.importorskip("_curses")
    begin(
        shell,
        """
        import curses, termios
        take_keys()
        print("begun")
        until((folder / "ask").exists, 100)
        def main(screen):
            screen.refresh()
            (folder / "ready").touch()
            return chr(screen.getch())
        key = curses.wrapper(main)
        print("ended", key)
        """,
    )
    shell.tell("ask")
    shell.wait(r"keys are off: the program draws its own screen")
    until((shell.folder / "ready").exists)
    shell.type("q")
    end(shell, "q")


@pytest.mark.parametrize("library", ["prompt_toolkit", "textual"])
def test_libraries(shell, library):
    """Libraries that read keys get all of them."""
    pytest.importorskip(library)
    ask = {
        "prompt_toolkit": "from prompt_toolkit import prompt; name = prompt('who? ')",
        "textual": """
from textual.app import App
class Ask(App):
    def on_ready(self):
        (folder / "ready").touch()
    def on_key(self, event):
        self.exit(event.key)
name = Ask().run()
""",
    }[library]
    begin(
        shell,
        f"take_keys()\nprint('begun')\nuntil((folder / 'ask').exists, 100)\n{ask}\nprint('ended', name)",
    )
    shell.tell("ask")
    shell.wait("keys are off: the program sets the terminal up for itself")
    if library == "textual":
        until((shell.folder / "ready").exists, 60)
        shell.type("B")
        shell.wait("ended (?:upper_b|B)")
    else:
        shell.wait(r"who\?")
        shell.type("Bob\r")
        shell.wait("ended Bob")
    shell.prompt()


def test_a_child_that_reads_keys(shell):
    """A child that sets the terminal up for itself gets its keys; when it has ended, ours are back."""
    shell.program(
        """
        import tty, termios
        state = termios.tcgetattr(0)
        tty.setraw(0)
        os.write(1, b"child reads\\r\\n")
        key = os.read(0, 1)
        termios.tcsetattr(0, termios.TCSADRAIN, state)
        print("child got", key)
        """,
        "child.py",
    )
    begin(
        shell,
        """
        import subprocess
        take_keys()
        print("begun")
        subprocess.run([sys.executable, "child.py", folder], check=True)
        until((folder / "go").exists, 100)
        print("ended", "well")
        """,
    )
    shell.wait("child reads")
    shell.type("q")
    shell.wait("child got b'q'")
    shell.type("s")
    shell.wait("no pool yet")
    end(shell, "well")


def test_given_back_and_taken_again(shell):
    """A program may give the keys back, ask something, and take them again."""
    begin(
        shell,
        """
        print(take_keys(), take_keys())
        print("begun")
        until((folder / "ask").exists, 100)
        print(give_back_keys(), give_back_keys())
        name = input("who? ")
        print("taken", take_keys())
        until((folder / "go").exists, 100)
        print("ended", name)
        """,
    )
    assert "True True" in shell.seen
    shell.tell("ask")
    shell.wait("True False")
    shell.wait(r"who\? ")
    shell.type("Bob\r")
    shell.wait(r"\[pausable\] space pauses")
    shell.wait("taken True")
    shell.type("s")
    shell.wait("no pool yet")
    end(shell, "Bob")


NO_TERMINAL = ["| cat", "< /dev/null", "> out; cat out", "| cat > out; cat out"]


@pytest.mark.parametrize("how", NO_TERMINAL)
def test_no_terminal(shell, how):
    """Where standard input or output is no terminal nothing is taken, and nothing is said."""
    before = shell.state()
    shell.run(f"{shell.program('print(take_keys(), give_back_keys())')} {how}")
    shell.wait("False False")
    shell.prompt()
    assert "[pausable]" not in shell.seen
    assert shell.state() == before


def test_what_was_typed_before(shell):
    """What somebody has typed before the keys were taken is the program's, and is left there."""
    shell.run(
        shell.program(
            """
            print("begun")
            until((folder / "typed").exists, 100)
            print("taken", take_keys())
            print("ended", input())
            """
        )
    )
    shell.wait("begun")
    shell.type("Bob\r")
    shell.wait("Bob")
    shell.tell("typed")
    shell.wait(r"\[pausable\] no keys: what was typed before the program began is left for it\r")
    shell.wait("taken False")
    shell.wait("ended Bob")
    shell.prompt()


def test_two_in_the_foreground(shell):
    """A child that wants the keys, too, does not get them beside its parent."""
    begin(
        shell,
        """
        import subprocess
        take_keys()
        child = "from pausable.terminal import take_keys; print('child', take_keys())"
        subprocess.run([sys.executable, "-c", child], check=True)
        print("begun")
        until((folder / "go").exists, 100)
        print("ended", "well")
        """,
    )
    assert "child False" in shell.seen
    shell.type("s")
    shell.wait("no pool yet")
    end(shell, "well")


def test_interactive(shell):
    """In an interpreter that reads commands the keys stay off."""
    command = shell.program("print('begun', take_keys())")
    shell.run(command.replace("program.py", "-i program.py"))
    shell.wait("begun False")
    shell.wait(">>> ")
    shell.type("exit()\r")
    shell.prompt()
