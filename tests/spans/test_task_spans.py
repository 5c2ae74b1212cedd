"""Spans around tasks: where they hang, what hangs below them, and what they say of rests."""

from __future__ import annotations

import gc
import weakref

import pytest
from helpers import until
from importing.fresh import fresh
from workloads import Loop

from pausable import ThreadPoolExecutor

pytest.importorskip("opentelemetry.sdk", reason="opentelemetry-sdk is not installed")

from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from pausable.spans import TaskSpans
from pausable.spans.journal import Journal


class Spans:
    """A tracer, and what it has recorded."""

    def __init__(self):
        self.exporter = InMemorySpanExporter()
        self.provider = TracerProvider(shutdown_on_exit=False)
        self.provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.tracer = self.provider.get_tracer("test")

    def ended(self, number):
        """Wait until so many spans have ended; return them by name."""
        until(lambda: len(self.exporter.get_finished_spans()) == number)
        return {span.name: span for span in self.exporter.get_finished_spans()}


@pytest.fixture
def spans():
    """Give a tracer whose spans are kept here."""
    made = Spans()
    yield made
    made.provider.shutdown()


@pytest.mark.parametrize("context", ["worker", "submitter"])
def test_what_hangs_below_what(spans, make_pool, context):
    """A span that a task makes is below the task's, which is below the submitter's if that travels."""
    pool = make_pool(1, around=TaskSpans(spans.tracer), context=context)

    def task():
        with spans.tracer.start_as_current_span("inner"):
            return trace.get_current_span().get_span_context().trace_id

    with spans.tracer.start_as_current_span("request"):
        future = pool.submit(task)
    seen = future.result()
    found = spans.ended(3)
    assert found["inner"].parent.span_id == found["task"].context.span_id
    assert found["inner"].context.trace_id == seen
    if context == "submitter":
        assert found["task"].parent.span_id == found["request"].context.span_id
    else:
        assert found["task"].parent is None


def test_attributes(spans, make_pool):
    """A span is called as the function; path, scope, outcome and times are attributes."""
    pool = make_pool(1, thread_name_prefix="crawler", around=TaskSpans(spans.tracer))
    pool.group("images").submit(int).result()
    (span,) = spans.ended(1).values()
    assert span.name == "int"
    assert dict(span.attributes) | {
        "pausable.path": f"{pool.path}/images/int-1",
        "pausable.scope": f"{pool.path}/images",
        "pausable.outcome": "result",
        "pausable.paused_seconds": 0.0,
    } == dict(span.attributes)
    assert span.status.is_unset


def test_rests(spans, make_pool):
    """Each rest is an event, with its line, and so is its end, with its length; at their times."""
    pool = make_pool(1, around=TaskSpans(spans.tracer))
    loop = Loop()
    future = pool.submit(loop)
    assert loop.began.wait(10)
    for _ in range(2):
        with pool.pause("backup", timeout=10):
            pass
    loop.go.set()
    future.result()
    (span,) = spans.ended(1).values()
    assert [event.name for event in span.events] == ["rested", "resumed"] * 2
    assert "workloads.py" in span.events[0].attributes["code.where"]
    lasted = sum(e.attributes["pausable.seconds"] for e in span.events if e.name == "resumed")
    assert lasted == pytest.approx(span.attributes["pausable.paused_seconds"])
    times = [span.start_time, *(event.timestamp for event in span.events), span.end_time]
    assert times == sorted(times)


def test_an_exception(spans, make_pool):
    """It makes the span an error, and is recorded in it once."""

    def fail():
        raise ValueError("a test wants it")

    pool = make_pool(1, around=TaskSpans(spans.tracer))
    assert pool.submit(fail).exception()
    (span,) = spans.ended(1).values()
    assert span.status.status_code is trace.StatusCode.ERROR
    assert [event.name for event in span.events] == ["exception"]
    assert span.attributes["pausable.outcome"] == "exception"


def test_a_stop(spans, make_pool):
    """It is no error."""
    pool = make_pool(1, around=TaskSpans(spans.tracer))
    loop = Loop()
    future = pool.submit(loop)
    assert loop.began.wait(10)
    with pool.pause("for a test", timeout=10):
        future.stop("not needed")
        (span,) = spans.ended(1).values()
    assert span.status.is_unset
    assert span.attributes["pausable.outcome"] == "stopped"
    assert span.attributes["pausable.stop_reason"] == "not needed"
    assert [event.name for event in span.events] == ["rested", "resumed"]


def test_many_at_a_time(spans, make_pool):
    """Each span has the rests of its own task."""
    pool = make_pool(4, around=TaskSpans(spans.tracer))
    loops = [Loop() for _ in range(4)]
    futures = [pool.submit(loop) for loop in loops]
    assert all(loop.began.wait(10) for loop in loops)
    for future in futures[:2]:
        with future.pause("one", timeout=10):
            pass
    for loop in loops:
        loop.go.set()
    for future in futures:
        future.result()
    until(lambda: len(spans.exporter.get_finished_spans()) == 4)
    found = {
        s.attributes["pausable.path"]: len(s.events) for s in spans.exporter.get_finished_spans()
    }
    assert [found[future.path] for future in futures] == [2, 2, 0, 0]


def test_a_tracer_that_is_broken(make_pool, caplog):
    """It costs no task."""

    class Broken:
        def start_span(self, *_, **__):
            raise RuntimeError("no spans today")

    pool = make_pool(1, around=TaskSpans(Broken()))
    assert pool.submit(int).result() == 0
    until(lambda: "no spans today" in caplog.text)


def test_a_pool_is_not_kept(spans):
    """Spans of any number of pools: none is kept by what makes the spans."""
    hook = TaskSpans(spans.tracer)
    pool = ThreadPoolExecutor(1, around=hook)
    there = weakref.ref(pool._p_node.pool)
    pool.submit(int).result()
    assert [type(each) for each in pool._p_node.audience.observers] == [Journal]
    assert not pool._p_node.pool.demand.is_followed
    pool.shutdown()
    del pool
    gc.collect()
    until(lambda: gc.collect() is not None and there() is None)


def test_without_a_provider(make_pool):
    """With the API alone, and no SDK that was set up, there are no spans, and tasks run."""
    pool = make_pool(1, around=TaskSpans())
    assert pool.submit(int).result() == 0


def test_without_opentelemetry():
    """Who wants it, and has not installed it, is told how to."""
    said = fresh("""
        sys.modules["opentelemetry"] = None
        try:
            import pausable.spans
        except ImportError as error:
            print(error)
    """)
    assert said == ["spans need the API of OpenTelemetry: pip install 'pausable[opentelemetry]'"]
