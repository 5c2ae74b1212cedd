"""The collector: what a Prometheus gets that scrapes a real server."""

from __future__ import annotations

import re
import urllib.request

import pytest
from importing.fresh import fresh
from workloads import Loop

import pausable

pytest.importorskip("prometheus_client", reason="prometheus-client is not installed")

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.parser import text_string_to_metric_families

from pausable.metrics import Collector


def whose(labels):
    """Return the values of labels: pool, group, and what else there is."""
    names = sorted(labels, key=["pool", "group", "state", "kind", "outcome"].index)
    return tuple(labels[name] for name in names)


@pytest.fixture
def scrape():
    """Serve a registry, and give what a scrape of it returns: values by name and labels."""
    registry = CollectorRegistry(auto_describe=True)
    registry.register(Collector())
    server, thread = start_http_server(0, addr="127.0.0.1", registry=registry)

    def get():
        address = f"http://127.0.0.1:{server.server_port}/metrics"
        with urllib.request.urlopen(address, timeout=30) as answer:
            text = answer.read().decode()
        return {
            (sample.name, whose(sample.labels)): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }

    yield get
    server.shutdown()
    server.server_close()
    thread.join(10)


def test_a_scrape(scrape, make_pool):
    """States, ends, holds by kind and their age, limits and paused seconds are there."""
    pool = make_pool(3, thread_name_prefix="scraped")
    images = pool.group("images", limit=1)
    loops = [Loop() for _ in range(2)]
    pool.submit(int).result()
    images.submit(int).result()
    pool.submit(loops[0])
    for _ in range(3):
        images.submit(loops[1])
    assert all(loop.began.wait(10) for loop in loops)
    with images.pause("the disk <is> full", timeout=10):
        found = scrape()
        again = scrape()
    expected = {
        ("pausable_tasks", ("scraped", "", "running")): 1,
        ("pausable_tasks", ("scraped", "", "resting")): 0,
        ("pausable_tasks", ("scraped", "", "queued")): 0,
        ("pausable_tasks", ("scraped", "images", "running")): 0,
        ("pausable_tasks", ("scraped", "images", "resting")): 1,
        ("pausable_tasks", ("scraped", "images", "queued")): 2,
        ("pausable_scopes", ("scraped", "", "open")): 1,
        ("pausable_scopes", ("scraped", "images", "paused")): 1,
        ("pausable_max_workers", ("scraped", "")): 3,
        ("pausable_max_workers", ("scraped", "images")): 1,
        ("pausable_tasks_ended_total", ("scraped", "", "result")): 1,
        ("pausable_tasks_ended_total", ("scraped", "", "exception")): 0,
        ("pausable_tasks_ended_total", ("scraped", "images", "result")): 1,
        ("pausable_holds", ("scraped", "images", "pause")): 1,
    }
    assert {key: found.get(key) for key in expected} == expected
    for key in (
        ("pausable_oldest_hold_seconds", ("scraped", "images", "pause")),
        ("pausable_paused_seconds_total", ("scraped", "images")),
    ):
        assert 0 < found[key] < again[key]
    assert not re.search("disk", str(found))


def test_a_hold_of_the_process(scrape, make_pool):
    """It is there once, for the process, and once for each pool that it holds."""
    make_pool(1, thread_name_prefix="held")
    with pausable.pause("all of it"):
        found = scrape()
    assert found["pausable_holds", ("", "", "pause")] == 1
    assert found["pausable_holds", ("held", "", "process")] == 1


def test_without_pools(scrape):
    """A process that has no pool yet has all metrics by name, and no value."""
    assert isinstance(scrape(), dict)


def test_it_is_registered_once():
    """A second one in the same registry would count twice: prometheus-client refuses it."""
    registry = CollectorRegistry(auto_describe=True)
    registry.register(Collector())
    with pytest.raises(ValueError, match="Duplicated"):
        registry.register(Collector())


def test_without_prometheus_client():
    """Who wants it, and has not installed it, is told how to."""
    said = fresh("""
        sys.modules["prometheus_client"] = None
        try:
            import pausable.metrics
        except ImportError as error:
            print(error)
    """)
    assert said == ["metrics need prometheus-client: pip install 'pausable[prometheus]'"]
