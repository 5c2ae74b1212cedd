"""A cluster is seen by all that shows pools: metrics, notebooks, traces, panels."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import subprocess
import sys
import weakref

import pytest
from helpers import until

import pausable
from pausable import NotSupported
from pausable.notebook.exhibit import subject_of
from pausable.scopes.outpost import may_be_kept_waiting
from pausable.tracing import trace

distributed = pytest.importorskip("distributed", reason="needs the extra dask")

from cluster.conftest import SOON  # noqa: E402
from cluster.errands import FREE, answer_again, fail, say_nothing  # noqa: E402
from cluster.steps import begin  # noqa: E402
from serving import folder, served  # noqa: E402, F401 - fixtures

from pausable.dask import DaskExecutor  # noqa: E402


@pytest.fixture
def scrape():
    """Give what a scrape returns: values by name and labels."""
    metrics = pytest.importorskip("pausable.metrics", reason="prometheus-client is not installed")
    prometheus = pytest.importorskip("prometheus_client")
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
