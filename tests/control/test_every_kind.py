"""Whatever runs tasks is seen and held from outside by the same commands."""

from __future__ import annotations

import os

import pytest
from helpers import until
from kinds import KINDS, made

import pausable


@pytest.fixture(params=KINDS)
def scope(request):
    """Give one of each kind, with a task that goes on and on."""
    with made(request.param) as found:
        yield found


@pytest.fixture
def on(scope):
    """Select it."""
    return {"path": scope.status().path}


def only_task(client, on):
    """Return the one task that there is."""
    (task,) = client.status(on)["tasks"]
    return task


def test_it_is_listed(scope, client):
    """`pausable.pools()` has a handle of it, which pauses and resumes it, and takes no calls amiss."""
    handles = {handle.path: handle for handle in pausable.pools()}
    handle = handles[scope.path]
    assert handle.name == scope.name
    with handle.pause("by its handle", timeout=20):
        assert scope.is_paused()
        assert client.status({"path": scope.path})["scopes"][0]["is_quiescent"]
    assert not scope.is_paused()


def test_status_and_where(scope, client, on):
    """It is in the tree, its task is below it, and at a line."""
    taken = client.status()
    ids = {each["id"]: each for each in taken["scopes"]}
    (task,) = [each for each in taken["tasks"] if each["path"] == only_task(client, on)["path"]]
    above = [task["scope"]]
    while ids[above[-1]]["parent"]:
        above.append(ids[above[-1]]["parent"])
    assert scope.id in above
    assert [ids[each]["running"] for each in above] == [1] * len(above)
    until(lambda: "kinds.py" in (only_task(client, on)["where"] or ""))
    until(lambda: any("kinds.py" in line for line in client.where(on)["stacks"][0]["lines"]))
    assert len(client.where()["stacks"]) == taken["process"]["running"]


@pytest.mark.parametrize("whole", [False, True], ids=["itself", "the process"])
def test_pause_and_resume(scope, client, on, whole):
    """All rests, and goes on; as held is shown what is, by what holds it, once."""
    target = {"all": True} if whole else on
    paused = client.pause(target, "from outside", wait=20.0)
    assert (paused["is_quiescent"], scope.is_quiescent()) == (True, True)
    taken = client.status(on)
    assert only_task(client, on)["state"] == "resting"
    assert [each["is_paused"] for each in taken["scopes"]] == [True] * len(taken["scopes"])
    holds = [hold for each in taken["scopes"] for hold in each["holds"]]
    holds += taken["process"]["holds"]
    assert [hold["reason"] for hold in holds] == ["from outside"]
    assert client.resume(target)["changed"] == 1
    until(lambda: only_task(client, on)["state"] == "running")


def test_stop(scope, client, on):
    """Its task ends, at rest, too; a group of coroutines ends with it, and is listed no more."""
    client.pause(on, "a while", wait=20.0)
    assert client.stop(on, "enough")["changed"] == 1
    until(lambda: not scope.status().tasks)
    if scope.name == "pages":
        until(lambda: scope.id not in [each["id"] for each in client.status()["scopes"]])
        until(lambda: scope.path not in [each.path for each in pausable.pools()])
    else:
        assert client.resume(on)["changed"] == 1


def test_a_task_alone(scope, client, on):
    """It is held by its path, and nothing else with it."""
    path = only_task(client, on)["path"]
    assert client.pause({"path": path}, "this one", wait=20.0)["is_quiescent"]
    assert [hold["reason"] for hold in only_task(client, on)["holds"]] == ["this one"]
    assert not scope.is_paused()
    assert client.resume({"path": path})["changed"] == 1
    until(lambda: only_task(client, on)["state"] == "running")


def test_processes_are_named(client):
    """A pool of processes with its workers, and each task with its own; no other kind has any."""
    with made("threads") as threads, made("processes") as pool:
        (scope,) = client.status({"path": pool.path})["scopes"]
        task = only_task(client, {"path": pool.path})
        assert scope["processes"] == [task["pid"]] == list(pool.status().processes)
        assert task["pid"] != os.getpid()
        assert pool.status().tasks[0].pid == task["pid"]
        assert only_task(client, {"path": threads.path})["pid"] is None
        assert client.status({"path": threads.path})["scopes"][0]["processes"] == []
