"""The keys of `pausable run`: a program that knows nothing of them, nor of pauses."""

from __future__ import annotations

import sys

import pytest
from terminal.shell import CTRL_C, CTRL_Z
from terminal.test_interrupts import OFFER

PROGRAM = """
import sys, time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

def work(number):
    while not Path("go").exists():
        time.sleep(0.001)
    return number

def main():
    with ThreadPoolExecutor(2) as pool:
        futures = [pool.submit(work, number) for number in range(4)]
        while not all(each.running() for each in futures[:2]):
            time.sleep(0.001)
        print("begun")
        print("ended", sum(each.result() for each in futures))

if __name__ == "__main__":
    main()
"""


@pytest.fixture
def run(shell):
    """Run the program with options, and wait until its tasks have begun."""

    def run(options="", until="begun"):
        (shell.folder / "plain.py").write_text(PROGRAM, encoding="utf-8")
        shell.run(f"{sys.executable} -m pausable run {options} plain.py")
        shell.wait(until)
        return shell

    return run


def end(shell):
    """Let the tasks go, and wait for the end."""
    shell.tell("go")
    shell.wait("ended 6\r")
    shell.prompt()


@pytest.mark.skipif(sys.version_info < (3, 12), reason="its tasks rest at checkpoints only")
def test_all_keys(run):
    """It is paused and resumed, suspended and continued, and shown, and ends as if it had not been."""
    shell = run()
    assert shell.seen.count("[pausable] space pauses and resumes") == 1
    shell.type(" ")
    shell.wait(r"\[pausable\] paused: 2 tasks at rest, 2 queued; space resumes\r")
    shell.type("t")
    shell.wait(r"  work-\d  resting .* plain\.py:\d+ in work\r")
    shell.type(" ")
    shell.wait(r"\[pausable\] resumed\r")
    shell.type(CTRL_Z)
    shell.wait(r"\[pausable\] suspended: no task runs; fg goes on\r")
    shell.prompt()
    shell.run("fg")
    shell.wait(r"\[pausable\] goes on after ")
    shell.type("s")
    shell.wait(r"\[pausable\] running: 2 running, 2 queued\r")
    end(shell)


def test_ctrl_c(run):
    """The first pauses, the second interrupts; its queued tasks do not run, as they would without."""
    shell = run()
    shell.type(CTRL_C)
    shell.wait(OFFER)
    shell.type(CTRL_C)
    if sys.version_info < (3, 12):  # what runs goes on to its end
        shell.tell("go")
    shell.wait("KeyboardInterrupt")
    shell.prompt()
    assert shell.ask("echo $?") == "130"


def test_started_paused(run):
    """Space lets a program go that was started with `--paused`."""
    shell = run("--paused", until="space pauses and resumes")
    shell.type("s")
    shell.wait("held by pausable run for .*: started with --paused\r")
    shell.type(" ")
    shell.wait("begun")
    end(shell)


def test_no_keys(run):
    """With `--no-keys` the terminal is the program's."""
    shell = run("--no-keys")
    shell.type(CTRL_C)
    if sys.version_info < (3, 12):
        shell.tell("go")
    shell.wait("KeyboardInterrupt")
    shell.prompt()
    assert "[pausable]" not in shell.seen
