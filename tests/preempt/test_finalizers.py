"""Code that Python calls by itself, on top of a task's: a task neither rests nor stops in it."""

from __future__ import annotations

import gc
import sys
from pathlib import Path

import pytest

import pausable
from pausable._preempt.engine.precaution import CALLS_USERS
from pausable._preempt.rule.finalizers import finalizer
from pausable._preempt.rule.safety import obstacle


def test_a_callback_of_the_collector():
    """It may come on top of any instruction that allocates; what it raised would be lost."""
    said = []

    def callback(phase, info):
        if not said:
            said.append((finalizer(sys._getframe()), obstacle(sys._getframe(), [], 0)))

    assert finalizer(sys._getframe()) is None
    gc.callbacks.append(callback)
    try:
        gc.collect()
    finally:
        gc.callbacks.remove(callback)
    ((name, found),) = said
    assert name.endswith("callback(), a callback of the collector")
    assert found.kind == "finalizer"


@pytest.mark.parametrize("file", CALLS_USERS)
def test_what_calls_users_code_is_there(file) -> None:
    """The files of ours below which a task may rest exist: below others none does."""
    assert list(Path(pausable.__file__).parent.rglob(file))
