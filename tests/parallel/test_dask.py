"""Dask's threads on a pool of ours: it asks for no more than an executor has."""

from __future__ import annotations

import threading
import time

import pytest
from helpers import until

from pausable import ThreadPoolExecutor

dask = pytest.importorskip("dask", reason="Dask is large, and only in the group `programs`")

SOON = 20.0


def test_a_graph_is_paused_in_the_midst():
    """Nothing is computed meanwhile, and the result is right."""
    done = []

    def item(number):
        time.sleep(0.001)
        done.append(number)
        return number

    with ThreadPoolExecutor(3) as pool, dask.config.set(pool=pool, scheduler="threads"):
        found = []
        items = [dask.delayed(item)(number) for number in range(200)]
        call = threading.Thread(
            target=lambda: found.append(dask.compute(*items, scheduler="threads", pool=pool))
        )
        call.start()
        until(lambda: done, SOON)
        with pool.pause("a look", timeout=SOON):
            before = len(done)
            assert (pool.status().running, 0 < before < 200) == (0, True)
            time.sleep(0.05)  # the workload goes on, if it does
            assert len(done) == before
        call.join()
        assert found == [tuple(range(200))]
        assert dask.delayed(sum)(items).compute() == sum(range(200))
        assert {*range(200)} == {*done}
