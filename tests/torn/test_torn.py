"""Nothing is torn: whatever of ours an asynchronous exception strikes, is wholly done or not at all.

Each scenario is struck once at each place at which CPython could deliver an exception: a real
Ctrl-C on the main thread, another one on workers and timers. Afterwards, when all holds that are
listed have been released: the pool is open, its tasks go on or have ended, new work is done, a
further pause becomes quiescent, the events tell of each hold, and a shutdown leaves nothing. What
others wait for meanwhile comes to be by itself, without any further call.

``PAUSABLE_SEED=...`` makes another choice of places, where there are more than are tried; so does
another Python, and `make stress` each time. The same seed repeats it.
``PAUSABLE_PATIENCE=1`` gives up sooner on what does not come, and so finds more of it in its time.
``PAUSABLE_BY_LINE=1`` lets the run of all places raise at each line instead: stricter than CPython,
which never raises at the line that ends a ``with`` block.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from contextlib import suppress

import pytest
from helpers import until
from torn import of_coroutines, of_holds, of_process, of_scopes, of_tasks, of_threads
from torn.stage import noting
from torn.trial import Trial, silent

pytestmark = [
    pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs setitimer"),
    # On 3.11 strikes come by `settrace`, whose handler of signals may nest without end under load.
    pytest.mark.skipif(sys.version_info < (3, 12), reason="needs sys.monitoring"),
]

OF = (of_holds, of_tasks, of_threads, of_scopes, of_process, of_coroutines)
SCENARIOS = [scenario for each in OF for scenario in each.SCENARIOS]
SEED = os.environ.get("PAUSABLE_SEED", sys.version)  # other places on each Python
MOST = 60  # places of one scenario, in the usual run


@pytest.fixture(autouse=True)
def quiet():
    """Keep the logs of strikes out of the reports; the lines are made and logged all the same."""
    loggers = [logging.getLogger(name) for name in ("pausable", "concurrent.futures")]
    null = logging.NullHandler()
    for each in loggers:
        each.addHandler(null)
        each.propagate = False
    with silent(), noting():
        yield
        with suppress(AssertionError):  # of those left, the test has told
            until(lambda: not delayed(), what="nobody is left who may have been struck")
    for each in loggers:
        each.removeHandler(null)
        each.propagate = True


def delayed() -> list[threading.Thread]:
    """List the threads that deliver events and log lines, and stay for a moment."""
    return [each for each in threading.enumerate() if each.name == "pausable-herald"]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_nothing_is_torn(scenario) -> None:
    """An exception at any place leaves nothing half-done and nothing unusable."""
    trial = Trial(scenario).run(MOST, SEED)
    assert not trial.failures, str(trial)
    assert trial.struck, str(trial)


FILES = ("driver.py", "farewell.py", "loop_seat.py", "conclusion.py")


@pytest.mark.parametrize("scenario", of_coroutines.OF_DRIVERS, ids=str)
def test_no_driver_is_torn(scenario) -> None:
    """Nor at any line of what drives a coroutine, and ends it, on the thread of its loop."""
    trial = Trial(scenario, by_line=True, within=FILES).run(None, SEED)
    assert not trial.failures, str(trial)
    assert trial.struck, str(trial)


@pytest.mark.stress
@pytest.mark.timeout(900)
@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_nothing_is_torn_at_all(scenario) -> None:
    """The same at all places, however many there are."""
    trial = Trial(scenario, by_line=bool(os.environ.get("PAUSABLE_BY_LINE"))).run(None, SEED)
    assert not trial.failures, str(trial)
    assert trial.struck, str(trial)
