"""A program under `pausable run` is reached from outside, and knows nothing of it."""

from __future__ import annotations

import sys
from textwrap import dedent

import pytest
from helpers import until
from launch.launching import RUN, start

from pausable.control.client import Client
from pausable.control.programs import find, processes

WAITS = dedent("""
    import os, sys, time
    from concurrent.futures import ThreadPoolExecutor

    def work(number):
        total = 0
        for each in range(200):
            total += number
            time.sleep(0.001)
        return total

    if __name__ == "__main__":
        pool = ThreadPoolExecutor(4)
        futures = [pool.submit(work, number) for number in range(40)]
        print("submitted", flush=True)
        sys.stdin.readline()
        print(sum(future.result() for future in futures), flush=True)
""")


@pytest.fixture
def started(tmp_path):
    """Give a function that starts a program under us, and connects to it when it has submitted."""
    processes, clients = [], []

    def begin(text: str, *options: str):
        script = tmp_path / "script.py"
        script.write_text(text, encoding="utf-8")
        process = start((*RUN, *options), str(script))
        processes.append(process)
        assert process.stdout.readline() == "submitted\n"
        clients.append(Client(find(process.pid), timeout=60.0))
        return process, clients[-1]

    yield begin
    for each in clients:
        each.close()
    for each in processes:
        each.kill()
        each.communicate()


def test_paused_twice(started):
    """No line of a task runs while it is paused, and the result is what it was."""
    process, client = started(WAITS)
    for _ in range(2):
        paused = client.pause(reason="for a test", wait=60)
        assert paused["is_quiescent"], paused
        before = client.status()["scopes"]
        assert all(each["running"] == 0 for each in before)
        assert [each["done"] for each in client.status()["scopes"]] == [
            each["done"] for each in before
        ]
        assert client.resume()["changed"] == 1
    out, err = process.communicate("\n", 60)
    assert (process.returncode, out, err) == (0, f"{200 * sum(range(40))}\n", "")


def test_its_name(started):
    """It is that of the script, or what was asked for."""
    process, _ = started(WAITS)
    assert [each.name for each in processes() if each.pid == process.pid] == ["script"]
    other, _ = started(WAITS, "--name", "mine")
    assert [each.name for each in processes() if each.pid == other.pid] == ["mine"]
    for each in (process, other):
        each.communicate("\n", 60)
        assert each.returncode == 0


ENDS = dedent("""
    import os
    from concurrent.futures import ThreadPoolExecutor

    pool = ThreadPoolExecutor(2)
    go_on, given = os.pipe()
    for number in range(6):
        pool.submit(os.read, 0, 1).add_done_callback(lambda _: os.write(1, b"done\\n"))
    print("submitted", flush=True)
""")


def test_an_end_while_paused_loses_nothing(started):
    """A script that submits and ends runs all of its tasks after the resume."""
    process, client = started(ENDS)
    client.pause()
    process.stdin.write("x" * 20)  # the tasks that run end; the others do not start
    process.stdin.flush()
    until(lambda: client.status()["scopes"][0]["running"] == 0)
    assert process.poll() is None
    left = 6 - client.status()["scopes"][0]["done"]
    assert left == client.status()["scopes"][0]["queued"] == 4
    client.resume()
    out, _ = process.communicate(timeout=60)
    assert (process.returncode, out.count("done")) == (0, 6)


def test_children_are_reached_by_their_pids(tmp_path):
    """With `--children`, each process is one of its own."""
    (tmp_path / "child.py").write_text(
        "import subprocess, sys\n"
        "if sys.argv[1:]:\n"
        "    print('ready', flush=True)\n"
        "    sys.stdin.readline()\n"
        "else:\n"
        "    subprocess.run([sys.executable, __file__, 'child'], check=True)\n"
    )
    with start((*RUN, "--children", "--name", "all"), str(tmp_path / "child.py")) as process:
        assert process.stdout.readline() == "ready\n"
        found = [each for each in processes(timeout=60) if each.name == "all"]
        assert len(found) == 2
        assert process.pid in {each.pid for each in found}
        process.communicate("\n", 60)
    assert process.returncode == 0


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
def test_what_it_starts_has_nothing_of_it(started):
    """A process that the program starts inherits no socket, no pipe and no variable of ours."""
    text = WAITS.replace(
        "    sys.stdin.readline()\n",
        "    import subprocess\n"
        "    code = \"import os; print(sorted(os.listdir('/proc/self/fd')), [each for each in os.environ if 'PAUSABLE_RUN' == each])\"\n"
        "    subprocess.run([sys.executable, '-c', code], close_fds=False, check=True)\n"
        "    sys.stdin.readline()\n",
    )
    process, _ = started(text)
    assert process.stdout.readline() == "['0', '1', '2', '3'] []\n"  # 3 is the list's own
    process.communicate("\n", 60)
