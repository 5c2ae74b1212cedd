"""Pauses from outside: holds of clients, which each have their owner, their end and their reply."""

from __future__ import annotations

import gc
import os
import re
import signal
import subprocess
import sys
import threading
import time

import pytest
from helpers import until
from workloads import Loop, Stuck

import pausable
from pausable import ThreadPoolExecutor
from pausable.control.client import Client, Refused
from pausable.control.protocol import Pause, Selection, encode
from pausable.guards import Guard
from pausable.scopes.pools import pools


@pytest.fixture
def second(server):
    """Be another client of the same server."""
    with Client(server.address, timeout=60.0) as connected:
        yield connected


def on(scope):
    """Select one scope or task."""
    return {"path": scope.path}


def reasons(scope):
    """Return the reasons for which it is held."""
    return [each.reason for each in scope.holds()]


def test_a_pool(client, pool):
    """When the reply is there no task starts; after the resume they do."""
    said = client.pause(on(pool), "low battery")
    future = pool.submit(int)
    assert (said["selected"], said["changed"], said["is_quiescent"]) == (1, 1, True)
    assert pool.is_paused()
    assert reasons(pool) == ["low battery"]
    assert not future.running()
    said = client.resume(on(pool))
    assert (said["changed"], said["is_paused"], said["left"]) == (1, False, [])
    assert future.result(10) == 0


@pytest.mark.parametrize("by", ["path", "id", "glob"])
def test_a_group_and_a_task(client, pool, by):
    """They are held alone, however they are selected."""
    loop = Loop()
    group, task = pool.group("images"), pool.submit(loop)
    assert loop.began.wait(10)
    for each in (group, task):
        value = each.path if by == "glob" else getattr(each, by)
        assert client.pause({by: value}, "look", wait=30)["is_quiescent"]
        assert each.is_paused()
        assert not pool.is_paused()
        assert client.resume({by: value})["changed"] == 1
        assert not each.is_paused()


def test_everything(client, pool, make_pool):
    """The process is what is selected if nothing is: pools that are made later are born paused."""
    client.pause(reason="all")
    later = make_pool()
    assert (pool.is_paused(), later.is_paused(), pausable.is_paused()) == (True, True, True)
    assert client.resume()["changed"] == 1
    assert not later.is_paused()


def test_the_owner(client, pool):
    """It says which user, which program and which process."""
    client.pause(on(pool))
    [hold] = pool.holds()
    assert re.fullmatch(rf"\w+ by .+ \(pid {os.getpid()}\)( on .+)?", hold.owner)


def test_two_clients_are_two_parties(client, second, pool):
    """Each has a hold of its own, and releases its own; a second pause of one is not a second hold."""
    assert client.pause(on(pool), "one")["changed"] == 1
    assert client.pause(on(pool), "one")["changed"] == 0
    assert second.pause(on(pool), "two")["changed"] == 1
    assert reasons(pool) == ["one", "two"]
    said = client.resume(on(pool), whose="own")
    assert said["changed"] == 1
    assert said["is_paused"]
    assert [(each["reason"], each["is_own"], each["is_outside"]) for each in said["left"]] == [
        ("two", False, True)
    ]
    assert second.resume(on(pool), whose="own")["changed"] == 1
    assert not pool.is_paused()


def test_other_terms_take_the_place(client, pool):
    """Asked again with another reason there is one hold, the new one, and no moment without."""
    seen = []
    pool.observe(lambda event: seen.append(type(event).__name__), kinds=pausable.HoldEvent)
    client.pause(on(pool), "one")
    client.pause(on(pool), "two")
    assert reasons(pool) == ["two"]
    until(lambda: len(seen) == 3)
    assert seen == ["HoldPlaced", "HoldPlaced", "HoldReleased"]
    client.resume(on(pool))


def test_whose_holds_are_released(client, second, pool):
    """A resume is for all that pauses have placed, or those from outside, or one's own."""
    pool.pause("the program's")
    client.pause(on(pool), "mine")
    second.pause(on(pool), "another's")
    assert client.resume(on(pool), whose="own")["changed"] == 1
    assert reasons(pool) == ["the program's", "another's"]
    assert client.resume(on(pool), whose="outside")["changed"] == 1
    assert reasons(pool) == ["the program's"]
    assert client.resume(on(pool))["changed"] == 1
    assert not pool.is_paused()
    assert client.resume(on(pool))["changed"] == 0


def test_a_hold_stays_when_its_client_goes(server, client, pool):
    """It is there until somebody releases it: any client can."""
    with Client(server.address) as gone:
        gone.pause(on(pool), "left behind")
    until(lambda: client.status()["scopes"][0]["holds"][0]["is_outside"])
    assert client.resume(on(pool), whose="outside")["changed"] == 1


def test_holds_below(client, pool):
    """A resume of a scope leaves those below, unless it is asked to release them as well."""
    loop = Loop()
    group, task = pool.group("images"), pool.submit(loop)
    assert loop.began.wait(10)
    for each in (pool, group, task):
        client.pause(on(each), each.name)
    said = client.resume(on(pool))
    assert said["changed"] == 1
    assert {each["reason"] for each in said["left"]} == {"images", task.name}
    said = client.resume(on(pool), below=True)
    assert (said["changed"], said["left"]) == (2, [])
    assert not group.is_paused()
    assert not task.is_paused()


def test_a_hold_of_a_guard_stays(client, make_pool):
    """It is shown with what ends it, and no resume from outside does."""
    up = threading.Event()
    guard = Guard("db", up.is_set, trip_on=ConnectionError, every=0.01)
    pool = make_pool(guards=[guard])
    with pytest.raises(ConnectionError), guard:
        raise ConnectionError("refused")
    until(pool.is_paused)
    said = client.resume(on(pool))
    assert (said["changed"], said["is_paused"]) == (0, True)
    assert [(each["kind"], each["ends"]) for each in said["left"]] == [("guard", "guard")]
    up.set()
    until(lambda: not pool.is_paused())


def test_a_duration(client, pool):
    """The hold ends by itself, and what is shown of it says when."""
    said = client.pause(on(pool), "for an hour", duration=3600)
    [hold] = said["holds"]
    assert hold["ends"] == "itself"
    assert 3590 < hold["left"] <= 3600
    client.pause(on(pool), "for a moment", duration=0.01)
    until(lambda: not pool.is_paused(), what="it has ended, and there is no other")


@pytest.mark.parametrize("wrong", [{"duration": -1}, {"wait": -1}])
def test_what_cannot_be(client, pool, wrong):
    """It is refused, and nothing is held."""
    with pytest.raises(Refused) as refused:
        client.pause(on(pool), **wrong)
    assert refused.value.code == "bad-value"
    assert not pool.is_paused()


# Waits.


def test_a_wait_until_nothing_runs(client, pool):
    """The reply comes when each task rests, and names nobody."""
    loops = [Loop(), Loop()]
    for each in loops:
        pool.submit(each)
        assert each.began.wait(10)
    said = client.pause(on(pool), wait=30)
    assert said["is_quiescent"]
    assert said["stragglers"] == []
    assert pool.status().resting == 2
    client.resume(on(pool))


def test_a_wait_for_the_process(client, pool, make_pool):
    """It is for all pools."""
    other = make_pool()
    loops = [Loop(), Loop()]
    for each, where in zip(loops, (pool, other), strict=True):
        where.submit(each)
        assert each.began.wait(10)
    assert client.pause(wait=30)["is_quiescent"]
    assert pausable.status().resting == 2
    client.resume()


def test_a_wait_that_is_too_short(client, pool):
    """The reply names the stragglers, with their lines, and the hold stays."""
    stuck = Stuck()
    task = pool.submit(stuck)
    assert stuck.began.wait(10)
    said = client.pause(on(pool), wait=0.05)
    assert not said["is_quiescent"]
    [late] = said["stragglers"]
    assert (late["path"], late["id"]) == (task.path, task.id)
    assert "workloads.py" in late["where"]
    assert "checkpoint" in late["why"]
    assert pool.is_paused()
    client.resume(on(pool))


def test_others_are_served_meanwhile(client, second, pool):
    """A client that waits keeps nobody up; and the hold may be released by another."""
    stuck = Stuck()
    pool.submit(stuck)
    assert stuck.began.wait(10)
    client._send(
        b'{"do":"pause","id":"x","wait":600,"on":{"path":"%s"}}\n' % pool.path.encode(), 1e9
    )
    until(pool.is_paused)
    assert second.status(on(pool))["scopes"][0]["is_paused"]
    second.resume(on(pool))
    said = client._receive(60)
    assert (said["reply"], said["id"], said["is_quiescent"]) == ("paused", "x", False)


# Holds that end with their connection.


def test_the_end_of_a_connection(server, client, pool):
    """Such a hold is there for as long as the client is."""
    with Client(server.address) as brief:
        brief.pause(on(pool), "for a moment", ends="connection")
        [hold] = client.status(on(pool))["scopes"][0]["holds"]
        assert (hold["ends"], hold["is_own"]) == ("connection", False)
        assert pool.is_paused()
    until(lambda: not pool.is_paused())


KILLED = """
import sys
from pausable.control.client import Client
client = Client(sys.argv[1])
client.pause({"path": sys.argv[2]}, "while it lives", ends="connection")
client.pause({"path": sys.argv[2] + "/stays"}, "whatever becomes of it")
print("held", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGTERM])
def test_a_client_that_is_killed(server, pool, sent):
    """The hold ends with it, also on SIGKILL; one that was to stay stays."""
    group = pool.group("stays")
    killed = subprocess.Popen(
        [sys.executable, "-c", KILLED, server.address, pool.path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert killed.stdout.readline() == "held\n"
    assert reasons(pool) == ["while it lives"]
    killed.send_signal(sent)
    killed.communicate(timeout=30)
    until(lambda: not pool.is_paused())
    assert reasons(group) == ["whatever becomes of it"]


def test_a_client_that_is_killed_while_it_waits(server, pool):
    """So it does while its reply is still owed."""
    stuck = Stuck()
    pool.submit(stuck)
    assert stuck.began.wait(10)
    gone = Client(server.address)
    command = Pause(ends="connection", wait=600.0, on=Selection(path=pool.path))
    gone._send(encode(command), time.monotonic() + 60)
    until(pool.is_paused)
    gone.close()
    until(lambda: not pool.is_paused())


def test_the_end_of_the_server(folder, pool):
    """When the program serves no more all holds from outside end: nobody outside could release them."""
    with pausable.serve() as serving, Client(serving.address) as client:
        client.pause(on(pool))
        client.pause()
        assert pool.is_paused()
    assert not pool.is_paused()
    assert not pausable.is_paused()


def test_nothing_is_kept(client):
    """When a hold is over, by whomever, and its pool with it, the server keeps neither."""
    pool = ThreadPoolExecutor(1, "brief")
    name = pool.name
    client.pause(on(pool))
    pool.resume()
    pool.shutdown()
    del pool
    client.hello()
    until(lambda: gc.collect() is not None and name not in [each.root.name for each in pools()])
