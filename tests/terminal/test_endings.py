"""However the program ends, the terminal is as it was: the fixture `shell` proves it each time."""

from __future__ import annotations

import os
import shutil
import signal
import sys

import pytest
from helpers import until
from terminal.shell import Shell
from terminal.test_keys import begin, end

ENDS = {
    "the last line": "",
    "sys.exit": "sys.exit(3)",
    "an exception": "raise RuntimeError('in the program')",
    "an exception at the exit": "import atexit; atexit.register(lambda: 1 / 0)",
    "os._exit": "os._exit(3)",
    "os._exit in a task": "pool.submit(os._exit, 3); threading.Event().wait(100)",
    "another program": "os.execvp('true', ['true'])",
    "another program that is not there": """
try:
    os.execvp('no such program', ['x'])
except FileNotFoundError:
    print('not there')
""",
    "in a group of its own": "os.setpgrp()",
    "SIGTERM": "os.kill(os.getpid(), signal.SIGTERM)",
    "SIGTERM that is handled": """
signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
os.kill(os.getpid(), signal.SIGTERM)
""",
    "SIGKILL": "os.kill(os.getpid(), signal.SIGKILL)",
    "an abort": "os.abort()",
    "SIGINT of its own": "os.kill(os.getpid(), signal.SIGINT); threading.Event().wait(100)",
}


@pytest.mark.parametrize("how", ENDS.values(), ids=list(ENDS))
def test_an_end(shell, how):
    """It ends in this way, with the keys on and the tasks paused and resumed."""
    script = f"""
take_keys()
pool = ThreadPoolExecutor(2)
future = pool.submit(time.sleep, 0)
print("begun", os.getpid())
until((folder / "go").exists, 100)
{how}
"""
    shell.run(shell.program(script))
    pid = int(shell.wait(r"begun (\d+)\r")[1])
    shell.type(" ")
    shell.wait("nothing to pause: the pool has no task")
    shell.type(" ")
    shell.wait("resumed")
    shell.tell("go")
    shell.prompt()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.mark.parametrize("number", [signal.SIGQUIT])
def test_ctrl_backslash(shell, number):
    """It is no key of ours: the terminal makes SIGQUIT of it, as ever."""
    begin(shell)
    shell.type("\x1c")
    shell.wait("Quit")
    shell.prompt()
    assert shell.ask("echo $?") == str(128 + number)


def test_a_program_that_closes_all_files(shell):
    """The keys are off, with a word; what it opens then is its own: nothing is written there, nor closed."""
    script = """
take_keys()
until((folder / "go").exists, 100)
os.closerange(3, 1024)
files = [open(folder / f"own-{number}", "w") for number in range(300)]
print("opened", files[0].fileno())
until((folder / "end").exists, 100)
"""
    shell.run(shell.program(script))
    shell.wait("space pauses and resumes")
    begun = shell.position()
    shell.tell("go")
    shell.wait(r"opened 3\r", begun)
    shell.wait("keys are off: the program has closed all files", begun)
    shell.tell("end")
    shell.prompt()
    assert shell.ask("echo $?") == "0"
    assert not [each for each in shell.folder.glob("own-*") if each.stat().st_size]


def test_a_shell_that_restores_nothing(tmp_path):
    """In dash, which leaves the terminal as it finds it, `os._exit` and Ctrl-C leave it as it was."""
    if shutil.which("dash") is None:
        pytest.skip("needs dash")
    shell = Shell(tmp_path, "dash")
    try:
        before = shell.state()
        for how in ("os._exit(3)", "sys.exit(3)", "os.kill(os.getpid(), signal.SIGINT)"):
            shell.run(shell.program(f"take_keys()\nprint('begun')\n{how}\n"))
            shell.wait("begun")
            shell.prompt()
            assert shell.state() == before
    finally:
        shell.close()


@pytest.mark.skipif(sys.platform != "linux", reason="nobody there sets the terminal")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGQUIT])
def test_killed_in_a_script(shell, number):
    """Also a shell that knows no better finds its terminal as it was: one that runs a script."""
    before = shell.state()
    shell.program(f"take_keys()\nprint('begun')\nos.kill(os.getpid(), {int(number)})\n")
    (shell.folder / "script.sh").write_text(
        f"{sys.executable} program.py\nuntil test -e go; do :; done\nstty -g\n"
    )
    shell.run("sh script.sh")
    shell.wait("begun")
    until(lambda: shell.now() == before)
    shell.tell("go")
    shell.wait(before)
    shell.prompt()


def test_the_caretaker(shell):
    """Whoever waits for children finds his own only, and what looks after the terminal ends with us."""
    begin(
        shell,
        """
        take_keys()
        try:
            os.wait()
        except ChildProcessError:
            print("no children")
        print("begun", os.getpgrp())
        until((folder / "go").exists, 100)
        print("ended", "well")
        """,
    )
    assert "no children" in shell.seen
    group = int(shell.wait(r" (\d+)\r")[1])
    end(shell, "well")

    def is_gone():
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        return False

    until(is_gone)


def test_paused_at_the_end(shell):
    """What is paused by a key when the main thread ends waits for the key, and is done after it."""
    begin(
        shell,
        """
        take_keys()
        pool = ThreadPoolExecutor(1)
        loop = Loop()
        when_told("go", loop)
        pool.submit(loop)
        loop.began.wait()
        future = pool.submit(print, "ended", "all")
        print("begun")
        until(pool.is_paused, 100)
        print("main is over")
        """,
    )
    shell.type(" ")
    shell.wait("main is over")
    begun = shell.seen.index("begun")
    shell.wait("paused: 1 task at rest, 1 queued", since=begun)  # one may come before the other
    shell.tell("go")
    shell.type("s")
    shell.wait(r"\[pausable\] paused: 1 resting, 1 queued; held by terminal")
    shell.type(" ")
    end(shell, "all")


def test_a_fork(shell):
    """A child neither reads the keys nor gives the terminal back when it ends; the parent goes on."""
    begin(
        shell,
        """
        take_keys()
        loop = Loop()
        when_told("go", loop)
        with ThreadPoolExecutor(1) as pool:
            pool.submit(loop)
            loop.began.wait()
            pid = os.fork()
            if pid == 0:
                print("in the child", take_keys(), give_back_keys(), pool.is_paused())
                os._exit(0)
            os.waitpid(pid, 0)
            print("begun")
        print("ended", "well")
        """,
    )
    assert "in the child False False False" in shell.seen
    shell.type(" ")
    shell.wait("paused: 1 task at rest")
    shell.type(" ")
    end(shell, "well")


def test_processes(shell):
    """Processes of multiprocessing, forked or spawned, come and go beside the keys."""
    begin(
        shell,
        """
        import multiprocessing
        if __name__ == "__main__":
            take_keys()
            for how in ("fork", "spawn"):
                with multiprocessing.get_context(how).Pool(2) as processes:
                    print(how, processes.map(abs, [-1, -2]))
            print("begun")
            until((folder / "go").exists, 100)
            print("ended", "well")
        """,
    )
    assert "spawn [1, 2]" in shell.seen
    shell.type("s")
    shell.wait("no pool yet")
    end(shell, "well")


def test_threads_that_are_counted(shell):
    """The thread that reads the keys is none of those that a program counts or lists."""
    begin(
        shell,
        """
        take_keys()
        print("begun")
        until((folder / "go").exists, 100)
        print("ended", threading.active_count(), *threading.enumerate())
        """,
    )
    shell.type(" ")
    shell.wait("no pool yet")
    shell.type(" ")
    shell.wait("resumed")
    end(shell, r"1 <_MainThread\(MainThread, started \d+\)>")
