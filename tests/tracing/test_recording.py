"""The recording: a file that opens, whatever ends it, and what costs nobody anything afterwards."""

from __future__ import annotations

import json
import os
import signal
from collections import Counter

import pytest
from helpers import until
from scripts import finish, start, wait_for
from workloads import Loop

import pausable
from pausable.tracing import trace
from pausable.tracing import writer as module
from pausable.tracing.file import TraceFile


def read(path):
    """Read a trace; return its entries."""
    return json.loads(path.read_text(encoding="utf-8"))["traceEvents"]


def names(entries, kind="X"):
    """Count the names of the entries of a kind."""
    return Counter(each["name"] for each in entries if each["ph"] == kind)


def test_a_trace(tmp_path, make_pool):
    """Tasks, their rests and the holds are there, of pools before and since; nothing stays behind."""
    path = tmp_path / "out.json"
    early = make_pool(2, thread_name_prefix="early")
    loop = Loop()
    with trace(path):
        later = make_pool(2, thread_name_prefix="later")
        later.submit(int).result()
        early.submit(loop)
        assert loop.began.wait(10)
        with early.pause("<backup>", owner="me", timeout=10):
            pass
        with pausable.pause("all", timeout=10):
            held = 1 + len(pausable.pools())  # those of other tests may be there still
        loop.go.set()
        until(lambda: early.status().done == 1)
    entries = read(path)
    found = names(entries)
    assert found["rests"] == 2
    assert {name.rpartition("-")[0] for name in found} >= {"Loop", "int"}
    (task,) = [each for each in entries if each["name"].startswith("Loop")]
    rests = [each for each in entries if each["name"] == "rests"]
    for rest in rests:
        assert (rest["pid"], rest["tid"]) == (task["pid"], task["tid"])
        assert task["ts"] <= rest["ts"]
        assert rest["ts"] + rest["dur"] <= task["ts"] + task["dur"] + 0.2
        assert "checkpoint" not in rest["args"]["at"]
    assert names(entries, "b") == names(entries, "e") == {"held: <backup>": 1, "held: all": held}
    assert not early._p_node.audience.observers
    assert not later._p_node.audience.observers
    assert not early._p_node.pool.demand.is_followed


def test_it_opens_while_it_is_written(tmp_path, make_pool):
    """The file is whole after each write: nobody has to wait for the end."""
    path = tmp_path / "out.json"
    pool = make_pool(1)
    with trace(path):
        assert read(path) == []
        pool.submit(int).result()
        until(lambda: names(read(path))["int-1"] == 1)
        pool.submit(str).result()
    assert names(read(path)) == {"int-1": 1, "str-2": 1}


END = """
from pausable.tracing import trace
pool = ThreadPoolExecutor(2)
"""
ENDS = {
    "Ctrl-C": ("with trace(path):\n    {work}\n    os.kill(os.getpid(), signal.SIGINT)", -2),
    "sys.exit": ("with trace(path):\n    {work}\n    sys.exit(3)", 3),
    "sys.exit, begun": ("trace(path).begin()\n{work}\nsys.exit(3)", 3),
    "an exception, begun": ("trace(path).begin()\n{work}\n1 / 0", 1),
    "the end, begun": ("trace(path).begin()\n{work}", 0),
}


@pytest.mark.parametrize("how", ENDS)
def test_ends(tmp_path, how):
    """However the program ends, all that was done until then is there."""
    code, status = ENDS[how]
    path = tmp_path / "out.json"
    work = "[pool.submit(int).result() for _ in range(100)]"
    ran = start(f"path = {str(path)!r}\n{END}{code.format(work=work)}")
    said = finish(ran)
    assert ran.returncode == status, said
    assert sum(names(read(path)).values()) == 100


def test_killed(tmp_path):
    """What was written before a SIGKILL opens."""
    path = tmp_path / "out.json"
    script = f"""
path = {str(path)!r}
{END}
trace(path).begin()
pool.submit(int).result()
until(lambda: '"int-1"' in open(path).read())
say("written")
threading.Event().wait()
"""
    ran = start(script)
    wait_for(ran, "written")
    ran.send_signal(signal.SIGKILL)
    finish(ran)
    assert names(read(path)) == {"int-1": 1}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_child_leaves_it_alone(tmp_path):
    """The file is the parent's: a child that ends writes nothing into it."""
    path = tmp_path / "out.json"
    script = f"""
path = {str(path)!r}
{END}
with trace(path):
    pool.submit(int).result()
    child = os.fork()
    if not child:
        inner = ThreadPoolExecutor(1)
        inner.submit(float).result()
        inner.shutdown()
        sys.exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    pool.submit(str).result()
"""
    ran = start(script)
    said = finish(ran)
    assert ran.returncode == 0, said
    assert names(read(path)) == {"int-1": 1, "str-2": 1}


def test_more_than_can_be_written(tmp_path, make_pool, monkeypatch, caplog):
    """The ring is bounded; what is lost is said, in the file and in the log."""
    path = tmp_path / "out.json"
    monkeypatch.setattr(module, "_MOST", 8)
    pool = make_pool(1)
    recording = trace(path)
    monkeypatch.setattr(recording, "_run", lambda: None)  # nobody reads meanwhile
    with recording:
        for _ in range(100):
            pool.submit(int).result()
        pool.submit(str).result()
        assert len(recording._recorder.ring) == 8
    entries = read(path)
    assert [name for name in names(entries, "i") if "lost" in name]
    assert names(entries)["str-101"] == 1
    assert "has gaps" in caplog.text


def test_a_file_that_cannot_be_written(tmp_path, pool):
    """It is refused at once, and nothing is recorded."""
    with pytest.raises(FileNotFoundError), trace(tmp_path / "nowhere" / "out.json"):
        pass
    assert not pool._p_node.audience.observers


def test_a_disk_that_is_full(tmp_path, pool, monkeypatch, caplog):
    """Then it ends, and says so once; the pool goes on."""
    recording = trace(tmp_path / "out.json")
    recording.begin()

    def full(_, piece):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(TraceFile, "_write", full)
    pool.submit(int).result()
    until(lambda: "cannot be written any more" in caplog.text)
    until(lambda: not pool._p_node.audience.observers)
    assert pool.submit(int).result() == 0
    recording.end()
    recording.end()


def test_once(tmp_path):
    """A recording is used once, and ended any number of times."""
    recording = trace(tmp_path / "out.json")
    recording.end()  # it has not begun
    with recording:
        pass
    recording.end()
    with pytest.raises(RuntimeError, match="used once"):
        recording.begin()


def test_two_at_a_time(tmp_path, pool):
    """Each has all that happens while it records."""
    first, second = tmp_path / "1.json", tmp_path / "2.json"
    with trace(first):
        pool.submit(int).result()
        with trace(second):
            pool.submit(str).result()
    assert names(read(first)) == {"int-1": 1, "str-2": 1}
    assert names(read(second)) == {"str-2": 1}


def test_beside_an_observer(tmp_path, pool):
    """One that is called is called as ever, in the order of what happens."""
    seen = []
    end = pool.observe(lambda event: seen.append(type(event).__name__))
    with trace(tmp_path / "out.json"):
        pool.submit(int).result()
        until(lambda: len(seen) == 3)
    end()
    assert seen == ["TaskSubmitted", "TaskStarted", "TaskEnded"]
