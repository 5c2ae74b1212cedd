"""What is only about processes, of tasks in them that never ask; all else is in `remote`."""

from __future__ import annotations

import sys

import pytest
from processes import errands

from pausable import PreemptionUnavailable
from pausable.futures import ProcessPoolExecutor

WITHOUT = sys.version_info < (3, 12)


@pytest.mark.skipif(not WITHOUT, reason="is refused where it cannot be had")
def test_without_monitoring():
    """It is refused at the constructor; "auto" leaves tasks with their checkpoints."""
    with pytest.raises(PreemptionUnavailable):
        ProcessPoolExecutor(preemptive=True)
    with ProcessPoolExecutor(1, preemptive="auto") as pool:
        assert pool.submit(errands.add, 1).result() == 2
