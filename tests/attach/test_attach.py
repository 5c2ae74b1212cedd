"""Attach: real programs that know nothing of us are paused, resumed, and left as they were."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from attach.conftest import SOON, needs_3_14
from helpers import until

import pausable
from pausable.attach.attachment import attach, detach
from pausable.attach.candidates import candidates
from pausable.cli import main
from pausable.control.client import Client

pytestmark = needs_3_14

WAYS = {
    # how its main thread waits for its pool
    "joins": """
        with ThreadPoolExecutor(4) as pool:
            futures = [pool.submit((goes_on, naps)[n % 2], n) for n in range(8)]
            say("up")
        say([future.result() for future in futures])
    """,
    "in C": """
        import select
        pool = ThreadPoolExecutor(4)
        futures = [pool.submit((goes_on, naps)[n % 2], n) for n in range(8)]
        say("up")
        readable, writable = os.pipe()
        futures[-1].add_done_callback(lambda _: os.write(writable, b"x"))
        os.read(readable, 1)
        say([future.result() for future in futures])
    """,
    "on a lock": """
        pool, lock = ThreadPoolExecutor(4), threading.Lock()
        futures = [pool.submit((goes_on, naps)[n % 2], n) for n in range(8)]
        lock.acquire()
        futures[-1].add_done_callback(lambda _: lock.release())
        say("up")
        lock.acquire()
        say([future.result() for future in futures])
    """,
    "computes": """
        pool = ThreadPoolExecutor(4)
        futures = [pool.submit((goes_on, naps)[n % 2], n) for n in range(8)]
        say("up")
        count = 0
        while not all(future.done() for future in futures):
            count += 1
        say([future.result() for future in futures])
    """,
    "in a loop of asyncio": """
        import asyncio
        async def main():
            calls = [asyncio.to_thread((goes_on, naps)[n % 2], n) for n in range(8)]
            futures = [asyncio.create_task(call) for call in calls]
            await asyncio.sleep(0)
            say("up")
            return await asyncio.gather(*futures)
        import concurrent.futures
        say(asyncio.run(main()))
    """,
    "has ended": """
        import atexit
        pool = ThreadPoolExecutor(4)
        futures = [pool.submit((goes_on, naps)[n % 2], n) for n in range(8)]
        atexit.register(lambda: say([future.result() for future in futures]))
        def look():
            while not threading._SHUTTING_DOWN:
                time.sleep(0.001)
            say("up")
        threading.Thread(target=look, daemon=True).start()
    """,
    "among many threads": """
        for _ in range(40):
            threading.Thread(target=threading.Event().wait, daemon=True).start()
        with ThreadPoolExecutor(24) as pool:
            futures = [pool.submit(naps, n) for n in range(8)]
            say("up")
        say([future.result() for future in futures])
    """,
}


@pytest.mark.parametrize("way", WAYS)
def test_it_is_paused_and_resumed(program, way):
    """All that runs rests, nothing more starts, and the results are those that it would have."""
    it = program(WAYS[way])
    with it.attached() as client:
        paused = client.pause(reason="from outside", wait=SOON)
        assert (paused["is_quiescent"], paused["stragglers"]) == (True, [])
        process = client.status()["process"]
        assert (process["running"], process["is_paused"]) == (0, True)
        assert process["resting"] + process["queued"] == 8
        assert process["resting"]
        it.go.touch()
        assert client.status()["process"]["resting"] == process["resting"]
        assert client.resume()["changed"] == 1
    assert it.end() == [str([n * n for n in range(8)])]


def test_an_end_while_paused_loses_nothing(program):
    """The program waits for the resume, and does all that it has submitted."""
    it = program("""
        pool = ThreadPoolExecutor(2)
        import atexit
        futures = [pool.submit(naps, n) for n in range(6)]
        atexit.register(lambda: say(sum(future.result() for future in futures)))
        say("up")
        heard()
    """)
    with it.attached() as client:
        assert client.pause(wait=SOON)["is_quiescent"]
        it.go.touch()
        it.tell("end")
        until(lambda: "waits for a resume" in it.log.read_text(), SOON)
        assert client.status()["process"]["resting"] == 2
        client.resume()
    assert it.end("waits for a resume") == ["55"]


def test_a_pool_that_is_made_later(program):
    """It is born under the hold."""
    it = program("""
        say("up")
        heard()
        with ThreadPoolExecutor(2, "later") as pool:
            futures = [pool.submit(naps, n) for n in range(3)]
            say("made")
        say([future.result() for future in futures])
    """)
    it.tell()
    it.until("made")
    with it.attached() as client:
        assert [scope["path"] for scope in client.status()["scopes"]] == ["later"]
    other = program("""
        threading.Thread(target=naps, args=[1]).start()
        say("up")
        heard()
        with ThreadPoolExecutor(2, "later") as pool:
            futures = [pool.submit(naps, n) for n in range(3)]
            say("made")
        say([future.result() for future in futures])
    """)
    with other.attached() as client:
        client.pause(reason="before it was made")
        other.tell()
        other.until("made")
        until(lambda: client.status()["process"]["queued"] == 3, SOON)
        assert client.status()["process"]["resting"] == 0
        client.resume()
    assert other.end("waits for a resume") == ["[0, 1, 4]"]
    assert it.end("waits for a resume") == ["[0, 1, 4]"]


def test_attached_to_twice(program):
    """The second time says so, and changes nothing; one detaching undoes both."""
    it = program(WAYS["joins"])
    first, second = attach(it.pid, name="theirs"), attach(it.pid)
    assert (first.was_new, second.was_new) == (True, False)
    assert first.address == second.address
    with Client(first.address, timeout=SOON) as client:
        assert client.hello()["name"] == "theirs"
    assert detach(it.pid)
    assert not detach(it.pid)
    assert it.end() == [str([n * n for n in range(8)])]


def test_detached_while_all_rests(program):
    """Nobody runs there: it is heard all the same, all goes on, and the program is as it was."""
    it = program("""
        import concurrent.futures.thread as stdlib
        run, init = vars(stdlib._WorkItem)["run"], vars(ThreadPoolExecutor)["__init__"]
        path, names = list(sys.path), {each.name for each in threading.enumerate()}
        with ThreadPoolExecutor(4) as pool:
            futures = [pool.submit(naps, n) for n in range(8)]
            say("up")
        say(vars(stdlib._WorkItem)["run"] is run, vars(ThreadPoolExecutor)["__init__"] is init)
        say(sys.path == path, [name for name in dir(sys) if "pausable" in name])
        say("pausable-control" in {each.name for each in threading.enumerate()})
    """)
    with it.attached() as client:
        assert client.pause(wait=SOON)["is_quiescent"]
    assert detach(it.pid)
    assert it.end("1 holds from outside end") == ["True True", "True []", "False"]


def test_attached_to_again_after_detaching(program):
    """As if for the first time."""
    it = program(WAYS["on a lock"])
    for _ in range(3):
        with it.attached() as client:
            assert client.pause(wait=SOON)["is_quiescent"]
        assert detach(it.pid)
    assert it.end("1 holds from outside end") == [str([n * n for n in range(8)])]


def test_what_the_program_itself_has_asked_for_stays(program):
    """One that serves, and adopts, by itself does so after a detaching, too."""
    ours = str(Path(pausable.__file__).parents[1])
    it = program(f"""
        sys.path.append({ours!r})
        import pausable
        pausable.adopt()
        serving = pausable.serve("mine")
        with ThreadPoolExecutor(2) as pool:
            futures = [pool.submit(naps, n) for n in range(3)]
            say("up")
        say(serving.is_serving(), pausable.give_back())
    """)
    attached = attach(it.pid)
    assert attached.was_new
    assert detach(it.pid)
    with Client(attached.address, timeout=SOON) as client:
        assert client.hello()["name"] == "mine"
    assert it.end() == ["True True"]


def test_beside_other_interpreters(program):
    """It is the main one that is attached to, though others were made after it."""
    it = program("""
        from concurrent import interpreters
        other = interpreters.create()
        with ThreadPoolExecutor(2) as pool:
            futures = [pool.submit(naps, n) for n in range(3)]
            say("up")
        say([future.result() for future in futures])
        other.close()
    """)
    with it.attached() as client:
        assert client.pause(wait=SOON)["is_quiescent"]
        client.resume()
    assert it.end() == ["[0, 1, 4]"]


def test_a_stop_from_outside(program):
    """What runs cleans up and is cancelled; the program goes on."""
    it = program("""
        def cleans_up():
            try:
                naps(1)
            finally:
                say("cleaned up")
        with ThreadPoolExecutor(1) as pool:
            futures = [pool.submit(cleans_up), pool.submit(naps, 2)]
            say("up")
        say([future.cancelled() for future in futures])
    """)
    with it.attached() as client:
        until(lambda: client.status()["process"]["running"] == 1)
        assert client.stop({"all": True})["changed"] == 2
    it.until("cleaned up")
    assert it.end() == ["[True, True]"]


def test_pools_that_are_not_held(program, capsys):
    """Those of `multiprocessing.pool` go on under a pause: it is said how many threads there are."""
    it = program("""
        from multiprocessing.pool import ThreadPool
        pool = ThreadPool(3)
        numbers = pool.map_async(naps, range(6))
        say("up")
        say(numbers.get())
    """)
    assert main(["attach", str(it.pid)]) == 0
    assert capsys.readouterr().err.startswith("3 threads of its pools of multiprocessing.pool will")
    assert it.end() == [str([n * n for n in range(6)])]


def test_programs_that_could_be_attached_to(program, capsys):
    """They are listed as long as they are not attached to; a program without threads is not."""
    it = program("pool = ThreadPoolExecutor(2); pool.submit(naps, 1); say('up'); heard()")
    alone = program("say('up'); heard()")
    assert {each.pid for each in candidates()} & {it.pid, alone.pid} == {it.pid}
    assert main(["ls", "--all"]) == 0
    assert f"`pausable attach {it.pid}` would do" in capsys.readouterr().out
    with it.attached():
        assert main(["ls", "--all", "--json"]) == 0
        (line,) = [each for each in capsys.readouterr().out.splitlines() if str(it.pid) in each]
        assert json.loads(line)["is_serving"]
    for each in (alone, it):
        each.tell("end")
        each.end()
