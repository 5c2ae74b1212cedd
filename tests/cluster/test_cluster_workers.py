"""Workers come, die and are restarted under a hold, and nothing runs; each result is right."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest
from helpers import until

from pausable.snapshots import ScopeStatus

distributed = pytest.importorskip("distributed", reason="needs the extra dask")

from cluster.conftest import SOON, clustered  # noqa: E402
from cluster.errands import FREE, note, run, state  # noqa: E402

from pausable.dask import DaskExecutor  # noqa: E402


def statuses(client):
    """Return the status that each worker has."""
    return sorted(each[0] for each in client.run(state).values())


def kill_one(client):
    """Kill a worker; return its address, once the scheduler knows and another has come for it."""
    workers = client.run(os.getpid)
    address = next(iter(workers))
    os.kill(workers[address], signal.SIGKILL)

    def is_replaced():
        now = client.scheduler_info()["workers"]
        return address not in now and len(now) == len(workers)

    until(is_replaced, SOON)
    return address


def test_a_worker_that_joins_is_held(signs):
    """From its beginning; what is queued does not start there before the resume."""
    with clustered(1) as cluster, distributed.Client(cluster) as client:
        executor = DaskExecutor(client)
        hold = executor.pause("not now")
        futures = [executor.submit(run, signs, str(number)) for number in range(8)]
        cluster.scale(2)
        until(lambda: len(client.scheduler_info()["workers"]) == 2, SOON)
        signs.leave(FREE)  # whatever began would end
        assert hold.wait(SOON)
        assert statuses(client) == ["paused", "paused"]
        late = executor.submit(run, signs, "late")
        status = executor.status()
        assert (status.running, status.queued, len(status.groups)) == (0, 9, 2)
        assert all(isinstance(each, ScopeStatus) for each in status.groups.values())
        executor.resume()
        assert [each.result(SOON) for each in futures] == [str(number) for number in range(8)]
        assert late.result(SOON) == "late"
        until(lambda: statuses(client) == ["running", "running"], SOON)
        assert executor.shutdown()


def test_what_a_worker_had_that_was_killed_at_rest_is_run_again_under_the_hold(signs):
    """Not before the resume, wherever Dask has put it; also what is held alone."""
    with clustered(2) as cluster, distributed.Client(cluster) as client:
        executor = DaskExecutor(client)
        names = ["a", "b", "c", "d"]
        futures = [executor.submit(run, signs, name) for name in names]
        until(lambda: all(signs.steps(name) for name in names), SOON)
        hold = executor.pause("not now")
        alone = futures[0].pause("nor later")
        assert hold.wait(SOON)
        before = [signs.steps(name) for name in names]
        kill_one(client)
        until(lambda: statuses(client) == ["paused", "paused"], SOON)
        assert executor.wait_quiescent(SOON)
        assert executor.status().resting <= 3
        assert [signs.steps(name) for name in names] == before
        hold.release()
        signs.leave(FREE)
        assert [each.result(SOON) for each in futures[1:]] == names[1:]
        assert signs.steps("a") == before[0]
        assert (futures[0].done(), futures[0].is_paused()) == (False, True)
        alone.release()
        assert futures[0].result(SOON) == "a"
        assert executor.shutdown()


def test_a_restart_of_the_cluster_does_not_open_the_gate(signs):
    """All tasks are lost, as ever; new workers are held, and nothing starts before the resume."""
    with clustered(2) as cluster, distributed.Client(cluster) as client:
        executor = DaskExecutor(client)
        futures = [executor.submit(run, signs, name) for name in "abcdef"]
        until(lambda: sum(bool(signs.steps(name)) for name in "abcdef") == 4, SOON)
        hold = executor.pause("not now")
        assert hold.wait(SOON)
        client.restart(timeout=SOON, wait_for_workers=False)  # it does not count what is paused
        until(lambda: len(client.scheduler_info()["workers"]) == 2, SOON)
        until(lambda: all(each.cancelled() for each in futures), SOON)
        late = executor.submit(pow, 2, 3)
        assert statuses(client) == ["paused", "paused"]
        assert executor.wait_quiescent(SOON)
        assert (late.status().state, hold.is_released()) == ("queued", False)
        assert executor.resume() == 1
        assert late.result(SOON) == 8
        assert executor.shutdown()


def test_a_worker_that_retires_under_a_hold_gives_its_tasks_away(signs):
    """They are no stops: another worker runs them, after the resume."""
    with clustered(2) as cluster, distributed.Client(cluster) as client:
        executor = DaskExecutor(client)
        futures = [executor.submit(run, signs, name) for name in "abcd"]
        until(lambda: all(signs.steps(name) for name in "abcd"), SOON)
        hold = executor.pause("not now")
        assert hold.wait(SOON)
        cluster.scale(1)
        until(lambda: len(client.scheduler_info()["workers"]) == 1, SOON)
        assert executor.wait_quiescent(SOON)
        assert not any(each.done() for each in futures)
        executor.resume()
        signs.leave(FREE)
        assert [each.result(SOON) for each in futures] == list("abcd")
        assert executor.shutdown()


def go_through(folder: Path, tasks: int) -> dict[str, int]:
    """Run many tasks, paused three times; kill a worker at rest, and add one; say what was seen."""
    log, windows = str(folder / "log"), []
    Path(log).touch()
    with clustered(3) as cluster, distributed.Client(cluster) as client:
        executor = DaskExecutor(client)
        futures = [executor.submit(note, log, number) for number in range(tasks)]
        for turn in range(3):
            lines = len(Path(log).read_text(encoding="utf-8").splitlines())
            share = tasks * 3 * (turn + 1) // 5
            until(lambda share=share: Path(log).read_text().count("\n") >= share, 600)
            with executor.pause(f"turn {turn}", timeout=SOON):
                began = time.monotonic()
                if turn == 1:
                    kill_one(client)
                if turn == 2:
                    cluster.scale(4)
                    until(lambda: len(client.scheduler_info()["workers"]) == 4, SOON)
                assert executor.wait_quiescent(SOON)
                assert set(statuses(client)) == {"paused"}
                windows.append((began, time.monotonic()))
            assert len(Path(log).read_text(encoding="utf-8").splitlines()) > lines
        assert [each.result(600) for each in futures] == [n * n for n in range(tasks)]
        assert executor.shutdown()
    lines = [line.split() for line in Path(log).read_text(encoding="utf-8").splitlines()]
    stamps = [float(stamp) for stamp, _ in lines]
    return {
        "moved": sum(any(a < stamp < b for a, b in windows) for stamp in stamps),
        "steps": len(lines),
        "distinct": len({number for _, number in lines}),
    }


def test_hundreds_of_tasks_paused_three_times(tmp_path):
    """A worker dies at rest, another one comes: each result is right, and nothing moves at rest."""
    seen = go_through(tmp_path, 300)
    assert (seen["moved"], seen["distinct"]) == (0, 300)
    assert seen["steps"] >= 900


@pytest.mark.stress
def test_thousands_of_tasks_paused_three_times(tmp_path):
    """The same with 10,000."""
    seen = go_through(tmp_path, 10_000)
    assert (seen["moved"], seen["distinct"]) == (0, 10_000)
