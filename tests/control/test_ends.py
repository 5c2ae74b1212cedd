"""Ends of real programs while they are paused from outside: nothing is lost, and nothing hangs in silence."""

from __future__ import annotations

import os

import pytest
from helpers import until
from scripts import finish, start, wait_for

from pausable.control.client import Client, Unreachable
from pausable.control.programs import find, processes

PROGRAM = """
import atexit, gc
done = []
may_end = threading.Event()
may_end.set()

def work(number):
    while not may_end.is_set():
        checkpoint()
        time.sleep(0.001)
    for _ in range(5):
        checkpoint()
        time.sleep(0.001)
    done.append(number)

atexit.register(lambda: say(sorted(done) == list(range(40)), len(done)))
server = pausable.serve("a program")
"""


@pytest.fixture
def run(folder):
    """Run a program; return it, and a client of it."""
    running, clients = [], []

    def begin(script):
        process = start(PROGRAM + script)
        running.append(process)
        wait_for(process, "ready")
        clients.append(Client(find(process.pid), timeout=60.0))
        return process, clients[-1]

    yield begin
    for each in clients:
        each.close()
    for each in running:
        each.kill()
        each.communicate()
    processes()  # removes what those that were killed have left


SUBMITS = """
pool = ThreadPoolExecutor(4, "shop")
for number in range(40):
    pool.submit(work, number)
"""


# No task ends before the pause, however late that comes.
IS_PAUSED = f"""
may_end.clear()
{SUBMITS}
say('ready')
until(pool.is_paused, 90)
may_end.set()
"""


@pytest.mark.parametrize("on", [{"all": True}, {"glob": "*"}], ids=["the process", "its pool"])
def test_a_script_that_submits_and_ends(run, on):
    """Paused from outside before it ends, it waits for the resume, says so, and runs all 40 tasks."""
    process, client = run(IS_PAUSED)
    client.pause(on, "low battery", wait=60)
    said = process.stdout.readline() + process.stdout.readline()
    assert "'shop' waits for a resume" in said
    assert "at the interpreter's exit, the end of 'shop' has waited for" in said
    assert "'low battery' by" in said
    assert (
        f"which ends with resume() or its release(), or with `pausable resume {process.pid}`"
        in said
    )
    status = client.status()
    assert status["scopes"][0]["queued"] + status["scopes"][0]["resting"] > 0
    assert client.resume(on)["changed"] == 1
    assert "True 40" in finish(process)
    assert process.returncode == 0


def test_paused_after_the_end_of_the_main_thread(run):
    """A pool can be paused while the interpreter waits for it, and then as well all is done."""
    process, client = run(SUBMITS + "go = Loop()\npool.submit(go)\nsay('ready')")
    until(lambda: client.status()["scopes"][0]["done"] == 40 or _is_exiting(client), 60)
    assert client.pause(reason="late", wait=60)["is_quiescent"]
    client.resume()
    client.stop({"glob": "shop*/Loop-*"})
    assert "True 40" in finish(process)


def _is_exiting(client):
    return client.status()["scopes"][0]["is_shut_down"]


def test_what_a_client_holds_while_it_lives(run):
    """A client that goes away in the middle keeps nobody up."""
    process, client = run(IS_PAUSED)
    client.pause(None, "while I live", ends="connection")
    assert "waits for a resume" in process.stdout.readline()
    client.close()
    assert "True 40" in finish(process)


@pytest.mark.parametrize(
    "paused",
    ["pool.pause('mine')", "pool.pause('mine').wait(60); pool.resume(); pool.pause('again')"],
    ids=["without threads", "with threads"],
)
def test_a_collected_executor_stays_held(run, paused):
    """The program has paused it and lost it: whoever is outside can resume it, and all is done."""
    process, client = run(
        f"""
def go():
    pool = ThreadPoolExecutor(4, "shop")
    {"pool.submit(work, 0).result()" if "again" in paused else "pool.pause('first')"}
    {paused}
    for number in range({int("again" in paused)}, 40):
        pool.submit(work, number)
go()
gc.collect()
say('ready')
until(lambda: len(done) == 40, 90)
"""
    )
    [scope] = client.status()["scopes"]
    assert scope["queued"] == 40 - ("again" in paused)
    assert client.resume({"path": "shop"})["changed"] >= 1
    assert "True 40" in finish(process)


def test_a_pool_that_is_lost_while_it_is_paused_from_outside(run):
    """The hold of the client keeps it."""
    process, client = run(
        SUBMITS
        + """
say('ready')
until(pool.is_paused, 90)
del pool
gc.collect()
say('gone')
until(lambda: len(done) == 40, 90)
"""
    )
    client.pause({"path": "shop"})
    wait_for(process, "gone")
    assert client.resume({"path": "shop"})["changed"] == 1
    assert "True 40" in finish(process)


def test_a_fault_of_a_collected_executor(run):
    """It waits for a decision, which somebody outside can make."""
    process, client = run(
        """
def fails(number):
    if not done:
        raise ValueError(number)
    done.append(number)

def go():
    pool = ThreadPoolExecutor(1, "shop", on_fault="hold")
    for number in range(40):
        pool.submit(fails, number)
    until(pool.faults)
go()
gc.collect()
say('ready')
until(lambda: len(done) == 40, 90)
"""
    )
    client._ask("hello")
    [fault] = client.faults()["faults"]
    assert "ValueError: 0" in fault["reason"]
    assert client.decide({"id": fault["id"]}, "skip")["changed"] == 1
    process.kill()


def test_when_the_server_is_closed_nobody_is_left(run, tmp_path):
    """What was lost while it was paused is stopped then, as without a server, and the log says so."""
    told = tmp_path / "told"
    process, client = run(
        f"""
def go():
    pool = ThreadPoolExecutor(1, "shop")
    pool.pause("mine")
    return [pool.submit(work, number) for number in range(40)]
futures = go()
gc.collect()
say('ready')
until(lambda: os.path.exists({str(told)!r}), 90)
say(sum(future.done() for future in futures))
server.close()
until(lambda: all(future.cancelled() for future in futures), 90)
"""
    )
    assert client.status()["scopes"][0]["queued"] == 40
    client.close()
    told.touch()
    said = finish(process)
    assert said.splitlines()[0] == "0"
    assert "garbage-collected while paused: its tasks are stopped" in said
    assert "False 0" in said


@pytest.mark.parametrize("end", ["", "sys.exit(3)", "raise ValueError", "os._exit(0)"])
def test_the_socket_is_gone_afterwards(run, folder, tmp_path, end):
    """On every way out that lets Python do anything; what `os._exit` leaves, the next client removes."""
    told = tmp_path / "told"
    process, client = run(f"say('ready')\nuntil(lambda: os.path.exists({str(told)!r}), 90)\n{end}")
    address = client.address
    client.hello()
    told.touch()
    finish(process)
    if "_exit" in end:
        with pytest.raises(Unreachable, match="nobody listens there any more"):
            Client(address)
    assert list(folder.iterdir()) == []


def test_a_client_that_is_connected_does_not_keep_the_program(run):
    """Only what is paused is waited for: a panel that looks on does not."""
    process, client = run(
        f"""
may_end.clear()
{SUBMITS}
say('ready')
connections = server._server._reception._connections
until(lambda: any(each.watch for each in tuple(connections)), 90)
may_end.set()
"""
    )
    frames = client.watch(hz=60)
    assert next(frames)["reply"] == "sample"
    with pytest.raises(Unreachable, match=r"does not serve any more|has ended"):
        for _ in frames:
            pass
    assert "True 40" in finish(process)


def test_a_program_that_closes_all_files(run, folder, tmp_path):
    """It serves no more, and says so; the files that it opens then are its own, and its end comes."""
    process, client = run(
        f"""
say('ready')
until(lambda: os.path.exists({os.fspath(tmp_path / "answered")!r}), 90)
keep = [sys.stdin.fileno(), sys.stdout.fileno(), sys.stderr.fileno()]
os.closerange(max(keep) + 1, 1024)
until(lambda: not server.is_serving(), 90)
until(lambda: not pausable.is_paused(), 90)
files = [os.open(os.devnull, os.O_RDWR) for _ in range(300)]
read, write = os.pipe()
child = os.fork()
if child == 0:
    os.write(write, b'of the child')
    for each in files:
        os.fstat(each)
    os._exit(0)
os.waitpid(child, 0)
server.close()
say(os.read(read, 100), len([os.fstat(each) for each in files]))
server = pausable.serve("again")
say(server.is_serving())
with ThreadPoolExecutor(4) as pool:
    list(pool.map(work, range(40)))
"""
    )
    client.pause()
    (tmp_path / "answered").touch()
    said = finish(process)
    assert "the program has closed all files, also those by which it is reached" in said
    assert "b'of the child' 300" in said
    assert "True 40" in said
    assert list(folder.iterdir()) == []
