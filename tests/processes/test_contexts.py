"""Processes are started by any context that the stdlib's class can do with."""

from __future__ import annotations

import concurrent.futures

import pytest
from helpers import until
from processes import errands
from processes.contexts import CONTEXTS, OfAnotherLibrary
from processes.signs import is_there

from pausable import TaskStopped
from pausable.futures import ProcessPoolExecutor


@pytest.fixture(params=CONTEXTS)
def context(request):
    """Make a context that is not one of the stdlib's own."""
    made = CONTEXTS[request.param]()
    return made or pytest.skip("joblib is not installed, which brings loky")


def test_the_stdlibs_class_can(context):
    """So it is promised."""
    with concurrent.futures.ProcessPoolExecutor(1, context) as pool:
        assert pool.submit(errands.add, 1).result(60) == 2


def test_calls_a_pause_a_stop_and_a_kill(context, tmp_path):
    """All that is about a process works with it."""
    with ProcessPoolExecutor(2, context) as pool:
        assert list(pool.map(errands.add, range(5))) == [1, 2, 3, 4, 5]
        asking = pool.submit(errands.ask_forever, tmp_path)
        until(is_there(tmp_path, "begun"))
        with pool.pause("to look", timeout=30):
            assert pool.status().resting == 1
        asking.stop("enough")
        with pytest.raises(TaskStopped):
            asking.result(30)
        deaf = pool.submit(errands.spin, tmp_path, "deaf")
        until(is_there(tmp_path, "deaf"))
        deaf.stop("enough", kill_after=0.1)
        with pytest.raises(TaskStopped):
            deaf.result(30)
        assert pool.submit(errands.add, 1).result(60) == 2


def test_a_context_of_another_library_is_refused():
    """At once, and not at a submit, where the stdlib's class fails; the error says what to do."""
    with pytest.raises(TypeError, match=r"processes of multiprocessing, not .*get_context\(\)"):
        ProcessPoolExecutor(1, OfAnotherLibrary())
