"""Whatever runs tasks is seen and held from another terminal: by its path, and with all else."""

from __future__ import annotations

import json

import pytest
from helpers import until
from kinds import KINDS, made

from pausable.pool import ThreadPool

pytestmark = pytest.mark.usefixtures("served")


@pytest.fixture(params=KINDS)
def scope(request, names):
    """Give one of each kind, with a task that goes on and on."""
    with made(request.param) as found:
        names["it"] = found.status().path
        yield found


def test_each_verb(scope, pausable_):
    """It is listed, held with its task at a line, resumed, resized and stopped."""
    assert "1 running, 0 resting" in pausable_("ls").out
    until(lambda: "kinds.py" in pausable_("where it").out)
    ran = pausable_("pause it --reason backup --wait --timeout 20s")
    assert (ran.code, ran.err) == (0, "")
    assert scope.is_paused()
    shown = pausable_("status").out
    assert "0 running, 1 resting" in shown
    assert "\n  it: paused, quiescent; 0 running, 1 resting" in shown
    assert shown.count("backup") == 1
    assert " resting at " in shown
    assert pausable_("where it --locals").code == 0
    resized = pausable_("resize it 3")
    if isinstance(scope, ThreadPool):
        assert "has as many workers as it was made with" in resized.err
    else:
        assert resized.code == 0
    assert pausable_("resume it").code == 0
    assert not scope.is_paused()
    assert pausable_("pause --wait --timeout 20s").code == 0
    assert scope.is_quiescent()
    assert pausable_("resume").code == 0
    assert pausable_("stop it").out.startswith("asked 1 task")
    until(lambda: not scope.status().tasks)


def test_the_processes_of_a_pool(pausable_, names):
    """They are named where the pool is, and where each task is."""
    with made("processes") as pool:
        names["it"] = pool.path
        (pid,) = pool.status().processes
        shown = pausable_("status it").out
        assert f"\n      in process {pid}\n" in shown
        assert f", process {pid}; active" in shown
        (task,) = json.loads(pausable_("status it --json").out)["tasks"]
        assert task["pid"] == pid
