"""A cluster is seen and held from outside the process by the commands that are for any pool."""

from __future__ import annotations

import subprocess
import sys

import pytest
from helpers import until

import pausable
from pausable import ThreadPoolExecutor
from pausable.control.client import Client, Refused

distributed = pytest.importorskip("distributed", reason="needs the extra dask")

from cluster.conftest import SOON  # noqa: E402
from cluster.errands import FREE, answer_again, run, say_nothing, state  # noqa: E402
from cluster.steps import begin, goes_on  # noqa: E402
from serving import folder, server  # noqa: E402, F401 - fixtures

from pausable.dask import DaskExecutor  # noqa: E402


@pytest.fixture
def panel(server):  # noqa: F811 - the fixture
    """Connect to this process."""
    with Client(server.address, timeout=60.0) as connected:
        yield connected


@pytest.fixture
def on(executor):
    """Select the cluster."""
    return {"path": executor.path}


def scope_of(panel, on):
    """Return the one scope that is selected."""
    (scope,) = panel.status(on)["scopes"]
    return scope


def test_its_status_has_its_workers(executor, client, signs, panel, on):
    """Where that of a pool of processes has pids; and each task has its own."""
    futures = begin(executor, signs, "a", "b", "c", "d")
    workers = {*client.scheduler_info()["workers"]}
    taken = panel.status()
    (scope,) = [each for each in taken["scopes"] if each["path"] == executor.path]
    assert ({*scope["workers"]}, scope["processes"], scope["parent"]) == (workers, [], 0)
    assert (scope["running"], scope["limit"], scope["id"]) == (4, 4, executor.id)
    tasks = [each for each in taken["tasks"] if each["scope"] == executor.id]
    assert {each["worker"] for each in tasks} == workers
    assert {each["path"] for each in tasks} == {f"{executor.path}/{each.key}" for each in futures}
    assert all(each["where"] and each["active_time"] > 0 for each in tasks)
    assert scope_of(panel, on)["running"] == 4
    stacks = panel.where(on)["stacks"]
    assert {each["path"] for each in stacks} == {each["path"] for each in tasks}
    assert all(each["lines"] for each in stacks)


@pytest.mark.parametrize("how", ["path", "id", "glob", "all"])
def test_it_is_held_and_let_go(executor, client, signs, panel, how):
    """By its path, its id, a pattern, and with the whole process."""
    begin(executor, signs, "a")
    glob = executor.path[:-1] + "?"
    on = {"path": executor.path, "id": executor.id, "glob": glob, "all": True}[how]
    assert panel.pause({how: on}, "from outside", wait=SOON)["is_quiescent"]
    assert {each[0] for each in client.run(state).values()} == {"paused"}
    scope = scope_of(panel, {"path": executor.path})
    assert (scope["is_paused"], scope["is_quiescent"], scope["resting"]) == (True, True, 1)
    holds = scope["holds"] + panel.status()["process"]["holds"]
    assert [each["reason"] for each in holds] == ["from outside"]
    assert panel.resume({how: on})["changed"] == 1
    goes_on(signs, "a")


def test_a_pause_that_does_not_wait_is_answered_when_nothing_starts(
    executor, client, signs, panel, on
):
    """Not before the workers have answered."""
    for number in range(10):
        reply = panel.pause(on, "from outside", wait=0.0)
        assert (reply["changed"], len(reply["holds"])) == (1, 1)
        assert {each[0] for each in client.run(state).values()} == {"paused"}
        late = executor.submit(run, signs, f"late-{number}")
        assert not late.running()
        assert panel.resume(on)["changed"] == 1
        until(lambda number=number: signs.steps(f"late-{number}"), SOON)
        late.stop()


def test_what_the_program_holds_is_let_go_from_outside(executor, signs, panel, on):
    """As with any pool: who is outside may resume what a pause of the program has placed."""
    begin(executor, signs, "a")
    hold = executor.pause("and forgotten")
    assert [each["reason"] for each in scope_of(panel, on)["holds"]] == ["and forgotten"]
    assert panel.resume(on, whose="anybody")["changed"] == 1
    assert hold.is_released()
    goes_on(signs, "a")


def test_what_another_client_holds_is_shown(cluster, executor, panel, on):
    """And stays."""
    with distributed.Client(cluster) as second:
        other = DaskExecutor(second, name="other")
        other.pause("a backup", owner="night")
        scope = scope_of(panel, on)
        assert [(each["reason"], each["owner"]) for each in scope["holds"]] == [
            ("a backup", "night")
        ]
        assert (scope["is_paused"], panel.resume(on)["changed"]) == (True, 0)
        assert executor.is_paused()
        assert other.shutdown()


def test_its_tasks_are_stopped(executor, signs, panel, on):
    """All of them."""
    futures = begin(executor, signs, "a", "b")
    assert panel.stop(on, "enough")["changed"] == 2
    until(lambda: all(each.cancelled() for each in futures), SOON)


def test_one_task_alone_is_for_who_has_submitted_it(executor, signs, panel):
    """It is refused, with what to do instead, by its path and by its id."""
    (future,) = begin(executor, signs, "a")
    status = future.status()
    for on in ({"path": status.path}, {"id": status.id}):
        until(lambda: panel.status({"path": executor.path})["tasks"])
        with pytest.raises(Refused, match="by its future") as refused:
            panel.stop(on, "enough")
        assert refused.value.code == "not-possible"
    assert panel.status({"path": executor.path})["tasks"][0]["id"] == status.id


def test_who_watches_sees_it(executor, client, signs, panel):
    """The server does not ask the cluster: it is shown as it was seen a moment ago."""
    begin(executor, signs, "a")
    seen = []
    for frame in panel.watch(hz=30.0):
        if frame["reply"] == "sample":
            seen += [each for each in frame["scopes"] if each["path"] == executor.path]
        if seen and seen[-1]["running"] == 1 and seen[-1]["workers"]:
            break
    assert {*seen[-1]["workers"]} == {*client.scheduler_info()["workers"]}


def test_the_command_line_names_the_workers(executor, client, signs, server):  # noqa: F811
    """`pausable status` says them below the pool."""
    begin(executor, signs, "a")
    command = [sys.executable, "-m", "pausable", "status", server.address]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert f"{executor.path}: open; 1 running" in said
    assert "2 workers: tcp://" in said
    assert all(worker in said for worker in client.scheduler_info()["workers"])


def test_a_scheduler_that_does_not_answer_keeps_no_client(client, signs, server):  # noqa: F811
    """Within the time that clients have: what is known is said, pools are held and let go."""
    executor = DaskExecutor(client, name="far")
    begin(executor, signs, "a")
    client.run_on_scheduler(say_nothing)
    with Client(server.address) as panel, ThreadPoolExecutor(1) as pool:
        reply = panel.pause({"all": True}, "from outside", wait=0.0)
        assert not reply["is_quiescent"]
        assert [each["task"] for each in reply["stragglers"]] == ["the cluster of 'far'"]
        assert pool.is_paused()
        assert panel.resume({"all": True})["changed"] == 1
        assert pool.submit(pow, 2, 3).result(SOON) == 8
        assert scope_of(panel, {"path": executor.path})["workers"] == []
    client.run_on_scheduler(answer_again)
    signs.leave(FREE)
    until(lambda: not executor.holds(), SOON)
    assert executor.shutdown(timeout=SOON)
    assert not pausable.is_paused()
