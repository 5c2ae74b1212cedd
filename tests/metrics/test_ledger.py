"""The ledger: its sums are those of all tasks there ever were, and never go down."""

from __future__ import annotations

import gc
import os
import random
import threading
from collections import Counter

import pytest
from helpers import until

from pausable import ThreadPoolExecutor

pytest.importorskip("prometheus_client", reason="prometheus-client is not installed")

from pausable._core.decision import look
from pausable.metrics import ledger as module
from pausable.metrics.labels import OTHER, Labels, kind_label
from pausable.metrics.ledger import OUTCOMES, Ledger
from pausable.scopes.departure import departing


@pytest.fixture
def ledger():
    """Give a ledger of its own, which listens until the end of the test."""
    made = Ledger()
    yield made
    departing.discard(made._note)


def ended(sums, pool):
    """Return what a ledger has of a pool: how many tasks ended how, by group."""
    found = {}
    for (name, group), counts in sums.items():
        if name == pool:
            found[group] = {how: counts[how] for how in OUTCOMES if counts[how]}
    return found


def fail():
    """Be a task that fails."""
    raise ValueError("a test wants it")


def run(scope, results=0, failures=0):
    """Have tasks done."""
    for _ in range(results):
        scope.submit(int).result()
    for _ in range(failures):
        assert scope.submit(fail).exception()


def let_go(name):
    """Wait until a pool of that name, which nobody refers to, is gone."""
    gc.collect()
    until(lambda: name not in [root.name for root in module.process.roots()])


def test_counts_by_outcome(ledger, make_pool):
    """Each way to end has a count, of the pool itself and of each group."""
    pool = make_pool(1, thread_name_prefix="outcomes")
    images = pool.group("images")
    run(pool, 3, 2)
    run(images.group("large"), 1)
    images.pause()
    images.submit(int).cancel()
    images.submit(int).stop()
    assert ended(ledger.read()[1], "outcomes") == {
        "": {"result": 3, "exception": 2},
        "images": {"cancelled": 1, "stopped": 1},
        "images/large": {"result": 1},
    }


def test_a_pool_that_is_gone_still_counts(ledger):
    """Also what it has done since the last reading, or if it was never there at one."""
    for number in (5, 7):
        pool = ThreadPoolExecutor(1, thread_name_prefix="gone")
        run(pool, number)
        if number == 5:
            ledger.read()
            run(pool, 1, 1)
        pool.shutdown()
        del pool
        let_go("gone")
    for _ in range(3):
        rows, sums = ledger.read()
        assert ended(sums, "gone") == {"": {"result": 13, "exception": 1}}
        assert "gone" not in [row.label[0] for row in rows]


def test_a_group_whose_name_is_given_again(ledger, make_pool):
    """What was seen of it stays its; the pool, which counts that as its own then, does not add it."""
    pool = make_pool(1, thread_name_prefix="regrouped")
    first = pool.group("images")
    run(first, 4)
    ledger.read()
    run(first, 1)  # nobody has seen these
    first.shutdown()
    run(pool.group("images"), 2)
    for _ in range(2):
        assert ended(ledger.read()[1], "regrouped") == {
            "": {"result": 1},
            "images": {"result": 6},
        }


class Sly(Ledger):
    """A ledger in whose readings something comes between."""

    meanwhile = staticmethod(lambda: None)

    def _settle(self):
        super()._settle()
        meanwhile, self.meanwhile = self.meanwhile, lambda: None
        meanwhile()


def test_a_pool_that_goes_while_all_are_read(make_pool):
    """It is counted once: its departure is noted before it is listed no more."""
    ledger = Sly()
    try:
        pools = [ThreadPoolExecutor(1, thread_name_prefix="between")]
        run(pools[0], 3)
        assert ended(ledger.read()[1], "between") == {"": {"result": 3}}

        def go():
            pools.clear()
            let_go("between")

        ledger.meanwhile = go
        pools[0].shutdown()
        assert ended(ledger.read()[1], "between") == {"": {"result": 3}}
        assert ended(ledger.read()[1], "between") == {"": {"result": 3}}
    finally:
        departing.discard(ledger._note)


def test_a_pool_that_has_departed_and_is_still_listed(ledger, make_pool):
    """It is counted once: what it has left counts."""
    pool = make_pool(1, thread_name_prefix="both")
    run(pool, 3)
    ledger._note(pool.status())
    for _ in range(2):
        assert ended(ledger.read()[1], "both") == {"": {"result": 3}}


@pytest.mark.parametrize("seed", range(5))
def test_they_never_go_down(ledger, seed):
    """Whatever comes, goes and is replaced: each sum only grows, and in the end all are right."""
    chance = random.Random(seed)
    pools, truth, before = [], Counter(), {}
    pool = scope = group = child = None
    for _ in range(150):
        what = chance.choice(["pool", "task", "task", "task", "group", "close", "drop", "read"])
        if what == "pool" and len(pools) < 4:
            pools.append(ThreadPoolExecutor(1, thread_name_prefix=f"never-{chance.choice('ab')}"))
        elif what == "task" and pools:
            pool = chance.choice(pools)
            scope = chance.choice([pool, *map(pool.group, "xy"), pool.group("x").group("z")])
            run(scope, 1)
            truth[pool.name] += 1
        elif what == "close" and pools:
            group = chance.choice(pools).group("x")
            for child in (group.group("z"), group):
                child.shutdown()
        elif what == "drop" and pools:
            pools.pop(chance.randrange(len(pools))).shutdown()
        elif what == "read":
            sums = ledger.read()[1]
            now = {(w, how): counts[how] for w, counts in sums.items() for how in counts}
            assert all(now[key] >= value for key, value in before.items())
            before = now
    pools.clear()
    pool = scope = group = child = None
    gc.collect()
    until(lambda: not [r for r in module.process.roots() if r.name.startswith("never-")])
    sums = ledger.read()[1]
    found = Counter()
    for (name, _), counts in sums.items():
        found[name] += sum(counts[how] for how in OUTCOMES)
    assert {name: found[name] for name in truth} == truth
    assert not ledger._moved


def test_nobody_reads(ledger, monkeypatch):
    """What pools leave is added up when it is much, and not kept."""
    monkeypatch.setattr(module, "_WAITING", 3)
    for _ in range(9):
        pool = ThreadPoolExecutor(1, thread_name_prefix="unread")
        run(pool, 1)
        pool.shutdown()
        del pool
        let_go("unread")
        assert len(ledger._departed) <= 3
    assert ended(ledger.read()[1], "unread") == {"": {"result": 9}}


def test_a_departure_while_it_is_read(ledger, make_pool):
    """A finalizer in the midst of a reading waits for nothing."""
    pool = make_pool(1, thread_name_prefix="finalized")
    run(pool, 2)
    status = pool.status()
    with ledger._lock:
        ledger._note(status)
    assert ended(ledger.read()[1], "finalized") == {"": {"result": 2}}


def test_it_is_read_under_no_lock_of_a_pool(ledger, make_pool):
    """Who has a pool's lock, as a finalizer may, can note a departure."""
    pool = make_pool(1)
    read = threading.Thread(target=ledger.read)
    look(pool._p_node.pool, read.start)
    read.join(10)
    assert not read.is_alive()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_child_begins_anew(ledger, make_pool):
    """What the parent has done is not the child's."""
    pool = make_pool(1, thread_name_prefix="forked")
    run(pool, 3)
    ledger.read()
    child = os.fork()
    if not child:
        code = 1
        try:
            code = 0 if ended(ledger.read()[1], "forked") == {"": {}} else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_labels_are_bounded():
    """Pools without a name share a label; beyond some number all others do; long names are cut."""
    labels = Labels(3)
    assert labels.give("ThreadPoolExecutor-17", "") == ("ThreadPoolExecutor", "")
    assert labels.give("ThreadPoolExecutor-18", "") == ("ThreadPoolExecutor", "")
    assert labels.give("job-17", "") == ("job-17", "")
    assert labels.give("n" * 1000, "") == ("n" * 100, "")
    assert labels.give("job-18", "x") == OTHER
    assert labels.give("job-17", "") == ("job-17", "")


def test_kinds_are_bounded():
    """A kind of holds that is new here is another one."""
    assert [kind_label(each) for each in ("guard", "something new")] == ["guard", "other"]
