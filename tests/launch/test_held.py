"""A program may start held, and be held for as long as a command runs."""

from __future__ import annotations

import os
import sys
from textwrap import dedent

from launch.launching import DIRECT, RUN, run

PROGRAM = dedent("""
    import logging, os, sys, threading
    from concurrent.futures import ThreadPoolExecutor
    import pausable
    logging.disable()
    with ThreadPoolExecutor(1) as pool:
        print(pausable.is_paused(), [each.reason for each in pausable.holds()], flush=True)
        future = pool.submit(print, "task", flush=True)
        ready = open(sys.argv[1], "w") if sys.argv[1:] else pausable.resume()
        if sys.argv[1:]:
            ready.close()
        future.result()
    print(pausable.is_paused(), sorted(os.listdir("/proc/self/fd"))[:3])
""")


def test_paused():
    """With `--paused` no task starts before somebody has resumed."""
    ended = run((*RUN, "--paused"), "-c", PROGRAM)
    assert ended.err == ""
    assert ended.out.splitlines()[:2] == ["True ['started with --paused']", "task"]


def test_while_a_command_runs(tmp_path):
    """With `--while` they start when the command of the shell has ended, and are the program's."""
    ready = tmp_path / "ready"
    os.mkfifo(ready)
    command = f"cat {ready} && echo 'over' && exit 3"
    ended = run((*RUN, "--while", command), "-c", PROGRAM, str(ready))
    assert (ended.code, ended.err) == (0, "")
    first, *middle, last = ended.out.splitlines()
    assert first == "True ['started with --while']"
    assert middle == ["over", "task"]
    assert last.startswith("False ['0', '1', '2']")


def test_while_a_command_that_is_killed_runs(tmp_path):
    """In whatever way it ends."""
    ready = tmp_path / "ready"
    os.mkfifo(ready)
    ended = run((*RUN, "--while", f"cat {ready}; kill -9 $$"), "-c", PROGRAM, str(ready))
    assert (ended.code, ended.err) == (0, "")
    assert "task" in ended.out.splitlines()


def test_the_command_is_no_child_of_the_program(tmp_path):
    """A program that waits for any child of its own finds none."""
    ready = tmp_path / "ready"
    os.mkfifo(ready)
    program = """
        import os, sys
        try:
            print(os.wait())
        except ChildProcessError as error:
            print(error)
        open(sys.argv[1], "w").close()
    """
    ended = run((*RUN, "--while", f"cat {ready}"), "-c", dedent(program), str(ready))
    assert (ended.code, ended.out, ended.err) == (0, "[Errno 10] No child processes\n", "")


def test_a_program_that_ends_while_it_is_held(tmp_path):
    """Its end waits for that of the command, and nothing that it has submitted is lost."""
    ready = tmp_path / "ready"
    os.mkfifo(ready)
    program = """
        import logging, os, sys
        from concurrent.futures import ThreadPoolExecutor
        logging.disable()
        pool = ThreadPoolExecutor(2)
        for number in range(5):
            pool.submit(os.write, 1, b"task %d\\n" % number)
        print("main is done", flush=True)
        open(sys.argv[1], "w").close()
    """
    ended = run((*RUN, "--while", f"cat {ready}"), "-c", dedent(program), str(ready))
    assert (ended.code, ended.err) == (0, "")
    first, *tasks = ended.out.splitlines()
    assert first == "main is done"
    if sys.version_info[:2] == (3, 12):  # it starts no threads at its exit: they are cancelled
        assert tasks in ([], [f"task {number}" for number in range(5)])
        return
    assert sorted(tasks) == [f"task {number}" for number in range(5)]


def test_children_do_not_start_held(tmp_path):
    """What the options say of the start is for the program, not for what that starts."""
    ready = tmp_path / "ready"
    os.mkfifo(ready)
    program = """
        import subprocess, sys
        code = "import concurrent.futures, pausable; print(pausable.is_paused())"
        subprocess.run([sys.executable, "-c", code], check=True)
        open(sys.argv[1], "w").close()
    """
    options = ("--children", "--paused", "--while", f"cat {ready}")
    ended = run((*RUN, *options), "-c", dedent(program), str(ready))
    assert (ended.code, ended.out, ended.err) == (0, "False\n", "")


def test_paused_where_nobody_can_resume():
    """Without msgspec the program runs, cannot be reached, and does not start paused; it says so."""
    program = """
import os, sys
sys.modules["msgspec"] = None  # as if it were not installed
from pausable.launch.hook import begin
from pausable.launch.briefing import Briefing
begin(Briefing(is_held=True, pid=os.getpid()).encoded())
from concurrent.futures import ThreadPoolExecutor
print(ThreadPoolExecutor().submit(abs, -1).result())
"""
    ended = run(DIRECT, "-c", program)
    assert (ended.code, ended.out) == (0, "1\n")
    first, second = ended.err.splitlines()
    assert first.startswith("pausable: the program runs, but cannot be reached from outside: ")
    assert first.endswith("pip install 'pausable[control]'")
    assert second == "pausable: it does not start paused: nobody could resume it"
