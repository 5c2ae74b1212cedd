"""`serve()`: one server for each process, from when it is called to its close."""

from __future__ import annotations

import logging
import os
import socket
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from helpers import until
from importing.fresh import fresh
from scripts import run
from workloads import Loop

import pausable
from pausable.control import backstage
from pausable.control.client import Client, Unreachable
from pausable.control.programs import find, processes


def names(folder):
    """List what is in a folder."""
    return sorted(each.name for each in folder.iterdir())


def test_it_can_be_reached(server):
    """It is found by its pid, its name and its path, and says what it is."""
    pid = os.getpid()
    assert find(pid) == find(str(pid)) == find("test") == find(server.address) == server.address
    [found] = processes(timeout=60)
    assert (found.pid, found.name, found.address) == (pid, "test", server.address)
    with Client(server.address) as client:
        said = client.hello()
    assert (said["pid"], said["v"], said["pausable"]) == (pid, 1, pausable.__version__)
    assert said["argv"] == found.argv


def test_the_socket_is_the_users_alone(server, folder):
    """Its mode is 0600, in a folder of mode 0700; it is there in one step, with nothing beside it."""
    assert stat.S_IMODE(Path(server.address).stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert names(folder) == [f"{os.getpid()}.sock"]


def test_once_for_each_process(server):
    """Called again, also by many threads at once and with another name, it returns the same server."""
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(pausable.serve("other"))) for _ in range(8)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert found == [server] * 8
    assert server.name == "test"


def test_first_by_many_threads(folder):
    """Those that call it at the same time, when there is none, get one."""
    meeting, found = threading.Barrier(8), []

    def call():
        meeting.wait()
        found.append(pausable.serve())

    threads = [threading.Thread(target=call) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert found == [found[0]] * 8
    assert len(names(folder)) == 1
    found[0].close()


def test_close_and_again(folder):
    """Closed, it is gone at once, and tells those that were connected; a new call serves anew."""
    first = pausable.serve("first")
    client = Client(first.address)
    first.close()
    first.close()
    assert not names(folder)
    assert not first.is_serving()
    assert "closed" in repr(first)
    with pytest.raises(Unreachable, match="does not serve any more"):
        client.hello()
    client.close()
    with pausable.serve("second") as second:
        assert second is not first
        assert second.is_serving()
        assert [each.name for each in processes(timeout=60)] == ["second"]


def test_a_name_that_is_none():
    """What is no text is refused."""
    with pytest.raises(TypeError, match="a name must be text, not 7"):
        pausable.serve(7)


def test_nowhere_to_listen(folder, monkeypatch):
    """That no folder is the user's alone is an OSError that says what to set."""
    monkeypatch.setenv("PAUSABLE_RUNTIME_DIR", f"{folder}/no/such")
    with pytest.raises(OSError, match="Set PAUSABLE_RUNTIME_DIR to one that is yours"):
        pausable.serve()


def test_the_name_by_default():
    """It is the script's, or the package's."""
    said = fresh("""
        from pausable.control.service import _own_name
        for path in ["/a/b/shop.py", "shop", "/a/shop/__main__.py", "-c", "", "-"]:
            sys.argv = [path]
            print(_own_name())
    """)
    assert said == ["shop", "shop", "shop", "python", "python", "python"]


def test_without_msgspec():
    """The error says what to install; a client needs nothing."""
    said = fresh("""
        sys.modules["msgspec"] = None
        import pausable
        from pausable.control.programs import processes
        try:
            pausable.serve()
        except ImportError as error:
            print(error)
    """)
    assert said == [
        "the control server needs msgspec, which is not installed: pip install 'pausable[control]'"
    ]


def test_a_client_imports_little():
    """No pool, no logging, nothing but what a socket needs: it is to start in no time."""
    said = fresh("""
        from pausable.control.client import Client
        from pausable.control.programs import processes
        print(*sorted(ours()))
        large = "concurrent.futures dataclasses inspect logging msgspec pathlib tempfile threading typing"
        print(*sorted(set(large.split()) & set(sys.modules)))
    """)
    ours = ["", ".client", ".folders", ".peers", ".programs", ".route", ".wire"]
    assert said == [" ".join(["pausable", *(f"pausable.control{each}" for each in ours)]), ""]


def test_a_program_that_does_not_serve(folder):
    """Who looks for it is told what it has to do."""
    with pytest.raises(Unreachable, match="let it call pausable"):
        find(os.getpid())
    with pytest.raises(Unreachable, match="no program of yours with this name serves"):
        find("shop")


def test_two_of_one_name(server, folder):
    """A name that two programs have is refused, with their pids."""
    started = _start("pausable.serve('test'); say('up'); sys.stdin.read()")
    try:
        with pytest.raises(Unreachable, match=rf"have this name: .*{started.pid}"):
            find("test")
    finally:
        started.kill()
        started.communicate()
    assert [each.name for each in processes(timeout=60)] == ["test"]


def _start(line):
    program = f"import sys, pausable\ndef say(word): print(word, flush=True)\n{line}"
    started = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert started.stdout.readline() == "up\n"
    return started


def test_what_a_dead_program_has_left(folder):
    """It is removed by whoever finds it, and a new program of the same pid takes its place."""
    started = _start("pausable.serve(); say('up'); sys.stdin.read()")
    path = f"{folder}/{started.pid}.sock"
    started.kill()
    started.communicate()
    assert Path(path).exists()
    with pytest.raises(Unreachable, match="nobody listens there any more"):
        Client(path)
    assert not Path(path).exists()
    stale = socket.socket(socket.AF_UNIX)
    stale.bind(f"{folder}/{os.getpid()}.sock")
    stale.close()
    with pausable.serve() as serving:
        assert serving.address == f"{folder}/{os.getpid()}.sock"
        assert processes(timeout=60)[0].pid == os.getpid()


def test_another_of_the_same_pid(folder):
    """In containers with a folder in common two may have the same pid: the first one stays."""
    with socket.socket(socket.AF_UNIX) as other:
        taken = f"{folder}/{os.getpid()}.sock"
        other.bind(taken)
        other.listen()
        with pausable.serve() as serving:
            assert serving.address == f"{folder}/{os.getpid()}.2.sock"
        assert Path(taken).exists()
        Path(taken).unlink()


def test_a_thread_that_cannot_start(folder, monkeypatch):
    """It serves nothing then, and leaves nothing."""

    def start(*_):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(backstage, "start_new_thread", start)
    with pytest.raises(RuntimeError, match="can't start new thread"):
        pausable.serve()
    assert not names(folder)


def test_the_thread_is_not_met(server, client):
    """It is none of those that a program counts, answers or not."""
    assert client.hello()["pid"] == os.getpid()
    assert not [each for each in threading.enumerate() if each.name.startswith("pausable")]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_around_a_fork():
    """While the process forks there is no thread; after it the same clients are answered."""
    said = run("""
    import warnings
    warnings.simplefilter("ignore")  # of what Python 3.13 counts too late
    from pausable.control.client import Client
    with pausable.serve() as server, Client(server.address, timeout=80) as client:
        client.pause()
        counted = []
        os.register_at_fork(after_in_child=lambda: counted.append(len(os.listdir("/proc/self/task"))))
        os.register_at_fork(before=lambda: say(len(os.listdir("/proc/self/task"))))
        for _ in range(3):
            child = os.fork()
            if not child:
                os._exit(counted[0])
            say(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), client.resume()["changed"])
            client.pause()
        client.resume()
    """)
    assert said == ["2", "1 1"] * 3  # what is registered last is asked first


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
def test_a_signal_that_the_program_waits_for():
    """It does not come to the thread, which would end the process; nor do others it blocks."""
    assert (
        run("""
    from pausable.control.client import Client
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    with pausable.serve() as server, Client(server.address, timeout=80) as client:
        for _ in range(20):
            client.hello()
            os.kill(os.getpid(), signal.SIGUSR1)
            assert signal.sigwait([signal.SIGUSR1]) == signal.SIGUSR1
    """)
        == []
    )


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
def test_threads_that_a_command_starts():
    """They are reached by signals as all others of the program, and so is what they start."""
    assert run("""
    from pausable.control.client import Client
    with ThreadPoolExecutor(1) as pool, pausable.serve() as server, Client(server.address) as client:
        client.timeout = 80
        client.pause()
        future = pool.submit(signal.pthread_sigmask, signal.SIG_BLOCK, [])
        client.resume()
        say(future.result())
    """) == ["set()"]


def test_a_server_that_fails(server, pool, monkeypatch, caplog):
    """An error of ours ends it: it says so once, its holds end, and it can be called again."""
    with Client(server.address) as client:
        client.pause({"path": pool.path})
        with caplog.at_level(logging.ERROR):

            def attend():
                raise ZeroDivisionError

            monkeypatch.setattr(server._server._reception, "attend_to_all", attend)
            server._server.wake()
            until(lambda: not server.is_serving())
            server._server._thread.join(30)
            until(lambda: "the control server has failed" in caplog.text)
    assert caplog.text.count("the control server has failed") == 1
    assert not pool.is_paused()
    with pausable.serve() as again:
        assert again is not server


def test_an_idle_server_costs_nothing(server, pool, monkeypatch):
    """While nobody is connected its thread sleeps, whatever the pools do."""
    turns, turn = [], server._server._turn

    def counted():
        turns.append(1)
        turn()

    monkeypatch.setattr(server._server, "_turn", counted, raising=False)
    server._server.wake()
    until(lambda: len(turns) == 1)
    loop = Loop()
    pool.submit(loop)
    until(lambda: loop.rounds > 200)
    pool.pause("for a test").release()
    assert len(turns) == 1
    server._server.wake()
    until(lambda: len(turns) == 2)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_fork():
    """In the child nobody serves, the parent's socket stays, and a new call serves the child."""
    assert run("""
    import os, tempfile, warnings
    warnings.simplefilter("ignore")
    from pausable.control.client import Client
    from pausable.control.programs import processes
    folder = os.environ["PAUSABLE_RUNTIME_DIR"]
    server = pausable.serve("parent")
    client = Client(server.address)
    client.pause()
    before = {os.readlink(f"/proc/self/fd/{n}") for n in os.listdir("/proc/self/fd") if os.path.islink(f"/proc/self/fd/{n}")}
    mine = client._socket.fileno()
    child = os.fork()
    if not child:
        code = 1
        try:
            assert not server.is_serving() and not pausable.is_paused()
            held = [os.readlink(f"/proc/self/fd/{n}") for n in os.listdir("/proc/self/fd") if os.path.islink(f"/proc/self/fd/{n}")]
            assert sum(each.startswith("socket:") for each in held) == 1, held  # the client's own
            server.close()
            assert len(os.listdir(folder)) == 1
            with pausable.serve("child") as own:
                assert own is not server and len(os.listdir(folder)) == 2
                assert sorted(each.name for each in processes()) == ["child", "parent"]
                with Client(own.address) as to:
                    assert to.pause()["changed"] == 1 and pausable.is_paused()
                    assert to.resume()["changed"] == 1
            code = 0
        finally:
            os._exit(code)
    say(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    say(pausable.is_paused(), client.resume()["changed"], os.listdir(folder) == [f"{os.getpid()}.sock"])
    client.close()
    server.close()
    """) == ["0", "True 1 True"]
