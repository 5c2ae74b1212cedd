"""A cluster is seen by all that shows pools: metrics, notebooks, traces, panels."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import subprocess
import sys
import weakref
from contextvars import copy_context

import pytest
from helpers import until

import pausable
from pausable import NotQuiescent, NotSupported, current_task
from pausable.notebook.exhibit import subject_of
from pausable.scopes.outpost import may_be_kept_waiting
from pausable.tracing import trace

distributed = pytest.importorskip("distributed", reason="needs the extra dask")

from cluster.conftest import SOON  # noqa: E402
from cluster.errands import (  # noqa: E402
    FREE,
    Signs,
    answer_again,
    arrived,
    deaf,
    fail,
    run,
    say_nothing,
)
from cluster.steps import begin  # noqa: E402
from serving import folder, served  # noqa: E402, F401 - fixtures

from pausable.dask import DaskExecutor  # noqa: E402


@pytest.fixture
def scrape():
    """Give what a scrape returns: values by name and labels."""
    metrics = pytest.importorskip("pausable.metrics", reason="prometheus-client is not installed")
    prometheus = pytest.importorskip("prometheus_client")
    metrics.ledger.ledger.forget()  # pools of tests before may have had all labels
    registry = prometheus.CollectorRegistry()
    registry.register(metrics.Collector())

    def get(name, pool, **labels):
        return registry.get_sample_value(name, {"pool": pool, "group": "", **labels})

    return get


# Metrics.


def test_its_metrics_are_those_of_its_cluster(client, signs, scrape):
    """What runs and rests there, how many may, and how those of this executor have ended."""
    with DaskExecutor(client, name="far-scraped") as executor:
        futures = begin(executor, signs, "a", "b")

        def tasks():
            states = ("running", "resting", "queued")
            return [scrape("pausable_tasks", "far-scraped", state=each) for each in states]

        assert tasks() == [2, 0, 0]
        assert scrape("pausable_max_workers", "far-scraped") == 4
        with executor.pause("a while", timeout=SOON):
            late = executor.submit(fail)
            assert tasks() == [0, 2, 1]
            assert scrape("pausable_scopes", "far-scraped", state="paused") == 1
            assert scrape("pausable_holds", "far-scraped", kind="pause") == 1
        signs.leave(FREE)
        assert [each.result(SOON) for each in futures] == ["a", "b"]
        assert isinstance(late.exception(SOON), ValueError)
    ends = ("result", "exception", "cancelled", "stopped")
    counts = [scrape("pausable_tasks_ended_total", "far-scraped", outcome=each) for each in ends]
    assert counts == [2, 1, 0, 0]
    assert scrape("pausable_scopes", "far-scraped", state="open") is None  # it is over


def test_what_was_never_scraped_counts(client, scrape):
    """An executor that came and went between two scrapes."""
    assert scrape("pausable_tasks_ended_total", "brief", outcome="result") is None
    with DaskExecutor(client, name="brief") as executor:
        assert executor.submit(pow, 2, 3).result(SOON) == 8
    assert scrape("pausable_tasks_ended_total", "brief", outcome="result") == 1


def test_a_scrape_does_not_fail_with_its_scheduler(client, signs, scrape):
    """It says what is known: that its tasks are not over."""
    with DaskExecutor(client, name="dumb", answer_timeout=0.1) as executor:
        futures = begin(executor, signs, "a")
        client.run_on_scheduler(say_nothing)
        assert scrape("pausable_tasks", "dumb", state="queued") == 1
        client.run_on_scheduler(answer_again)
        signs.leave(FREE)
        assert futures[0].result(SOON) == "a"


# Each task counts once.


@pytest.fixture
def both(client, nothing_is_held):
    """Give two executors of one cluster."""
    with DaskExecutor(client, name="one") as one, DaskExecutor(client, name="two") as two:
        yield one, two
        for each in (one, two):
            each.resume()
            each.stop("the test is over")


STATES = ("running", "resting", "queued")


def counts(status):
    """Return how many tasks a status has in each state."""
    return [getattr(status, each) for each in STATES]


def test_each_task_is_of_one_executor(both, signs, scrape):
    """Of several on one cluster each counts its own; those of the process and of metrics add up."""
    one, two = both
    futures = begin(one, signs, "a", "b") + begin(two, signs, "c")
    seen = {each.name: each for each in pausable.status().pools if each.name in ("one", "two")}
    assert {each.name for each in seen["one"].tasks} == {each.key for each in futures[:2]}
    assert {each.name for each in seen["two"].tasks} == {futures[2].key}
    assert {each.status().path.split("/")[0] for each in futures} == {one.path, two.path}
    with pausable.pause("all", timeout=SOON):
        futures.append(two.submit(fail))
        expected = {"one": [0, 2, 0], "two": [0, 1, 1]}
        for executor in both:
            assert counts(executor.status()) == expected[executor.name]
            scraped = [scrape("pausable_tasks", executor.name, state=each) for each in STATES]
            assert scraped == expected[executor.name]
            assert (executor.status().items, executor.status().unlisted) == (2, 0)
            assert sum(each.resting for each in executor.status().groups.values()) == 3
        assert counts(pausable.status()) == [0, 3, 1]
    signs.leave(FREE)
    assert [each.exception(SOON) is None for each in futures] == [True, True, True, False]


def test_a_task_that_is_held_where_it_came_to_counts_as_queued(both, client, signs):
    """It is on a worker, where it waits alone, and has not begun: it is one of its executor's."""
    one, two = both
    one.pause("a while")
    waiting = one.submit(run, signs, "waiting")
    waiting.pause("not yet")
    one.resume()
    until(lambda: any(client.run(arrived).values()), SOON)
    assert (counts(one.status()), counts(two.status())) == ([0, 0, 1], [0, 0, 0])
    (shown,) = one.status().tasks
    assert (shown.state, [each.reason for each in shown.holds]) == ("queued", ["not yet"])
    assert shown.worker is not None
    waiting.stop()


def test_what_several_name_is_named_once(both, signs):
    """A task that runs under a hold is one straggler, by the one path that it has."""
    one, two = both
    (future,) = begin(one, signs, "a", fn=deaf)
    with pytest.raises(NotQuiescent) as raised, pausable.pause("all", timeout=0.2):
        pass
    status = future.status()
    assert [(each.path, each.id) for each in raised.value.stragglers] == [(status.path, status.id)]
    hold = two.pause("the other")
    (late,) = two.stragglers()
    assert (late.path, late.id) == (status.path, status.id)
    hold.release()
    signs.leave(FREE)


def keep_context(copies, gone):
    """Leave a copy of the context, and raise what holds a thing."""
    thing = Signs("")
    copies.append(copy_context())
    gone.append(weakref.ref(thing))
    raise ValueError(thing)


def test_a_copy_of_a_tasks_context_does_not_keep_what_it_raised(monkeypatch):
    """On its worker, whatever has the copy there."""
    copies, gone = [], []
    monkeypatch.setattr(sys.modules[__name__], "Kept", (copies, gone), raising=False)
    with (
        distributed.Client(processes=False, n_workers=1, dashboard_address=":0") as client,
        DaskExecutor(client, name="here") as executor,
    ):
        future = executor.submit(lambda: keep_context(*sys.modules[__name__].Kept))
        assert isinstance(future.exception(SOON), ValueError)
        assert len(gone) == 1
        del future
        until(lambda: gc.collect() is not None and gone[0]() is None, SOON)
    assert copies[0].run(current_task) is None


# Notebooks.


def test_a_notebook_shows_its_tasks(executor, signs):
    """As plain HTML, by the executor and by its handle."""
    begin(executor, signs, "a", "b")
    (handle,) = [each for each in pausable.pools() if each.path == executor.path]
    executor.pause("a backup").wait(SOON)
    for scope in (executor, handle):
        status = subject_of(scope).status()
        assert (status.resting, status.max_workers) == (2, 4)
        assert "a backup" in scope._repr_html_()
        assert scope._repr_html_().count("run-") == 2


def test_a_panel_of_a_notebook_follows_it(client, signs):
    """It shows what was seen a moment ago, and asks for that twice a second, not at each look."""
    pytest.importorskip("anywidget", reason="anywidget is not installed")
    executor = DaskExecutor(client, name="followed")
    live = pausable.notebook.panel(executor)
    begin(executor, signs, "a")
    until(lambda: live.facts["scopes"][0]["running"] == 1, SOON)
    waits, look = [], live.look

    def looked():
        waits.append(may_be_kept_waiting())
        return look()

    live.look = looked
    executor.pause("a while")
    until(lambda: live.facts["scopes"][0]["resting"] == 1, SOON)
    until(lambda: waits, SOON)
    assert True not in waits
    executor.resume()
    signs.leave(FREE)
    assert executor.shutdown()
    gone = weakref.ref(executor)
    del executor
    until(lambda: gc.collect() is not None and gone() is None, SOON)
    live.close()


# The terminal's panel.


def test_the_terminal_panel_shows_it(executor, signs, served):  # noqa: F811 - the fixture
    """Its row, its tasks with their lines; a key pauses it with all others."""
    pytest.importorskip("textual")
    from tui.test_top import Panel  # noqa: PLC0415

    from pausable.control.link import Link  # noqa: PLC0415
    from pausable.tui.app import Top  # noqa: PLC0415

    begin(executor, signs, "a", "b")

    async def look():
        link = Link(served.address, os.getpid(), "crawler", hz=20)
        async with Top([link]).run_test(size=(160, 40)) as pilot:
            panel = Panel(pilot.app, pilot)
            await panel.see(executor.path, "run-", "running", "at most 4", " in run")
            await panel.press("space")
            await panel.until(lambda: " resting " in panel.text, "the rest")
            assert pausable.is_paused()
            await panel.press("space")
            await panel.until(lambda: " resting " not in panel.text, "the resume")
        await asyncio.to_thread(link.join)

    asyncio.run(look())
    assert not pausable.is_paused()


# Traces, and what there is not.


def test_a_trace_has_its_holds(client, tmp_path):
    """Not its tasks, which are elsewhere; nor the thread on which their futures end."""
    with trace(tmp_path / "out.json"), DaskExecutor(client, name="traced") as executor:
        with executor.pause("a while", timeout=SOON):
            future = executor.submit(pow, 2, 3)
        assert future.result(SOON) == 8
    events = json.loads((tmp_path / "out.json").read_text())["traceEvents"]
    names = [each.get("args", {}).get("name") for each in events if each["ph"] == "M"]
    assert names.count("pool traced") == len([each for each in names if each.startswith("pool ")])
    assert [each["name"] for each in events if each["ph"] == "b"] == ["held: a while"]


def test_a_handle_has_no_progress_of_it(executor):
    """It is refused, as by the executor: nothing of the tasks is told here."""
    (handle,) = [each for each in pausable.pools() if each.path == executor.path]
    with pytest.raises(NotSupported, match="dashboard"):
        handle.progress()


PROGRAM = """
import distributed
import pausable
from pausable.dask import DaskExecutor

if __name__ == "__main__":
    with distributed.Client(processes=False, n_workers=1, dashboard_address=":0") as client:
        with DaskExecutor(client, name="ours") as executor:
            assert executor.submit(pow, 2, 3).result(60) == 8
            print(*(each.name for each in pausable.pools()), sep=chr(10))
"""


def test_no_thread_of_it_is_a_pool_under_pausable_run(tmp_path):
    """Which makes pools of those of the stdlib: what ends its futures would be held with them."""
    (tmp_path / "program.py").write_text(PROGRAM)
    command = [sys.executable, "-m", "pausable", "run", str(tmp_path / "program.py")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    names = done.stdout.split(chr(10))
    assert "ours" in names
    assert not [each for each in names if "pausable" in each]
