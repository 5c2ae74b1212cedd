"""What else can be done from outside: stop, decide, resize, and look where tasks are."""

from __future__ import annotations

import math
import threading

import pytest
from helpers import until
from workloads import Loop, Stuck

from pausable import TaskStopped, ThreadPoolExecutor
from pausable.control.client import Client, Refused


def on(scope):
    """Select one scope or task."""
    return {"path": scope.path}


def test_a_stop(client, pool):
    """Of a task, a group, or all: what has started gets `Stopped`, the rest is cancelled."""
    loops = [Loop(), Loop()]
    tasks = [pool.submit(each) for each in loops]
    for each in loops:
        assert each.began.wait(10)
    queued = pool.group("g").submit(int)
    assert client.stop(on(tasks[0]), "not needed") == {
        "reply": "stopped",
        "id": 1,
        "selected": 1,
        "changed": 1,
    }
    with pytest.raises(TaskStopped, match="not needed"):
        tasks[0].result(10)
    assert client.stop({"all": True}, "closing")["changed"] >= 1
    with pytest.raises(TaskStopped, match="closing"):
        tasks[1].result(10)
    until(queued.done)
    assert client.stop({"all": True})["changed"] == 0


def test_code_of_the_program_that_blocks(server, client, pool):
    """A done callback that hangs in a stop keeps that client up, and nobody else, nor its pauses."""
    held, go, entered = pool.group("g"), threading.Event(), threading.Event()
    held.pause("x")
    future = held.submit(int)
    future.add_done_callback(lambda _: entered.set() or go.wait(60))
    client.pause(on(pool), "mine", ends="connection")
    client._send(b'{"do":"stop","id":"s","on":{"all":true}}\n', math.inf)
    assert entered.wait(30)
    with Client(server.address, timeout=60) as other:
        assert other.status()["process"]["pid"]
        assert pool.is_paused()
        client.close()
        until(lambda: not pool.is_paused(), what="the end of its connection is seen all the same")
        go.set()
    held.resume()


@pytest.mark.parametrize(
    ("how", "value", "outcome"),
    [("retry", None, 7), ("resolve", {"any": [1, None]}, {"any": [1, None]})],
)
def test_a_fault_is_decided(client, make_pool, how, value, outcome):
    """It is listed with its traceback and its locals, and decided; the hold ends."""
    pool = make_pool(1, on_fault="hold")
    tried = []

    def fails_once(page):
        tried.append(page)
        if len(tried) == 1:
            raise ValueError(f"no page {page}")
        return 7

    future = pool.submit(fails_once, 3)
    until(pool.faults)
    [fault] = client.faults(on(pool), locals=True)["faults"]
    assert fault["reason"] == f"{future.name}: ValueError: no page 3"
    assert (fault["id"], fault["path"], fault["scope"]) == (future.id, future.path, pool.id)
    assert "raise ValueError" in fault["traceback"]
    assert fault["locals"]["page"] == "3"
    assert client.faults()["faults"][0]["locals"] is None
    [scope] = client.status(on(pool))["scopes"]
    assert scope["faults"] == 1
    assert [(each["kind"], each["ends"]) for each in scope["holds"]] == [("fault", "decision")]
    assert client.decide({"id": future.id}, how, value)["changed"] == 1
    assert future.result(10) == outcome
    assert not pool.is_paused()
    with pytest.raises(Refused, match="no task of what is selected waits for a decision"):
        client.decide(on(pool), "skip")


def test_fail_and_skip(client, make_pool):
    """A fault can also be let fail, or given up; several at once."""
    pool = make_pool(1, on_fault="hold")
    futures = [pool.submit(int, "x")]
    until(lambda: len(pool.faults()) == 1)
    assert client.decide(on(futures[0]), "fail")["changed"] == 1
    assert isinstance(futures[0].exception(10), ValueError)
    futures.append(pool.submit(int, "y"))
    until(lambda: len(pool.faults()) == 1)
    assert client.decide({"all": True}, "skip")["selected"] == 1
    assert futures[1].cancelled()


def test_a_fault_with_a_text_that_raises(client, make_pool):
    """What the exception does when it is looked at is no affair of the server's."""

    class Nasty(Exception):
        def __str__(self):
            raise SystemExit

    def fails():
        raise Nasty

    pool = make_pool(1, on_fault="hold")
    pool.submit(fails)
    until(pool.faults)
    [fault] = client.faults()["faults"]
    assert "Nasty" in fault["reason"]
    client.decide(on(pool), "skip")


def test_a_resize(client, pool):
    """Of a pool and of a group; a group may have none; what changes nothing says so."""
    group = pool.group("g")
    assert client.resize(on(pool), 5)["changed"] == 1
    assert pool.max_workers == 5
    assert client.resize(on(pool), 5)["changed"] == 0
    assert client.resize(on(group), 2)["changed"] == 1
    assert group.limit == 2
    assert client.status(on(group))["scopes"][-1]["limit"] == 2
    assert client.resize(on(group), None)["changed"] == 1
    assert group.limit is None


@pytest.mark.parametrize(
    ("limit", "code", "says"),
    [
        (0, "bad-value", "must be"),
        (-3, "bad-value", "must be"),
        (None, "bad-value", "must have a limit"),
    ],
)
def test_a_limit_that_cannot_be(client, pool, limit, code, says):
    """It is refused, and the pool is as it was."""
    with pytest.raises(Refused, match=says) as refused:
        client.resize(on(pool), limit)
    assert refused.value.code == code
    assert pool.max_workers == 2


def test_no_limit_at_all(client, make_pool):
    """A pool of any number of workers shows none."""
    pool = make_pool(math.inf)
    assert client.status(on(pool))["scopes"][0]["limit"] is None


def test_a_subclass_with_a_limit_of_its_own(client):
    """It is resized as any pool, also if `max_workers` is its own."""

    class Own(ThreadPoolExecutor):
        max_workers = "many"

    with Own(1) as pool:
        assert client.resize(on(pool), 3)["changed"] == 1
        assert pool._p_node.slots.limit == 3
        assert pool.max_workers == "many"


def test_where_tasks_are(client, pool):
    """Their stacks, from their function on; the locals of those that rest."""
    loop, stuck = Loop(), Stuck()
    tasks = [pool.submit(loop), pool.submit(stuck)]
    for each in (loop, stuck):
        assert each.began.wait(10)
    tasks[0].pause("look").wait(10)
    said = {each["id"]: each for each in client.where(on(pool), locals=True)["stacks"]}
    rests, runs = said[tasks[0].id], said[tasks[1].id]
    assert (rests["state"], runs["state"]) == ("resting", "running")
    assert "workloads.py" in rests["lines"][0]
    assert "checkpoint()" in rests["lines"][0]
    assert "Loop object" in rests["locals"]["self"]
    assert runs["locals"] is None
    assert client.where(on(pool), tasks=1)["unlisted"] == 1
    assert client.where(on(tasks[1]))["stacks"][0]["path"] == tasks[1].path
