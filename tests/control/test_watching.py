"""Watches: samples of what has changed, rare events exactly, and nothing that a slow reader can delay."""

from __future__ import annotations

import json
import socket
from types import SimpleNamespace

import pytest
from helpers import until
from hypothesis import given
from hypothesis import strategies as st
from workloads import Loop

import pausable
from pausable import checkpoint
from pausable.control.client import Client, Refused
from pausable.control.commands import Pause, Selection
from pausable.control.outside import OutsideHolds, Party
from pausable.control.parts import Process, Scope, Task
from pausable.control.picture import Picture
from pausable.control.subscription import SHARE, Subscription


def see(seen, frame):
    """Put a sample into what was seen before, as a client does."""
    if frame["reply"] != "sample":
        return frame["event"]
    if frame["process"] is not None:
        seen["process"] = frame["process"]
    seen.update({each["id"]: each for each in (*frame["scopes"], *frame["tasks"])})
    for each in frame["gone"]:
        del seen[each]
    return None


def watch_until(frames, seen, fact):
    """Follow a watch until a fact about what was seen is true; return the events that came."""
    events = []
    while not fact():
        event = see(seen, next(frames))
        if event is not None:
            events.append(event)
    return events


def test_what_a_watcher_sees(client, pool):
    """The first sample has everything; with the later ones it is the status, until all is gone."""
    loop, seen = Loop(), {}
    task = pool.submit(loop)
    assert loop.began.wait(10)
    frames = client.watch(hz=60)
    watch_until(frames, seen, lambda: task.id in seen)
    assert seen[task.id]["path"] == task.path
    assert seen[pool.id]["running"] == 1
    assert seen[task.id]["scope"] == pool.id
    pool.pause("look")
    watch_until(frames, seen, lambda: seen[task.id]["state"] == "resting")
    assert seen[pool.id]["holds"][0]["reason"] == "look"
    assert "workloads.py" in seen[task.id]["where"]
    pool.resume()
    loop.go.set()
    watch_until(frames, seen, lambda: task.id not in seen and seen[pool.id]["done"] == 1)
    frames.close()


def test_nothing_changes(client, pool):
    """Of a pool at rest no sample has anything in it, but one comes each second: it is alive."""
    loop = Loop()
    pool.submit(loop)
    assert loop.began.wait(10)
    assert pool.pause("look").wait(10)
    frames = client.watch(hz=60)
    first = next(frames)
    assert first["scopes"]
    second = next(frames)
    assert (second["scopes"], second["tasks"], second["process"], second["gone"]) == (
        [],
        [],
        None,
        [],
    )
    assert 0.9 < second["at"] - first["at"] < 60
    frames.close()


def test_rare_events_come_exactly(client, pool):
    """Each hold, quiescence, stop and end, in its order, however few samples there are."""
    frames = client.watch({"path": pool.path}, hz=1)
    next(frames)
    group = pool.group("images")
    for number in range(20):
        with pool.pause(str(number)):
            pass
    future = group.submit(checkpoint)
    future.result(10)
    group.shutdown()
    events = []
    while len(events) < 41:
        frame = next(frames)
        if frame["reply"] == "event" and frame["event"] != "ScopeQuiescent":
            events.append((frame["event"], frame["hold"] and frame["hold"]["reason"]))
            assert frame["lost"] == 0
    expected = [(event, str(n)) for n in range(20) for event in ("HoldPlaced", "HoldReleased")]
    assert events == [*expected, ("ScopeShutDown", None)]
    frames.close()


def test_events_of_the_process_and_of_clients(client, server, pool):
    """Holds of the process are told, too; and of each hold whether it is one's own."""
    frames = client.watch(hz=1)
    next(frames)
    with Client(server.address, timeout=60) as other:
        other.pause(None, "theirs")
        client.pause(None, "mine")
        client.resume()
    found = {}
    while len(found) < 4:
        frame = next(frames)
        if frame["reply"] == "event" and frame["hold"] and not frame["path"]:
            found[frame["event"], frame["hold"]["reason"]] = frame["hold"]["is_own"]
    assert found["HoldPlaced", "theirs"] is False
    assert found["HoldPlaced", "mine"] is True
    frames.close()


def test_a_fault_and_a_stop(client, make_pool):
    """What is about a task has its name, its path and its reason."""
    pool = make_pool(1, on_fault="hold")
    frames = client.watch({"path": pool.path}, hz=1)
    next(frames)
    loop = Loop()
    stopped = pool.submit(loop)
    assert loop.began.wait(10)
    stopped.stop("enough")
    failed = pool.submit(int, "x")
    until(pool.faults)
    found = {}
    while set(found) != {"StopRequested", "TaskFaulted"}:
        frame = next(frames)
        if frame["reply"] == "event" and frame["task"]:
            found[frame["event"]] = (frame["task_path"], frame["reason"])
    assert found["StopRequested"] == (stopped.path, "enough")
    assert found["TaskFaulted"][0] == failed.path
    assert "ValueError" in found["TaskFaulted"][1]
    frames.close()
    client.decide({"id": failed.id}, "skip")


def test_what_is_not_watched(client, pool, make_pool):
    """Of what is selected only; also by a path that comes to an end, and a glob of what is to come."""
    other = make_pool(1)
    frames = client.watch({"glob": f"{pool.path}/later"}, hz=60)
    first = next(frames)
    assert first["scopes"] == []
    other.pause("unseen").release()
    pool.group("later").pause("seen")
    seen = {}
    see(seen, first)
    events = watch_until(frames, seen, lambda: pool.group("later").id in seen)
    while "HoldPlaced" not in events:
        events += [event for event in [see(seen, next(frames))] if event]
    assert set(seen) == {"process", pool.id, pool.group("later").id}
    frames.close()
    with pytest.raises(Refused, match="of the path 'none'"):
        client.watch({"path": "none"})


def test_another_watch_takes_its_place(client, pool):
    """A connection has one; the first iterator ends then."""
    first = client.watch(hz=60)
    assert next(first)["number"] == 1
    second = client.watch({"path": pool.path}, hz=60)
    assert list(first) == []
    assert next(second)["number"] == 1
    second.close()
    assert client.hello()["name"] == "test"


def test_commands_meanwhile(client, pool):
    """A client that watches may command; the samples that come meanwhile are kept in their order."""
    frames = client.watch(hz=60)
    numbers = [next(frames)["number"]]
    for _ in range(30):
        client.pause({"path": pool.path})
        client.resume({"path": pool.path})
    while len(numbers) < 10:
        frame = next(frames)
        if frame["reply"] == "sample":
            numbers.append(frame["number"])
    assert numbers == list(range(1, len(numbers) + 1))
    frames.close()


def test_the_speed_is_bounded(client):
    """No watcher can ask for more than sixty a second, or for less than one."""
    for asked, given_ in [(1e9, 60.0), (0.001, 1.0), (10.0, 10.0)]:
        client._ask("watch", hz=asked)
        client._socket.sendall(b'{"do":"watch","id":"x","hz":%r}\n' % asked)
        while (frame := client._receive(60))["reply"] != "watching":
            pass
        assert frame["hz"] == given_


def test_nobody_is_observed_when_nobody_watches(client, pool):
    """The observer of rare events is there for as long as a watch, and leaves tasks unobserved."""
    frames = client.watch(hz=60)
    next(frames)
    assert pool._p_node.pool.demand.observed
    assert not pool._p_node.pool.demand.is_followed
    frames.close()
    until(lambda: not pool._p_node.pool.demand.observed)


def test_a_watcher_that_does_not_read(server, pool):
    """It loses samples and events, is told how many when it reads again, and slows nobody."""
    slow = socket.socket(socket.AF_UNIX)
    slow.settimeout(60)
    slow.connect(server.address)
    slow.sendall(b'{"do":"watch","hz":60,"tasks":1000}\n')
    until(lambda: any(each.watch for each in server._server._reception._connections))
    [connection] = server._server._reception._connections
    pool.pause("for a test")
    futures = [pool.submit(int) for _ in range(200)]
    reason = "x" * 10_000
    for number in range(400):  # four megabytes of events, and there is room for one
        pool.pause(f"{number} {reason}").release()
    until(lambda: connection.watch.lost_events, 60)
    until(lambda: connection.watch._lost > 3, 60)
    assert len(connection._out) < 4 << 20
    with Client(server.address, timeout=60) as client:
        client.resume()
        pool.resume()
        assert client.hello()["name"] == "test"
    assert [each.result(10) for each in futures] == [0] * 200
    lost = {"sample": 0, "event": 0}
    with slow.makefile("rb") as lines:
        for line in lines:
            frame = json.loads(line)
            if frame["reply"] in lost:
                lost[frame["reply"]] += frame["lost"]
            if lost["sample"] and not pool.is_paused():
                pool.pause("one more")
            if lost["event"]:
                break
    assert lost["sample"] > 3
    assert lost["event"] > 300
    slow.close()


def test_a_client_that_asks_and_does_not_read(server, pool):
    """What is not read is bounded: no more is read from it then, and the others are served."""
    slow = socket.socket(socket.AF_UNIX)
    slow.settimeout(0)
    slow.connect(server.address)
    sent = 0
    futures = [pool.group("held").submit(int)]
    pool.group("held").pause("x")
    futures += [pool.group("held").submit(int) for _ in range(100)]
    said = b'{"do":"status"}\n' * 1000

    def is_full():
        nonlocal sent
        try:
            sent += slow.send(said)
        except BlockingIOError:
            return True
        return False

    until(is_full, 60)
    with Client(server.address, timeout=60) as client:
        assert client.hello()["name"] == "test"
    until(lambda: len(server._server._reception._connections) == 1)
    [connection] = server._server._reception._connections
    assert len(connection._out) < 2 << 20
    slow.close()
    pool.group("held").resume()
    assert [each.result(10) for each in futures] == [0] * 101


# The difference, as a machine.

PROCESSES = st.builds(
    Process,
    pid=st.just(1),
    name=st.just("p"),
    is_paused=st.booleans(),
    is_quiescent=st.booleans(),
    running=st.integers(0, 1),
    resting=st.just(0),
    queued=st.just(0),
    done=st.just(0),
    holds=st.just([]),
)


def scope(number, done, clock):
    """Make a scope that differs in little."""
    named = dict.fromkeys(Scope.__struct_fields__, 0)
    return Scope(**{**named, "id": number, "done": done, "active_time": clock, "holds": []})


def task(number, state, clock):
    """Make a task that differs in little."""
    named = dict.fromkeys(Task.__struct_fields__, 0)
    return Task(**{**named, "id": number, "state": state, "active_time": clock, "holds": []})


CLOCKS = st.floats(0, 9)
PICTURES = st.builds(
    lambda process, scopes, tasks: Picture(
        process,
        {each.id: each for each in scopes},
        {each.id: each for each in tasks},
        0,
    ),
    PROCESSES,
    st.lists(st.builds(scope, st.integers(1, 3), st.integers(0, 2), CLOCKS)),
    st.lists(st.builds(task, st.integers(4, 7), st.sampled_from(["running", "resting"]), CLOCKS)),
)


@given(st.lists(st.tuples(PICTURES, st.booleans(), st.floats(0, 0.3)), min_size=1))
def test_what_was_sent_adds_up(steps):
    """Whatever is lost in between: after each sample the client has the picture, but for its clocks."""
    now, seen, lost, watch = 0.0, {}, 0, Subscription("w", Selection(), 10, 100, 0.0)
    last = None
    for picture, is_slow, more in steps:
        now += more
        is_due = now >= watch.due
        sample = watch.sample(now, lambda picture=picture: picture, is_slow=is_slow)
        lost += is_due and is_slow
        if sample is None:
            if is_due and not is_slow:
                assert last == facts(picture)
                assert not lost
            continue
        assert sample.lost == lost
        lost = 0
        for each in (*sample.scopes, *sample.tasks):
            seen[each.id] = each
        for each in sample.gone:
            del seen[each]
        if sample.process is not None:
            seen["process"] = sample.process
        last = facts(picture)
        assert last == {key: without_clock(each) for key, each in seen.items()}


@given(st.floats(0, 10), st.floats(1, 60), st.floats(0, 100))
def test_what_costs_much_comes_less_often(cost, hz, now):
    """All samples together cost no more than a share, as long as that leaves one a second."""
    watch = Subscription("w", Selection(), hz, 100, now)
    picture = Picture(Process(**{name: [] for name in Process.__struct_fields__}), {}, {}, 0)
    watch.sample(now, lambda: picture, is_slow=False)
    regular = watch.due - now
    watch.spare(cost, now)
    wait = watch.due - now
    assert wait >= regular
    assert wait <= max(regular, 1.0) + 1e-6
    assert wait >= min(cost / SHARE, 1.0) - 1e-6


def facts(picture):
    """Return a picture without its clocks."""
    whole = {"process": picture.process, **picture.scopes, **picture.tasks}
    return {key: without_clock(each) for key, each in whole.items()}


def without_clock(part):
    """Return the facts of a part of it."""
    return [getattr(part, name) for name in part.__struct_fields__ if name != "active_time"]


def test_status_lists_what_it_is_asked_for(client, pool):
    """So many tasks at most, the started ones first; the scope says how many more there are."""
    loop = Loop()
    started = pool.submit(loop)
    assert loop.began.wait(10)
    other = Loop()
    pool.submit(other)
    assert other.began.wait(10)
    futures = [pool.submit(int) for _ in range(30)]
    said = client.status({"path": pool.path}, tasks=5)
    assert [each["state"] for each in said["tasks"]] == ["running"] * 2 + ["queued"] * 3
    assert started.id in [each["id"] for each in said["tasks"][:2]]
    [shown] = said["scopes"]
    assert (shown["unlisted"], shown["queued"], shown["running"]) == (27, 30, 2)
    assert client.status({"path": futures[-1].path})["tasks"][0]["path"] == futures[-1].path
    assert client.status({"path": pool.path}, tasks=0)["tasks"] == []
    for each in (loop, other):
        each.go.set()


def test_a_status_of_one_group(client, pool):
    """It has those above it, so that all that holds it is seen; but not what is beside it."""
    group, _ = pool.group("a").group("b"), pool.group("c")
    pool.pause("above")
    said = client.status({"path": group.path})
    assert [each["path"] for each in said["scopes"]] == [pool.path, f"{pool.path}/a", group.path]
    assert said["scopes"][0]["holds"][0]["reason"] == "above"
    assert said["scopes"][2]["is_paused"]
    assert pausable.status().pools


def test_very_many_scopes(client, pool):
    """A picture has five hundred scopes at most, and says how many more there are."""
    for number in range(510):
        pool.group(f"g{number}")
    said = client.status({"path": pool.path})
    assert len(said["scopes"]) == 500
    assert said["unlisted"] == 11


def test_who_placed_a_hold_is_known_when_it_is_over():
    """Events are told later, when the hold may be gone; only of the last ones, and of those that hold."""
    holds, mine, theirs = OutsideHolds(), Party("me"), Party("them")
    made = []

    def place(party, number):
        status = SimpleNamespace(id=number, placed_at=float(number), owner=party.owner)
        hold = SimpleNamespace(status=lambda: status, is_released=lambda: number in over)
        target = SimpleNamespace(id=number, pause=lambda *_: hold)
        assert holds.pause(party, target, Pause())
        made.append(status)

    over = set(range(1, 2000))
    over.discard(5)
    for number in range(2000):
        over.discard(number)
        place(mine if number % 2 else theirs, number)
        if number not in (0, 5):
            over.add(number)
    known = {each.id: holds._placed.get((each.id, each.placed_at, each.owner)) for each in made}
    assert known[0] == (theirs.number, "resume")
    assert known[5] == (mine.number, "resume")
    assert known[1999] == (mine.number, "resume")
    assert known[1998] == (theirs.number, "resume")
    assert known[1] is None
    assert len(holds._placed) < 1010
