"""Ctrl-Z, `fg`, `bg` and `&`: the tasks rest before the process is suspended, and clocks are right."""

from __future__ import annotations

import os
import re
import signal
import time
from pathlib import Path

from helpers import until
from terminal.shell import CTRL_Z
from terminal.test_keys import begin, end

TIMES = """
    take_keys()
    loop = Loop()
    when_told("go", loop)
    def nap():
        sleep(0.2)
        return time.monotonic()
    began = time.monotonic()
    with ThreadPoolExecutor(3) as pool:
        futures = [pool.submit(loop), pool.submit(nap), pool.options(timeout=2.0).submit(loop)]
        loop.began.wait()
        print("begun", os.getpid())
    active = max(each.active_time for each in futures)
    late = futures[1].result() - began
    print("ended", futures[2].exception(), f"active {active:.3f} nap {late:.3f}")
"""


def state_of(pid: str) -> str:
    """Return the letter of a process's state: T is stopped."""
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(") ")[2][0]


def test_clocks_after_a_suspension(shell):
    """Neither active time, nor a time limit, nor a `sleep()` counts the seconds of a suspension."""
    began = time.monotonic()
    begin(shell, TIMES)
    pid = shell.wait(r" (\d+)\r")[1]
    shell.type(CTRL_Z)
    shell.wait(r"\[pausable\] suspended: no task runs; fg goes on\r")
    shell.wait("Stopped")
    shell.prompt()
    suspended = time.monotonic()
    until(lambda: state_of(pid) == "T")
    until(lambda: time.monotonic() > suspended + 3.0)  # longer than the limit
    seconds = time.monotonic() - suspended
    shell.run("fg")
    shell.wait(r"\[pausable\] goes on after 3\.\d s\r")
    shell.type("s")
    shell.wait("running")
    shell.tell("go")
    found = shell.wait(r"ended None active ([\d.]+) nap ([\d.]+)\r")
    total = time.monotonic() - began
    assert float(found[1]) < total - seconds
    assert float(found[2]) > seconds
    shell.prompt()


def test_the_terminal_of_a_suspended_program(shell):
    """The shell finds its terminal as it was, `fg` brings the keys back, and the pause is still there."""
    before = shell.state()
    begin(shell)
    shell.type(" ")
    shell.wait("paused: 2")
    shell.type(CTRL_Z)
    shell.wait("suspended: no task runs")
    shell.prompt()
    assert shell.state() == before
    shell.run("fg")
    shell.wait(r"\[pausable\] goes on after [\d.]+ s, still paused: space resumes\r")
    shell.type(" ")
    shell.wait(r"\[pausable\] resumed\r")
    end(shell)


def test_a_task_that_does_not_rest(shell):
    """Ctrl-Z waits for it a second at most, or until pressed again, and names it."""
    begin(
        shell,
        """
        take_keys()
        stuck = Stuck()
        when_told("go", stuck)
        with ThreadPoolExecutor(1) as pool:
            future = pool.options(name="stuck").submit(stuck)
            stuck.began.wait()
            print("begun")
        print("ended", future.result())
        """,
    )
    for keys in (CTRL_Z, 2 * CTRL_Z):
        shell.type(keys)
        shell.wait(
            r"\[pausable\] suspended: 1 task did not come to rest; fg goes on\r\n  stuck at "
        )
        shell.prompt()
        shell.run("fg")
        shell.wait(r"\[pausable\] goes on")
    end(shell, "let go")


def test_the_time_limit_of_a_task_that_does_not_rest(shell):
    """A suspension that is longer than the limit of a task that runs does not use it up."""
    begin(
        shell,
        """
        take_keys()
        stuck = Stuck()
        when_told("go", stuck)
        with ThreadPoolExecutor(1) as pool:
            future = pool.options(timeout=3.0).submit(stuck)
            stuck.began.wait()
            print("begun")
        print("ended", future.exception(), future.active_time < 3)
        """,
    )
    shell.type(2 * CTRL_Z)
    shell.wait("suspended: 1 task did not come to rest")
    shell.prompt()
    suspended = time.monotonic()
    until(lambda: time.monotonic() > suspended + 4.0)
    shell.run("fg")
    shell.wait(r"\[pausable\] goes on")
    end(shell, "None True")


def test_in_the_background(shell):
    """After `bg` the tasks go on, the terminal is the shell's, and `fg` brings the keys."""
    before = shell.state()
    begin(shell)
    shell.type(CTRL_Z)
    shell.prompt()
    shell.run("bg")
    shell.wait(r"\[pausable\] goes on after [\d.]+ s; fg brings the keys back\r")
    shell.run("")
    shell.prompt()
    assert shell.state() == before
    assert "Running" in shell.ask("jobs")
    shell.run("fg")
    shell.wait(r"\[pausable\] space pauses")
    shell.type(" ")
    shell.wait("paused: 2")
    shell.type(" ")
    end(shell)


def test_started_in_the_background(shell):
    """A program that is started with `&` leaves the terminal alone; `fg` brings the keys."""
    before = shell.state()
    shell.run(shell.program("print(take_keys())\n" + TWO_LOOPS_TAKEN) + " &")
    shell.prompt()
    shell.wait("begun")
    shell.run("")
    shell.prompt()
    assert shell.state() == before
    assert "[pausable]" not in shell.seen
    shell.run("fg")
    shell.wait(r"\[pausable\] space pauses")
    shell.type(" ")
    shell.wait("paused: 2")
    shell.type(" ")
    end(shell)


TWO_LOOPS_TAKEN = """
loops = [Loop(), Loop()]
when_told("go", *loops)
with ThreadPoolExecutor(2) as pool:
    futures = [pool.submit(each) for each in loops]
    for each in loops:
        each.began.wait()
    print("begun")
print("ended", *("stopped" if each.cancelled() else "done" for each in futures))
"""


def test_stopped_from_outside(shell):
    """After a SIGSTOP that nobody told of, a key finds the terminal as the shell has set it, and works."""
    begin(shell, TIMES)
    pid = shell.wait(r" (\d+)\r")[1]
    os.kill(int(pid), signal.SIGSTOP)
    shell.prompt()
    shell.run("fg")
    shell.wait(r"program\.py")
    shell.type("s\r")
    shell.wait(r"\[pausable\] running: ")
    shell.tell("go")
    shell.wait("ended")
    shell.prompt()


def test_children_are_suspended_too(shell):
    """Ctrl-Z stops the whole foreground, as the terminal would: a child, a pipe."""
    begin(
        shell,
        """
        import subprocess
        take_keys()
        child = subprocess.Popen(["sleep", "100"])
        print("begun", child.pid)
        until((folder / "go").exists, 100)
        child.kill()
        print("ended", child.wait())
        """,
    )
    pid = shell.wait(r" (\d+)\r")[1]
    shell.type(CTRL_Z)
    shell.prompt()
    until(lambda: state_of(pid) == "T")
    shell.run("fg")
    shell.wait("goes on")
    until(lambda: state_of(pid) != "T")
    end(shell, re.escape("-9"))
